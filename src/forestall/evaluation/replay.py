"""Replays judged: what was said at chosen moments, beside what was counted later and simple rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.arrays import Floats
from forestall.core.errors import UsageError
from forestall.evaluation.counted import Running, chosen_moments, continuations, running_totals
from forestall.evaluation.destinations import judge_destinations
from forestall.schema.conventions import ALL, BAND
from forestall.scoring.forecasts import crps

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from forestall.crisis import Crisis

BETTER_OF = ("the last three days go on", "logistic growth")
"""The rules that a replay is held against."""
MOVED = 5000
"""Draws that stand for weighted ones."""


def score_replay(
    crisis: Crisis,
    *,
    moments: Sequence[datetime] | None = None,
    days: float | None = None,
    draws: int = 300,
    seed: int = 1,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Judge the replays of a crisis at chosen moments against what was counted later.

    Parameters
    ----------
    crisis : Crisis
        As opened.
    moments : sequence of datetime, optional
        Else those of ``[report] replays``, else moments spread over the counts.
    days : float, optional
        Days ahead that are judged; else ``[report] replay_days``.
    draws, seed : int
        Of each replay.
    progress : callable, optional
        Told before each moment.

    Returns
    -------
    dict
        ``moments``: per moment and place the median, the 90 % band, the count, CRPS and those of the
        simple rules, counts inside the band, and each world's final total; ``summary`` and ``verdict``.

    Raises
    ------
    UsageError
        Where nobody was counted.
    """
    whole = crisis.everything()
    options = crisis.plan.report
    chosen = list(moments or options.replays or chosen_moments(whole))
    chosen = [at if at.tzinfo else at.replace(tzinfo=crisis.zone) for at in chosen]
    truth = running_totals(whole)
    if not truth or not chosen:
        raise UsageError(
            "nobody was counted: a replay is judged against running totals of people who arrived or left; "
            "see forestall schema counts"
        )
    ahead = days or options.replay_days
    judged = []
    for at in chosen:
        if progress is not None:
            progress(at.isoformat())
        judged.append(judge_moment(crisis, truth, at, ahead, draws, seed))
    summary = _summary(judged)
    return {
        "crisis": crisis.settings.title,
        "days": ahead,
        "draws": draws,
        "seed": seed,
        "moments": judged,
        "summary": summary,
        "verdict": verdict(summary, ahead),
    }


def judge_moment(
    crisis: Crisis, truth: Sequence[Running], moment: datetime, days: float, draws: int, seed: int
) -> dict[str, Any]:
    """Return what one replay said of every place that was counted later."""
    from forestall.runs import run

    result = run(crisis, as_of=moment.isoformat(), draws=draws, seed=seed, until="displace").crisis
    known = {(r.place, r.what): r for r in running_totals(result, until=moment)}
    rows, more = [], dict[str, Floats]()
    for series in truth:
        later = series.after(moment, days)
        if not len(later.seconds):
            continue
        said = people_said(result, series.place, series.what, later.seconds)
        if said is not None:
            rows.append(_judge(later, said, known.get((series.place, series.what))))
            if series.what == "arrived":
                more[series.place] = people_more(result, series.place, moment, later.seconds[-1])
    return {
        "moment": moment.astimezone(crisis.zone).isoformat(),
        "places": rows,
        "worlds": worlds_at_end(result, rows, truth),
        "destinations": judge_destinations(result, truth, known, more, moment, days),
    }


def people_more(result: Crisis, place: str, moment: datetime, end: float) -> Floats:
    """Return people more per day at a place between a moment and an end, by draw in its order."""
    start = moment.timestamp()
    said = people_said(result, place, "arrived", np.array([start, end]), ascending=False)
    assert said is not None  # noqa: S101 - the place has rows
    return np.asarray(np.maximum(said[1] - said[0], 0.0) / max(end - start, 1.0) * 86_400.0)


def people_said(
    crisis: Crisis, place: str, what: str, seconds: Floats, *, ascending: bool = True
) -> Floats | None:
    """Return the people of each draw at given moments, ascending unless said; None where nothing is said.

    People who left a country are those who arrived in another; weighted draws are drawn again.

    Returns
    -------
    array of float, shape (n, draws)
    """
    import polars as pl

    table = crisis["arrivals"].filter(pl.col("place") != ALL)
    countries = crisis["places"].select("place", "country")
    here = countries.filter(pl.col("place") == place)["country"].to_list()
    if what == "left":
        abroad = countries.filter(pl.col("country").is_not_null() & ~pl.col("country").is_in(here))
        table = table.join(abroad, on="place", how="semi")
    elif place in table["place"].unique():
        table = table.filter(pl.col("place") == place)
    else:
        kind = crisis["places"].filter(pl.col("place") == place)["kind"].to_list()
        inside = countries.filter(pl.col("country").is_in(here))
        table = table.join(inside, on="place", how="semi") if kind == ["country"] else table.clear()
    if table.is_empty():
        return None
    people = _draws_at(crisis, table, seconds)
    return np.sort(people, axis=1) if ascending else people


def _draws_at(crisis: Crisis, table: pl.DataFrame, seconds: Floats) -> Floats:
    """Return people by moment and draw from rows of places, moments and draws."""
    import polars as pl

    wide = (
        table.group_by("draw", "at")
        .agg(pl.col("people").sum())
        .pivot("draw", index="at", values="people")
        .sort("at")
        .fill_null(strategy="forward")
        .fill_null(0)
    )
    at = np.array([moment.timestamp() for moment in wide["at"]], dtype=np.float64)
    names = [name for name in wide.columns if name != "at"]
    people = np.stack([np.interp(seconds, at, wide[name].to_numpy()) for name in names], axis=1)
    if crisis.has("episodes"):
        weight = dict(crisis["episodes"].select(pl.col("draw").cast(pl.String), "weight").iter_rows())
        people = evenly(people, np.array([weight.get(name, 1.0) for name in names]))
    return people


def evenly(people: Floats, weight: Floats) -> Floats:
    """Return draws of equal weight from weighted ones, each as often as its weight says.

    Examples
    --------
    >>> evenly(np.array([[1.0, 2.0]]), np.array([3.0, 0.0])).mean()
    np.float64(1.0)
    """
    if np.allclose(weight, weight[0]):
        return people
    edges = np.cumsum(weight) / weight.sum()
    index = np.searchsorted(edges, (np.arange(MOVED) + 0.5) / MOVED)
    return np.asarray(people[:, np.minimum(index, people.shape[1] - 1)], dtype=np.float64)


def _judge(later: Running, said: Floats, known: Running | None) -> dict[str, Any]:
    """Return one place's row: the last count within the days, and the scores over all of them."""
    low, middle, high = np.quantile(said, BAND, axis=1)
    inside = (later.people >= low) & (later.people <= high)
    rules = continuations(known, later.seconds) if known is not None and len(known.seconds) else {}
    return {
        "place": later.place,
        "what": later.what,
        "at": datetime.fromtimestamp(later.seconds[-1], UTC).isoformat(),
        "q05": round(float(low[-1])),
        "median": round(float(middle[-1])),
        "q95": round(float(high[-1])),
        "count": round(float(later.people[-1])),
        "counted_by_then": None if known is None or not len(known.people) else round(float(known.people[-1])),
        "counts": len(later.people),
        "inside": int(inside.sum()),
        "crps": round(float(crps(said, later.people).mean()), 1),
        "rules": {
            name: round(float(np.abs(value - later.people).mean()), 1) for name, value in rules.items()
        },
    }


def worlds_at_end(
    crisis: Crisis, rows: Sequence[Mapping[str, Any]], truth: Sequence[Running]
) -> list[dict[str, Any]]:
    """Return each world's band of people at the last count, or at the end of a shorter horizon."""
    import polars as pl

    if not crisis.has("worlds_summary") or not rows:
        return []
    left = [r for r in truth if r.what == "left"]
    single = [r for r in truth if r.what == "arrived"]
    series = (left or single)[0] if left or len(single) == 1 else None
    quantity = "abroad" if left else "arrived"
    table = crisis["worlds_summary"].filter((pl.col("quantity") == quantity) & (pl.col("place") == ALL))
    if table.is_empty():
        return []
    moments = sorted(set(table["at"].to_list()))
    last = np.inf if series is None else series.seconds[-1]
    at = next((moment for moment in moments if moment.timestamp() >= last), moments[-1])
    final = None if series is None else round(float(np.interp(at.timestamp(), series.seconds, series.people)))
    table = table.filter(pl.col("at") == at)
    out = []
    for (world,), group in sorted(table.group_by("world"), key=lambda item: str(item[0])):
        band = dict(group.select(pl.col("quantile").round(2), "people").iter_rows())
        low, middle, high = (band.get(q) for q in BAND)
        if low is None or high is None:
            continue
        out.append(
            {
                "world": world,
                "at": at.isoformat(),
                "q05": low,
                "median": middle,
                "q95": high,
                "width": high - low,
                "count": final,
                "holds": None if final is None else bool(low <= final <= high),
            }
        )
    return out


def _summary(judged: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return coverage over all counts and, per moment, CRPS of total and places beside the better rule."""
    rows = [row for moment in judged for row in moment["places"]]
    arrived = [row for row in rows if row["what"] == "arrived"]
    counts = sum(row["counts"] for row in arrived)
    per_moment = [
        {
            "moment": moment["moment"],
            "by_place": _against([r for r in moment["places"] if r["what"] == "arrived"]),
            "total": _against([r for r in moment["places"] if r["what"] == "left"]),
        }
        for moment in judged
    ]
    return {
        "misplaced": misplaced_on_average([moment["destinations"] for moment in judged]),
        "place_counts": counts,
        "coverage_90": round(sum(row["inside"] for row in arrived) / counts, 3) if counts else None,
        "moments": per_moment,
    }


def misplaced_on_average(judged: Sequence[Mapping[str, Any] | None]) -> dict[str, float]:
    """Return the mean share of people put at the wrong place, by rule, over the moments that have all."""
    held = [found["misplaced"] for found in judged if found is not None]
    names = sorted(set.intersection(*(set(row) for row in held))) if held else []
    return {name: round(float(np.mean([row[name] for row in held])), 4) for name in names}


def _against(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the mean CRPS over rows beside that of each rule, over the rows that have both."""
    comparable = [row for row in rows if row["rules"]]
    if not comparable:
        return None
    names = sorted(set.intersection(*(set(row["rules"]) for row in comparable)))
    rules = {name: float(np.mean([row["rules"][name] for row in comparable])) for name in names}
    mine = float(np.mean([row["crps"] for row in comparable]))
    held = [rules[name] for name in BETTER_OF if name in rules]
    return {
        "crps": round(mine, 1),
        "rules": {name: round(value, 1) for name, value in rules.items()},
        "better": bool(held) and mine < min(held),
        "better_than_recent_rate": mine < rules["the recent rate goes on"],
    }


def verdict(summary: Mapping[str, Any], days: float) -> str:
    """Return the summary in words.

    Examples
    --------
    >>> verdict({"place_counts": 0, "coverage_90": None, "moments": []}, 14)
    'No moment could be compared with a count.'
    """
    parts = []
    for name, words in (("by_place", "by place"), ("total", "of people who left in all")):
        found = [m[name] for m in summary["moments"] if m[name] is not None]
        if found:
            won = sum(row["better"] for row in found)
            parts.append(
                f"{words}, the replay was closer than the better of “{BETTER_OF[0]}” and {BETTER_OF[1]} "
                f"at {won} of {len(found)} moments over the next {days:g} days"
            )
    if not parts:
        return "No moment could be compared with a count."
    share = summary["coverage_90"]
    told = "" if share is None else f" The 90 % bands hold {share:.0%} of {summary['place_counts']} counts."
    return (parts[0][0].upper() + "; ".join(parts)[1:]) + "." + told
