"""The latest status of a log, and what is on hand, against plain loops over the rows and the days."""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType, SimpleNamespace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forestall.crisis import Crisis
from forestall.displacement.movement import hurry_at
from forestall.preparedness.supplies import Supply, on_hand
from forestall.reporting.sections.odds import headline_odds
from forestall.schema import frame
from forestall.settings import Settings
from forestall.warning.tables import odds_row, summary_row

START = datetime(2024, 1, 1, tzinfo=UTC)
STATUSES = ("open", "closed", "restricted")
ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 5), st.integers(0, 8), st.sampled_from(STATUSES)),
    max_size=8,
    unique_by=lambda row: row[:3],
)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(0, 8))
def test_the_latest_effective_counts_and_among_equals_the_one_known_last(rows, day) -> None:
    log = [
        {
            "corridor": corridor,
            "status": status,
            "effective": START + timedelta(days=effective),
            "known_at": START + timedelta(days=known),
            "known_basis": "publication",
            "basis": "reported",
            "confidence": "high",
            "source": "s",
        }
        for corridor, effective, known, status in rows
    ]
    table = frame("corridor_status", log) if log else None
    plain = Settings(title="A", iso3=("XRV",), period={"start": "2024-01-01", "end": "2024-12-31"})
    tables = {"corridor_status": table} if table is not None else {}
    crisis = Crisis(plain, MappingProxyType(tables)).at(START + timedelta(days=day, hours=1))
    found = dict(crisis.status("corridor_status").select("corridor", "status").iter_rows())
    in_order = sorted(rows, key=lambda row: (row[1], row[2]))
    expected = {row[0]: row[3] for row in in_order if max(row[1], row[2]) <= day}
    assert found == expected


AMOUNTS = st.lists(st.integers(0, 20), min_size=4, max_size=4).map(lambda x: np.array(x, dtype=float))


@settings(max_examples=60, deadline=None)
@given(AMOUNTS, AMOUNTS, AMOUNTS, st.booleans())
def test_what_is_on_hand_is_the_stock_and_what_comes_that_day(need, added, daily, used_up) -> None:
    found = on_hand(need, Supply(added, daily, True), used_up=used_up)
    stock, expected = 0.0, []
    for n, a, r in zip(need, added, daily, strict=True):
        stock += a
        expected.append(stock + r)
        if used_up:
            stock = max(0.0, stock - max(0.0, n - r))
    assert found.tolist() == expected


@pytest.mark.parametrize("draws", [np.zeros(9), np.full(9, 40.0)])
def test_the_probability_lies_within_its_own_interval(draws) -> None:
    row = summary_row(draws, (0.4, 0.6), 25)
    assert row["p_low"] <= row["p_event"] <= row["p_high"]
    odds = odds_row(draws.reshape(1, -1), (0.4, 0.6), 10, 25)
    assert odds["p_low"] <= odds["p_event"] <= odds["p_high"]


@pytest.mark.parametrize(("hour", "factor"), [(9.9, 1.0), (10.0, 3.0), (19.9, 3.0), (20.0, 1.0)])
def test_people_hurry_before_an_announced_end_and_no_longer_after_it(hour, factor) -> None:
    homes = SimpleNamespace(
        ending_from=np.array([10.0]),
        ending_until=np.array([20.0]),
        reopening_hurry=np.array([2.0]),
        ending_hurry=np.array([3.0]),
    )
    assert hurry_at(homes, np.array([False]), hour).tolist() == [factor]
    assert hurry_at(homes, np.array([True]), hour).tolist() == [2 * factor]


@pytest.mark.parametrize(("asked", "taken"), [(6, 6), (2, 1), (30, 12)])
def test_the_headline_takes_the_window_nearest_to_the_one_asked_for(asked, taken) -> None:
    class Odds:
        def has(self, table: str) -> bool:
            return True

        def frame(self, table: str) -> pl.DataFrame:
            windows = [1, 6, 12]
            return pl.DataFrame(
                {
                    "model": ["pool"] * 3,
                    "where": ["ALL"] * 3,
                    "within_months": windows,
                    "p_event": [0.1, 0.2, 0.3],
                }
            )

    row = headline_odds(Odds(), asked)
    assert row["within_months"] == taken
