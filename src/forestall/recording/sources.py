"""The sources whose saved files can be recorded, and which one a file is from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from forestall.core.errors import UsageError
from forestall.core.names import nearest
from forestall.recording.saved import Saved, Tidied

if TYPE_CHECKING:
    from forestall.crisis import Crisis

NAMES = ("ucdp", "hapi", "idmc")


def tidy(
    saved: Sequence[Saved], source: str | None, crisis: Crisis, names: Mapping[str, str] | None = None
) -> Tidied:
    """Make tables from saved files of one source.

    Parameters
    ----------
    saved
        The files.
    source
        A name of :data:`NAMES`; None to tell it from the files.
    crisis
        Its countries are kept, and its zone ends the days.
    names
        ISO3 codes of countries by the name the source uses.

    Raises
    ------
    UsageError
        Where the source is unknown or cannot be told.
    """
    name = source or source_of(saved)
    countries = sorted({*crisis.settings.iso3, *crisis.as_read("deaths")["where"].drop_nulls().to_list()})
    if name == "ucdp":
        from forestall.recording.ucdp.tidy import tidy as tidy_ucdp

        return tidy_ucdp(saved, zone=crisis.zone, iso3=countries, names=names)
    if name == "hapi":
        from forestall.recording.hapi.tidy import tidy as tidy_hapi

        return tidy_hapi(saved)
    if name == "idmc":
        from forestall.recording.idmc.tidy import tidy as tidy_idmc

        return tidy_idmc(saved, iso3=crisis.settings.iso3)
    hint = nearest(name, NAMES)
    raise UsageError(
        f"unknown source {name!r}; expected {', '.join(NAMES)}" + (f"; nearest: {hint}" if hint else "")
    )


def source_of(saved: Sequence[Saved]) -> str:
    """Tell the source from the columns that its files name.

    Examples
    --------
    >>> source_of([Saved("a.csv", b"id,relid,type_of_violence,deaths_a")])
    'ucdp'
    """
    marks = {
        "ucdp": (b"type_of_violence", b"x-ucdp"),
        "idmc": (b"displacement_type", b"figure"),
        "hapi": (b"location_code", b"app identifier", b"reference_period"),
    }
    for name, words in marks.items():
        if saved and all(any(word in one.data[:20_000] for word in words) for one in saved):
            return name
    raise UsageError("the files do not tell which source they are from; say --source ucdp, hapi or idmc")
