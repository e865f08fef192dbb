"""E135: a period that ends before it begins, or a country that is no ISO3 code."""

import re
from collections.abc import Iterator

from forestall.core.errors import Finding
from forestall.crisis import Crisis
from forestall.options.faults import FILE


def find(crisis: Crisis) -> Iterator[Finding]:
    """Yield a finding for every choice of crisis.toml that cannot be meant."""
    period = crisis.settings.period
    if period.end < period.start:
        yield _fault(
            "the period ends before it begins", "period", str(period.end), f"a day after {period.start}"
        )
    for code in crisis.settings.iso3:
        if not re.fullmatch("[A-Z]{3}", code):
            yield _fault(
                "not a country code", "iso3", code, "three capital letters, as in ISO 3166-1 alpha-3"
            )


def _fault(message: str, column: str, value: str, expected: str) -> Finding:
    return Finding(
        "E135",
        "error",
        message,
        table=FILE,
        column=column,
        value=value,
        expected=expected,
        next="forestall explain E135",
    )
