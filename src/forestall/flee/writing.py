"""The peer's output file, so that its own tools can score a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from forestall.core.arrays import Ints
from forestall.core.errors import UsageError
from forestall.core.files import write_atomic

TOTALS = (
    "Total error",
    "refugees in camps (UNHCR)",
    "total refugees (simulation)",
    "raw UNHCR refugee count",
    "refugees in camps (simulation)",
    "refugee_debt",
)


@dataclass(frozen=True)
class CampSeries:
    """One draw of a run and the recorded counts, by day and camp.

    Parameters
    ----------
    start : datetime.date
        Day 0.
    camps : tuple of str
        Names of the camps.
    simulated, recorded : int array, shape (days, camps)
        People.
    everybody : int array, shape (days,)
        People in the simulation, wherever they are.
    raw_count, debt : int array, shape (days,)
        The running count of the peer, and people not yet started because counts fell.
    """

    start: date
    camps: tuple[str, ...]
    simulated: Ints
    recorded: Ints
    everybody: Ints
    raw_count: Ints
    debt: Ints


def flee_text(series: CampSeries) -> str:
    """Return the peer's out.csv.

    As in the peer the date of a row is one day ahead of its day, and ``Total error`` is divided by
    a running count that starts from the total and the camps together: it is not the averaged
    relative difference.

    Examples
    --------
    >>> one = np.array([[5]])
    >>> counts = np.array([5])
    >>> text = flee_text(CampSeries(date(2020, 1, 1), ("A",), one, one, counts, counts, counts * 0))
    >>> text.splitlines()[1]
    '0,2020-01-02,5,5,0.0,0.0,5,5,5,5,0'
    """
    header = [f"{camp} {what}" for camp in series.camps for what in ("sim", "data", "error")]
    rows = [",".join(["Day", "Date", *header, *TOTALS])]
    rows += [",".join(_row(series, day)) for day in range(len(series.simulated))]
    return "\n".join(rows) + "\n"


def _row(series: CampSeries, day: int) -> list[str]:
    simulated, recorded = series.simulated[day], series.recorded[day]
    cells = [str(day), (series.start + timedelta(days=day + 1)).isoformat()]
    for s, d in zip(simulated.tolist(), recorded.tolist(), strict=True):
        cells += [str(s), str(d), str(abs(s / d - 1) if d else 0.0)]
    raw = int(series.raw_count[day])
    total_error = float(np.abs(simulated - recorded).sum()) / raw if raw > 0 else 0.0
    last = [int(recorded.sum()), int(series.everybody[day]), raw, int(simulated.sum()), int(series.debt[day])]
    return [*cells, str(total_error), *map(str, last)]


def export_flee(run: str | Path, file: str | Path, *, draw: int = 0) -> CampSeries:
    """Write one draw of a run of an imported crisis as the peer's out.csv.

    Parameters
    ----------
    run : path
        Folder of a run.
    file : path
        File to write.
    draw : int
        Which draw.

    Raises
    ------
    UsageError
        Where the folder is not a run of an imported crisis, or there is no such draw.
    """
    from forestall.runs import read_run

    record, results, inputs = read_run(run)
    _refuse_other_runs(run, results, inputs)
    series = camp_series(results, inputs, draw, _hasten(record))
    write_atomic(Path(file), flee_text(series))
    return series


def _refuse_other_runs(
    run: str | Path,
    results: Mapping[str, pl.DataFrame],
    inputs: Mapping[str, pl.DataFrame],
) -> None:
    """Refuse a run whose crisis holds no series of the peer, or whose people moved by other rules."""
    next_steps = "make one with `forestall import flee` and `forestall displace --rules flee-3`"
    if "arrivals" not in results or "flee_series" not in inputs or inputs["flee_series"].is_empty():
        raise UsageError(f"{str(run)!r} is no run of an imported Flee crisis; {next_steps}")
    unknown = sorted(set(results["arrivals"]["place"]) - set(inputs["flee_places"]["place"]))
    if unknown:
        raise UsageError(
            f"{str(run)!r} is a run of other rules than Flee's: its arrivals name {unknown[0]!r}, which is "
            f"no place of the imported folder, so out.csv cannot hold it; {next_steps}"
        )


def _hasten(record: Mapping[str, object]) -> tuple[int, bool]:
    """Return by how much counts are divided, and whether camps start empty."""
    plan = record.get("plan")
    displace = plan.get("displace", {}) if isinstance(plan, Mapping) else {}
    flee = displace.get("flee", {}) if isinstance(displace, Mapping) else {}
    return int(flee.get("hasten", 1)), bool(flee.get("empty_camps_on_day0", False))


def camp_series(
    results: Mapping[str, pl.DataFrame],
    inputs: Mapping[str, pl.DataFrame],
    draw: int,
    scale: tuple[int, bool],
) -> CampSeries:
    """Return one draw beside the recorded counts; camps without counts are left out."""
    arrivals = results["arrivals"].filter(pl.col("draw") == draw)
    if arrivals.is_empty():
        draws = results["arrivals"]["draw"].n_unique()
        raise UsageError(f"there is no draw {draw}; the run has draws 0 to {draws - 1}")
    recorded = recorded_counts(inputs["flee_series"], *scale)
    name_of = dict(zip(inputs["flee_places"]["place"], inputs["flee_places"]["name"], strict=True))
    table = arrivals.pivot(on="place", index="at", values="people").sort("at")
    places = [p for p in table.columns[1:] if name_of[p] in recorded]
    simulated = table.select(places).to_numpy().astype(np.int64)
    everybody = (
        results["presence"]
        .filter(pl.col("draw") == draw)
        .group_by("date")
        .agg(pl.col("people").sum())
        .sort("date")
    )
    counts = np.stack([recorded[name_of[p]] for p in places], axis=1)
    raw, debt = running_count(inputs["flee_series"], *scale)
    return CampSeries(
        start=everybody["date"][0],
        camps=tuple(name_of[p] for p in places),
        simulated=simulated,
        recorded=counts,
        everybody=everybody["people"].to_numpy(),
        raw_count=raw,
        debt=debt,
    )


def recorded_counts(table: pl.DataFrame, hasten: int, empty: bool) -> dict[str, Ints]:
    """Return whole people by day for every camp's series."""
    found: dict[str, Ints] = {}
    camps = table.filter(pl.col("role") == "camp").sort("day")
    for name in camps["series"].unique().to_list():
        rows = camps.filter(pl.col("series") == name)
        values = (rows["people"].to_numpy() / hasten).astype(np.int64)
        found[name] = values - values[0] if empty else values
    return found


def running_count(table: pl.DataFrame, hasten: int, empty: bool) -> tuple[Ints, Ints]:
    """Return the peer's running count, from total and camps together on day 0, and the debt."""
    people = pl.col("people").truediv(hasten).cast(pl.Int64)
    by_day = table.with_columns(people).group_by("day", "role").agg(pl.col("people").sum()).sort("day")
    camps = by_day.filter(pl.col("role") == "camp")["people"].to_numpy()
    total = by_day.filter(pl.col("role") == "total")["people"].to_numpy()
    change = np.diff(camps, prepend=camps[:1])
    change[0] = 0 if empty else camps[0] + (total[0] if len(total) else 0)
    debt = np.zeros_like(camps)
    owed = 0
    for day in range(1, len(camps)):
        owed = max(owed - int(change[day]), 0)
        debt[day] = owed
    return np.cumsum(change), debt
