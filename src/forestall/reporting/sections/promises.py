"""Leverage, promises and agreements: by the same rule for every actor."""

from collections.abc import Sequence
from functools import partial

import polars as pl
from markupsafe import Markup

from forestall.reporting.blocks import Block, Figure, Heading, Table, missing, text
from forestall.reporting.charts.bars import Row, draw_rows
from forestall.reporting.desk import Desk
from forestall.reporting.sections.tables import tables
from forestall.reporting.writing import count_of, exact, percent, percent_interval, rounded, sentence
from forestall.schema.conventions import ALL


def show_leverage(desk: Desk) -> Sequence[Block]:
    """Return net leverage by party in the newest year, unranked actors named."""
    said = (
        "Net leverage is what an actor can withhold less what it would itself lose, each weighted by how "
        "hard the other is to replace (Hirschman 1945). The weights of the channels are not known, so "
        "they are drawn. A tie that is not known stays not known: an actor with too many unknown ties is "
        "not ranked."
    )
    rows = desk.frame("leverage_ranks")
    newest = rows.filter(pl.col("year") == pl.col("year").max().over("party"))
    ranked = newest.filter(pl.col("net_median").is_not_null())
    silent = newest.filter((pl.col("channel") == ALL) & pl.col("net_median").is_null())
    blocks: list[Block] = [text(said), _not_ranked(silent)]
    if ranked.height:
        blocks.append(_leverage_figure(desk, ranked))
    return [*blocks, *tables(desk, "ties_compared", "leverage_ranks", "leverage")]


def _not_ranked(rows: pl.DataFrame) -> Block:
    """Return who is not ranked over all channels, and how many of the ties are unknown."""
    if rows.is_empty():
        return text("Every actor is ranked over all channels.")
    unknown = f"{exact(int(rows['unknown_ties'].sum()))} of {exact(int(rows['ties'].sum()))} ties"
    pairs = count_of(rows.height, "pair of actor and party", "pairs of actor and party")
    return missing(
        "Not ranked over all channels",
        (
            f"{pairs} are not ranked in the newest year: {unknown} looked at are not known. Not known is not "
            "zero."
        ),
    )


def _leverage_figure(desk: Desk, rows: pl.DataFrame) -> Block:
    """Return the leverage of those that can be ranked, by party and channel."""
    bars: list[Row] = []
    order = rows.sort("party", "channel", "net_median", descending=[False, False, True], maintain_order=True)
    for (party, channel), part in order.group_by("party", "channel", maintain_order=True):
        over = "all channels" if channel == ALL else str(channel)
        bars.append(Row(f"Over {desk.name(str(party))}, {over}, {part['year'][0]}", style="heading"))
        bars += [
            Row(desk.name(r["actor"]), r["net_median"], r["net_q05"], r["net_q95"])
            for r in part.iter_rows(named=True)
        ]
    name = "Net leverage of those whose ties are known"
    saying = "From -1 to 1: right of zero the party depends more on the actor; median and 90 % band."
    key = (("disc", "median"), ("whisker", "90 % band"))
    return Figure(name, partial(_draw_leverage, bars, name, saying), saying, key)


def _draw_leverage(bars: Sequence[Row], name: str, saying: str, width: float) -> Markup:
    """Draw leverage at a width."""
    return draw_rows(bars, width, title=name, text=saying, label_width=230)


def show_ledger(desk: Desk) -> Sequence[Block]:
    """Return every promise as it stands."""
    rows = desk.frame("ledger_status").sort("made_on")
    body = tuple(
        (
            desk.name(r["who"]),
            desk.name(r["to_whom"]),
            r["what"],
            desk.day(r["made_on"]),
            desk.day(r["due"]) if r["due"] else "no due date",
            f"{rounded(r['amount'])} {r['unit'] or ''}".strip() if r["amount"] is not None else "no amount",
            percent(r["share_delivered"]) if r["share_delivered"] is not None else None,
            r["status"] if r["status"] != "not known" else None,
        )
        for r in rows.iter_rows(named=True)
    )
    head = ("Who", "To whom", "What", "Made", "Due", "Amount", "Delivered", "Status")
    said = "Every dated public promise, by the same rule for all. Not known is not the same as not delivered."
    return [text(said), Table("Promises by the moment", head, body, numeric=(5, 6), folded=len(body) > 20)]


def show_provisions(desk: Desk) -> Sequence[Block]:
    """Return how much of each agreement was kept, and what stood broken before each return to violence."""
    said = (
        "The low end takes all that is open, disputed or not known as broken, the high end as kept. Both "
        "sides and the guarantors are held to the same rule."
    )
    blocks: list[Block] = [text(said)]
    if desk.has("implementation"):
        blocks.append(_implementation(desk))
    if desk.has("broken_before"):
        blocks += [Heading("What stood broken or disputed before each return to violence"), _broken(desk)]
    return [*blocks, _provisions(desk)]


def _implementation(desk: Desk) -> Block:
    """Return the share of provisions kept, by agreement and by who owes them."""
    titles = (
        dict(desk.frame("agreements").select("agreement", "title").iter_rows())
        if desk.has("agreements")
        else {}
    )
    bars: list[Row] = []
    for (agreement,), part in desk.frame("implementation").group_by("agreement", maintain_order=True):
        bars.append(Row(titles.get(agreement, str(agreement)), style="heading"))
        for r in part.iter_rows(named=True):
            who = "everyone" if r["who"] == ALL else desk.name(r["who"])
            bars.append(Row(f"{who} ({r['provisions']})", r["share_mid"], r["share_low"], r["share_high"]))
    name = "Share of provisions kept"
    saying = (
        "In brackets how many provisions were due; lines run from all that is open broken to all of it kept."
    )
    body = tuple(
        (
            titles.get(r["agreement"], r["agreement"]),
            "Everyone" if r["who"] == ALL else desk.name(r["who"]),
            *(exact(r[k]) for k in ("provisions", "kept", "partly", "broken", "disputed", "not_known")),
            percent_interval(r["share_low"], r["share_high"]),
        )
        for r in desk.frame("implementation").iter_rows(named=True)
    )
    head = ("Agreement", "Who owes", "Due", "Kept", "Partly", "Broken", "Disputed", "Not known", "Share kept")
    table = Table(name, head, body, numeric=(2, 3, 4, 5, 6, 7, 8), folded=True)
    return Figure(
        name,
        partial(_draw_kept, bars, name, saying),
        saying,
        (("disc", "median"), ("whisker", "range")),
        table,
    )


def _draw_kept(bars: Sequence[Row], name: str, saying: str, width: float) -> Markup:
    """Draw shares kept at a width."""
    return draw_rows(bars, width, title=name, text=saying, share=True, label_width=300)


def _broken(desk: Desk) -> Table:
    """Return which provisions stood broken or disputed before violence returned."""
    body = tuple(
        (
            desk.day(r["date"]),
            r["description"],
            desk.name(r["who"]),
            r["what"],
            r["status"],
            desk.day(r["since"]) if r["since"] else None,
            "yes" if r["known_then"] else "no",
        )
        for r in desk.frame("broken_before").sort("date").iter_rows(named=True)
    )
    head = ("Violence", "What happened", "Who owed it", "Provision", "Status", "Since", "Public before")
    return Table("Provisions open before a return to violence", head, body, folded=len(body) > 8)


def _provisions(desk: Desk) -> Table:
    """Return every provision with its status and by whose account."""
    body = tuple(
        (
            r["title"],
            r["number"],
            desk.name(r["who"]),
            r["what"],
            None if r["status"] == "not known" else sentence(r["status"]),
            desk.day(r["since"]) if r["since"] else None,
            r["readings"] or r["said_by"] or desk.publishers.get(r["source"] or "", r["source"]),
        )
        for r in desk.frame("provisions_status").iter_rows(named=True)
    )
    head = ("Agreement", "No.", "Who owes", "What", "Status", "Since", "By whose account")
    return Table("Every provision", head, body, folded=True)
