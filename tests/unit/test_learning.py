"""What is learnt from several crises, and how it is judged on the one left out."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from flee_folders import write_folder
from flee_instances import small
from forestall.cli.apps import app
from forestall.cli.main import load_commands
from forestall.core.errors import CrisisError, UsageError
from forestall.flee.engine.instance import Closure
from forestall.learning import draws as store
from forestall.learning.calibration import with_counts
from forestall.learning.course import simulate
from forestall.learning.fitting import fit, prior, sample
from forestall.learning.forecasting import ARMS, people_by_day
from forestall.learning.likelihood import EARLY_DAY, log_likelihood
from forestall.learning.parameters import names, prior_scores, values_of
from forestall.learning.scores import score
from forestall.learning.situation import situation_of
from forestall.learning.transfer import refuse_unfit, transfer
from forestall.learning.workers import mapping
from invented import invented

INSTANCES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "displacement-instances"
runner = CliRunner()
load_commands()


def forestall(*arguments: object, code: int = 0) -> str:
    done = runner.invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    return done.output


def middle(**changes: float) -> dict[str, np.ndarray]:
    return {**values_of(np.zeros((1, len(names())))), **{k: np.array([v]) for k, v in changes.items()}}


def crises(number: int, seed: int = 1):
    truth = prior_scores(seed, np.arange(1), "truth")
    return [with_counts(invented(i), truth, seed * 100 + i) for i in range(number)]


def by_hand(situation, values: dict[str, np.ndarray], last: int) -> np.ndarray:
    """The daily rules, written as plainly as can be."""
    v = {name: float(value[0]) for name, value in values.items()}
    there = np.zeros(len(situation.sites))
    for t in range(last):
        stretch = situation.ways.stretch[t]
        total, number = there.sum(), len(there)
        tied = (1 + (there / total * number if total else 0 * there)) ** v["pull_ties"]
        came = np.zeros(number)
        for o, people in enumerate(situation.people):
            km = situation.ways.km[stretch, o]
            there_is = km >= 0
            if not there_is.any() or situation.intensity[o, t] == 0:
                continue
            pull = np.where(there_is, np.maximum(km, 0) + v["nearest_km"], 1.0) ** -v["distance_decay"]
            pull *= np.exp(-v["passing"] * situation.ways.passed[stretch, o]) * there_is * tied
            pull *= situation.siblings ** -v["nest"] * situation.entries ** v["pull_entries"]
            pull *= situation.roads ** v["pull_roads"] * situation.capacity ** v["pull_capacity"]
            rate = v["share_leaving"] * (people / 50_000) ** (v["people_exponent"] - 1)
            leave = people * (1 - np.exp(-rate * np.exp((100 - km[there_is].min()) / v["remoteness"])))
            wave = np.exp(-(t - situation.onset[o]) / v["days_to_leave"])
            pace = wave * (1 - np.exp(-1 / v["days_to_leave"])) + v["steady"] / 300
            pace *= leave * situation.intensity[o, t] / (1 + v["steady"])
            came += pace * ((1 - v["stray"]) * pull / pull.sum() + v["stray"] * there_is / there_is.sum())
        there = there + came
    return there


def test_the_kernel_is_the_rules_written_plainly() -> None:
    instance = replace(small(days=40), closures=(Closure("country", "home", "abroad", 5, 9),))
    for situation in (situation_of(instance), replace(invented(1), capacity=np.array([1.0, 2.0, 0.5, 1.0]))):
        values = middle(days_to_leave=7.0, pull_ties=0.9)
        found = simulate(situation, values, [0, 12, 39])
        assert found[0, 0].sum() == 0, "nobody has arrived before a day is over"
        for at, day in ((1, 12), (2, 39)):
            assert found[0, at] == pytest.approx(by_hand(situation, values, day), rel=1e-9)


def test_nobody_goes_to_a_closed_site_or_over_a_closed_border() -> None:
    shut = (Closure("camp", "elm", "", 0, 20), Closure("location", "dogwood", "", 0, 0))
    situation = situation_of(replace(small(days=40), closures=shut))
    elm, fir = situation.sites.index("elm"), situation.sites.index("fir")
    people = simulate(situation, middle(), [15, 39])[0]
    assert people[0].sum() == 0, "the one site is closed and the only way to the other too"
    assert people[1, elm] > 0
    assert people[1, fir] == 0
    assert not situation.counted[fir]


def test_unknown_people_are_never_none() -> None:
    instance = small(days=40)
    places = tuple(replace(p, population=0.0) if p.name == "dogwood" else p for p in instance.places)
    situation = situation_of(replace(instance, places=places))
    assert situation.people.min() > 0
    assert [f.code for f in situation.findings] == ["W651", "W652"]


def test_without_war_or_sites_nothing_can_be_forecast() -> None:
    instance = small(days=40)
    peace = tuple(replace(p, kind="town") for p in instance.places)
    with pytest.raises(CrisisError) as error:
        situation_of(replace(instance, places=peace, conflict={}))
    assert len(error.value.findings) == 2


def test_the_arm_without_sees_neither_counts_nor_capacities() -> None:
    one = crises(1)[0]
    values = values_of(prior(8, 3).scores)
    other = replace(one, counts=one.counts * np.arange(1, 5), capacity=np.array([9.0, 1.0, 2.0, 3.0]))
    assert (people_by_day(one, values, ARMS[1], 1) == people_by_day(other, values, ARMS[1], 1)).all()
    assert (people_by_day(one, values, ARMS[0], 1) != people_by_day(other, values, ARMS[0], 1)).any()


def test_the_arm_forecast_sees_thirty_days_and_no_more() -> None:
    one = crises(1)[0]
    values = values_of(prior(8, 3).scores)
    later, earlier = one.counts.copy(), one.counts.copy()
    later[EARLY_DAY + 1 :] *= 7
    earlier[EARLY_DAY] *= np.array([7, 1, 1, 1])
    found = people_by_day(one, values, "forecast", 1)
    assert (found == people_by_day(replace(one, counts=later), values, "forecast", 1)).all()
    assert (found != people_by_day(replace(one, counts=earlier), values, "forecast", 1))[:, 60:].any()
    assert (found[:, : EARLY_DAY + 1] == one.counts[: EARLY_DAY + 1]).all()


def test_draws_are_those_of_a_known_answer() -> None:
    def normal_at_two(scores: np.ndarray) -> np.ndarray:
        return -((scores[:, 0] - 2.0) ** 2) / (2 * 0.25)

    found = sample(normal_at_two, draws=2000, seed=4)
    assert found.scores[:, 0].mean() == pytest.approx(1.6, abs=0.05)
    assert found.scores[:, 0].std() == pytest.approx(np.sqrt(0.2), abs=0.04)
    assert found.scores[:, 1].std() == pytest.approx(1.0, abs=0.06)
    assert found.log_evidence == pytest.approx(np.log(np.sqrt(0.2)) - 4 / (2 * 1.25), abs=0.1)
    assert not found.degenerate


def test_draws_that_degenerate_are_a_finding() -> None:
    found = sample(lambda scores: -1e14 * (scores**2).sum(axis=1), draws=60, seed=1)
    one = store.learnt(found, crises(1), capacities=False, seed=1)
    assert found.degenerate
    assert [f.code for f in store.faults_of(one)] == ["W653"]
    assert "invented 0" in store.faults_of(one)[0].message


def test_the_same_draws_for_any_number_of_threads() -> None:
    some = crises(2)
    one, two = (fit(some, draws=130, seed=2, workers=n) for n in (1, 3))
    assert (one.scores == two.scores).all()


def test_the_likelihood_is_highest_at_the_truth() -> None:
    truth = np.zeros((1, len(names())))
    truth[0, [names().index(f"{what}_spread") for what in ("site", "crisis", "early", "pace")]] = -4.0
    one = with_counts(invented(3), truth, 1)
    for name in ("share_leaving", "distance_decay", "people_exponent"):
        moved = np.repeat(truth, 3, axis=0)
        moved[:, names().index(name)] = (-1.0, 0.0, 1.0)
        assert log_likelihood(one, values_of(moved)).argmax() == 1, name


def test_a_crisis_is_never_judged_by_draws_that_saw_it(tmp_path: Path) -> None:
    some = crises(2)
    found = store.learnt(prior(30, 1), some, capacities=False, seed=1)
    store.save(found, tmp_path)
    again = store.load(tmp_path)
    assert again.sources == found.sources
    assert np.abs(again.scores - found.scores).max() < 1e-4
    with pytest.raises(CrisisError, match="E655"):
        store.refuse_unfair(again, some[0], capacities=False)
    with pytest.raises(CrisisError, match="E656"):
        store.refuse_unfair(again, invented(9), capacities=True)
    store.refuse_unfair(again, invented(9), capacities=False)


def test_a_replay_takes_nothing_from_later_crises() -> None:
    some = crises(2)
    sources = [store.source_of(one) for one in some]
    store.refuse_later(sources, some[1].over_by)
    with pytest.raises(CrisisError) as error:
        store.refuse_later(sources, date(2002, 2, 5))
    assert [f.code for f in error.value.findings] == ["E654"]
    assert "invented 1" in error.value.findings[0].message


def test_shipped_draws_have_not_seen_what_they_judge() -> None:
    for found in store.shipped():
        for source in found.sources:
            one = replace(invented(1), title=source.title, start=date.fromisoformat(source.start))
            chosen = store.shipped_for(one, capacities=found.capacities)
            assert source.title not in [s.title for s in chosen.sources]
            earlier = store.shipped_before(one, capacities=found.capacities)
            assert earlier is None or earlier.cut_off <= source.start


def test_transfer_refuses_what_cannot_be_judged() -> None:
    some = crises(2)
    with pytest.raises(UsageError, match="two crises"):
        transfer(some[:1], arms=["forecast"], draws=20, seed=1, mapped=list)
    short = replace(invented(5, days=20), title="short")
    with pytest.raises(CrisisError) as error:
        refuse_unfit([some[0], some[0], short], ARMS)
    assert {f.code for f in error.value.findings} == {"E652", "E653", "E655"}


def test_leave_one_out_has_a_row_by_crisis_and_arm() -> None:
    with mapping("") as mapped:
        found = transfer(crises(3), arms=list(ARMS), draws=60, seed=1, mapped=mapped)
    assert [(row["crisis"], row["arm"]) for row in found["rows"]] == [
        (f"invented {i}", arm) for i in range(3) for arm in ARMS
    ]
    for row in found["summary"]:
        assert 0 < row["ard_rescaled"] < 2
        assert 0.4 < row["coverage"] <= 1


def killed_once(task: tuple[int, str]) -> int:
    """A task that takes a while, and on its first try writes which process may be killed."""
    number, folder = task
    mark = Path(folder) / f"pid-{number}"
    if not mark.exists():
        mark.write_text(str(os.getpid()))
        time.sleep(8)
    return number * number


def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="the extra cluster is not installed")

    def kill() -> None:
        while not list(tmp_path.glob("pid-*")):
            time.sleep(0.05)
        time.sleep(0.3)
        os.kill(int(next(iter(tmp_path.glob("pid-*"))).read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with mapping("local:2") as mapped:
        found = mapped(killed_once, [(i, str(tmp_path)) for i in range(3)])
    killer.join()
    assert found == [0, 1, 4]


@pytest.mark.parametrize("cluster", ["nowhere", "local:0", "slurm:x", "http://a"])
def test_an_unknown_cluster_is_refused(cluster: str) -> None:
    with pytest.raises(UsageError, match="expected local"), mapping(cluster):
        pass


def test_commands_on_a_small_folder(tmp_path: Path) -> None:
    long = "StartDate,2020-01-01\nLength,60\n"
    folders = [write_folder(tmp_path / name, sim_period_csv=long) for name in ("one", "two")]
    out = json.loads(
        forestall("score", "displace", folders[0], "--rules", "forestall", "--arm", "without", "--json")
    )
    assert out["arm"] == "without capacities"
    assert set(out["camps"]) == {"Elm", "Fir"}
    assert out["naive"]["capacity_shares"] is None
    assert out["learnt_from"]
    fitted = tmp_path / "learnt"
    args = ("--draws", "40", "--out", fitted, "--json")
    card = json.loads(forestall("fit", "displace", folders[0], *args))
    assert card["cut_off"] == "2020-03-01"
    assert (fitted / "draws.csv").read_text().count("\n") == 41
    assert "lognormal" in (fitted / "priors.csv").read_text()
    said = forestall(
        "score",
        "displace",
        folders[0],
        "--rules",
        "forestall",
        "--learnt",
        fitted,
        "--arm",
        "without",
        code=1,
    )
    assert "E655" in said
    assert "E654" in forestall("fit", "displace", folders[0], *args, "--as-of", "2020-02-01", code=1)


def test_options_that_rules_do_not_use_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "one")
    assert "learn nothing" in forestall("score", "displace", folder, "--strict", code=2)
    assert "neither a crisis" in forestall("score", "transfer", tmp_path, folder, code=2)


def test_a_folder_without_counts_cannot_be_learnt_from(tmp_path: Path) -> None:
    nobody = dict.fromkeys(("elm", "fir", "fir_more", "refugees"), "2020-01-01,0\n2020-01-12,0\n")
    changes = {f"source_data_{name}_csv": text for name, text in nobody.items()}
    folder = write_folder(tmp_path / "none", **changes)
    assert "E652" in forestall("fit", "displace", folder, "--out", tmp_path / "x", code=1)
    assert not (tmp_path / "x").exists()


@pytest.mark.skipif(not INSTANCES.is_dir(), reason="the shared instances are not on this machine")
@pytest.mark.parametrize("name", ["burundi2015", "syria2013"])
def test_the_shipped_draws_beat_the_peer_without_its_capacities(name: str) -> None:
    peer = {"burundi2015": 0.464, "syria2013": 0.340}
    from forestall.learning.situation import read_situation

    situation = read_situation(INSTANCES / name)
    found = score(situation, store.shipped_for(situation, capacities=False).scores, ARMS[1], 1)
    assert found["ard_rescaled"] < peer[name]
    assert all(total["held"] for total in found["totals"])
