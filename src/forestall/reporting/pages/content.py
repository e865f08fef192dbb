"""The content of the two pages, and the same as ``brief.json``: every figure with the rows it comes from."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from forestall.reporting.desk import Desk
from forestall.reporting.pages.actions import actions_part
from forestall.reporting.pages.ahead import ahead_part
from forestall.reporting.pages.changed import changed_part
from forestall.reporting.pages.language import Language, language_of
from forestall.reporting.pages.needs import needs_part, supplies_part
from forestall.reporting.pages.now import counted_part, now_part, situation_part
from forestall.reporting.pages.peace import peace_part
from forestall.reporting.pages.people import people_part
from forestall.reporting.pages.rest import find_out_part, limits_part, promised_part
from forestall.reporting.pages.say import Grid, Line, Listed, Part, Rows, Said, Value
from forestall.reporting.pages.standing import moving

FORMAT = "forestall-brief-1"
"""Version of the shape of ``brief.json``; it changes when a key changes its meaning."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The two pages of one crisis at its moment.

    Parameters
    ----------
    title : str
        Title of the crisis.
    as_of : datetime
        The moment.
    mode : str
        How the moment was cut.
    parts : tuple of Part
        From the top.
    """

    title: str
    as_of: datetime
    mode: str
    parts: tuple[Part, ...]


def pages_of(desk: Desk, before: Desk | None = None) -> Pages:
    """Return the content of the two pages; what is counted stands first of all where people are moving.

    Parameters
    ----------
    desk : Desk
        The tables of one brief.
    before : Desk, optional
        Those of an earlier one, to say what has changed since.
    """
    counting = [counted_part(desk)]
    early, later = (counting, []) if moving(desk) is not None else ([], counting)
    found = [
        now_part(desk),
        *early,
        situation_part(desk),
        changed_part(desk, before),
        people_part(desk),
        *later,
        ahead_part(desk),
        needs_part(desk),
        actions_part(desk),
        supplies_part(desk),
        promised_part(desk),
        peace_part(desk),
        find_out_part(desk),
        limits_part(desk),
    ]
    parts = tuple(part for part in found if part is not None)
    return Pages(desk.crisis.settings.title, desk.now, desk.crisis.mode or "", parts)


def content(desk: Desk, pages: Pages, language: Language | None = None) -> dict[str, Any]:
    """Return the two pages as plain values, ready for JSON.

    Parameters
    ----------
    desk : Desk
        The tables of the brief.
    pages : Pages
        As :func:`pages_of` makes them.
    language : Language, optional
        Language of the sentences; English where None.
    """
    chosen = language or language_of("en", desk)
    return {
        "format": FORMAT,
        "title": pages.title,
        "as_of": pages.as_of.astimezone(desk.zone).isoformat(),
        "mode": pages.mode,
        "language": chosen.code,
        "parts": [_part(part, chosen) for part in pages.parts],
    }


def as_json(found: dict[str, Any]) -> str:
    """Return the content as the text of ``brief.json``."""
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _part(part: Part, language: Language) -> dict[str, Any]:
    """Return one part."""
    out: dict[str, Any] = {
        "key": part.key,
        "title": language.text(f"part.{part.key}"),
        "assessed": part.assessed,
        "lines": [_line(line, language) for line in part.lines],
    }
    if part.grid is not None:
        out["table"] = _grid(part.grid, language)
    return out


def _line(line: Line, language: Language) -> dict[str, Any]:
    """Return one line: its words, its key, its values and its rows."""
    return {
        "text": language.write(line.said),
        "key": line.said.key,
        "values": {name: _value(value, language) for name, value in line.said.values.items()},
        "rows": [_rows(found) for found in line.rows],
    }


def _grid(grid: Grid, language: Language) -> dict[str, Any]:
    """Return one table; its cells carry values beside their words."""
    names = [language.text(f"column.{name}") for name in grid.columns]
    body = [
        {
            "cells": dict(zip(grid.columns, [_value(cell, language) for cell in cells], strict=True)),
            "rows": [_rows(row) for row in found],
            "marked": index in grid.late,
        }
        for index, (cells, found) in enumerate(zip(grid.cells, grid.rows, strict=True))
    ]
    return {"key": grid.key, "columns": dict(zip(grid.columns, names, strict=True)), "body": body}


def _value(value: Value | None, language: Language) -> Any:
    """Return a value with its kind and its words."""
    if value is None:
        return None
    if isinstance(value, Listed):
        return [_value(one, language) for one in value.values]
    out: dict[str, Any] = {"kind": type(value).__name__.lower(), "text": language.write(value)}
    if isinstance(value, Said):
        return out | {
            "key": value.key,
            "values": {name: _value(one, language) for name, one in value.values.items()},
        }
    return out | {"value": _plain(value.value)}


def _rows(found: Rows) -> dict[str, Any]:
    """Return the rows that a figure comes from."""
    return {"table": found.table, "where": {name: _plain(value) for name, value in found.where.items()}}


def _plain(value: Any) -> Any:
    """Return a value as JSON takes it."""
    return value.isoformat() if isinstance(value, (date, datetime)) else value
