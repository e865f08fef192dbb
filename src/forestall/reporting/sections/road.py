"""On the road: people under way, queues and hours of waiting."""

from collections.abc import Sequence

import polars as pl

from forestall.reporting.blocks import Block, Box, Table, text
from forestall.reporting.desk import Desk, wide
from forestall.reporting.sections.arrivals import WITHHELD
from forestall.reporting.sections.fans import fan_figure, fan_from
from forestall.reporting.writing import interval, rounded, span
from forestall.schema.conventions import ALL


def show_road(desk: Desk) -> Sequence[Block]:
    """Return people on the road over time, and where detail may be shown queues and hours of waiting."""
    arm = "if it happens"
    fan = fan_from(desk.arm("road_summary", arm).filter(pl.col("corridor") == ALL), "on_road")
    name, saying = "People on the road, if it happens", "People under way at each moment, moving or waiting."
    blocks: list[Block] = [] if fan is None else [fan_figure(desk, fan, name, saying)]
    if not desk.detail:
        said = f"Queues and hours of waiting by corridor are restricted. {WITHHELD}"
        return [*blocks, Box("withheld", "Withheld", (said,))]
    return [*blocks, _waiting(desk, arm)]


def _waiting(desk: Desk, arm: str) -> Block:
    """Return each corridor at the moment of its longest wait."""
    rows = desk.arm("road_summary", arm).filter(pl.col("corridor") != ALL)
    body = []
    for (key,), part in rows.group_by("corridor", maintain_order=True):
        wait, queue = wide(part, ["at"], "wait_hours"), wide(part, ["at"], "queued")
        peak = wait.sort("q95", "q50", descending=True).row(0, named=True)
        if not peak["q95"] or peak["q95"] < 0.05:
            continue
        held = queue.filter(pl.col("at") == peak["at"]).row(0, named=True)
        cells = (
            rounded(held["q50"]),
            interval(held["q05"], held["q95"]),
            span(peak["q50"]),
            f"{rounded(peak['q05'], 2)} to {rounded(peak['q95'], 2)}",
        )
        body.append((peak["q95"], (desk.corridors.get(str(key), str(key)), desk.when(peak["at"]), *cells)))
    if not body:
        return text("No corridor has a queue in any draw.")
    shown = tuple(cells for _, cells in sorted(body, key=lambda pair: -pair[0]))
    head = ("Corridor", "At", "People in the queue", "90 % band", "Wait, median", "Hours, 90 % band")
    return Table(
        "Each corridor at the moment at which the wait may be longest, if it happens",
        head,
        shown,
        numeric=(2, 3, 4, 5),
    )
