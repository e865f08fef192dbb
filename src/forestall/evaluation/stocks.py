"""Forecasts of displaced people by area judged on the change, beside no change and the last change."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.core.errors import CrisisError, Finding, UsageError
from forestall.core.names import nearest
from forestall.displacement.stocks import EPOCH, Rounds, numbers, stocks_ahead
from forestall.schema.conventions import ENDS
from forestall.scoring.forecasts import crps

MISSING = ["", "NA", "n/a", "-"]


def read_stocks(path: Path, *, area: str | None = None, people: str | None = None) -> Rounds:
    """Read rounds of displaced people by area from a CSV file in long form.

    Columns are known by their names, whatever their case; of several for the area the finest is taken. Rows
    of one area and day are added up. An empty cell is unknown.

    Parameters
    ----------
    path
        The file.
    area, people
        Names of columns, where they are not to be found by name.

    Raises
    ------
    CrisisError
        With all findings: a unit that nobody knows, a cell that is no number or no day.
    UsageError
        Where there is no such file.
    """
    if not path.is_file():
        raise UsageError(f"{str(path)!r} is no file; expected a CSV file with day, area and people")
    table = pl.read_csv(path, infer_schema=False, null_values=MISSING)
    found = [
        _column(table, "date", None),
        _column(table, "area", area),
        _column(table, "people", people),
    ]
    faults = [one for one in found if isinstance(one, Finding)]
    if faults:
        raise CrisisError(faults)
    names = [str(one) for one in found]
    return _rounds(table.select(pl.col(names[0]).alias("day"), pl.col(names[1]).alias("area"),
                                pl.col(names[2]).alias("people")), names)  # fmt: skip


def _column(table: pl.DataFrame, role: str, given: str | None) -> str | Finding:
    """Return the column of a role, or why there is none that can be used."""
    known = pl.read_csv(str(files("forestall.evaluation").joinpath("stocks_columns.csv")))
    known = known.filter(pl.col("role") == role)
    units = dict(zip(known["name"], known["unit"], strict=True))
    own = {name.lower(): name for name in table.columns}
    columns = ", ".join(table.columns)
    if given is not None and given.lower() not in own:
        close = nearest(given, table.columns) or ""
        return Finding("E102", "error", "no such column", value=given, nearest=close, expected=columns)
    name = next((own[one] for one in units if one in own), None) if given is None else own[given.lower()]
    if name is None:
        what = "a unit that is known: people" if role == "people" else f"a known {role}"
        return Finding(
            "E131" if role == "people" else "E104",
            "error",
            f"no column of {what}",
            value=columns,
            expected=", ".join(units),
            next="" if role == "date" else f"--{role} COLUMN",
        )
    unit = units.get(name.lower())
    if role == "people" and unit is not None and unit != "people":
        return Finding(
            "E131",
            "error",
            f"{unit}, not people, and nobody says how many people each holds",
            column=name,
            expected="people",
            next="multiply by people each, with its source",
        )
    return name


def _rounds(table: pl.DataFrame, names: list[str]) -> Rounds:
    """Return the rounds of rows of day, area and people."""
    from forestall.schema.casting import days

    typed = table.with_columns(
        days(table["day"]).values.alias("day"),
        pl.col("people").cast(pl.Float64, strict=False).alias("number"),
    )
    faults = [
        Finding("E103", "error", f"{int(bad.sum())} cells are no {what}", column=column,
                row=int(bad.arg_true()[0]) + 2, expected=expected)
        for bad, what, column, expected in (
            (typed["day"].is_null(), "day", names[0], "2023-09-25"),
            (typed["number"].is_null() & typed["people"].is_not_null(), "number", names[2], "1200"),
            ((typed["number"] < 0).fill_null(value=False), "number of people", names[2], "0 or more"),
        )
        if bad.any()
    ]  # fmt: skip
    if faults:
        raise CrisisError(faults)
    wide = (
        typed.drop_nulls("number")
        .group_by("day", "area").agg(pl.col("number").sum())
        .pivot(on="area", index="day", values="number").sort("day")
    )  # fmt: skip
    areas = tuple(sorted(name for name in wide.columns if name != "day"))
    since = np.array([(day - EPOCH).days for day in wide["day"]], dtype=np.float64)
    return Rounds(areas, since, wide.select(areas).to_numpy().astype(np.float64))


def score_stocks(rounds: Rounds, first: date | None = None) -> pl.DataFrame:
    """Judge forecasts one to six months ahead, each made from the rounds up to its own day.

    Parameters
    ----------
    rounds
        All rounds.
    first
        Day from which forecasts are judged; earlier ones only teach.

    Returns
    -------
    polars.DataFrame
        months, rule, forecasts (areas times rounds), rounds, error (of the change: sum of absolute errors
        over people counted at the end), brier (of a rise by more than 1,200), rises (share), covered
        (share within 5-95 %), crps (over people counted at the end); null where a rule has none.
    """
    rows = []
    for months in range(1, int(numbers()["most_months"]) + 1):
        judged = [one for row in _starts(rounds, first) if (one := _judged(rounds, row, months)) is not None]
        if judged:
            all_of = {name: np.concatenate([one[name] for one in judged]) for name in judged[0]}
            rows += _summed(months, all_of, len(judged))
    return pl.DataFrame(rows, infer_schema_length=None)


def _starts(rounds: Rounds, first: date | None) -> list[int]:
    """Return the rounds from which forecasts are judged."""
    begin = -np.inf if first is None else float((first - EPOCH).days)
    return [
        row for row in range(int(numbers()["fewest_rounds"]), len(rounds.days)) if rounds.days[row] >= begin
    ]


def _judged(rounds: Rounds, row: int, months: int) -> dict[str, Floats] | None:
    """Return what a forecast from one round said and what came, by area; None without a round to judge by."""
    set_to = numbers()
    aim = rounds.days[row] + months * set_to["month"]
    end = int(np.argmin(np.abs(rounds.days - aim)))
    made = stocks_ahead(rounds.until(row), months)
    if made is None or end <= row or abs(rounds.days[end] - aim) > set_to["near"]:
        return None
    before, now, after = rounds.people[row - 1], rounds.people[row], rounds.people[end]
    known = ~(np.isnan(before) | np.isnan(now) | np.isnan(after))
    if not known.any():
        return None
    before, now, after, made = before[known], now[known], after[known], made[known]
    longer = (rounds.days[end] - rounds.days[row]) / (rounds.days[row] - rounds.days[row - 1])
    low, high = np.quantile(made, ENDS, axis=1)
    return {
        "after": after,
        "rise": (after - now > set_to["rise"]).astype(np.float64),
        "model": np.abs(np.median(made, axis=1) - after),
        "no change": np.abs(now - after),
        "last": np.abs(np.maximum(now + (now - before) * longer, 0.0) - after),
        "chance": (made - now[:, None] > set_to["rise"]).mean(axis=1),
        "last rise": ((now - before) * longer > set_to["rise"]).astype(np.float64),
        "covered": ((low <= after) & (after <= high)).astype(np.float64),
        "crps": crps(made, after),
    }


def _summed(months: int, all_of: dict[str, Floats], judged: int) -> list[dict[str, Any]]:
    """Return one row for each rule."""
    people, rise = float(all_of["after"].sum()) or float("nan"), all_of["rise"]
    rules = (
        ("cases alike and no change", "model", all_of["chance"]),
        ("no change", "no change", np.zeros(len(rise))),
        ("the last change goes on", "last", all_of["last rise"]),
    )
    return [
        {
            "months": months, "rule": rule, "error": float(all_of[name].sum() / people),
            "brier": float(((chance - rise) ** 2).mean()), "rises": float(rise.mean()),
            "covered": float(all_of["covered"].mean()) if name == "model" else None,
            "crps": float((all_of["crps"] if name == "model" else all_of[name]).sum() / people),
            "forecasts": len(rise), "rounds": judged,
        }
        for rule, name, chance in rules
    ]  # fmt: skip
