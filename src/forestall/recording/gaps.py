"""What is not known at the moment, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from forestall.core.moments import add_months, month_start
from forestall.schema import frame, load_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from forestall.crisis import Crisis
    from forestall.options.record import RecordOptions

IMPORTED = "flee_"
"""Beginning of the names of tables that only an imported folder has."""

GIVEN = ("departures", "intensity")
"""Tables of a crisis that does not forecast them."""

SHOWN = 5
"""How many names are listed before the rest is counted."""


class Gap(NamedTuple):
    """One thing that is not known."""

    table: str
    what: str
    reason: str
    since: date | None = None


def record_gaps(tables: Mapping[str, pl.DataFrame], crisis: Crisis, options: RecordOptions) -> pl.DataFrame:
    """Return what is missing: whole tables, places and corridors without figures, late months.

    Parameters
    ----------
    tables
        Tables as known at the moment.
    crisis
        The crisis: its countries and its moment.
    options
        How late monthly deaths may be.
    """
    today = crisis.as_of.astimezone(crisis.zone).date() if crisis.as_of else None
    gaps = [
        *_empty_tables(tables),
        *_people(tables),
        *_roads(tables),
        *_late_deaths(tables, crisis.settings.iso3, today, options.release_months),
        *_figures(tables),
    ]
    return frame("record_gaps", [gap._asdict() for gap in gaps])


def _empty_tables(tables: Mapping[str, pl.DataFrame]) -> Iterator[Gap]:
    schema = load_schema()
    for name, table in tables.items():
        if not table.height and not name.startswith(IMPORTED):
            reason = "not reported" if schema[name].kind == "observed" else "not in this crisis"
            reason = "not applicable" if name in GIVEN else reason
            yield Gap(name, f"no row: {schema[name].description.split(':')[0].split('.')[0]}", reason)


def _people(tables: Mapping[str, pl.DataFrame]) -> Iterator[Gap]:
    """Settlements without any figure of population, where there is any at all."""
    if not tables["population"].height:
        return
    known = tables["population"].filter(pl.any_horizontal(pl.col("people", "low", "high").is_not_null()))
    homes = tables["places"].filter(pl.col("kind") == "settlement")
    unknown = homes.filter(~pl.col("place").is_in(known["place"].unique().implode()))["place"]
    yield from _listed("population", "settlements without a figure of their own", unknown)


def _roads(tables: Mapping[str, pl.DataFrame]) -> Iterator[Gap]:
    """Corridors without a status, a capacity or a travel time."""
    corridors = tables["corridors"]
    stated = tables["corridor_status"]["corridor"].unique().implode()
    yield from _listed(
        "corridor_status",
        "corridors without a status",
        corridors.filter(~pl.col("corridor").is_in(stated))["corridor"],
    )
    for column, words in (("vehicles_per_hour", "capacity"), ("free_hours", "travel time")):
        unknown = corridors.filter(pl.col(column).is_null())["corridor"]
        yield from _listed("corridors", f"corridors without {words}", unknown)


def _late_deaths(
    tables: Mapping[str, pl.DataFrame], countries: tuple[str, ...], today: date | None, release_months: int
) -> Iterator[Gap]:
    """Countries whose monthly deaths end earlier than the release rule explains."""
    months = tables["deaths"].filter((pl.col("period") == "month") & pl.col("best").is_not_null())
    for country in countries:
        last = months.filter(pl.col("where") == country)["start"].max()
        if last is None:
            yield Gap("deaths", f"monthly deaths located in {country}", "not reported")
        elif today is not None:
            since = add_months(month_start(last), 1)  # type: ignore[arg-type]
            expected = add_months(month_start(today), -release_months)
            if since < expected:
                yield Gap("deaths", f"monthly deaths located in {country}", "not yet released", since)


def _figures(tables: Mapping[str, pl.DataFrame]) -> Iterator[Gap]:
    """Rows that say there is something, but not how much."""
    figures = {"access": "value", "commitments": "amount", "ties": "share", "site_status": "capacity"}
    for name, column in figures.items():
        empty = int(tables[name][column].null_count())
        if empty:
            yield Gap(name, f"{empty} of {tables[name].height} rows without a figure", "not reported")


def _listed(table: str, what: str, names: pl.Series) -> Iterator[Gap]:
    """Yield one gap that names the first few and counts the rest."""
    if names.len():
        first = ", ".join(names.sort().head(SHOWN).to_list())
        more = f" and {names.len() - SHOWN} more" if names.len() > SHOWN else ""
        yield Gap(table, f"{names.len()} {what}: {first}{more}", "not reported")
