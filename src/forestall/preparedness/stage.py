"""The stage prepare: people present -> needs, gaps and planning figures."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from forestall.core.errors import CrisisError, Finding
from forestall.core.units import parse_duration
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.caseloads import caseload_rows
from forestall.preparedness.closure import closure_tables
from forestall.preparedness.costs import Costs
from forestall.preparedness.in_need import InNeed
from forestall.preparedness.items import Item, items_over
from forestall.preparedness.needs import Gaps, demands, need_rows
from forestall.preparedness.people import Presence, read_presence
from forestall.preparedness.plan import plan_tables
from forestall.preparedness.preposition import cut_off, prices_of
from forestall.preparedness.sensitivity import sensitivity_table
from forestall.schema import empty, frame

if TYPE_CHECKING:
    from forestall.crisis import Crisis


NOT_YET = (
    "people_in_need",
    "needs_cost",
    "closure_stock",
    "closure_exhaustion",
    "closure_reports",
    "sensitivity",
)

NEED_TABLES = ("needs", "gaps", "people_in_need", "needs_cost")


def prepare(crisis: Crisis, options: PrepareOptions) -> dict[str, pl.DataFrame]:
    """Work out what the people present need, what is missing, and how many to plan for.

    Parameters
    ----------
    crisis
        A crisis with the results of displace (tables ``presence`` and ``episodes``).
    options
        Options of the stage.

    Returns
    -------
    dict
        The tables ``needs``, ``gaps``, ``people_in_need``, ``needs_cost``, ``caseloads``,
        ``sensitivity``, those of a closed area (``closure_stock``, ``closure_exhaustion``,
        ``closure_reports``) and of the plan (``plan``, ``plan_value``, ``plan_effect``).

    Raises
    ------
    CrisisError
        Where displace has not been run.
    """
    require_presence(crisis)
    presence = presence_of(crisis, options)
    items = items_of(crisis, presence, options)
    return {
        "sensitivity": sensitivity_table(crisis, presence, options),
        **_need_tables(crisis, presence, items, options),
        "caseloads": _caseloads(crisis, presence, options),
        **closure_tables(crisis, options),
        **plan_tables(crisis, presence, items, options),
    }


def require_presence(crisis: Crisis) -> None:
    """Raise where the people present have not been worked out."""
    if not crisis["presence"].height:
        message = "there is nobody to plan for: the people present have not been worked out"
        raise CrisisError(
            [Finding("E401", "error", message, table="presence", next="forestall displace, or forestall run")]
        )


def first_day(crisis: Crisis) -> date:
    """Return the first day to plan for: that of the moment, else the first with people present."""
    known = crisis.local_date() if crisis.as_of is not None else None
    first = crisis["presence"]["date"].min()
    return known or (first if isinstance(first, date) else date.min)


def presence_of(crisis: Crisis, options: PrepareOptions) -> Presence:
    """Return the people present over the horizon."""
    presence = read_presence(
        crisis["presence"],
        crisis["episodes"],
        first=first_day(crisis),
        days=max(1, round(parse_duration(options.horizon).days)),
        draws=options.draws,
        hosts_per_arrival=options.hosts_per_arrival,
    )
    return presence.with_open_roads(cut_off(crisis, presence))


def items_of(crisis: Crisis, presence: Presence, options: PrepareOptions) -> list[Item]:
    """Return the items with the figure that holds on each day."""
    latitude = crisis["places"]["lat"].mean()
    return items_over(
        crisis["standards"],
        crisis["demography"],
        float(latitude) if isinstance(latitude, (int, float)) else None,
        presence.dates,
        options,
    )


def _need_tables(
    crisis: Crisis, presence: Presence, items: list[Item], options: PrepareOptions
) -> dict[str, pl.DataFrame]:
    """Return needs, gaps, people in need and costs of both arms; one arm's rows where both are the same."""
    arms = dict(presence.arms())
    worked_out: dict[int, dict[str, pl.DataFrame]] = {}
    tables: dict[str, list[pl.DataFrame]] = {name: [empty(name)] for name in NEED_TABLES}
    for arm, part in arms.items():
        rows = worked_out.setdefault(len(part.draws), {}) or _arm_tables(crisis, part, items, arm, options)
        worked_out[len(part.draws)] = rows
        for name, table in rows.items():
            tables[name].append(table.with_columns(pl.lit(arm).alias("arm")))
    return {name: pl.concat(parts) for name, parts in tables.items()}


def _arm_tables(
    crisis: Crisis, part: Presence, items: list[Item], arm: str, options: PrepareOptions
) -> dict[str, pl.DataFrame]:
    """Return needs, gaps, people in need and costs of one arm."""
    prices = dict(zip([(i.name, i.unit) for i in items], prices_of(crisis["items"], items), strict=True))
    gaps, in_need = Gaps(part, arm, options.quantiles), InNeed(part, arm, options.quantiles)
    costs = Costs(part, arm, figures_of(options))
    for demand in demands(part, items, crisis["supplies"], crisis.zone):
        for gathered in (gaps, in_need, costs):
            gathered.add(demand)
    rows = (need_rows(part, items, arm, options.quantiles), gaps.rows(), in_need.rows(), costs.rows(prices))
    return {name: _typed(name, found) for name, found in zip(NEED_TABLES, rows, strict=True)}


def figures_of(options: PrepareOptions) -> list[tuple[str, float]]:
    """Return the planning figures with the quantile each is taken at."""
    return [
        ("best", options.best_quantile),
        ("central", options.central_quantile),
        ("reasonable worst", options.worst_quantile),
    ]


def _typed(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows as that table, also where there are none."""
    return frame(table, rows) if rows.height else empty(table)


def _caseloads(crisis: Crisis, presence: Presence, options: PrepareOptions) -> pl.DataFrame:
    """Return the planning figures of both arms."""
    figures = figures_of(options)
    parts = [
        _typed("caseloads", caseload_rows(part, crisis["demography"], arm, figures))
        for arm, part in presence.arms()
    ]
    return pl.concat([empty("caseloads"), *parts])
