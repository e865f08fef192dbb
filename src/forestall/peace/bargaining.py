"""What deal could hold: the window in which both sides prefer one, where power shifts and nobody can commit.

Two sides divide something worth 1. In a war A wins with probability p, and a war costs each side a share c.
Without a shift both prefer every division between p - c_A and p + c_B (Fearon 1995). Where power shifts to
p' and the stronger will ask anew, what A has over both periods must lie in that same range, and can only lie
between what A can be held to later and what it can be given now: the window shrinks with the shift and
closes where the shift is larger than what a war would cost (Fearon 1995, pages 401-409; Powell 2006).
Costs, weights and expectations are assumptions of ``bargaining.csv``, drawn evenly in wide ranges.

References
----------
Fearon, J. D. (1995), Rationalist explanations for war, International Organization 49(3):379-414,
https://doi.org/10.1017/S0020818300033324. Powell, R. (2006), War as a commitment problem, International
Organization 60(1):169-203, https://doi.org/10.1017/S0020818306060061. Walter, B. F. (2009), Bargaining
failures and civil war, Annual Review of Political Science 12:243-261,
https://doi.org/10.1146/annurev.polisci.10.101405.135301
"""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.core.random import uniforms
from forestall.crisis import Crisis
from forestall.schema import frame
from forestall.schema.conventions import BAND

SPENDING = "military expenditure"
WINDOW = 5
"""Years of spending that make up what a side can fight with, and years of one period."""
Power = tuple[tuple[str, str], tuple[float, float], tuple[float, float]]
"""Two sides, what they spent in five years, and in the five before."""
PROVISIONS = ("none", "enforcement", "staged withdrawal", "buffer")
PROVES = "a picture of the argument, not a forecast: every cost in it is an assumption"


@cache
def load_assumptions() -> Mapping[str, tuple[float, float]]:
    """Return the range of each assumption.

    Examples
    --------
    >>> load_assumptions()["cost of war to each side"]
    (0.05, 0.3)
    """
    text = files("forestall.peace").joinpath("bargaining.csv").read_text(encoding="utf-8")
    return {row["name"]: (float(row["low"]), float(row["high"])) for row in csv.DictReader(text.splitlines())}


def window(
    p: Floats | float, later: Floats | float, cost_a: Floats | float, cost_b: Floats | float,
    weight: Floats | float = 0.5,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return the ends of what A could have that both prefer to war; where low is above high there is none.

    Parameters
    ----------
    p, later
        Chance that A wins now, and once power has shifted, 0-1.
    cost_a, cost_b
        What a war costs each, as shares of what is fought over.
    weight
        Weight of the later period, 0-1.

    Examples
    --------
    Two sides could divide 100 dollars or fight, with even odds, at a cost of 20 dollars each: a fight is
    worth 30 to either, and both prefer every division between 30 and 70 (Fearon 1995, page 387).

    >>> low, high = window(0.5, 0.5, 0.2, 0.2)
    >>> round(100 * low.item()), round(100 * high.item())
    (30, 70)

    A shift larger than what a war would cost leaves nothing (Powell 2006).

    >>> low, high = window(0.2, 0.9, 0.05, 0.05, 0.9)
    >>> (low > high).item()
    True
    """
    held, most = np.maximum(0.0, later - np.asarray(cost_a)), np.minimum(1.0, later + np.asarray(cost_b))
    low = np.maximum(np.maximum(0.0, p - np.asarray(cost_a)), weight * held)
    high = np.minimum(np.minimum(1.0, p + np.asarray(cost_b)), 1.0 - weight + weight * most)
    return np.asarray(low), np.asarray(high)


def width(low: Floats, high: Floats) -> Floats:
    """Return how wide a range is; nothing where there is none."""
    return np.asarray(np.maximum(0.0, high - low))


def bargaining_table(crisis: Crisis, *, draws: int, seed: int) -> pl.DataFrame:
    """Return the window of deals by year and provision, for the two parties whose spending is known.

    Parameters
    ----------
    crisis : Crisis
        As known at a moment.
    draws, seed : int
        Draws of the assumptions and their seed.

    Returns
    -------
    polars.DataFrame
        The table ``peace_bargaining``; empty where not exactly two parties have spending of ten years.
    """
    power = power_by_year(crisis)
    rows = [row for year in sorted(power) for row in _year_rows(year, power[year], draws, seed)]
    return frame("peace_bargaining", rows)


def power_by_year(crisis: Crisis) -> dict[int, Power]:
    """Return, by year, the two sides, their spending of five years, and of the five years before."""
    parties = crisis["actors"].filter(role="party")["iso3"].drop_nulls().unique().to_list()
    spent = {side: known for side in sorted(parties) if (known := _spending(crisis, side))}
    if len(spent) != 2:
        return {}
    found = {}
    for year in sorted(set.intersection(*(set(series) for series in spent.values()))):
        now, before = ([_sum(series, last) for series in spent.values()] for last in (year, year - WINDOW))
        if all(now) and all(before):
            found[year] = (tuple(spent), tuple(now), tuple(before))
    return found  # type: ignore[return-value]


def _spending(crisis: Crisis, side: str) -> dict[int, float]:
    """Return what a side spent by year, as known last."""
    rows = crisis["indicators"].filter(
        (pl.col("indicator") == SPENDING) & (pl.col("where") == side) & pl.col("value").is_not_null()
    )
    latest = rows.sort("known_at").unique("date", keep="last")
    return {day.year: value for day, value in latest.select("date", "value").iter_rows()}


def _sum(series: Mapping[int, float], last: int) -> float | None:
    """Return the spending of five years; None where one of them is not known."""
    values = [series.get(year) for year in range(last - WINDOW + 1, last + 1)]
    return None if None in values else float(sum(v for v in values if v is not None))


def drawn(name: str, draws: int, seed: int) -> Floats:
    """Return draws of an assumption, even over its range."""
    low, high = load_assumptions()[name]
    return np.asarray(low + (high - low) * uniforms(seed, "bargaining", draws, place=name))


def _year_rows(year: int, power: Power, draws: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield a row per kind of provision."""
    sides, now, before = power
    for provision in PROVISIONS:
        p, later, low, high = _drawn_window(now, before, provision, draws, seed)
        open_, wide = low < high, width(low, high)
        row = {
            "year": year, "side_a": sides[0], "side_b": sides[1], "provision": provision,
            **_quantiles("chance_a", p), **_quantiles("shift", later - p), **_quantiles("width", wide),
            "from_a": float(np.median(low)), "to_a": float(np.median(high)), "open": float(open_.mean()),
        }  # fmt: skip
        yield row | {"says": _says(row)}


def _drawn_window(
    now: tuple[float, float], before: tuple[float, float], provision: str, draws: int, seed: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return draws of A's chance now and later, and of the ends of the window."""
    power = drawn("decisiveness", draws, seed)
    power = power * (drawn("buffer", draws, seed) if provision == "buffer" else 1.0)
    lead, earlier = np.log(now[0] / now[1]), np.log(before[0] / before[1])
    shift = (lead - earlier) * drawn("shift that comes", draws, seed)
    shift = shift * (drawn(provision, draws, seed) if provision == "staged withdrawal" else 1.0)
    p, later = (1.0 / (1.0 + np.exp(-power * value)) for value in (lead, lead + shift))
    cost = drawn("cost of war to each side", draws, seed)
    cost = cost + (drawn(provision, draws, seed) if provision == "enforcement" else 0.0)
    low, high = window(p, later, cost, cost, drawn("weight of the next five years", draws, seed))
    return p, later, low, high


def _quantiles(name: str, values: Floats) -> dict[str, float]:
    """Return the median and the 90 % range of draws."""
    found = np.quantile(values, BAND)
    return dict(zip((f"{name}_low", name, f"{name}_high"), map(float, found), strict=True))


def _says(row: Mapping[str, Any]) -> str:
    """Return a row in words, with how little it proves."""
    what = "without provisions" if row["provision"] == "none" else f"with {row['provision']}"
    return (
        f"{what}: some deal is better for both in {row['open']:.0%} of draws, over {row['width']:.0%} of "
        f"the stake ({row['width_low']:.0%} to {row['width_high']:.0%}), around {row['from_a']:.0%} to "
        f"{row['to_a']:.0%} for {row['side_a']} and the rest for {row['side_b']}; {PROVES}"
    )
