"""The odds of violence in words and numbers, the record of such odds, and what drives them."""

from collections.abc import Sequence
from datetime import date
from functools import partial

import polars as pl
from markupsafe import Markup

from forestall.core.words import frequency_words, probability_words
from forestall.reporting.blocks import Block, Figure, Heading, Table, missing, text
from forestall.reporting.charts.bars import Row, draw_rows
from forestall.reporting.desk import Desk
from forestall.reporting.writing import count_of, exact, listed, percent, percent_interval, rounded, sentence
from forestall.schema.conventions import ALL


def main_model(frame: pl.DataFrame) -> str:
    """Return the model whose odds are used: the first in the table; the others are its baselines."""
    return str(frame["model"][0])


def headline_odds(desk: Desk, months: int = 6) -> dict[str, object] | None:
    """Return the row of the odds that goes to the head of the page, or None.

    The row of the whole crisis ("ALL") where there is one, else the largest of the countries.
    """
    if not desk.has("warning_odds"):
        return None
    frame = desk.frame("warning_odds")
    frame = frame.filter(pl.col("model") == main_model(frame))
    if ALL in set(frame["where"]):
        frame = frame.filter(pl.col("where") == ALL)
    within = min(frame["within_months"].unique().to_list(), key=lambda m: (abs(m - months), m))
    return frame.filter(pl.col("within_months") == within).sort("p_event", descending=True).row(0, named=True)


def show_odds(desk: Desk) -> Sequence[Block]:
    """Return odds in words, the chart, the record and the drivers."""
    frame = desk.frame("warning_odds")
    model = main_model(frame)
    blocks: list[Block] = [text(*_words(desk, frame, model)), _figure(desk, frame, model)]
    if desk.has("outlook_summary"):
        blocks.append(_months(desk))
    blocks.append(Heading("How good such odds have been"))
    blocks.append(
        _record(desk)
        if desk.has("warning_record")
        else missing("Not assessed", "No record of earlier odds is at hand: read them as untested.")
    )
    blocks.append(Heading("What moves the odds"))
    blocks.append(
        _drivers(desk)
        if desk.has("warning_drivers")
        else missing("Not assessed", "The model gives no drivers.")
    )
    return blocks


def _words(desk: Desk, frame: pl.DataFrame, model: str) -> list[str]:
    """Return one sentence per country at the window nearest to six months."""
    rows = frame.filter(pl.col("model") == model)
    within = min(rows["within_months"].unique().to_list(), key=lambda m: (abs(m - 6), m))
    said = [
        (
            f"{_where(desk, row['where'])}: a month with at least {desk.crisis.plan.warn.event_deaths:,} "
            f"deaths within {within} months is {row['words']} ({frequency_words(row['p_event'])}; 90 % "
            f"interval {percent_interval(row['p_low'], row['p_high'])})."
        )
        for row in rows.filter(pl.col("within_months") == within).sort("where").iter_rows(named=True)
    ]
    others = [m for m in frame["model"].unique(maintain_order=True).to_list() if m != model]
    basis = f"The odds used are those of the model “{model}”" + (
        f"; beside it stand {listed([f'“{m}”' for m in others])}." if others else "."
    )
    basis += " Deaths are those located in a country, not the losses of a side."
    return [*said, basis, *_unseen(desk)]


def _unseen(desk: Desk) -> list[str]:
    """Return what the odds do not know yet: the months after the last one with figures."""
    last = _last_month(desk)
    if last is None:
        return []
    begun = desk.has("episodes") and desk.frame("episodes")["ongoing"].all()
    told = ", not even that violence had begun by the moment" if begun else ""
    return [f"They rest on deaths by month up to {last:%B %Y}: nothing that happened since is in them{told}."]


def _last_month(desk: Desk) -> date | None:
    """Return the last month that the odds rest on."""
    if not desk.has("outlook_summary"):
        return None
    months: list[date] = desk.frame("outlook_summary")["last_known_month"].drop_nulls().to_list()
    return max(months, default=None)


def _where(desk: Desk, where: str) -> str:
    """Return the name of a country or of the whole crisis."""
    return "The crisis as a whole" if where == ALL else sentence(desk.name(where))


def _figure(desk: Desk, frame: pl.DataFrame, model: str) -> Block:
    """Return the odds by country, window and model as marks with intervals."""
    rows: list[Row] = []
    for where in sorted(frame["where"].unique().to_list(), key=lambda w: (w != ALL, w)):
        rows.append(Row(_where(desk, where), style="heading"))
        rows += [
            _odds_row(months, part, model)
            for (months,), part in frame.filter(pl.col("where") == where)
            .sort("within_months", maintain_order=True)
            .group_by("within_months", maintain_order=True)
        ]
    name = f"Odds of a month with at least {desk.crisis.plan.warn.event_deaths:,} deaths"
    saying = (
        f"Points are the odds within windows of up to {max(frame['within_months'].to_list())} months, "
        "lines their 90 % intervals; the table below holds the same figures."
    )
    draw = partial(_draw, rows, name, saying)
    body = tuple(
        (
            _where(desk, r["where"]),
            str(r["within_months"]),
            r["model"],
            r["words"],
            percent(r["p_event"]),
            percent_interval(r["p_low"], r["p_high"]),
        )
        for r in frame.sort("where", "within_months", maintain_order=True).iter_rows(named=True)
    )
    table = Table(
        name,
        ("Where", "Within months", "Model", "In words", "Odds", "90 % interval"),
        body,
        numeric=(1, 4, 5),
        folded=True,
    )
    return Figure(
        name,
        draw,
        saying,
        (("disc", "model used"), ("square", "baseline"), ("whisker", "90 % interval")),
        table,
    )


def _odds_row(months: object, part: pl.DataFrame, model: str) -> Row:
    """Return the odds within a window: the model with its interval, the baselines beside it."""
    used = part.filter(pl.col("model") == model)
    others = part.filter((pl.col("model") != model) & pl.col("p_event").is_not_null())["p_event"]
    name = f"within {count_of(int(str(months)), 'month')}"
    if used.is_empty():
        return Row(name)
    row = used.row(0, named=True)
    return Row(name, row["p_event"], row["p_low"], row["p_high"], beside=tuple(others.to_list()))


def _draw(rows: Sequence[Row], name: str, saying: str, width: float) -> Markup:
    """Draw the odds at a width."""
    return draw_rows(rows, width, title=name, text=saying, share=True, label_width=210)


def _months(desk: Desk) -> Block:
    """Return the outlook by month as a folded table."""
    rows = tuple(
        (
            _where(desk, r["where"]),
            f"{r['month']:%b %Y}",
            r["model"],
            probability_words(r["p_event"]),
            percent(r["p_event"]),
            percent_interval(r["p_low"], r["p_high"]),
            rounded(r["median"]),
            f"{rounded(r['q05'])} to {rounded(r['q95'])}" if r["q05"] is not None else None,
        )
        for r in desk.frame("outlook_summary").head(desk.options.rows_shown).iter_rows(named=True)
    )
    head = (
        "Where",
        "Month",
        "Model",
        "In words",
        "Odds",
        "90 % interval",
        "Deaths, median",
        "Deaths, 90 % band",
    )
    last = _last_month(desk)
    note = f"Last month the model knew: {last:%B %Y}." if last else ""
    return Table("Month by month", head, rows, numeric=(4, 5, 6, 7), folded=True, note=note)


def _record(desk: Desk) -> Block:
    """Return how often such odds were followed by the event before."""
    rows = tuple(
        (
            _where(desk, r["where"]),
            r["model"],
            r["band"],
            exact(r["issued"]) if r["issued"] is not None else None,
            exact(r["events"]) if r["events"] is not None else None,
            percent(r["events"] / r["issued"]) if r["issued"] else None,
            percent_interval(r["low"], r["high"]) if r["low"] is not None else None,
        )
        for r in desk.frame("warning_record").iter_rows(named=True)
    )
    notes = [
        str(n) for n in desk.frame("warning_record")["note_text"].drop_nulls().unique(maintain_order=True)
    ]
    head = (
        "Where",
        "Model",
        "Odds given",
        "Times given",
        "Followed by the event",
        "Share",
        "90 % interval of the share",
    )
    return Table(
        "Earlier odds of this size and what followed", head, rows, numeric=(3, 4, 5, 6), note=" ".join(notes)
    )


def _drivers(desk: Desk) -> Block:
    """Return what drives the odds."""
    rows = tuple(
        (
            _where(desk, r["where"]),
            sentence(r["driver"]),
            (f"{rounded(r['value'])} {r['unit'] or ''}".strip() if r["value"] is not None else "no figure"),
            f"{r['effect']} the odds" if r["effect"] in {"raises", "lowers", "holds"} else r["effect"],
        )
        for r in desk.frame("warning_drivers").sort("where", "rank").iter_rows(named=True)
    )
    head = ("Where", "Driver", "Value", "Effect")
    return Table("What the odds rest on", head, rows, numeric=(2,), folded=len(rows) > 14)
