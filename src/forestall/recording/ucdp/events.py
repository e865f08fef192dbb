"""The events of one file of UCDP, typed, each with its month."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

import polars as pl

from forestall.core.errors import Finding
from forestall.recording.saved import UNREADABLE, Saved, misshapen, read_json, refused

HELP = "set the header x-ucdp-access-token, or download GEDEvent_v*.csv, which needs no token"
NUMBERS = ("id", "type_of_violence", "country_id", "date_prec", "event_clarity", "best", "low", "high")
TEXTS = ("country", "code_status", "date_start", "date_end")
NEEDED = ("id", "type_of_violence", "country", "country_id", "date_start", "date_end", "best", "low", "high")
VIOLENCE = {1: "state-based", 2: "non-state", 3: "one-sided"}
YEAR_OR_WORSE = 5
"""Precision of a date from which an event cannot be placed in a month."""


def read_events(saved: Saved) -> tuple[pl.DataFrame | None, list[Finding]]:
    """Read events from a candidate or yearly CSV file, or from a page of the API in JSON.

    Parameters
    ----------
    saved
        The file.

    Returns
    -------
    tuple
        Columns id, violence, country, country_id, month (that of the last day), spans (whether it
        began in an earlier month), clear, best, low, high; or None with the findings that say why.
    """
    fault = refused(saved, "UCDP", HELP)
    if fault:
        return None, [fault]
    try:
        raw = _cells(saved)
    except (pl.exceptions.PolarsError, *UNREADABLE) as error:
        return None, [
            misshapen(saved, "the file is no table of events", value=str(error).splitlines()[0][:120])
        ]
    missing = [name for name in NEEDED if name not in raw.columns]
    if missing:
        return None, [
            misshapen(
                saved,
                "columns of the events are missing",
                column=", ".join(missing),
                expected=", ".join(NEEDED),
            )
        ]
    typed = _typed(raw)
    faults = _unreadable(saved, raw, typed)
    return (None, faults) if faults else (typed, [])


def joined_pages(saved: Sequence[Saved]) -> tuple[list[Saved], list[Finding]]:
    """Return the files with the pages of one answer of the API joined into one.

    A page missing is an error: the sums would be too small.
    """
    whole = [one for one in saved if not _is_page(one)]
    pages: dict[datetime | None, list[Saved]] = {}
    for one in saved:
        if _is_page(one):
            pages.setdefault(one.known_at, []).append(one)
    findings = []
    for known_at, group in pages.items():
        answers = [json.loads(page.data) for page in group]
        total = max(int(answer.get("TotalPages") or 1) for answer in answers)
        if len({page.data for page in group}) < total:
            message = f"the answer has {total} pages, {len(group)} were given"
            findings.append(misshapen(group[0], message, expected="every page with the same --known-at"))
        rows = [row for answer in answers for row in answer["Result"]]
        whole.append(Saved("API", json.dumps({"Result": rows}).encode(), known_at))
    return whole, findings


def _is_page(saved: Saved) -> bool:
    """Return whether a file is a page of the API."""
    if saved.data.lstrip()[:1] != b"{":
        return False
    answer, fault = read_json(saved)
    return fault is None and isinstance(answer.get("Result"), list)


def _cells(saved: Saved) -> pl.DataFrame:
    """Return the cells of a file as text."""
    if saved.data.lstrip()[:1] == b"{":
        rows = json.loads(saved.data).get("Result", [])
        return pl.DataFrame(
            [{k: None if v is None else str(v) for k, v in row.items()} for row in rows],
            infer_schema_length=None,
        )
    return pl.read_csv(BytesIO(saved.data), infer_schema=False, encoding="utf8-lossy")


def _typed(raw: pl.DataFrame) -> pl.DataFrame:
    """Return the columns the record needs, null where a cell cannot be read."""
    for name in (*NUMBERS, *TEXTS):
        if name not in raw.columns:
            raw = raw.with_columns(pl.lit(None, pl.String).alias(name))
    day = {
        name: pl.col(name).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
        for name in ("date_start", "date_end")
    }
    numbers = [pl.col(name).cast(pl.Float64, strict=False).cast(pl.Int64, strict=False) for name in NUMBERS]
    typed = raw.select(*numbers, "country", "code_status", **day)
    clear = (pl.col("event_clarity").fill_null(1) == 1) & ~pl.col("code_status").fill_null(
        "Clear"
    ).str.to_lowercase().str.contains("check")
    return typed.select(
        "id",
        "country",
        "country_id",
        "best",
        "low",
        "high",
        pl.col("type_of_violence")
        .replace_strict(VIOLENCE, default=None, return_dtype=pl.String)
        .alias("violence"),
        pl.col("date_end").dt.truncate("1mo").alias("month"),
        (pl.col("date_start").dt.truncate("1mo") < pl.col("date_end").dt.truncate("1mo")).alias("spans"),
        (pl.col("date_prec").fill_null(1) >= YEAR_OR_WORSE).alias("vague"),
        clear.alias("clear"),
    )


def _unreadable(saved: Saved, raw: pl.DataFrame, typed: pl.DataFrame) -> list[Finding]:
    """Return a finding for every cell that the sums need and that cannot be read, the first twenty."""
    needed = {
        "id": "id",
        "violence": "type_of_violence",
        "month": "date_end",
        "best": "best",
        "low": "low",
        "high": "high",
    }
    findings = [
        misshapen(
            saved,
            "a cell of an event cannot be read",
            row=row + 2,
            column=name,
            value=str(raw[name][row] or "")[:80],
        )
        for column, name in needed.items()
        for row in typed[column].is_null().arg_true().to_list()
    ]
    disorder = (pl.col("low") > pl.col("best")) | (pl.col("best") > pl.col("high")) | (pl.col("low") < 0)
    findings += [
        misshapen(saved, "low, best and high are not in order", row=row + 2, column="best")
        for row in typed.select(disorder).to_series().arg_true().to_list()
    ]
    return findings[:20]
