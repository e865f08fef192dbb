"""A replay never claims to be free of hindsight where something of it was chosen or fitted later."""

import json

import pytest

from forestall.core.errors import UsageError
from forestall.crisis import open_crisis
from forestall.hindsight import choices_in_words, undated_choices
from forestall.runs import _of_its_time, run
from forestall.warning.vintage import later_vintage, released_by
from valley import VALLEY, copy_valley, replaced


def test_a_fitted_model_of_a_later_release_makes_a_run_pseudo_real_time():
    crisis = open_crisis(VALLEY).at("2025-03-14")
    done = run(crisis, draws=10, until="warn")
    late = later_vintage(done.crisis, crisis.moment)
    assert done.record["mode"] == ("pseudo-real-time" if late or crisis.mode != "real-time" else "real-time")


def test_a_later_release_is_told_and_strict_refuses_it():
    crisis = open_crisis("karabakh-2023")
    done = run(crisis, as_of="2023-09-19", draws=10, until="warn")
    assert "published later" in later_vintage(done.crisis, done.crisis.moment)
    assert done.record["mode"] == done.crisis.mode == "pseudo-real-time"
    with pytest.raises(UsageError, match=r"published later.*conflictology"):
        _of_its_time(done.crisis, strict=True)


def test_strict_takes_a_model_that_learns_from_the_crisis_alone():
    crisis = open_crisis("karabakh-2023")
    chosen = {"warn": {"model": "conflictology-24"}}
    done = run(crisis, as_of="2023-09-19", draws=10, until="warn", strict=True, options=chosen)
    assert done.record["mode"] == "real-time"


def test_a_release_is_public_by_the_end_of_its_year():
    assert released_by("deaths, release 26.1").year == 2026
    assert released_by("deaths of no release") is None


def test_choices_without_a_day_are_counted_and_written_down(tmp_path):
    valley = copy_valley(tmp_path)
    crisis = open_crisis(valley)
    assert undated_choices(crisis)["displace.counted_at"] == 1
    run(crisis, as_of="2025-03-14", draws=10, out=tmp_path / "run")
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert facts["chosen_without_a_day"] == undated_choices(crisis)


def test_an_option_left_alone_is_no_choice(tmp_path):
    valley = copy_valley(tmp_path)
    replaced(valley / "crisis.toml", 'counted_at = "long_bridge"\n', "")
    assert "displace.counted_at" not in undated_choices(open_crisis(valley))
    assert choices_in_words({}) == ""
