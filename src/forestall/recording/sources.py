"""The sources whose saved files can be recorded, and which one a file is from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from forestall.core.errors import UsageError
from forestall.core.names import nearest
from forestall.recording.saved import Saved, Tidied

if TYPE_CHECKING:
    from forestall.crisis import Crisis


@dataclass(frozen=True, slots=True)
class Source:
    """One source of saved files.

    Parameters
    ----------
    name : str
        Its name on the command line.
    module : str
        Module whose function ``tidy`` makes tables from its files.
    marks : tuple of bytes
        Texts by which its files are known: each file holds at least one of them.
    takes : mapping of str to str
        What ``tidy`` is given beside the files: its parameter, and what of the crisis it is.
    """

    name: str
    module: str
    marks: tuple[bytes, ...]
    takes: Mapping[str, str]


SOURCES: tuple[Source, ...] = (
    Source(
        "ucdp",
        "forestall.recording.ucdp.tidy",
        (b"type_of_violence", b"x-ucdp"),
        {"zone": "zone", "iso3": "countries", "names": "names"},
    ),
    Source("idmc", "forestall.recording.idmc.tidy", (b"displacement_type", b"figure"), {"iso3": "watched"}),
    Source(
        "hapi",
        "forestall.recording.hapi.tidy",
        (b"location_code", b"app identifier", b"reference_period"),
        {},
    ),
)
"""Every source; a new one is a folder with a function ``tidy``, and one more row here."""
NAMES = tuple(source.name for source in SOURCES)


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
    chosen = next((one for one in SOURCES if one.name == name), None)
    if chosen is None:
        hint = nearest(name, NAMES)
        raise UsageError(
            f"unknown source {name!r}; expected {', '.join(NAMES)}" + (f"; nearest: {hint}" if hint else "")
        )
    watched = crisis.settings.iso3
    countries = sorted({*watched, *crisis.as_read("deaths")["where"].drop_nulls().to_list()})
    known = {"zone": crisis.zone, "countries": countries, "watched": watched, "names": names}
    given = {parameter: known[what] for parameter, what in chosen.takes.items()}
    return cast("Tidied", import_module(chosen.module).tidy(saved, **given))


def source_of(saved: Sequence[Saved]) -> str:
    """Tell the source from the columns that its files name.

    Examples
    --------
    >>> source_of([Saved("a.csv", b"id,relid,type_of_violence,deaths_a")])
    'ucdp'
    """
    for source in SOURCES:
        if saved and all(any(mark in one.data[:20_000] for mark in source.marks) for one in saved):
            return source.name
    raise UsageError(f"the files do not tell which source they are from; say --source {', '.join(NAMES)}")
