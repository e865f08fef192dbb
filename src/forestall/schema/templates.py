"""An empty crisis: every table with its header, a crisis.toml and a page that says how to go on."""

from collections.abc import Mapping, Sequence
from datetime import date

from forestall.core.moments import parse_zone
from forestall.schema.tables_of import Table, load_schema

_TOML = """\
# What this crisis is called, where its clock stands, and what the stages are to do.
# Every key is explained by the finding that a wrong one gives: try `forestall check .`
title = {title}
iso3 = [{iso3}]  # ISO 3166-1 alpha-3 codes of the countries whose deaths are watched
zone = "{zone}"  # IANA name of the time zone, for example "Europe/Kyiv"
period = {{ start = {start}, end = {end} }}  # first and last day the tables speak of
seed = 1  # one seed for all random numbers
draws = 1000  # sampled futures

# One section per stage, where its options differ from the usual ones:
# [warn]
# horizon_months = 6
"""

_README = """\
# {title}

A crisis is a folder of tables. Fill them row by row; an empty table says that nothing is known.

1. `places.csv` and `corridors.csv`: where people live, can go to and pass, and the ways between.
   Each corridor needs a first row in `corridor_status.csv`: one without any status is not open.
2. `population.csv`: every estimate of how many people live there, also those that compete.
3. `deaths.csv`: deaths by month of the countries in crisis.toml, a month without deaths as 0.
4. `events.csv`: acts and statements of every side. `sources.csv`: where each row comes from.
5. `standards.csv` and `supplies.csv`: what people need and what is there.

Rules for every row:

- `known_at` is the moment the row became public. Nothing known later may stand in it.
- A change is a new row, never a new cell: a road that is closed and opens again has three rows.
- Unknown is an empty cell, never 0. `basis` says reported, derived, recalled or assumption.
- No names, telephone numbers, documents or case numbers of persons, in no table.

`forestall check .` lists everything that is wrong, `forestall schema TABLE` explains a table, and
`forestall run .` runs the chain.

## Tables

{tables}
"""


def templates(
    title: str,
    iso3: Sequence[str] = (),
    zone: str = "UTC",
    start: date | None = None,
    end: date | None = None,
) -> Mapping[str, str]:
    """Return the files of an empty crisis by name.

    Parameters
    ----------
    title : str
        Title, with both names where two are in use.
    iso3 : sequence of str
        Countries whose deaths are watched.
    zone : str
        IANA name of the time zone.
    start, end : datetime.date, optional
        First and last day the tables will speak of; the current year where not given.

    Raises
    ------
    UsageError
        Where the zone is unknown.

    Examples
    --------
    >>> templates("River valley")["corridor_status.csv"].split(",")[:3]
    ['corridor', 'status', 'effective']
    """
    year = date.today().year
    start, end = start or date(year, 1, 1), end or date(year, 12, 31)
    tables = [table for table in load_schema().values() if table.kind != "result"]
    toml = _TOML.format(
        title=_quoted(title),
        iso3=", ".join(_quoted(code) for code in iso3),
        zone=parse_zone(zone).key,
        start=start.isoformat(),
        end=end.isoformat(),
    )
    readme = _README.format(title=title, tables="\n".join(_line(table) for table in tables))
    headers = {f"{table.name}.csv": ",".join(table.names) + "\n" for table in tables}
    return {"crisis.toml": toml, "README.md": readme, **headers}


def _line(table: Table) -> str:
    """Return one table as an item of the page."""
    needed = "required" if table.required else "optional"
    return f"- `{table.name}.csv` ({needed}): {table.description}"


def _quoted(text: str) -> str:
    """Return a text as a TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else " " for c in escaped) + '"'
