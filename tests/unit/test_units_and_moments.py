"""Durations and moments as people write them."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from forestall.core.errors import UsageError
from forestall.core.moments import parse_moment
from forestall.core.units import parse_duration


def test_a_unit_may_be_written_in_capitals() -> None:
    assert parse_duration("6 DAYS").days == parse_duration("6 days").days == 6


def test_no_unit_is_offered_where_none_is_near() -> None:
    with pytest.raises(UsageError) as error:
        parse_duration("6 zzzzzz")
    assert "nearest" not in str(error.value)


def test_a_day_is_its_end_in_the_zone() -> None:
    zone = ZoneInfo("Asia/Tbilisi")
    assert parse_moment(date(2023, 9, 19), zone) == parse_moment("2023-09-19", zone)
    assert parse_moment(date(2023, 9, 19), zone).utcoffset() is not None
