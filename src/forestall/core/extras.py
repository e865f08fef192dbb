"""Libraries that are not always installed, and the sentence said where one is missing."""

from __future__ import annotations

from importlib.util import find_spec

from forestall.core.errors import UsageError

EXTRAS = {
    "lightgbm": "learn",
    "playwright": "test",
    "fastapi": "serve",
    "uvicorn": "serve",
    "osmium": "osm",
    "psycopg": "team",
    "httpx2": "live",
    "distributed": "cluster",
    "dask_jobqueue": "cluster",
}
"""Libraries by the extra of the package that brings them; others come with the package itself."""


def need(library: str, what_for: str) -> None:
    """Refuse with the command that installs a library, where it is missing.

    Parameters
    ----------
    library : str
        Name as imported.
    what_for : str
        What cannot be done without it, as a plural: ``"spreadsheets"``.

    Raises
    ------
    UsageError
        Where the library is not installed.

    Examples
    --------
    >>> need("json", "settings")
    >>> need("nosuchlibrary", "spreadsheets")
    Traceback (most recent call last):
    ...
    forestall.core.errors.UsageError: spreadsheets need 'nosuchlibrary'; next: pip install nosuchlibrary
    """
    if find_spec(library) is None:
        extra = EXTRAS.get(library)
        wanted = f"'forestall[{extra}]'" if extra else library
        raise UsageError(f"{what_for} need {library!r}; next: pip install {wanted}")
