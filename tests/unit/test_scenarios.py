"""Scenarios: unmet need by hand, options as edits of tables, earlier orders, pairs on the same draws."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import small_response as small
from forestall.action.triggers import activations
from forestall.core.errors import CrisisError, UsageError
from forestall.crisis import Crisis, open_crisis
from forestall.options.earlier import EarlierOptions
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.items import Item
from forestall.preparedness.standards import Standard
from forestall.scenarios.compare import Worlds, _chosen, compare, in_play, note_row, run_world
from forestall.scenarios.earlier import TITLE, arrival_days, earlier
from forestall.scenarios.edits import apply_option, effect_draws, present_closure
from forestall.scenarios.library import SAFEGUARDS, options_there_are, parse_option
from forestall.scenarios.odds import CHANCE_KEY, World, chance_quantiles, shifted, with_odds
from forestall.scenarios.records import public_day
from forestall.scenarios.unmet import Shortfall, by_sector, unmet_after
from forestall.stages import run_stage
from valley import VALLEY, replaced

MOMENT = "2025-03-14"


def item(*, used_up: bool, rate: float = 2.0, days: int = 4, sector: str = "food") -> Item:
    standard = Standard(sector, "thing", rate, "unit", used_up, "read", 1.0)
    return Item(standard, np.full(days, rate))


def lacking(*, used_up: bool) -> Shortfall:
    people = np.array([[0.0, 10.0, 20.0, 20.0]])
    return Shortfall(item(used_up=used_up), people, np.array([[5.0, 0.0, 0.0, 0.0]]), 0)


@pytest.mark.parametrize(
    ("stock", "start", "left"), [(0, 0, 55), (40, 0, 35), (40, 3, 35), (1000, 2, 15), (1000, 9, 55)]
)
def test_items_that_are_used_up_serve_until_they_are_gone(stock: float, start: int, left: float) -> None:
    assert unmet_after(lacking(used_up=True), stock, np.array([start]))[0] == pytest.approx(left)


@pytest.mark.parametrize(("stock", "start", "left"), [(0, 0, 55), (20, 0, 25), (20, 3, 45), (1000, 0, 5)])
def test_items_that_last_serve_every_day(stock: float, start: int, left: float) -> None:
    assert unmet_after(lacking(used_up=False), stock, np.array([start]))[0] == pytest.approx(left)


def test_a_sector_lacks_what_it_lacks_most_and_sectors_stay_apart() -> None:
    unmet = {
        item(used_up=True): np.array([5.0, 1.0]),
        item(used_up=False): np.array([2.0, 3.0]),
        item(used_up=True, sector="shelter"): np.array([9.0, 9.0]),
    }
    found = by_sector(unmet)
    assert {name: values.tolist() for name, values in found.items()} == {
        "food": [5.0, 3.0],
        "shelter": [9.0, 9.0],
    }


def test_the_lead_time_of_a_draw_is_the_same_for_every_date() -> None:
    from forestall.preparedness.people import read_presence

    there = small.presence({("aville", "arrived"): [[1]] * 50})
    people = read_presence(
        there, small.episodes([True] * 50), first=small.FIRST, days=5, draws=50, hosts_per_arrival=0
    )
    first, later = (
        arrival_days(day, people, PrepareOptions(), EarlierOptions())
        for day in (date(2030, 1, 1), date(2030, 1, 11))
    )
    assert later - first == pytest.approx(np.full(50, 10.0))
    assert np.ptp(first) > 5


# --- options ---------------------------------------------------------------------------------------------


def test_every_outside_act_has_an_effect_with_interval_and_reference_or_claims_none() -> None:
    for option in options_there_are().values():
        assert option.evidence
        if option.kind == "outside act":
            assert option.operation in ("deaths", "odds")
            assert option.low <= option.amount <= option.high
            assert "https://doi.org/10." in option.reference
        if option.operation == "none":
            assert option.amount is None


def test_options_that_move_people_carry_the_safeguards() -> None:
    moving = {name for name, option in options_there_are().items() if option.safeguards}
    assert moving == {"open-corridor", "second-crossing", "widen-corridor", "buses", "early-passage"}
    assert "right to return" in " ".join(SAFEGUARDS.split())


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="nearest: buses"):
        parse_option("busses")


@pytest.mark.parametrize("text", ["buses=many", "buses=-1", "widen-corridor=inf"])
def test_an_amount_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_option(text)


@pytest.fixture(scope="module")
def valley() -> Crisis:
    return open_crisis(VALLEY).at(MOMENT)


def test_opening_adds_rows_to_the_log_and_changes_nothing_else(valley: Crisis) -> None:
    shut = present_closure(valley)
    opened = apply_option(valley, parse_option("open-corridor"), 1)
    assert shut
    assert present_closure(opened) == []
    assert opened["corridor_status"].height == valley["corridor_status"].height + len(shut)
    assert all(opened[name].equals(valley[name]) for name in valley if name != "corridor_status")


def test_widening_changes_the_corridor_named_alone(valley: Crisis) -> None:
    name = valley["corridors"]["corridor"][0]
    changed = apply_option(valley, parse_option(f"widen-corridor:{name}=3"), 1)["corridors"]
    factors = dict(changed.select("corridor", "capacity_factor").iter_rows())
    assert factors.pop(name) == 3
    assert set(factors.values()) <= {None, 1.0}


def test_a_corridor_that_is_not_there_names_the_nearest(valley: Crisis) -> None:
    with pytest.raises(UsageError, match="nearest: mill_pass"):
        apply_option(valley, parse_option("open-corridor:mill_pas"), 1)


def test_a_published_effect_is_drawn_with_its_interval() -> None:
    option = parse_option("peacekeepers")
    ratios = effect_draws(option, 1, np.arange(4000))
    assert np.quantile(ratios, [0.05, 0.95]) == pytest.approx([option.low, option.high], rel=0.1)
    assert (effect_draws(parse_option("buses"), 1, np.arange(5)) == 1).all()


def test_deaths_below_the_threshold_are_no_event_any_more(valley: Crisis) -> None:
    month = {"where": "XRV", "month": date(2025, 4, 1), "horizon": 1, "event": 1}
    outlook = small.rows("outlook", [{**month, "draw": draw, "deaths": 26.0} for draw in range(200)])
    changed = apply_option(valley.with_tables({"outlook": outlook}), parse_option("embargo"), 1)["outlook"]
    assert ((changed["deaths"] >= 25).cast(pl.Int64) == changed["event"]).all()
    assert 0 < changed["event"].sum() < 200


# --- odds that violence starts ---------------------------------------------------------------------------


def a_world(happens: list[bool], people: list[float]) -> World:
    draws = np.arange(len(happens))
    measures = {CHANCE_KEY: np.array(happens, dtype=float), ("people", "ALL", "people"): np.array(people)}
    return World(draws, np.array(happens), np.ones(len(draws)), measures, started=False)


def test_odds_move_the_chance_and_leave_other_draws_alone() -> None:
    happens = [True, False] * 2000
    people = np.where(happens, 100.0 + np.arange(4000), 0.0)
    world, quiet = a_world(happens, people), a_world([False] * 4000, [0.0] * 4000)
    half = with_odds(world, quiet, np.full(4000, 0.5), 1)
    assert half.happens.mean() == pytest.approx(1 / 3, abs=0.02)
    kept = half.happens & world.happens
    assert (half.measures["people", "ALL", "people"][kept] == people[kept]).all()
    assert (half.measures["people", "ALL", "people"][~half.happens] == 0).all()
    twice = with_odds(world, quiet, np.full(4000, 2.0), 1)
    assert twice.happens.mean() == pytest.approx(2 / 3, abs=0.02)
    assert (twice.measures["people", "ALL", "people"][twice.happens] >= 100).all()
    assert (half.happens <= world.happens).all()
    assert (world.happens <= twice.happens).all()


def test_violence_that_has_started_is_not_undone_by_odds() -> None:
    world = a_world([True] * 10, [1.0] * 10)
    assert with_odds(world, a_world([False] * 10, [0.0] * 10), np.full(10, 0.1), 1) is world


def test_a_world_put_together_equals_a_world_that_was_run() -> None:
    closed = open_crisis("karabakh-2023").at("2022-12-20")
    base = run_stage(closed, "warn", draws=60, seed=1)
    runs = Worlds(base, _chosen(closed, 60, 1), 60, 1)
    option = parse_option("guarantee")
    made = runs.of([option])
    averted = made.draws[runs.of([]).happens & ~made.happens].tolist()
    edited = base["outlook"].with_columns(
        pl.when(pl.col("draw").is_in(averted)).then(0).otherwise(pl.col("event")).alias("event")
    )
    ran = run_world(base.with_tables({"outlook": edited}), [], runs.chosen, 60, 1)
    begun = ~runs.of([]).happens & made.happens
    assert averted
    for key, values in made.measures.items():
        assert values[~begun] == pytest.approx(ran.measures[key][~begun]), key


def test_the_interval_of_a_chance_holds_the_doubt_about_the_effect() -> None:
    happens = ([True] * 2 + [False] * 3) * 400
    world = a_world(happens, [0.0] * 2000)
    option = parse_option("guarantee")
    before, after, change = chance_quantiles([option], world, world, 1, (0.05, 0.5, 0.95))
    assert after[0] == pytest.approx(float(shifted(0.4, option.low)), abs=0.03)
    assert after[2] == pytest.approx(float(shifted(0.4, option.high)), abs=0.03)
    assert before[2] - before[0] < 0.06 < change[2] - change[0]


def test_measured_effects_are_those_of_the_records() -> None:
    from forestall.peace.endings import held, load_endings
    from forestall.pressure.threats import cell_rate, load_cells, rate_of, threat_rates

    agreed = held(load_endings().filter(pl.col("year") <= 2015, kind="agreement"), 5)
    signed = pl.col("provisions").fill_null("").str.split("|").list.contains("guarantor")
    broke = [
        (1 - rows["held"].cast(pl.Int64)).sum() + 0.5
        for rows in (agreed.filter(signed), agreed.filter(~signed))
    ]
    kept = [rows["held"].sum() + 0.5 for rows in (agreed.filter(signed), agreed.filter(~signed))]
    ratio = broke[0] / kept[0] / (broke[1] / kept[1])
    spread = 1.645 * sum(1 / n for n in (*broke, *kept)) ** 0.5
    guarantee = parse_option("guarantee")
    ends = [guarantee.amount, guarantee.low, guarantee.high]
    assert ends == pytest.approx([ratio, ratio * np.exp(-spread), ratio * np.exp(spread)], abs=0.01)
    alone = threat_rates().filter(factor="use of force, stage", level="threat alone").row(0, named=True)
    assert parse_option("sanction-threat").low == pytest.approx(
        1 - rate_of(alone["got"], alone["n"]).high, abs=0.01
    )
    major = load_cells().filter(cost="major").with_columns(pl.lit("any").alias("institution"))
    rest = load_cells().filter(pl.col("cost") != "major")
    found = cell_rate(
        pl.concat([major, rest]), {"issue": "use of force", "cost": "major", "institution": "any"}
    )
    assert parse_option("gas-condition").low == pytest.approx(1 - found.high, abs=0.01)


def test_a_gas_condition_needs_a_tie_of_energy_known_by_then(valley: Crisis) -> None:
    option = parse_option("gas-condition")
    assert "hillmark over riverland" in in_play(valley, option).evidence
    karabakh = open_crisis("karabakh-2023")
    assert in_play(karabakh.at("2022-01-20"), option).operation == "none"
    assert "EU over AZE" in in_play(karabakh.at("2022-12-20"), option).evidence


# --- compare -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(valley: Crisis) -> dict[str, pl.DataFrame]:
    no_gas = valley.with_tables({"ties": valley["ties"].filter(pl.col("channel") != "energy")})
    return compare(
        no_gas, ["stock-lowtown", "widen-corridor=1", "buses", "cash", "gas-condition"], draws=40, seed=1
    )


def test_options_stand_in_the_order_of_their_names_and_all_together_last(
    compared: dict[str, pl.DataFrame],
) -> None:
    named = compared["options_effect"]["options"].unique(maintain_order=True).to_list()
    assert named[:-1] == sorted(named[:-1])
    assert named[-1] == "+".join(named[:-1])


def test_an_option_of_unknown_effect_has_a_note_and_no_rows(compared: dict[str, pl.DataFrame]) -> None:
    assert not compared["options_effect"]["options"].str.contains("gas").any()
    note = compared["options_notes"].row(by_predicate=pl.col("option") == "gas-condition", named=True)
    assert note["effect"] is None
    assert "Not assessed: no party is known to depend" in note["evidence"]


def test_an_option_that_does_nothing_differs_nowhere(compared: dict[str, pl.DataFrame]) -> None:
    rows = compared["options_effect"].filter(pl.col("options") == "widen-corridor=1")
    assert rows.height
    assert (rows["difference"] == 0).all()


def test_stock_and_cash_leave_movement_untouched_and_never_raise_unmet_need(
    compared: dict[str, pl.DataFrame],
) -> None:
    rows = compared["options_effect"].filter(pl.col("options").is_in(["stock-lowtown", "cash"]))
    moved, unmet = (rows.filter((pl.col("unit") == "person-days") == flag) for flag in (False, True))
    assert (moved["difference"] == 0).all()
    assert (unmet["difference"] <= 0).all()
    assert (unmet["difference"] < 0).any()


def test_safeguards_stand_beside_buses_alone(compared: dict[str, pl.DataFrame]) -> None:
    notes = dict(compared["options_notes"].select("option", "safeguards").iter_rows())
    assert notes["stock-lowtown"] is None
    assert notes["buses"] == SAFEGUARDS


def test_a_stock_at_a_place_that_is_not_there_is_refused(valley: Crisis) -> None:
    with pytest.raises(UsageError, match="nearest: lowtown"):
        compare(valley, ["stock-lowtwn"], draws=10, seed=1)


# --- earlier -----------------------------------------------------------------------------------------------


SECTION = """
[earlier]
evaluate_at = "2025-03-14"
budget = "300 kUSD"
record_from = 2019
record_to = 2025
dates = [
  { name = "road closed", ordered = 2024-11-20 },
  { name = "troops", ordered = 2025-03-01, rule = "troops" },
  { name = "attack", ordered = 2025-03-13 },
]
"""


def with_section(folder: Path, text: str = SECTION) -> Path:
    shutil.copytree(VALLEY, folder / "valley")
    with (folder / "valley" / "crisis.toml").open("a", encoding="utf-8") as file:
        file.write(text)
    return folder / "valley"


@pytest.fixture(scope="module")
def earlier_tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    return earlier(open_crisis(with_section(tmp_path_factory.mktemp("earlier"))), draws=40, seed=1)


def test_an_earlier_order_never_leaves_more_unmet(earlier_tables: dict[str, pl.DataFrame]) -> None:
    table = earlier_tables["earlier_averted"].filter(
        pl.col("arm") == "if it happens", pl.col("where") == "arrived"
    )
    assert table["sector"].n_unique() >= 2
    for _, rows in table.sort("ordered").group_by("sector", "quantile"):
        assert np.all(np.diff(rows.sort("ordered")["unmet"].to_numpy()) >= -1e-9)
    first = table.filter(pl.col("trigger") == "road closed")
    assert (first["averted_mean"] > 0).any()


def test_the_reference_date_averts_nothing(earlier_tables: dict[str, pl.DataFrame]) -> None:
    rows = earlier_tables["earlier_averted"].filter(pl.col("trigger") == "attack")
    assert (rows["averted"] == 0).all()


def test_no_order_is_placed_before_its_rule_was_public(tmp_path: Path) -> None:
    """The valley's build-up was public on a day; a date before it is moved there, or refused."""
    opened = open_crisis(with_section(tmp_path)).at("2025-03-14")
    activated = activations(opened, opened.moment).filter(trigger="troops")["activated_at"]
    public = activated.min().astimezone(opened.zone).date()
    assert public_day(opened, "troops", public - timedelta(days=9)) == public
    assert public_day(opened, "troops", public) == public
    assert public_day(opened, "troops", public + timedelta(days=200)) is None


@pytest.mark.parametrize("name", ["karabakh-2023", "ukraine-2022"])
def test_the_dates_of_the_shipped_crises_were_public(name: str) -> None:
    crisis = open_crisis(name)
    now = crisis.at(crisis.plan.earlier.evaluate_at or crisis.settings.period.end)
    for date_ in crisis.plan.earlier.dates:
        assert date_.rule is None or public_day(now, date_.rule, date_.ordered) == date_.ordered


def test_where_nothing_is_averted_a_sentence_says_why(earlier_tables: dict[str, pl.DataFrame]) -> None:
    table = earlier_tables["earlier_averted"].filter(arm="if it happens")
    whole = table.group_by("trigger", "where", "sector").agg(
        pl.col("averted").abs().max(),
        pl.col("averted_mean").abs().max().alias("mean"),
        pl.col("words").first(),
    )
    assert set(table["where"]) == {"arrived", "on the road", "inside"}
    nothing = whole.filter(pl.col("mean") == 0)
    assert nothing.height
    assert not (nothing["words"] == TITLE).any()
    assert (whole.filter(pl.col("mean") > 0)["words"] == TITLE).all()


def test_nothing_ordered_outside_reaches_those_inside(earlier_tables: dict[str, pl.DataFrame]) -> None:
    rows = earlier_tables["earlier_averted"].filter(pl.col("where") == "inside")
    assert rows.height
    assert (rows["averted"] == 0).all() or not rows["words"].str.contains("buy nothing").any()


def test_the_unconditional_arm_lets_the_event_come_at_its_probability(
    earlier_tables: dict[str, pl.DataFrame],
) -> None:
    means = earlier_tables["earlier_averted"].filter(
        pl.col("where") == "arrived", pl.col("trigger") == "road closed"
    )
    by_arm = {arm: rows["averted_mean"].max() for (arm,), rows in means.group_by("arm")}
    assert by_arm["unconditional"] <= by_arm["if it happens"]


def test_the_record_counts_the_rule_and_its_cost(earlier_tables: dict[str, pl.DataFrame]) -> None:
    rows = {row["trigger"]: row for row in earlier_tables["earlier_record"].iter_rows(named=True)}
    assert rows["troops"]["activations"] == 1
    assert rows["troops"]["cost"] == rows["troops"]["money"]
    assert rows["road closed"]["activations"] is None
    assert rows["attack"]["arrives"] == date(2025, 3, 13) + timedelta(days=14)


def test_a_key_that_is_unknown_is_a_finding(tmp_path: Path) -> None:
    folder = with_section(tmp_path)
    replaced(folder / "crisis.toml", "record_to", "record_till")
    with pytest.raises(CrisisError, match="record_till"):
        _ = open_crisis(folder).plan


def test_a_rule_that_is_not_there_is_refused(tmp_path: Path) -> None:
    folder = with_section(tmp_path)
    replaced(folder / "crisis.toml", 'rule = "troops"', 'rule = "troups"')
    with pytest.raises(UsageError, match="troups"):
        earlier(open_crisis(folder), draws=10, seed=1)


def test_an_outside_act_after_the_start_of_violence_says_that_it_changes_nothing() -> None:
    assert "already started" in note_row(parse_option("mediation"), started=True)["evidence"]
    assert "already started" not in note_row(parse_option("mediation"))["evidence"]
    assert "already started" not in note_row(parse_option("buses"), started=True)["evidence"]


def test_the_mean_lies_in_its_interval_and_activations_have_dates(
    earlier_tables: dict[str, pl.DataFrame],
) -> None:
    table = earlier_tables["earlier_averted"]
    assert (table["averted_mean_low"] <= table["averted_mean"] + 1e-9).all()
    assert (table["averted_mean"] <= table["averted_mean_high"] + 1e-9).all()
    days = dict(earlier_tables["earlier_record"].select("trigger", "activated_on").iter_rows())
    assert days["troops"].startswith("2025-")
    assert days["road closed"] is None
