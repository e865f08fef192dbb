"""A complete crisis for a country from the tables of the world, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType

import polars as pl

from forestall.core.errors import CrisisError, Finding, UsageError
from forestall.core.moments import parse_moment, parse_zone
from forestall.crisis import Crisis
from forestall.drafting import tables
from forestall.drafting.choice import Places, choose_places
from forestall.drafting.extract import read_extract
from forestall.drafting.mapped import Mapped, mapped_corridors
from forestall.schema import empty, load_schema
from forestall.settings import Period, Settings
from forestall.world import load_changes
from forestall.world.names import country_named

FIRST_DAY = date(1990, 1, 1)
MOST_PLACES = 500
OLD_DATA_MONTHS = 6


@dataclass(frozen=True)
class Draft:
    """A new crisis with what is to be known about it.

    Parameters
    ----------
    crisis
        Ready to be saved.
    chosen
        Its places.
    findings
        Warnings and notes: what is missing, old or only assumed.
    """

    crisis: Crisis
    chosen: Places
    findings: tuple[Finding, ...]


def draft(
    country: str, *, as_of: str | None = None, places: int = 40, title: str = "", osm: Path | None = None
) -> Draft:
    """Draw up a crisis for a country.

    Parameters
    ----------
    country
        Code or name.
    as_of
        Moment of knowledge; today where none is given. What is known later is not used.
    places
        Towns of the country, at most.
    title
        Name of the crisis; the country's where none is given.
    osm
        An extract of OpenStreetMap to read roads and crossings from; derived where none is given.

    Raises
    ------
    CrisisError
        Where it is no country, has no towns, the moment lies before the data begin, or the extract
        cannot be read or is of another country.
    UsageError
        Where the number of places makes no sense.

    Examples
    --------
    >>> made = draft("FJI", as_of="2019-06-30", places=5)
    >>> made.crisis.settings.iso3, made.chosen.home.height
    (('FJI',), 5)
    """
    if not 1 <= places <= MOST_PLACES:
        raise UsageError(f"--places {places}: expected 1 to {MOST_PLACES}")
    iso3 = country_named(country)
    chosen = choose_places(iso3, places)
    zone = parse_zone(str(chosen.country["zone"] or "UTC"))
    moment = parse_moment(as_of or datetime.now(UTC).date().isoformat(), zone)
    if moment.date() < FIRST_DAY:
        message = "the moment lies before the data of the world begin"
        fault = Finding("E504", "error", message, value=str(as_of), expected=f"{FIRST_DAY} or later")
        raise CrisisError([fault])
    chosen, findings = _with_hosts(chosen)
    ways = _ways(chosen, osm)
    made = _tables(chosen, moment, ways)
    findings += [*ways.findings, *_notes(chosen, moment)]
    settings = Settings(
        title=title or f"{chosen.country['name']}, drawn up from public tables",
        iso3=(iso3,),
        zone=zone.key,
        period=Period(start=FIRST_DAY, end=date(moment.year + 1, 12, 31)),
        as_of=as_of or moment.date().isoformat(),
        draws=500,
    )
    return Draft(Crisis(settings, MappingProxyType(made)), chosen, tuple(findings))


def _with_hosts(chosen: Places) -> tuple[Places, list[Finding]]:
    """Where no state borders on the country, its own largest towns receive people too."""
    if chosen.neighbours:
        return chosen, []
    own = chosen.home.head(max(1, min(3, chosen.home.height - 1)))
    message = (
        f"no land border: people are received in {', '.join(own['name'])}; ways by sea to states nearby "
        "are listed without a status, so nobody is taken to use them"
    )
    return chosen, [Finding("W501", "warning", message, table="places", column="hosts")]


def _ways(chosen: Places, osm: Path | None) -> Mapped:
    """Return corridors from the roads of an extract, or derived where there is none."""
    if osm is None:
        return Mapped(*tables.corridor_rows(chosen), [], mapped=False)
    return mapped_corridors(chosen, read_extract(osm))


def _tables(chosen: Places, moment: datetime, ways: Mapped) -> Mapping[str, pl.DataFrame]:
    """Return every table of the crisis; those without rows are there with their header."""
    before = tables.start_of(moment)
    corridors, crossings = ways.corridors, ways.crossings
    places = tables.place_rows(chosen)
    if not chosen.neighbours:
        own = set(chosen.home["place"].head(max(1, min(3, chosen.home.height - 1))))
        places = [{**row, "hosts": True} if row["place"] in own else row for row in places]
    made = {
        "places": [*places, *crossings],
        "corridors": corridors,
        "corridor_status": tables.status_rows(corridors, before),
        "population": tables.population_rows(chosen, before),
        "stocks": tables.stock_rows(chosen, moment),
        "destination_shares": tables.share_rows(chosen, before) if chosen.neighbours else [],
        "sites": [{**row, **tables.known(before)} for row in ways.sites],
        "standards": tables.template("standards"),
        "items": tables.template("items"),
        "demography": tables.demography_rows(before),
        "actors": tables.actor_rows(chosen),
        "triggers": tables.trigger_rows(chosen),
        "sources": tables.source_rows(mapped=ways.mapped),
    }
    filled = {name: tables.rows_of(name, rows) for name, rows in made.items()}
    needed = {name: empty(name) for name, table in load_schema().items() if table.required}
    return {**needed, **filled, "deaths": tables.death_rows(chosen, moment)}


def _notes(chosen: Places, moment: datetime) -> list[Finding]:
    """Return what is missing or old."""
    iso3 = str(chosen.country["iso3"])
    found = []
    deaths, how = tables.deaths_of(iso3, moment)
    if how:
        found.append(Finding("W502", "warning", how, table="deaths", value=iso3))
    last = deaths.filter(violence="state-based")["start"].sort().to_list()[-1:]
    months = (moment.year - last[0].year) * 12 + moment.month - last[0].month if last else 0
    if months > OLD_DATA_MONTHS:
        message = f"the last month of deaths known is {last[0]:%B %Y}, {months} months before the moment"
        found.append(Finding("W503", "warning", message, table="deaths", next="forestall record --from"))
    changed = load_changes().filter(pl.col("became").str.split("|").list.contains(iso3))
    if changed.height:
        row = changed.sort("date").row(-1, named=True)
        message = f"the state is there as it stands since {row['date']} ({row['kind']}: {row['note']})"
        later = row["date"] > moment.date()
        message += "; figures from before are those of its present land" if later else ""
        found.append(Finding("N501", "note", message, table="places", value=iso3))
    return found
