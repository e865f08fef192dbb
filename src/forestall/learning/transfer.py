"""Leave one crisis out: learn from the others, judge on it, for each crisis and arm."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from forestall.core.errors import CrisisError, Finding, UsageError
from forestall.learning.draws import Learnt, faults_of, learnt
from forestall.learning.fitting import fit
from forestall.learning.forecasting import ARMS, Arm
from forestall.learning.scores import refuse_unscorable, score
from forestall.learning.situation import Situation
from forestall.learning.workers import Mapped


@dataclass(frozen=True, eq=False)
class Task:
    """One fit: crises to learn from, with or without capacities, on so many threads (None: all)."""

    situations: tuple[Situation, ...]
    capacities: bool
    draws: int
    seed: int
    threads: int | None = None


def run_task(task: Task) -> Learnt:
    """Return what one task learns; a function of the task alone."""
    seen = [s if task.capacities else s.without_capacities() for s in task.situations]
    found = fit(seen, draws=task.draws, seed=task.seed, workers=task.threads)
    return learnt(found, task.situations, capacities=task.capacities, seed=task.seed)


def refuse_unfit(situations: Sequence[Situation], arms: Sequence[Arm]) -> None:
    """Refuse crises without counts or too short, and one given twice; all faults together."""
    findings: list[Finding] = []
    for situation in situations:
        for arm in arms:
            try:
                refuse_unscorable(situation, arm)
            except CrisisError as error:
                findings += [f for f in error.findings if f not in findings]
    keys = [(s.title, s.start) for s in situations]
    for title, _ in {key for key in keys if keys.count(key) > 1}:
        said = f"{title}: given twice, so that it would be learnt from where it is judged"
        findings.append(Finding("E655", "error", said, next="give each crisis once"))
    if findings:
        raise CrisisError(findings)


def transfer(
    situations: Sequence[Situation],
    *,
    arms: Sequence[Arm],
    draws: int,
    seed: int,
    mapped: Mapped,
    threads: int | None = None,
) -> dict[str, Any]:
    """Score every crisis by what is learnt from the others.

    Parameters
    ----------
    situations : sequence of Situation
        Two or more crises.
    arms : sequence of str
        Arms to score.
    draws, seed : int
        Draws of each fit, seed of all.
    mapped : function
        Applies a function to many tasks, see :func:`forestall.learning.workers.mapping`.
    threads : int, optional
        Threads of each fit; the numbers are the same for any number.

    Returns
    -------
    dict
        ``rows`` by crisis and arm, ``summary`` by arm, findings of the fits.

    Raises
    ------
    UsageError
        Where fewer than two crises are given.
    CrisisError
        With every crisis that cannot be learnt from or judged.
    """
    if len(situations) < 2:
        raise UsageError("to leave one out takes two crises or more; next: give a second FOLDER")
    refuse_unfit(situations, arms)
    wanted = [(i, c) for i in range(len(situations)) for c in sorted({arm == ARMS[0] for arm in arms})]
    tasks = [Task((*situations[:i], *situations[i + 1 :]), c, draws, seed, threads) for i, c in wanted]
    fits = dict(zip(wanted, mapped(run_task, tasks), strict=True))
    rows = [
        {**score(one, fits[i, arm == ARMS[0]].scores, arm, seed), "peer": published(one.title)}
        for i, one in enumerate(situations)
        for arm in arms
    ]
    findings = [f.as_dict() for found in fits.values() for f in faults_of(found)]
    return {"rows": rows, "summary": [summary(rows, arm) for arm in arms], "findings": findings}


@cache
def published(title: str) -> dict[str, float] | None:
    """Return the reference model's own errors of a crisis; None where none are known.

    Examples
    --------
    >>> published("mali2012")["with capacities"]
    0.315
    """
    text = files("forestall.learning").joinpath("peer.csv").read_text(encoding="utf-8")
    rows = {row["crisis"]: row for row in csv.DictReader(text.splitlines())}
    row = rows.get(title)
    return {arm: float(row[arm]) for arm in ARMS} if row else None


def summary(rows: Sequence[dict[str, Any]], arm: Arm) -> dict[str, Any]:
    """Return the means over crises in one arm, and in how many of them others are beaten."""
    own = [row for row in rows if row["arm"] == arm]
    totals = [total for row in own for total in row["totals"]]
    peers = [row for row in own if row["peer"]]
    ratios = [total["ratio"] for total in totals if total["ratio"]]
    return {
        "arm": arm,
        "crises": len(own),
        "ard_rescaled": float(np.mean([row["ard_rescaled"] for row in own])),
        "ard_raw": float(np.mean([row["ard_raw"] for row in own])),
        "below_peer": _count(row["ard_rescaled"] < rival(row) for row in peers),
        "with_peer": len(peers),
        "below_naive": _count(row["ard_rescaled"] < least_naive(row) for row in own),
        "coverage": float(np.mean([row["coverage"] for row in own])),
        "totals": len(totals),
        "totals_within_2": _count(0.5 <= ratio <= 2 for ratio in ratios),
        "totals_held": _count(total["held"] for total in totals),
    }


def rival(row: dict[str, Any]) -> float | None:
    """Return the peer's error beside a row; beside the arm without capacities it is still that with them."""
    if not row["peer"]:
        return None
    return float(row["peer"][ARMS[2] if row["arm"] == ARMS[2] else ARMS[0]])


def least_naive(row: dict[str, Any]) -> float:
    """Return the error of the best naive row that knows no more than the arm does."""
    known = {"equal_shares": True, "capacity_shares": row["arm"] == ARMS[0]}
    known["day30_shares_held"] = row["arm"] == ARMS[2]
    return min(float(v) for name, v in row["naive"].items() if v is not None and known.get(name))


def _count(events: Any) -> int:
    return sum(bool(event) for event in events)
