"""W213: a budget of zero, with which nothing can be planned."""

from collections.abc import Iterator

from forestall.core.errors import Finding, UsageError
from forestall.core.units import parse_amount
from forestall.crisis import Crisis
from forestall.settings import FILE


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for a budget of zero in crisis.toml."""
    for section in ("prepare", "earlier"):
        budget = crisis.settings.options.get(section, {}).get("budget")
        if isinstance(budget, str) and _is_zero(budget):
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


def _is_zero(text: str) -> bool:
    """Return whether an amount is zero; one that cannot be read is another finding."""
    try:
        return parse_amount(text)[0] == 0
    except UsageError:
        return False
