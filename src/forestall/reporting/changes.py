"""What changed between two runs, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forestall.reporting.summary import gaps, odds
from forestall.runs import read_run
from forestall.schema.conventions import ALL, BAND

if TYPE_CHECKING:
    import polars as pl

    Tables = Mapping[str, pl.DataFrame]

MOST_PLACES = 12
"""Places whose changes are told; the tables hold the rest."""


def changes_in_words(old: str | Path, new: str | Path) -> list[str]:
    """Return one sentence for each thing that a reader of two runs looks for.

    Parameters
    ----------
    old, new : path
        Folders of the two runs.

    Returns
    -------
    list of str
        The moment; per place what was counted and is forecast for a day both runs reach, with the 90 %
        band; odds; the widest gaps; triggers that have activated since. What is the same is not said.
    """
    facts_a, results_a, inputs_a = read_run(old)
    facts_b, results_b, inputs_b = read_run(new)
    said = []
    if facts_a.get("as_of") != facts_b.get("as_of"):
        said.append(f"Known as of {facts_a.get('as_of')} -> {facts_b.get('as_of')}.")
    said += _of_places((results_a, inputs_a), (results_b, inputs_b))
    for changed in (_of_odds, _of_gaps, _of_triggers):
        said += changed(results_a, results_b)
    return said


def _of_places(old: tuple[Tables, Tables], new: tuple[Tables, Tables]) -> list[str]:
    """Say what was counted and what is forecast, place by place, the largest change first."""
    names = {**_names(old[1]), **_names(new[1]), ALL: "All places"}
    counts = _pairs(counted(old[1]), counted(new[1]))
    day, arm = common_day(old[0], new[0])
    ahead = _pairs(forecast(old[0], day, arm), forecast(new[0], day, arm)) if day else {}
    said: dict[str, list[str]] = {}
    size: dict[str, float] = {}
    for (place, what), (a, b) in counts.items():
        word = "counted" if what == "arrived" else f"{what}"
        said.setdefault(place, []).append(f"{word} {_people(a)} -> {_people(b)}")
        size[place] = max(size.get(place, 0), abs((b or 0) - (a or 0)))
    for place, (low, high) in ahead.items():
        if_it = f", {arm}," if arm != "unconditional" else ""
        said.setdefault(place, []).append(f"forecast for {_day(day)}{if_it} {_band(low)} -> {_band(high)}")
        size[place] = max(size.get(place, 0), abs((high or low)[1] - (low or high)[1]))
    order = sorted(said, key=lambda place: (place != ALL, -size[place], place))[:MOST_PLACES]
    return [f"{names.get(place, place)}: {'; '.join(said[place])}." for place in order]


def counted(inputs: Tables) -> dict[tuple[str, str], float]:
    """Return the newest running total of each place and kind of count."""
    import polars as pl

    if "counts" not in inputs:
        return {}
    rows = inputs["counts"].filter(pl.col("record") == "cumulative", pl.col("value").is_not_null())
    last = rows.sort("at", "known_at").group_by("place", "what").agg(pl.col("value").last())
    return {(row["place"], row["what"]): float(row["value"]) for row in last.iter_rows(named=True)}


def common_day(old: Tables, new: Tables) -> tuple[datetime | None, str]:
    """Return the last moment that both forecasts reach, and the arm they share."""
    if "arrivals_summary" not in old or "arrivals_summary" not in new:
        return None, ""
    tables = old["arrivals_summary"], new["arrivals_summary"]
    shared = set(tables[0]["arm"]) & set(tables[1]["arm"])
    arm = "if it happens" if "if it happens" in shared else min(shared, default="")
    ends: list[Any] = [table.filter(arm=arm)["at"].max() for table in tables]
    return (min(ends), arm) if shared and None not in ends else (None, "")


def forecast(results: Tables, day: datetime, arm: str) -> dict[str, tuple[float, float, float]]:
    """Return people arrived by place: the ends of the 90 % band around the median."""
    import polars as pl

    near = (pl.col("quantile") * 1000).round().cast(pl.Int64)
    rows = results["arrivals_summary"].filter(pl.col("arm") == arm, pl.col("at") <= day)
    last = rows.filter(pl.col("at") == pl.col("at").max().over("place"))
    columns = [pl.col("people").filter(near == round(q * 1000)).first().alias(str(q)) for q in BAND]
    wide = last.group_by("place").agg(columns)
    return {place: (low, middle, high) for place, low, middle, high in wide.drop_nulls().iter_rows()}


def _of_odds(old: Tables, new: Tables) -> Iterator[str]:
    """Say how the odds moved."""
    for (where, months, _), (a, b) in _pairs(_odds(old), _odds(new)).items():
        yield f"{where}: odds within {months} month{'s' if months != 1 else ''} {_chance(a)} -> {_chance(b)}."


def _odds(results: Tables) -> dict[tuple[str, int, str], tuple[float | None, ...]]:
    """Return odds with their interval, of the model that the run uses first."""
    if "warning_odds" not in results or results["warning_odds"].is_empty():
        return {}
    rows = odds(results)
    return {
        (row["where"], row["within_months"], row["model"]): (row["p_event"], row["p_low"], row["p_high"])
        for row in rows
        if row["model"] == rows[0]["model"]
    }


def _of_gaps(old: Tables, new: Tables) -> Iterator[str]:
    """Say how the widest gaps moved."""
    for (item, unit), (a, b) in _pairs(_gaps(old), _gaps(new)).items():
        yield f"Widest gap in {item}, if it happens: {_band(a)} -> {_band(b)} {unit}."


def _gaps(results: Tables) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Return the widest gap of each item over places and days."""
    if "gaps" not in results:
        return {}
    rows = [row for row in gaps(results) if None not in (row["q05"], row["q50"], row["q95"])]
    return {(row["item"], row["unit"]): (row["q05"], row["q50"], row["q95"]) for row in rows}


def _of_triggers(old: Tables, new: Tables) -> Iterator[str]:
    """Say which triggers have activated since."""
    if "activations" not in old or "activations" not in new:
        return
    columns = ("trigger", "activated_at")
    before = set(old["activations"].select(columns).iter_rows())
    for name, at in sorted(set(new["activations"].select(columns).iter_rows()) - before):
        yield f"Trigger {name} activated on {_day(at)}."


def _pairs(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> dict[Any, tuple[Any, Any]]:
    """Return what differs between two mappings; None stands for what one does not hold."""
    keys = [*old, *(key for key in new if key not in old)]
    return {key: (old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)}


def _names(inputs: Tables) -> dict[str, str]:
    """Return the names of places."""
    table = inputs.get("places")
    return {} if table is None else dict(table.select("place", "name").iter_rows())


def _people(value: float | None) -> str:
    """Write a number of people; what one run does not hold is not 0."""
    return "not known" if value is None else f"{value:,.0f}"


def _band(value: tuple[float, float, float] | None) -> str:
    """Write a median with its 90 % band."""
    return "not known" if value is None else f"{value[1]:,.0f} ({value[0]:,.0f} to {value[2]:,.0f})"


def _chance(value: tuple[float | None, ...] | None) -> str:
    """Write odds with their interval."""
    if value is None or value[0] is None:
        return "not known"
    low, high = value[1], value[2]
    return f"{value[0]:.0%}" + ("" if low is None or high is None else f" ({low:.0%} to {high:.0%})")


def _day(moment: datetime | date | None) -> str:
    """Write a day.

    Examples
    --------
    >>> _day(date(2023, 6, 30))
    '30 June 2023'
    """
    return "a day not known" if moment is None else f"{moment.day} {moment:%B %Y}"
