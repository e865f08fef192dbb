"""What was promised against what was delivered."""

from typing import Any

import polars as pl

from forestall.action.actors import Register
from forestall.crisis import Crisis

PLEDGE = "pledge"
SEVERAL = "several units: see ledger_status"


def standing_commitments(commitments: pl.DataFrame) -> pl.DataFrame:
    """Return the commitments that no later one includes, so that none is counted twice.

    Parameters
    ----------
    commitments : polars.DataFrame
        The table ``commitments``.
    """
    included = commitments["cumulative_with"].drop_nulls().to_list()
    return commitments.filter(~pl.col("commitment").is_in(included))


def latest_status(crisis: Crisis) -> pl.DataFrame:
    """Return the latest status per commitment: status, delivered amount, since when."""
    return crisis.status("commitment_status").select(
        "commitment", "status", "delivered", pl.col("unit").alias("delivered_unit"), "effective"
    )


def promised_and_delivered(crisis: Crisis, register: Register) -> dict[str, dict[str, Any]]:
    """Return pledged and delivered amounts per actor, in one unit or not at all.

    Amounts of different units (or currencies) are never added; a delivery that nobody reported
    stays empty.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    register : Register
        The actors.
    """
    standing = standing_commitments(crisis["commitments"])
    table = standing.filter(pl.col("amount").is_not_null() & (pl.col("kind") == PLEDGE))
    joined = table.join(latest_status(crisis), on="commitment", how="left")
    by_actor: dict[str, list[dict[str, Any]]] = {}
    for row in joined.iter_rows(named=True):
        for actor in register.resolve(row["who"]):
            by_actor.setdefault(actor, []).append(row)
    return {actor: _sums(rows) for actor, rows in by_actor.items()}


def _sums(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the sums of one actor where all its commitments share a unit."""
    units = {row["unit"] for row in rows}
    if len(units) > 1:
        return {"promised": None, "delivered": None, "unit": SEVERAL}
    delivered = [row["delivered"] for row in rows if row["delivered"] is not None]
    return {
        "promised": sum(row["amount"] for row in rows),
        "delivered": sum(delivered) if delivered else None,
        "unit": units.pop(),
    }
