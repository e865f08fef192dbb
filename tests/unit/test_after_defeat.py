"""What came after defeats elsewhere: rates in the register of risks, never from few cases."""

import pytest

from forestall.action.after import after_defeat, load_cases, load_risks
from forestall.action.risks import risks_register
from forestall.core.errors import UsageError
from forestall.crisis import open_crisis


def test_five_risks_or_more_have_an_estimate() -> None:
    known = [risk for risk in load_risks() if "base_rate" in after_defeat(risk, 2025)]
    assert len(known) >= 5


def test_only_windows_that_were_over_count() -> None:
    for risk, cases in load_cases().items():
        window = int(load_risks()[risk]["window_years"])
        known = after_defeat(risk, 2000)
        over = [came for year, came in cases if year + window <= 2000]
        assert known.get("base_windows", len(over)) == len(over)


def test_an_unknown_risk_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="guerrilla"):
        after_defeat("guerilla", 2020)


def test_the_register_shows_the_rate_with_its_cases() -> None:
    crisis = open_crisis("karabakh-2023").at("2023-09-24")
    rows = {row["risk"]: row for row in risks_register(crisis, crisis.moment).iter_rows(named=True)}
    assert rows["guerrilla"]["base_windows"] >= 20
    assert "cases" in rows["guerrilla"]["estimate"]
