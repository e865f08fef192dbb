"""E111, E114: an option of crisis.toml that is unknown or cannot be, in any section."""

from collections.abc import Iterator

from forestall.core.errors import CrisisError, Finding
from forestall.crisis import Crisis
from forestall.options.plan import Plan


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every fault of the options of every section."""
    try:
        crisis.plan  # noqa: B018 - raises where an option is at fault
    except CrisisError as error:
        yield from error.findings


def plan_or_none(crisis: Crisis) -> Plan | None:
    """Return the plan, or None where it has faults, which are found on their own."""
    try:
        return crisis.plan
    except CrisisError:
        return None
