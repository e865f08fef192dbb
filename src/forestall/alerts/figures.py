"""The figures of a run that alerts hang on, as plain values that can be kept and compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

Tables = Mapping[str, pl.DataFrame]
Figures = dict[str, Any]


def figures_of(tables: Tables, within_months: int) -> Figures:
    """Return odds with their interval and record, people counted and triggers activated.

    Parameters
    ----------
    tables
        Tables of a finished run, results and inputs.
    within_months
        Months ahead that the odds are about.
    """
    return {
        "odds": _odds(tables, within_months),
        "counted": _counted(tables),
        "triggers": _triggers(tables),
    }


def _odds(tables: Tables, within_months: int) -> dict[str, Figures]:
    """Return the odds by country, by the model of the run, with how such odds fared before."""
    table = tables.get("warning_odds")
    if table is None:
        return {}
    rows = table.filter(pl.col("within_months") == within_months).unique(
        "where", keep="first", maintain_order=True
    )
    return {
        row["where"]: {
            **{name: row[name] for name in ("p_event", "p_low", "p_high", "words", "model")},
            "record": _record(tables, row["where"], row["p_event"]),
        }
        for row in rows.iter_rows(named=True)
    }


def _record(tables: Tables, where: str, p_event: float) -> Figures | None:
    """Return how many forecasts like this one were followed by the event, where the run counted them."""
    table = tables.get("warning_record")
    rows = table.filter(pl.col("where") == where) if table is not None else None
    if rows is None or not rows.height:
        return None
    row = rows.row(0, named=True)
    return {name: row[name] for name in ("band", "issued", "events", "low", "high", "note_text")} | {
        "of": p_event
    }


def _counted(tables: Tables) -> dict[str, int]:
    """Return the newest running total of people arrived by place."""
    table = tables.get("counts")
    if table is None:
        return {}
    totals = table.filter((pl.col("what") == "arrived") & (pl.col("record") == "cumulative"))
    newest = totals.sort("at", "known_at").group_by("place", maintain_order=True).last()
    return {str(row["place"]): int(row["value"]) for row in newest.iter_rows(named=True)}


def _triggers(tables: Tables) -> dict[str, Figures]:
    """Return each trigger with its last activation, and what calls it off."""
    table, rules = tables.get("activations"), tables.get("triggers")
    if table is None or not table.height:
        return {}
    stop = dict(rules.select("trigger", "stop_rule").iter_rows()) if rules is not None else {}
    last = table.sort("activated_at").group_by("trigger", maintain_order=True).last()
    return {
        row["trigger"]: {
            "activated_at": row["activated_at"].isoformat(),
            "value": row["value"],
            "threshold": row["threshold"],
            "unit": row["unit"],
            "stop_rule": stop.get(row["trigger"]),
            "times": table.filter(pl.col("trigger") == row["trigger"]).height,
        }
        for row in last.iter_rows(named=True)
    }
