"""E136: an option of crisis.toml names something that the tables do not hold."""

from collections.abc import Iterator, Sequence

from forestall.checks.options import plan_or_none
from forestall.core.errors import Finding, errors_in
from forestall.core.names import nearest
from forestall.crisis import Crisis
from forestall.options.faults import FILE
from forestall.options.plan import Plan


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every name in the options that no table holds."""
    plan = plan_or_none(crisis)
    if plan is None:
        return
    unread = {finding.table for finding in errors_in(crisis.findings)}
    for option, names, table, column in _named(plan):
        if table in unread:
            continue  # what the table holds is not known
        known = crisis[table][column].drop_nulls().unique().sort().to_list()
        for name in names:
            if name and name not in known:
                yield _fault(option, name, known, f"one of the column {column} of {table}.csv")
    dates = [date.name for date in plan.earlier.dates]
    if plan.earlier.reference and dates and plan.earlier.reference not in dates:
        yield _fault("earlier.reference", plan.earlier.reference, dates, "the name of one of its dates")


def _named(plan: Plan) -> Iterator[tuple[str, Sequence[str], str, str]]:
    """Yield option, names it holds, and table and column in which they must stand."""
    yield "displace.counted_at", [plan.displace.counted_at], "places", "place"
    yield "displace.reception", plan.displace.reception, "places", "place"
    yield "act.warning_events", list(plan.act.warning_events), "events", "event"
    yield "earlier.dates", [date.rule or "" for date in plan.earlier.dates], "triggers", "trigger"


def _fault(option: str, name: str, known: Sequence[str], expected: str) -> Finding:
    return Finding(
        "E136",
        "error",
        "the option names something that the tables do not hold",
        table=FILE,
        column=option,
        value=name,
        expected=expected,
        nearest=nearest(name, known),
        next="forestall explain E136",
    )
