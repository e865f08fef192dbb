"""What each view of a run shows: which tables, as they may be shown."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from forestall.crisis import Crisis
from forestall.reporting.disclosure import may_show_detail, shown_tables, suppressed
from forestall.schema import load_schema, table_of
from forestall.schema.conventions import ALL
from forestall.serving.ground import ground_of

Loaded = tuple[Crisis, Crisis]
"""A run's crisis as known at its moment, with its results, and the whole crisis with what came later."""


@dataclass(frozen=True, slots=True)
class View:
    """One view of a run.

    Parameters
    ----------
    name, title : str
        In addresses, and for people.
    tables : tuple of str
        Tables shown; the first is the one of the address that ends in ``.csv``.
    more : callable, optional
        Returns more that is shown, by name, given whether the reader may see detail.
    """

    name: str
    title: str
    tables: tuple[str, ...]
    more: Callable[[Loaded, bool], Mapping[str, Any]] | None = None


def _fan(loaded: Loaded, detail: bool) -> Mapping[str, Any]:
    """Return arrivals everywhere by moment and quantile, where they may be shown."""
    shown, _ = shown_tables(loaded[0], ["arrivals_summary"], detail=detail)
    table = shown.get("arrivals_summary")
    if table is None:
        return {"fan": []}
    spread = (
        table.filter(pl.col("place") == ALL)
        .pivot("quantile", index=["arm", "at"], values="people", maintain_order=True)
        .sort("arm", "at")
    )
    return {"fan": _thinned(spread).to_dicts()}


STEPS = 90
"""Moments of a fan that are sent; a screen shows no more."""


def _thinned(table: pl.DataFrame) -> pl.DataFrame:
    """Return every so many moments of each arm, its last among them."""
    moments = table["at"].unique().sort()
    step = max(1, moments.len() // STEPS)
    kept = pl.concat([moments.gather_every(step), moments.tail(1)]).unique()
    return table.filter(pl.col("at").is_in(kept.implode()))


def _said(loaded: Loaded, detail: bool) -> Mapping[str, Any]:
    """Return what may be known without what came later: counts by the moment and the fan."""
    counts = shown_tables(loaded[0], ["counts"])[0].get("counts")
    return {"known": counts.to_dicts() if counts is not None else [], **_fan(loaded, detail)}


def _every_table(loaded: Loaded, detail: bool) -> Mapping[str, Any]:
    """Return a row per table of the run: what it is, its rows, whether it is shown."""
    crisis = loaded[0]
    shown, _ = shown_tables(crisis, sorted(crisis.tables), detail=detail)
    rows = [
        {
            "table": name,
            "kind": table_of(name).kind,
            "says": table_of(name).description,
            "rows": crisis[name].height if name in shown else None,
            "shown": name in shown,
        }
        for name in sorted(crisis.tables)
        if name in load_schema()
    ]
    return {"tables_of_the_run": rows}


VIEWS = {
    view.name: view
    for view in (
        View("map", "Map", ("places", "corridors"), ground_of),
        View(
            "odds",
            "Odds",
            ("warning_odds", "outlook_summary", "triggers", "activations", "warning_record"),
            _fan,
        ),
        View("needs", "Needs", ("needs_cost", "caseloads", "plan", "closure_exhaustion")),
        View(
            "action",
            "Action",
            (
                "actions_due",
                "response_timeline",
                "response_gap",
                "ledger_status",
                "leverage_ranks",
                "risks_register",
            ),
        ),
        View("claims", "Claims", ("claims_verdicts", "claims", "claims_rows")),
        View("sources", "Sources", ("sources", "terms", "freshness", "record_gaps"), _every_table),
        View("replay", "Replay", (), _said),
    )
}
"""By name; ``now`` is the content of the two pages, made by the run itself."""
NOW = "now"
REVEAL = "reveal"
"""What came later beside what was said; asked for on its own address, so that no other view holds it."""
NAMES = (NOW, *VIEWS, REVEAL)


def seen(name: str, loaded: Loaded, detail: bool = False) -> dict[str, Any]:
    """Return what a view shows of a run.

    Parameters
    ----------
    name : str
        One of :data:`NAMES`.
    loaded : tuple of Crisis
        As known then, and whole.
    detail : bool
        Whether the reader may see routes and sites whatever the public may; small cells are hidden then.

    Returns
    -------
    dict
        title, as_of, mode, tables (rows by name), withheld, absent, suppressed (cells hidden by table),
        and what the view adds.
    """
    crisis, whole = loaded
    if name == REVEAL:
        return head_of(crisis, detail) | {"reveal": revealed(crisis, whole)}
    view = VIEWS[name]
    shown, withheld = shown_tables(crisis, view.tables, detail=detail)
    told = {table: rows_to_show(table, rows, crisis, detail) for table, rows in shown.items()}
    tables = {table: rows for table, (rows, _) in told.items()}
    hidden = {table: number for table, (_, number) in told.items() if number}
    absent = [table for table in view.tables if table not in shown and table not in withheld]
    further = view.more(loaded, detail) if view.more is not None else {}
    said = {"tables": tables, "withheld": withheld, "absent": absent, "suppressed": hidden}
    return {**head_of(crisis, detail), **said, **further}


def head_of(crisis: Crisis, detail: bool = False) -> dict[str, Any]:
    """Return what stands over every view of a run."""
    return {
        "title": crisis.settings.title,
        "as_of": crisis.moment.astimezone(crisis.zone).isoformat(),
        "mode": crisis.mode,
        "detail_shown": detail or may_show_detail(crisis),
        "today": date.today().isoformat(),
    }


def revealed(crisis: Crisis, whole: Crisis) -> list[dict[str, Any]]:
    """Return how the forecast of a run did against what was counted later."""
    from forestall.reporting.replay import replay_table

    return replay_table([crisis], outcome=whole).to_dicts()


def rows_to_show(
    name: str, rows: pl.DataFrame, crisis: Crisis, detail: bool
) -> tuple[list[dict[str, Any]], int]:
    """Return rows as a reader may see them, and how many small cells are hidden: none where all is public."""
    made = fit_to_show(name, rows, crisis, detail).to_dicts()
    return suppressed(name, made) if detail and not may_show_detail(crisis) else (made, 0)


def fit_to_show(name: str, rows: pl.DataFrame, crisis: Crisis, detail: bool = False) -> pl.DataFrame:
    """Return a table without its restricted columns, unless the reader or the public may see detail."""
    if detail or may_show_detail(crisis):
        return rows
    hidden = [
        c.name for c in table_of(name).columns if c.sensitivity == "restricted" and c.name in rows.columns
    ]
    return rows.drop(hidden)


def now_of(loaded: Loaded, text: str | None) -> dict[str, Any]:
    """Return the content of the two pages, as the run wrote it, or made anew where it did not."""
    crisis, whole = loaded
    if text is not None:
        content = json.loads(text)
    else:
        from forestall.reporting.pages.made import two_pages

        content = two_pages(crisis, outcome=whole).content
    return {**content, "detail_shown": may_show_detail(crisis)}
