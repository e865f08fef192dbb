"""The tables of the world: whole, joined, and with nothing known later than the moment."""

from datetime import UTC, datetime

import polars as pl
import pytest

from forestall import world
from forestall.core.errors import CrisisError
from forestall.world.names import country_named, places_like
from forestall.world.read import path_of


def test_the_tables_fit_the_wheel_and_each_has_source_terms_and_day() -> None:
    folder = path_of("")
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 15_000_000
    named = set(world.load_sources()["table"])
    assert {path.stem for path in folder.iterdir()} - {"sources"} == named
    assert world.load_sources().select("licence", "redistribution", "day").null_count().row(0) == (0, 0, 0)


def test_every_row_joins_a_country() -> None:
    codes = set(world.load_countries()["iso3"])
    assert world.load_countries()["iso3"].n_unique() == 250
    for table in (world.load_areas().drop_nulls("iso3"), world.load_towns(), world.load_neighbours()):
        assert set(table["iso3"]) <= codes
    assert set(world.load_deaths()["iso3"]) <= codes
    assert set(world.load_neighbours()["neighbour"]) <= codes


def test_towns_hold_at_least_half_of_the_people_who_live_in_towns_of_the_world() -> None:
    towns = world.load_towns()["people"].sum()
    assert towns > 2.5e9


def test_borders_are_the_same_both_ways_and_near_their_known_length() -> None:
    table = world.load_neighbours()
    back = table.select(pl.col("neighbour").alias("iso3"), pl.col("iso3").alias("neighbour"), "km")
    assert (
        table.select("iso3", "neighbour", "km")
        .sort("iso3", "neighbour")
        .equals(back.sort("iso3", "neighbour"))
    )
    known = {("BOL", "PRY"): 741, ("THA", "LAO"): 1845, ("NAM", "AGO"): 1376, ("POL", "CZE"): 796}
    for (one, other), km in known.items():
        ours = table.filter(iso3=one, neighbour=other)["km"].item()
        assert 0.6 * km < ours < 1.1 * km
    assert table.filter(iso3="MDG").height == 0


def test_outlines_follow_the_worldview_and_join_the_areas() -> None:
    areas = world.load_areas()
    assert areas.filter(pl.col("area").is_in(["UA-43", "UA-40"]))["iso3"].to_list() == ["UKR", "UKR"]
    assert areas.filter(pl.col("area").is_in(["MA-15", "MA-16"]))["iso3"].to_list() == ["ESH", "ESH"]
    assert areas.filter(area="-99-X06~")["iso3"].to_list() == [None]
    assert set(world.load_outlines()["row"]) == set(areas["row"])
    assert "do not" in world.DISCLAIMER
    lon = world.load_outlines().filter(row=areas.filter(area="LS-J")["row"].item())["lon"].explode()
    assert 27 < lon.min() < lon.max() < 30


def test_nothing_known_after_the_moment_is_given() -> None:
    moment = datetime(2015, 3, 1, tzinfo=UTC)
    for load in (world.load_deaths, world.load_abroad, world.load_inside, world.load_risk):
        table = load(moment)
        assert 0 < table.height < load().height
        assert table["known_at"].max() <= moment
    assert world.load_deaths(moment)["start"].max() == datetime(2015, 1, 1, tzinfo=UTC).date()
    assert world.load_deaths(moment, by="year")["year"].max() == 2013
    assert world.load_displaced(moment)["year"].max() == 2013


def test_deaths_are_those_of_the_source() -> None:
    table = world.load_deaths().filter(violence="state-based").sort("known_at")
    newest = table.unique(["iso3", "start"], keep="last")
    assert newest.filter(iso3="ETH").filter(pl.col("start").dt.year() == 2022)["best"].sum() == 163_208
    yearly = world.load_deaths(by="year").filter(iso3="RWA", year=1994, violence="one-sided")
    assert yearly["best"].item() == 770_581


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("bol", "BOL"),
        ("BO", "BOL"),
        ("068", "BOL"),
        ("Боливия", "BOL"),
        ("بوليفيا", "BOL"),
        ("玻利维亚", "BOL"),
    ],
)
def test_a_country_is_found_by_code_number_and_name_in_six_languages(text: str, code: str) -> None:
    assert country_named(text) == code


def test_codes_that_are_no_country_are_never_guessed() -> None:
    with pytest.raises(CrisisError) as wrong:
        country_named("BOLX")
    assert "BOL" in wrong.value.findings[0].nearest
    with pytest.raises(CrisisError) as gone:
        country_named("YUG")
    assert "BIH" in gone.value.findings[0].expected
    with pytest.raises(CrisisError):
        country_named("qqqqqqq")


def test_towns_are_found_over_scripts_and_likeness_is_said() -> None:
    same = places_like("Кочабамба", "BOL")
    assert any(one.name == "Cochabamba" and one.likeness == 100 for one in same)
    like = places_like("Cochabmaba", "BOL")
    assert like[0].name == "Cochabamba"
    assert like[0].likeness < 100
    assert places_like("Бххххщщщ", "BOL") == []
