"""The golden tables: a few quantiles of every stage on the shipped crisis, and how close is close."""

from pathlib import Path

import polars as pl

from forestall.crisis import Crisis, open_crisis
from forestall.runs import run

FOLDER = Path(__file__).resolve().parent / "tables"
MOMENTS = {
    "road-closed": "2022-12-13",
    "offensive": "2023-09-19T20:00+04:00",
    "exodus": "2023-09-25T20:00+04:00",
}
DRAWS = 200
SEED = 1
RELATIVE_TOLERANCE = 0.02
"""Numbers may move that much between versions of the libraries; more is a change to be named."""


def replays() -> dict[str, Crisis]:
    """Return the crisis with all results at each moment."""
    crisis = open_crisis("karabakh-2023")
    return {
        name: run(crisis, as_of=moment, draws=DRAWS, seed=SEED).crisis for name, moment in MOMENTS.items()
    }


def claims_verdicts() -> pl.DataFrame:
    """Return the verdict on every claim by everything known."""
    from forestall.claims.judge import check_claims

    judged = check_claims(open_crisis("karabakh-2023"))
    assert not judged.findings, judged.findings
    return judged.tables["claims_verdicts"].select("claim", "verdict", "for_rows", "against_rows")


def golden_tables(crisis: Crisis) -> dict[str, pl.DataFrame]:
    """Return the tables that are held, small enough to be read in a change."""
    arrivals = crisis["arrivals_summary"].filter(pl.col("place") == "ALL")
    ends = arrivals.filter(pl.col("at") == pl.col("at").max().over("arm")).drop("at")
    gaps = crisis["gaps"].filter(pl.col("quantile") == 0.5)
    widest = gaps.group_by("arm", "sector", "item", "unit").agg(pl.col("gap").sum())
    return {
        "odds": crisis["warning_odds"].select("where", "within_months", "model", "p_event"),
        "arrivals": ends.select("arm", "quantile", "people"),
        "gaps": widest.sort("arm", "sector", "item", "unit"),
        "activations": crisis["activations"].select("trigger", "stage", "activated_at"),
    }
