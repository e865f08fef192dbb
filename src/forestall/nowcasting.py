"""The nowcast of a crisis: what is counted leads; odds are made only where nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forestall.core.errors import CrisisError, UsageError
from forestall.engines import engine_of
from forestall.stages import run_stage

if TYPE_CHECKING:
    from forestall.crisis import Crisis
    from forestall.displacement.nowcast import Nowcast


def nowcast_of(crisis: Crisis) -> Nowcast:
    """Return counted so far, by Friday, by the end of the month, and the days of half and most.

    Parameters
    ----------
    crisis : Crisis
        With its moment of knowledge and its plan.

    Raises
    ------
    UsageError
        Where the crisis goes by the rules of a model that is told who flees.
    CrisisError
        With all findings where the tables cannot be used.

    Examples
    --------
    >>> from forestall.crisis import open_crisis
    >>> known = open_crisis("karabakh-2023").at("2023-09-25T20:00+04:00")
    >>> found = nowcast_of(known.with_options("displace", draws=50))
    >>> found.rows[0]["counted"], found.friday.isoformat()
    (6650.0, '2023-09-29T20:00:00+00:00')
    """
    if not engine_of(crisis.plan.displace.rules).needs_odds:
        raise UsageError(
            f"[displace] rules is {crisis.plan.displace.rules!r}, which is told how many flee; expected "
            "rules that forecast it; next: set rules = 'forestall' under [displace] in crisis.toml"
        )
    found = _from_counts(crisis)
    return found if found is not None else _from_chain(crisis)


def _from_counts(crisis: Crisis) -> Nowcast | None:
    """Return the nowcast that goes on from counts, without odds; None where there are none to go on from."""
    from forestall.displacement.counted import known_counts
    from forestall.displacement.nowcast import nowcast

    if not known_counts(crisis).height and not crisis["stocks"].height:
        return None
    try:
        found = nowcast(crisis, crisis.plan.displace)
    except CrisisError as error:
        if all(finding.table == "outlook" for finding in error.findings):
            return None  # violence has not begun: the counts are of another flight
        raise
    return found if found.counted else None


def _from_chain(crisis: Crisis) -> Nowcast:
    """Return the nowcast of the chain: odds first, then who flees."""
    from forestall.displacement.nowcast import nowcast

    warned = run_stage(crisis, "warn")
    return nowcast(warned, warned.plan.displace)
