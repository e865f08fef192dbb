"""The verdict on each claim, with the rows that decide it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from forestall.claims.ask import Answer, ask
from forestall.claims.compare import Expected, difference, expected_of, figure
from forestall.claims.options import ClaimsOptions
from forestall.claims.weigh import (
    NOT_TESTABLE,
    PARTY,
    counts_rows,
    parties_of,
    says_of,
    verdict_of,
    whose_word,
)
from forestall.core.errors import Finding
from forestall.core.names import nearest
from forestall.crisis import Crisis
from forestall.schema import frame, load_schema, table_of

NOT_READ = ("claims", "risks", "triggers")
_COLUMN = re.compile(r'column "([^"]+)"')
_SHOWN = 6


@dataclass(frozen=True)
class Judged:
    """Verdicts, the rows behind them, and what was wrong with queries.

    Parameters
    ----------
    tables : dict of str to polars.DataFrame
        The tables ``claims_verdicts`` and ``claims_rows``.
    findings : list of Finding
        Queries that were refused and cells that do not fit.
    """

    tables: dict[str, pl.DataFrame]
    findings: list[Finding] = field(default_factory=list)


def check_claims(crisis: Crisis, options: ClaimsOptions | None = None) -> Judged:
    """Check every claim of a crisis against its tables, as they were known at its moment.

    Parameters
    ----------
    crisis : Crisis
        With or without a moment of knowledge; without one everything in the tables counts.
    options : ClaimsOptions, optional
        Limits of each query.

    Returns
    -------
    Judged
        Supported where rows agree and none disagrees, contradicted where all disagree, contested
        where they disagree with each other or another party says otherwise, not testable where no
        row decides. A judgement is never tested: its rows are only shown. One tolerance and one rule
        of contest hold for every voice.
    """
    crisis = crisis.everything()
    claims = numbered(crisis["claims"], crisis.lines.get("claims"))
    asked = [row for row in claims if row["query"]]
    answers = ask(readable_tables(crisis), [row["query"] for row in asked], options) if asked else []
    by_claim = {row["claim"]: answer for row, answer in zip(asked, answers, strict=True)}
    columns = {name for table in readable_tables(crisis).values() for name in table.columns}
    parties = parties_of(crisis["actors"])
    verdicts, rows, findings = [], [], []
    for claim in claims:
        verdict, shown, fault = _judge(claim, by_claim.get(claim["claim"]), columns, parties, options)
        verdicts.append(verdict)
        rows += shown
        findings += [fault] if fault else []
    tables = {
        "claims_verdicts": frame("claims_verdicts", verdicts).sort("claim", maintain_order=True),
        "claims_rows": frame("claims_rows", rows).sort("claim", "row", maintain_order=True),
    }
    return Judged(tables, findings)


def numbered(claims: pl.DataFrame, lines: pl.Series | None) -> list[dict[str, Any]]:
    """Return claims as mappings, each with the line of the file it stands on, where that is known.

    Parameters
    ----------
    claims : polars.DataFrame
        The table ``claims``.
    lines : polars.Series or None
        Lines of its rows.
    """
    known = lines is not None and lines.len() == claims.height
    numbers = lines.to_list() if lines is not None and known else [None] * claims.height
    return [{**row, "line": line} for row, line in zip(claims.iter_rows(named=True), numbers, strict=True)]


def readable_names() -> list[str]:
    """Return the names of the tables that queries may read.

    Examples
    --------
    >>> "events" in readable_names(), "gaps" in readable_names(), "claims" in readable_names()
    (True, False, False)
    """
    return [n for n, table in load_schema().items() if table.kind != "result" and n not in NOT_READ]


def readable_tables(crisis: Crisis) -> dict[str, pl.DataFrame]:
    """Return the tables that queries may read: what was recorded, without notes and results.

    Moments stand in the zone of the crisis, so that a day is the day of the place.

    Parameters
    ----------
    crisis : Crisis
        As known at its moment.
    """
    names = readable_names()
    whole = crisis.everything()
    return {name: local_time(whole[name], crisis.settings.zone) for name in names}


def local_time(table: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Return a table as queries see it: moments of the zone without a zone, no notes."""
    local = pl.selectors.datetime().dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return table.drop("note", strict=False).with_columns(local)


def _judge(
    claim: Mapping[str, Any],
    answer: Answer | None,
    columns: set[str],
    parties: Sequence[str],
    options: ClaimsOptions | None,
) -> tuple[dict[str, Any], list[dict[str, Any]], Finding | None]:
    """Return verdict, rows and fault of one claim."""
    base = {name: claim[name] for name in ("claim", "voice", "statement", "kind", "expected")}
    if answer is not None and answer.refused:
        reason = f"the query was not run: {answer.message}"
        return _verdict(base, NOT_TESTABLE, reason), [], refusal_of(claim, answer, columns)
    if answer is None:
        reason = (
            "a judgement is not scored true or false"
            if claim["kind"] == "judgement"
            else "no query is given: nothing in the tables decides it"
        )
        return _verdict(base, NOT_TESTABLE, reason), [], None
    records = [_with_value(record) for record in answer.records()]
    try:
        expected = _expected(claim, options)
    except ValueError as error:
        return (
            _verdict(base, NOT_TESTABLE, f"the expected value cannot be read: {error}"),
            [],
            misfit_of(claim),
        )
    counted = counts_rows(claim["query"])
    says = [says_of(record, expected, counted=counted) for record in records]
    words = [_word(claim["voice"], record, parties) for record in records]
    shown = [
        _row(claim["claim"], n, word, record)
        for n, (word, record) in enumerate(zip(says, records, strict=True), 1)
    ]
    verdict, reason = verdict_of(claim["kind"], expected, says, words)
    facts = {
        "found": _found(records), "rows": len(records), "difference": _differences(expected, records),
        "for_rows": says.count("for"), "against_rows": says.count("against"),
    }  # fmt: skip
    return {**_verdict(base, verdict, reason), **facts}, shown, None


def _word(voice: str, record: Mapping[str, Any], parties: Sequence[str]) -> str:
    """Return whose word a row is, seen from the voice: its own, another party's, or nobody's."""
    said_by = whose_word(record, parties)
    if not said_by:
        return ""
    return "own" if said_by & whose_word({"who": voice}, parties) else PARTY


def _expected(claim: Mapping[str, Any], options: ClaimsOptions | None = None) -> Expected | None:
    """Return what a claim allows, or None where nothing is compared."""
    if claim["comparison"] in (None, "", "none") or claim["kind"] == "judgement":
        return None
    return expected_of(claim["comparison"], claim["expected"] or "", options)


def _with_value(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with a column ``value``: the first one where the query names none."""
    return record if "value" in record else {"value": next(iter(record.values()), None), **record}


def _verdict(base: Mapping[str, Any], verdict: str, reason: str) -> dict[str, Any]:
    """Return a verdict as a row."""
    return {
        **base, "verdict": verdict, "reason": reason, "found": None, "difference": None,
        "rows": 0, "for_rows": 0, "against_rows": 0,
    }  # fmt: skip


def _row(claim: str, number: int, says: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return one row behind a verdict."""
    texts = {
        name: None if record.get(name) is None else str(record[name]) for name in ("value", "low", "high")
    }
    cells = json.dumps(record, ensure_ascii=False)
    return {"claim": claim, "row": number, "says": says, **texts, "cells": cells}


def _found(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return what the rows say, in one line."""
    words = []
    for record in records[:_SHOWN]:
        value, low, high = (_number(record.get(name)) for name in ("value", "low", "high"))
        ranged = low is not None and high is not None and low != high
        text = f"{value} ({low} to {high})" if ranged else value
        label = record.get("label") or record.get("who") or ""
        words.append(f"{text} [{label}]" if label else text or "not known")
    more = len(records) - _SHOWN
    return "; ".join(words) + (f"; and {more} more" if more > 0 else "") if words else None


def _number(value: Any) -> str | None:
    """Return a figure as text with separators."""
    read = figure(value)
    if isinstance(read, float):
        return f"{read:,.0f}" if abs(read) >= 1e6 else f"{read:,g}"
    return None if read is None else str(value)


def _differences(expected: Expected | None, records: Sequence[Mapping[str, Any]]) -> str | None:
    """Return how far the claimed figure is from the figures of the rows, nearest first."""
    centre = expected.centre if expected else None
    values = {value for record in records if isinstance(value := figure(record.get("value")), float)}
    if centre is None or not values:
        return None
    near = sorted(values, key=lambda value: (abs(centre - value), value))
    return "; ".join(difference(centre, value) for value in near[:_SHOWN])


def refusal_of(claim: Mapping[str, Any], answer: Answer, columns: set[str]) -> Finding:
    """Return the finding for a query that was not run."""
    named = _COLUMN.search(answer.message)
    hint = answer.nearest or (nearest(named[1], columns) if named else "")
    return Finding(
        "E144", "error", f"claim {claim['claim']}: {answer.message}",
        table="claims", row=claim["line"], column="query",
        value=claim["query"][:80], expected="one SELECT over the tables of the crisis", nearest=hint,
        next="forestall schema",
    )  # fmt: skip


def misfit_of(claim: Mapping[str, Any]) -> Finding | None:
    """Return the finding for an expected value that does not fit its comparison, or None."""
    try:
        _expected(claim)
    except ValueError as error:
        return Finding(
            "E145", "error", f"claim {claim['claim']}: {error}",
            table="claims", row=claim["line"], column="expected",
            value=str(claim["expected"] or ""), expected="a value that fits the comparison",
        )  # fmt: skip
    return None


def claims_schema() -> dict[str, list[str]]:
    """Return tables and columns that queries may read, for people who write them.

    Examples
    --------
    >>> "people" in claims_schema()["population"]
    True
    """
    return {name: [c for c in table_of(name).names if c != "note"] for name in readable_names()}
