"""The ledger: every commitment as it stands, and edits of earlier entries."""

import hashlib
from datetime import date, datetime
from typing import Any

import polars as pl

from forestall.action.promises import latest_status
from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.schema import frame

ENTRY = (
    "commitment",
    "who",
    "to_whom",
    "what",
    "kind",
    "amount",
    "unit",
    "made_on",
    "due",
    "cumulative_with",
)
OPEN = ("open", "partly", "disputed", "not known")


def entry_digest(row: dict[str, Any]) -> str:
    """Return the fingerprint of a commitment: what was promised, without what is known of delivery.

    Parameters
    ----------
    row : dict
        A row of the table ``commitments``.

    Examples
    --------
    >>> row = dict.fromkeys(ENTRY, "x")
    >>> [entry_digest({**row, **change}) == entry_digest(row) for change in ({"note": "y"}, {"what": "y"})]
    [True, False]
    """
    text = "\x1f".join("" if row[name] is None else str(row[name]) for name in ENTRY)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def ledger_status(crisis: Crisis, moment: datetime) -> pl.DataFrame:
    """Return every commitment as it stands at the moment.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    moment : datetime
        The moment, in UTC.

    Returns
    -------
    polars.DataFrame
        The table ``ledger_status``. A commitment of which nobody reported how it stands is "not
        known"; what was delivered is then empty, never nothing.
    """
    table = crisis["commitments"].join(
        latest_status(crisis), on="commitment", how="left", maintain_order="left"
    )
    later = {row["cumulative_with"]: row["commitment"] for row in table.iter_rows(named=True)}
    today = moment.astimezone(crisis.zone).date()
    rows = [_status_row(row, later.get(row["commitment"]), today) for row in table.iter_rows(named=True)]
    return frame("ledger_status", rows).sort("made_on", "commitment")


def _status_row(row: dict[str, Any], later: str | None, today: date) -> dict[str, Any]:
    """Return how one commitment stands."""
    status = row["status"] or "not known"
    names = ("commitment", "who", "to_whom", "what", "kind", "amount", "unit", "made_on", "due", "source")
    return {
        **{name: row[name] for name in names},
        "status": status,
        "delivered": row["delivered"],
        "delivered_unit": row["delivered_unit"],
        "share_delivered": _share(row),
        "days_overdue": _overdue(row["due"], status, today),
        "included_in": later,
        "digest": entry_digest(row),
    }


def _share(row: dict[str, Any]) -> float | None:
    """Return delivered over promised where both are known in one unit."""
    if row["delivered"] is None or not row["amount"] or row["unit"] != row["delivered_unit"]:
        return None
    return float(row["delivered"] / row["amount"])


def _overdue(due: date | None, status: str, today: date) -> int | None:
    """Return the days past due of a commitment not known to be delivered."""
    if due is None or due >= today or status not in OPEN:
        return None
    return (today - due).days


def ledger_changes(now: pl.DataFrame, before: pl.DataFrame) -> list[Finding]:
    """Return edits of earlier entries: the ledger is append-only.

    Parameters
    ----------
    now, before : polars.DataFrame
        The table ``ledger_status`` of this and of the last run.

    Returns
    -------
    list of Finding
        A warning for every earlier entry that was changed or taken out. How a commitment stands
        may change; what was promised may not.
    """
    digests = dict(now.select("commitment", "digest").iter_rows())
    found = []
    for name, what, digest in before.select("commitment", "what", "digest").iter_rows():
        if name not in digests:
            found.append(_change(name, what, "an earlier entry of the ledger is gone since the last run"))
        elif digests[name] != digest:
            found.append(_change(name, what, "an earlier entry of the ledger was changed since the last run"))
    return found


def _change(name: str, what: str, message: str) -> Finding:
    """Return the finding for one changed entry."""
    return Finding(
        "W211", "warning", message, table="commitments", column="commitment", value=f"{name}: {what}",
        expected="earlier entries as they were; a change is a new entry or a row of commitment_status",
        next="forestall diff OLD NEW",
    )  # fmt: skip


def due_commitments(status: pl.DataFrame, moment: datetime, days: float) -> pl.DataFrame:
    """Return the commitments not known to be delivered that are overdue or due within some days.

    Parameters
    ----------
    status : polars.DataFrame
        The table ``ledger_status``.
    moment : datetime
        The moment, in UTC.
    days : float
        How far ahead, in days.
    """
    until = pl.lit(moment.date()) + pl.duration(days=int(days))
    open_ones = status.filter(pl.col("status").is_in(OPEN) & pl.col("due").is_not_null())
    return open_ones.filter(pl.col("due") <= until).sort("due", "commitment")
