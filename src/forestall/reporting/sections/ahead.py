"""Risks ahead with their base rates, and claims checked against the tables."""

from collections.abc import Sequence
from functools import partial

from markupsafe import Markup

from forestall.reporting.blocks import Block, Figure, Table, text
from forestall.reporting.charts.bars import Row, draw_rows
from forestall.reporting.desk import Desk
from forestall.reporting.writing import count_of, exact, listed, percent, percent_interval, rounded

VERDICTS = ("supported", "contradicted", "contested", "not testable")


def show_risks(desk: Desk) -> Sequence[Block]:
    """Return each risk with its present value and how often it has happened, or that there is no estimate."""
    frame = desk.frame("risks_register")
    bars = [
        Row(r["what"], r["base_rate"], r["base_low"], r["base_high"]) for r in frame.iter_rows(named=True)
    ]
    name = "How often each has happened in past windows"
    saying = "Share of past windows with its 90 % interval; hatched: no estimate, which is not a low risk."
    body = tuple(
        (
            r["what"],
            (r["indicator"] or "").replace("_", " ").replace(":", ", "),
            f"{rounded(r['value'])} {r['unit'] or ''}".strip() if r["value"] is not None else None,
            percent(r["base_rate"]) if r["base_rate"] is not None else None,
            percent_interval(r["base_low"], r["base_high"]) if r["base_low"] is not None else None,
            r["estimate"],
        )
        for r in frame.iter_rows(named=True)
    )
    head = ("Risk", "Indicator", "Present value", "Base rate", "90 % interval", "In words")
    said = (
        "Base rates come from the record where there is one. They are not forecasts: what drives the "
        "present may differ."
    )
    key = (("disc", "base rate"), ("whisker", "90 % interval"), ("unknown", "no estimate"))
    figure = Figure(
        name,
        partial(_draw, bars, name, saying),
        saying,
        key,
        Table("Risks ahead", head, body, numeric=(2, 3, 4)),
    )
    return [text(said), figure]


def _draw(bars: Sequence[Row], name: str, saying: str, width: float) -> Markup:
    """Draw base rates at a width."""
    return draw_rows(bars, width, title=name, text=saying, share=True, label_width=300)


def show_claims(desk: Desk) -> Sequence[Block]:
    """Return each claim with its verdict, every voice beside the others."""
    frame = desk.frame("claims_verdicts")
    found = {v: frame.filter(frame["verdict"] == v).height for v in VERDICTS}
    counts = listed([f"{n} {v}" for v, n in found.items()])
    said = (
        f"{count_of(frame.height, 'claim')}: {counts}. Judgements are never scored true or false; the "
        "claims of every voice stand beside each other."
    )
    voices = tuple(
        (voice, *(exact(part.filter(part["verdict"] == v).height) for v in VERDICTS))
        for (voice,), part in frame.sort("voice").group_by("voice", maintain_order=True)
    )
    by_voice = Table(
        "Verdicts by voice", ("Voice", *(v.capitalize() for v in VERDICTS)), voices, numeric=(1, 2, 3, 4)
    )
    body = tuple(
        (
            r["voice"],
            r["statement"],
            r["verdict"],
            r["expected"] or "none given",
            r["found"],
            r["difference"] or "",
            exact(r["rows"]) if r["rows"] is not None else None,
        )
        for r in frame.sort("voice", "claim").iter_rows(named=True)
    )
    head = ("Voice", "Claim", "Verdict", "Claimed", "The tables say", "Difference", "Rows")
    return [
        text(said),
        by_voice,
        Table("Claims and what the tables say", head, body, numeric=(6,), folded=len(body) > 12),
    ]
