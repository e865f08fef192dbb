"""How the watch stands: each crisis with its last round, each source with its age, alerts that wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forestall.alerts.log import STAGED, alerts
from forestall.store.keep import last_failures, status
from forestall.watch.due import last_watches

if TYPE_CHECKING:
    from forestall.store import Database


def watch_state(database: Database, names: Sequence[str] = (), now: datetime | None = None) -> dict[str, Any]:
    """Return the state of the watch.

    Parameters
    ----------
    database
        The store.
    names
        Crises; all that were ever watched where empty.
    now
        Moment from which ages are counted; the present one where None.

    Returns
    -------
    dict
        ``crises``, ``sources`` and ``waiting``: alerts that no person has released yet.
    """
    now = now or datetime.now(UTC)
    with database.reading() as connection:
        rounds = last_watches(connection)
        waiting = [name for name, one in alerts(connection).items() if one.state == STAGED]
    why = last_failures(database)
    return {
        "crises": [_crisis(name, one, now) for name, one in rounds.items() if not names or name in names],
        "sources": [
            {
                "source": row["source"],
                "age_days": row["age_days"],
                "failing": row["failing"],
                "reason": why.get(row["source"]),
            }
            for row in status(database, now)["sources"]
        ],
        "waiting": waiting,
    }


def _crisis(name: str, rounds: dict[str, Any], now: datetime) -> dict[str, Any]:
    last, good = rounds["last"], rounds.get("good")
    ran = good["watched_at"].astimezone(UTC) if good else None
    return {
        "crisis": name,
        "outcome": last["outcome"],
        "watched_at": last["watched_at"].astimezone(UTC),
        "days_since_run": round((now - ran).total_seconds() / 86_400, 2) if ran else None,
        "reason": last["reason"],
    }
