"""W213: a budget of zero, with which nothing can be planned."""

from collections.abc import Iterator

from forestall.checks.options import plan_or_none
from forestall.core.errors import Finding
from forestall.core.units import parse_amount
from forestall.crisis import Crisis
from forestall.options.faults import FILE


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for a budget of zero in crisis.toml."""
    plan = plan_or_none(crisis)
    if plan is None:
        return
    for section in ("prepare", "earlier"):
        budget = getattr(plan.section(section), "budget", None)
        if budget is not None and parse_amount(budget)[0] == 0:
            yield Finding(
                "W213",
                "warning",
                "a budget of zero: nothing can be placed and every gap stays",
                table=FILE,
                column=f"{section}.budget",
                value=budget,
                expected="an amount above 0, or no budget where no plan is wanted",
                next="forestall explain W213",
            )
