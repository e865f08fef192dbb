"""What was known at the moment and what was not; how many figures are recalled, assumed or later."""

from collections.abc import Sequence

import polars as pl

from forestall.hindsight import choices_in_words, undated_choices
from forestall.reporting.blocks import Block, Heading, Number, Numbers, Table, missing, text
from forestall.reporting.desk import Desk
from forestall.reporting.writing import count_of, exact
from forestall.schema import load_schema
from forestall.warning.vintage import later_vintage

REASONS = {
    "not reported": "nobody reported it",
    "withheld": "withheld",
    "not applicable": "does not apply",
    "not yet released": "not yet released",
    "not in this crisis": "this crisis folder does not hold it",
}

REAL_TIME = "The mode is real-time: every figure is the one published at the time."


def observed_counts(desk: Desk) -> dict[str, int]:
    """Return how many observed rows are used, and how many are recalled, assumed or of a later vintage."""
    out = {"rows": 0, "tables": 0, "recalled": 0, "assumed": 0, "later": 0}
    for name, table in load_schema().items():
        if table.kind != "observed" or not desk.has(name):
            continue
        frame = desk.frame(name)
        out["rows"] += frame.height
        out["tables"] += 1
        out["recalled"] += frame.filter(pl.col("basis") == "recalled").height
        out["assumed"] += frame.filter(
            (pl.col("basis") == "assumption") | (pl.col("known_basis") == "assumed")
        ).height
        out["later"] += frame.filter(pl.col("known_basis") == "release rule").height
    return out


def show_known(desk: Desk) -> Sequence[Block]:
    """Return the counts, the freshness of each table and what was not known."""
    counts = observed_counts(desk)
    blocks: list[Block] = [_mode(desk, counts), _numbers(counts)]
    blocks += _hindsight(desk)
    if desk.has("freshness"):
        blocks.append(_freshness(desk))
    blocks.append(Heading("What was not known"))
    blocks.append(
        _gaps(desk)
        if desk.has("record_gaps")
        else missing("Not assessed", "The record stage was not run, so no list of what was missing was made.")
    )
    return blocks


def _hindsight(desk: Desk) -> list[Block]:
    """Return a warning where priors rest on cases that were public only after the moment."""
    if not desk.has("assumptions"):
        return []
    later = desk.frame("assumptions").filter(pl.col("known").str.starts_with("hindsight"))
    if later.is_empty():
        return []
    said = (
        f"{count_of(later.height, 'prior')} of the displacement rest on cases that became public only after "
        "this moment: this replay is not free of hindsight. They are marked in the table of assumptions."
    )
    return [text(said)]


def _mode(desk: Desk, counts: dict[str, int]) -> Block:
    """Return in words which rows were used and in which mode."""
    used = f"This brief uses {count_of(counts['rows'], 'dated row')} of {count_of(counts['tables'], 'table')}"
    if desk.moment is None:
        return text(
            f"{used}. No moment was set: every row of the crisis folder is used, also what became known late."
        )
    first = (
        f"{used}, all of them public by {desk.when(desk.moment)}. What became known later was not used in "
        "any stage."
    )
    chosen = choices_in_words(undated_choices(desk.crisis))
    fitted = later_vintage(desk.crisis, desk.moment)
    if fitted and not counts["later"]:
        return text(*filter(None, (first, f"The mode is pseudo-real-time: {fitted}.", chosen)))
    if desk.crisis.mode == "pseudo-real-time":
        share = f"{count_of(counts['later'], 'row')} come from a later vintage of their source"
        return text(
            first,
            (
                f"The mode is pseudo-real-time: {share}, placed at the day on which the source would have "
                "released them by its own rule. Figures of that day may have differed."
            ),
            *filter(None, (f"{fitted[0].upper()}{fitted[1:]}." if fitted else "", chosen)),
        )
    return text(*filter(None, (first, REAL_TIME, chosen)))


def _numbers(counts: dict[str, int]) -> Block:
    """Return the counts as large numbers."""
    return Numbers(
        (
            Number("Dated rows used", exact(counts["rows"]), f"of {counts['tables']} tables"),
            Number("Of a later vintage", exact(counts["later"]), "dated by the release rule of their source"),
            Number("Recalled", exact(counts["recalled"]), "general knowledge, not confirmed in a source"),
            Number("Assumed", exact(counts["assumed"]), "the value or its day of knowledge is an assumption"),
        )
    )


def _freshness(desk: Desk) -> Block:
    """Return how fresh each table was."""
    rows = tuple(
        (
            row["table"].replace("_", " "),
            exact(row["rows"]),
            desk.when(row["latest_known_at"]) if row["latest_known_at"] else None,
            desk.day(row["latest_date"]) if row["latest_date"] else None,
            exact(row["days_behind"]) if row["days_behind"] is not None else None,
            exact(row["later_vintage"]),
            exact(row["recalled"]),
            exact(row["assumed"]),
        )
        for row in desk.frame("freshness").iter_rows(named=True)
    )
    head = (
        "Table",
        "Rows",
        "Newest row known",
        "Newest day it speaks of",
        "Days behind",
        "Later vintage",
        "Recalled",
        "Assumed",
    )
    return Table("How fresh each table was", head, rows, numeric=(1, 4, 5, 6, 7), folded=len(rows) > 8)


def _gaps(desk: Desk) -> Block:
    """Return what was missing and why."""
    rows = tuple(
        (
            row["what"],
            row["table"].replace("_", " "),
            REASONS.get(row["reason"], row["reason"]),
            desk.day(row["since"]) if row["since"] else "from the start",
        )
        for row in desk.frame("record_gaps").iter_rows(named=True)
    )
    head = ("Missing", "Table", "Why", "Since")
    return Table("What was not known at the moment", head, rows, folded=len(rows) > 12)
