"""Columns of the tables that the stage writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

_TEXT, _WHOLE, _NUMBER, _DAY = pl.String(), pl.Int64(), pl.Float64(), pl.Date()
_ODDS = dict.fromkeys(("p_event", "p_low", "p_high"), _NUMBER)

UNKNOWN: dict[str, Any] = {"p_event": None, "words": "not assessed"}
OUTLOOK: Mapping[str, pl.DataType] = {
    "draw": _WHOLE,
    "where": _TEXT,
    "month": _DAY,
    "horizon": _WHOLE,
    "deaths": _NUMBER,
    "event": _WHOLE,
}
SUMMARY: Mapping[str, pl.DataType] = {
    "where": _TEXT,
    "month": _DAY,
    "model": _TEXT,
    "horizon": _WHOLE,
    **_ODDS,
    "words": _TEXT,
    **dict.fromkeys(("mean", "q05", "q25", "median", "q75", "q95"), _NUMBER),
    "last_known_month": _DAY,
    "reference": _TEXT,
}
ODDS: Mapping[str, pl.DataType] = {
    "where": _TEXT,
    "within_months": _WHOLE,
    "model": _TEXT,
    **_ODDS,
    "words": _TEXT,
}
RECORD: Mapping[str, pl.DataType] = {
    "where": _TEXT,
    "model": _TEXT,
    "band": _TEXT,
    "issued": _WHOLE,
    "events": _WHOLE,
    "low": _NUMBER,
    "high": _NUMBER,
    "note_text": _TEXT,
}
DRIVERS: Mapping[str, pl.DataType] = {
    "where": _TEXT,
    "rank": _WHOLE,
    "driver": _TEXT,
    "value": _NUMBER,
    "unit": _TEXT,
    "effect": _TEXT,
}
NEXT: Mapping[str, pl.DataType] = {
    "what": _TEXT,
    "within_days": _WHOLE,
    "p": _NUMBER,
    "p_low": _NUMBER,
    "p_high": _NUMBER,
    "rests_on": _TEXT,
}
KINDS: Mapping[str, pl.DataType] = {
    "where": _TEXT,
    "what": _TEXT,
    "year": _WHOLE,
    "deaths": _WHOLE,
    "p": _NUMBER,
    "p_low": _NUMBER,
    "p_high": _NUMBER,
    "words": _TEXT,
    "rests_on": _TEXT,
}
PAIRS: Mapping[str, pl.DataType] = {
    "where_a": _TEXT,
    "where_b": _TEXT,
    "what": _TEXT,
    "within_months": _WHOLE,
    "p": _NUMBER,
    "p_low": _NUMBER,
    "p_high": _NUMBER,
    "words": _TEXT,
    "rests_on": _TEXT,
}
