"""The page that goes with a new crisis: what is in it, and what to confirm first."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from forestall.core.errors import CrisisError, ForestallError
from forestall.core.files import folder_atomic
from forestall.drafting.build import Draft
from forestall.preparedness.sensitivity import ASSUMPTIONS
from forestall.runs import run
from forestall.world import DISCLAIMER

FIRST_RUN_DRAWS = 60
TO_CONFIRM = {
    "exposed": "`population.csv`: how many people live where. Towns and the country are the latest figures "
    "of GeoNames; areas are what is left, spread by a rule.",
    "reached": "`control.csv`: who holds which place. Empty now, so no place is known to be lost or to "
    "change hands, and every act of violence counts for all of them.",
    "share_leaving": "`events.csv`, `counts.csv`: earlier flights from these places, and who left.",
    "onset_day": "`deaths.csv`, `events.csv`: newer months and what happened since.",
    "reopens_day": "`corridor_status.csv`: which ways are open, to whom, since when. All ways on land are "
    "assumed open.",
}
NO_ROAD = (
    "`corridors.csv`: no road was read. Distances are great circles times a measured factor, crossings "
    "are where a straight line meets the border. `--osm FILE.osm.pbf` reads roads from an extract."
)
MAPPED_ROADS = (
    "`corridors.csv`: the fastest ways on the roads of the extract, at assumed free speeds; which bridges "
    "stand and which crossings are open was not read. Rows with source `derived` are straight lines."
)
ALWAYS = (
    "`destination_shares.csv`, `sites.csv`: where people would be received. The pull of hosts is a guess.",
    "`triggers.csv`: nobody has agreed to these thresholds, actions and lead times.",
    "`demography.csv`: round shares for any country.",
    "`supplies.csv`: nothing is known of any stock.",
)
LEVELS = ("high", "medium", "low")

_PAGE = """\
# {title}

Drawn up for {name} ({iso3}) as of {as_of} from public tables that come with Forestall. **Nothing here was
checked by anyone on the ground.** Every row says in `basis` whether it is reported, derived or assumed, and
from which source.

{findings}## Confirm first

{order}

{confirm}

## What is in it

| table | rows | of high confidence | medium | low |
|---|---:|---:|---:|---:|
{tables}

## Go on

- `forestall check {folder}` and `forestall run {folder}`: findings, then the brief.
- `forestall add {folder} event|closure|count|control|estimate ...`: what only people know, one line each.
- `forestall record {folder} --from FILE --out FOLDER`: newer deaths and displacement from saved files.

## Outlines and names

{disclaimer} Places are from GeoNames (CC BY 4.0), areas from Natural Earth, deaths from UCDP (CC BY 4.0),
people displaced from UNHCR (CC BY 4.0) and IDMC (CC BY-IGO).
"""


def readme(made: Draft, folder: str) -> str:
    """Return the page of a new crisis.

    Parameters
    ----------
    made
        The crisis with its findings.
    folder
        How it is called on the command line.
    """
    crisis, country = made.crisis, made.chosen.country
    order, said = confirm_order(made)
    first = [*(TO_CONFIRM[name] for name in order), _roads(made), *ALWAYS]
    lines = [f"{n}. {text}" for n, text in enumerate(first, start=1)]
    found = "".join(f"- {finding.message}\n" for finding in made.findings)
    tables = [_row(name, table) for name, table in sorted(crisis.tables.items()) if table.height]
    return _PAGE.format(
        title=crisis.settings.title, name=country["name"], iso3=country["iso3"], as_of=crisis.settings.as_of,
        findings=f"{found}\n" if found else "", order=said, confirm="\n".join(lines),
        tables="\n".join(tables), folder=folder, disclaimer=DISCLAIMER,
    )  # fmt: skip


def _roads(made: Draft) -> str:
    """Return what is to be confirmed of the corridors."""
    mapped = (made.crisis["corridors"]["source"] == "openstreetmap").any()
    return MAPPED_ROADS if mapped else NO_ROAD


def confirm_order(made: Draft) -> tuple[list[str], str]:
    """Return the assumptions, that which moves the answer most first, by a small first run."""
    usual = list(TO_CONFIRM)
    try:
        tables = run(
            made.crisis, as_of=made.crisis.settings.as_of, draws=FIRST_RUN_DRAWS, until="prepare"
        ).crisis["sensitivity"]
    except (CrisisError, ForestallError):
        return usual, "A first run was not possible (`forestall check` says why), so this is the usual order:"
    names = _ranked(tables)
    if not names:
        return usual, "In a first run nothing stood out, so this is the usual order:"
    rest = [name for name in usual if name not in names]
    return [
        *names,
        *rest,
    ], f"What moved the answer most in a first run of {FIRST_RUN_DRAWS} draws comes first:"


def _ranked(table: pl.DataFrame) -> list[str]:
    """Return the assumptions in the order of the share of variance they explain."""
    if not table.height:
        return []
    by_words = {words: name for name, words in ASSUMPTIONS.items()}
    ordered = (
        table.drop_nulls("share").sort("share", descending=True)["assumption"].unique(maintain_order=True)
    )
    names = [by_words.get(words, words) for words in ordered]
    return [name for name in names if name in TO_CONFIRM]


def _row(name: str, table: pl.DataFrame) -> str:
    if "confidence" not in table.columns:
        return f"| `{name}.csv` | {table.height:,} | | | |"
    counts = [int((table["confidence"] == level).sum()) for level in LEVELS]
    return f"| `{name}.csv` | {table.height:,} | " + " | ".join(f"{count:,}" for count in counts) + " |"


def write_draft(made: Draft, target: Path) -> None:
    """Write a new crisis with its page, whole or not at all."""
    page = readme(made, ".")
    with folder_atomic(target) as fresh:
        made.crisis.save(fresh / "crisis")
        for path in sorted((fresh / "crisis").iterdir()):
            path.rename(fresh / path.name)
        (fresh / "crisis").rmdir()
        (fresh / "README.md").write_text(page, encoding="utf-8")
