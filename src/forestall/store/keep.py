"""The state of a store, its upkeep, and its rows as files for others."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from forestall.core.files import folder_atomic
from forestall.store.migrate import tables_there
from forestall.store.rows import rows_as_of

if TYPE_CHECKING:
    from forestall.store.database import Connection, Database

STAYS = "no"
"""Terms of redistribution under which a row never leaves the store in an export."""


def status(database: Database, now: datetime | None = None) -> dict[str, Any]:
    """Return what a store holds: sources with their age and last failure, tables with their rows.

    Parameters
    ----------
    database
        The store.
    now
        Moment from which ages are counted; the present one where None.
    """
    now = now or datetime.now(UTC)
    with database.reading() as connection:
        tables = {name: _count(connection, f"rows_{name}") for name in tables_there(connection)}
        sources = [_source(row, now) for row in connection.rows(_PER_SOURCE)]
        answers = _count(connection, "responses")
    return {
        "store": database.address,
        "bytes": database.size(),
        "answers": answers,
        "tables": tables,
        "sources": sources,
    }


_PER_SOURCE = """
select source, max(started_at) as asked_at,
    max(case when outcome <> 'failed' then started_at end) as answered_at,
    max(case when outcome = 'new' then started_at end) as news_at,
    sum(new_rows) as new_rows
from fetches group by source order by source
"""
_LAST_FAILURE = """
select f.source, f.reason from fetches f
where f.started_at = (select max(g.started_at) from fetches g where g.source = f.source)
    and f.outcome = 'failed'
"""


def _count(connection: Connection, table: str) -> int:
    return int(connection.rows(f"select count(*) as n from {table}")[0]["n"])  # noqa: S608


def _source(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    answered = row["answered_at"]
    days = (now - answered).total_seconds() / 86_400 if answered else None
    moments = {name: row[name].astimezone(UTC) if row[name] else None for name in _MOMENTS}
    return {
        "source": row["source"],
        "age_days": round(days, 2) if days is not None else None,
        "rows": int(row["new_rows"] or 0),
        **moments,
        "failing": row["answered_at"] is None or row["asked_at"] > row["answered_at"],
    }


_MOMENTS = ("asked_at", "answered_at", "news_at")


def last_failures(database: Database) -> dict[str, str]:
    """Return why each source that failed the last time did so."""
    with database.reading() as connection:
        return {row["source"]: row["reason"] for row in connection.rows(_LAST_FAILURE)}


def vacuum(database: Database, keep_days: int | None = None, now: datetime | None = None) -> dict[str, int]:
    """Give back space and return how many raw bodies went; tidy rows and notes of answers always stay.

    Parameters
    ----------
    database
        The store.
    keep_days
        Bodies of answers older than that go, but for the newest answer to each request; None for none.
    now
        Moment from which days are counted; the present one where None.
    """
    before = database.size()
    gone = 0
    if keep_days is not None:
        edge = (now or datetime.now(UTC)) - timedelta(days=keep_days)
        with database.writing() as connection:
            old = connection.rows(_OLD_BODIES, {"edge": edge})
            gone = len(old)
            for row in old:
                connection.execute("delete from bodies where sha256 = $sha", {"sha": row["sha256"]})
    database.compact()
    return {"bodies_gone": gone, "bytes_before": before, "bytes_after": database.size()}


_OLD_BODIES = """
select b.sha256 from bodies b where not exists (
    select 1 from responses r where r.sha256 = b.sha256 and (
        r.asked_at >= $edge or r.asked_at = (
            select max(s.asked_at) from responses s
            where s.source = r.source and s.what = r.what and s.status = 200)))
"""


def export(database: Database, target: Path) -> dict[str, Any]:
    """Write tidy rows and the list of answers as files; what may not be passed on stays.

    Returns
    -------
    dict
        Rows written by table, and rows held back by source.
    """
    with database.reading() as connection, folder_atomic(target) as folder:
        held = _held_back(connection)
        written, kept = dict[str, int](), dict[str, int]()
        for name in tables_there(connection):
            table = rows_as_of(connection, name, newest=False)
            out = table.filter(~pl.col("source").is_in(list(held)).fill_null(value=False))
            for source, count in (
                table.join(out, on=table.columns, how="anti", nulls_equal=True)["source"]
                .value_counts()
                .iter_rows()
            ):
                kept[source] = kept.get(source, 0) + count
            out.write_csv(folder / f"{name}.csv", datetime_format="%Y-%m-%dT%H:%M:%S%.f+00:00")
            written[name] = out.height
        answers = connection.rows(
            "select source, what, address, asked_at, status, sha256, terms from responses order by asked_at"
        )
        told = [row for row in answers if row["source"] not in held]
        pl.DataFrame(told, infer_schema_length=None).write_csv(folder / "answers.csv")
        facts = {"rows": written, "held_back": kept, "answers": len(told)}
        (folder / "export.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return facts


def _held_back(connection: Connection) -> set[str]:
    """Return the sources whose rows may not be passed on."""
    table = rows_as_of(connection, "sources", newest=False)
    return set(table.filter(pl.col("redistribution") == STAYS)["source"].to_list())
