"""What came in the years after a defeat elsewhere: rates with their cases, as known by a year.

The tables ``after.csv`` and ``after_cases.csv`` are made by ``tools/make_peace_rates.py``, which
names the sources.
"""

import csv
from functools import cache
from importlib.resources import files
from typing import Any

from forestall.core.errors import UsageError
from forestall.core.names import nearest
from forestall.scoring.intervals import jeffreys_interval

FEWEST_CASES = 20


def _read(name: str) -> list[dict[str, str]]:
    """Return the rows of a table beside this file."""
    text = files("forestall.action").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def load_risks() -> dict[str, dict[str, str]]:
    """Return each risk with its window, source and record out of time.

    Examples
    --------
    >>> load_risks()["coup"]["window_years"]
    '3'
    """
    return {row["risk"]: row for row in _read("after.csv")}


@cache
def load_cases() -> dict[str, list[tuple[int, bool]]]:
    """Return the cases of each risk: year of the defeat, and whether it came about in the window."""
    cases: dict[str, list[tuple[int, bool]]] = {}
    for row in _read("after_cases.csv"):
        cases.setdefault(row["risk"], []).append((int(row["year"]), row["came"] == "1"))
    return cases


def after_defeat(risk: str, until: int) -> dict[str, Any]:
    """Return how often a risk came about after defeats elsewhere, or why there is no estimate.

    Parameters
    ----------
    risk : str
        A risk of the table.
    until : int
        Last year known; a case counts when its window was over by then.

    Returns
    -------
    dict
        Columns of ``risks_register``: rate, Jeffreys interval (90 %), cases, events, words.

    Raises
    ------
    UsageError
        For a risk that is not in the table; the nearest is named.

    Examples
    --------
    >>> known = after_defeat("guerrilla", 2022)
    >>> known["base_events"], known["base_windows"]
    (13, 50)
    >>> after_defeat("guerrilla", 1960)["estimate"]
    'no estimate: too few cases (n = 8), fewer than 20'
    """
    risks = load_risks()
    if risk not in risks:
        hint = nearest(risk, risks) or ", ".join(risks)
        raise UsageError(f"no cases after a defeat are known for {risk!r}; nearest: {hint}")
    row, window = risks[risk], int(risks[risk]["window_years"])
    seen = [came for year, came in load_cases()[risk] if year + window <= until]
    if len(seen) < FEWEST_CASES:
        return {"estimate": f"no estimate: too few cases (n = {len(seen)}), fewer than {FEWEST_CASES}"}
    low, high = jeffreys_interval(sum(seen), len(seen))
    words = (
        f"within {window} years after {row['after']}: in {sum(seen)} of {len(seen)} cases "
        f"({low:.0%} to {high:.0%}), {record(row)}"
    )
    return {
        "base_rate": sum(seen) / len(seen), "base_low": low, "base_high": high,
        "base_windows": len(seen), "base_events": sum(seen), "estimate": words,
    }  # fmt: skip


def record(row: dict[str, str]) -> str:
    """Return how the rate did out of time, in words.

    Examples
    --------
    >>> record({"judged": "10", "brier": "0.1", "brier_climatology": "0.2"})
    'Brier score .10 on 10 later cases, climatology .20'
    """
    if not row["brier"]:
        return "not judged: no later cases"
    model, climate = (f"{float(row[name]):.2f}".lstrip("0") for name in ("brier", "brier_climatology"))
    return f"Brier score {model} on {row['judged']} later cases, climatology {climate}"
