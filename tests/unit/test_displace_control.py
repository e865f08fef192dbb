"""Rules of loss of control and of a corridor that comes into use."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from forestall.crisis import open_crisis
from forestall.displacement.control import control_given_up
from forestall.displacement.movement import coming_into_use, opening_time
from forestall.options.displace import DisplaceOptions
from forestall.stages import options_for, stage_of

HOLDERS = ("Nagorno-Karabakh de facto authorities",)


def _options(crisis) -> DisplaceOptions:
    return options_for(stage_of("displace"), crisis)


@pytest.mark.parametrize(
    ("moment", "event"),
    [("2022-12-13", None), ("2023-09-19T20:00+04:00", None), ("2023-09-25T20:00+04:00", "TL107")],
)
def test_rule_control_given_up(moment: str, event: str | None) -> None:
    crisis = open_crisis("karabakh-2023").at(moment)
    found = control_given_up(crisis, _options(crisis), HOLDERS)
    assert found == (None if event is None else (event, list(HOLDERS)))


def test_the_rule_needs_the_holders_themselves() -> None:
    crisis = open_crisis("karabakh-2023").at("2023-09-25T20:00+04:00")
    assert control_given_up(crisis, _options(crisis), ("Somebody else",)) is None


def test_without_words_there_is_no_such_event() -> None:
    crisis = open_crisis("karabakh-2023").at("2023-09-25T20:00+04:00")
    options = _options(crisis).model_copy(update={"control_words": ()})
    assert control_given_up(crisis, options, HOLDERS) is None


def test_rule_coming_into_use() -> None:
    clock = SimpleNamespace(start=np.arange(5.0), hours=np.ones(5))
    roads = SimpleNamespace(passable=np.array([[True, False], [True, True]]))
    supply = SimpleNamespace(opening=np.array([2.0, 0.0]))
    states = np.array([[0, 0, 1, 1, 1], [0, 0, 0, 0, 1]])
    opened = opening_time(clock, states == 1)
    assert opened.tolist() == [2.0, 4.0]
    share = [coming_into_use(roads, supply, clock, states[:, 0], opened, t) for t in range(5)]
    assert all((s[:, 0] == 1.0).all() for s in share), "a corridor open at the onset is not touched"
    assert share[2][0, 1] == pytest.approx(1 - np.exp(-0.5))
    assert share[4][0, 1] == pytest.approx(1 - np.exp(-1.5))
    assert share[4][1, 1] == 1.0


def test_a_lost_place_is_left_by_more_people_than_a_reached_one() -> None:
    crisis = open_crisis("karabakh-2023").at("2023-09-25T20:00+04:00")
    stage = stage_of("displace")
    medians = {}
    for words in (("disband",), ()):
        options = options_for(stage, crisis, draws=100, particles=100, control_words=words)
        left = stage.function(crisis, options)["departures_summary"]
        whole = left.filter((pl.col("place") == "ALL") & (pl.col("arm") == "if it happens"))
        medians[words] = whole.filter(pl.col("quantile") == 0.5)["people"].item()
    assert medians["disband",] > medians[()]


def test_a_prior_that_was_not_known_by_the_moment_says_so() -> None:
    stage, crisis = stage_of("displace"), open_crisis("karabakh-2023")
    hindsight = {}
    for moment in ("2020-10-05", "2023-09-19T20:00+04:00"):
        known = crisis.at(moment)
        table = stage.function(known, options_for(stage, known, draws=10, assimilate=False))["assumptions"]
        hindsight[moment] = table.filter(pl.col("known").str.starts_with("hindsight"))["name"].to_list()
    assert "return_rate" in hindsight["2020-10-05"]
    assert "people_per_vehicle" not in hindsight["2020-10-05"]
    assert hindsight["2023-09-19T20:00+04:00"] == []
