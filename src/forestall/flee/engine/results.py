"""From a crisis to the result tables of the stage displace, under the peer's rules."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.moments import end_of_day
from forestall.schema.conventions import ALL, QUANTILES

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis
    from forestall.flee.engine.instance import FleeInstance
    from forestall.flee.engine.simulate import FleeResult


def simulate_flee(
    crisis: Crisis, *, rules: str = "flee-3", draws: int = 20, seed: int = 1, arm: str = "with capacities"
) -> dict[str, pl.DataFrame]:
    """Run the peer's rules on a crisis.

    Parameters
    ----------
    crisis : Crisis
        With the tables that the import of a Flee folder writes, and the settings of
        ``[displace.flee]``.
    rules : str
        ``flee-3``, ``flee-3-intended`` or ``flee-3+DEFECT`` with one defect mended.
    draws : int
        Number of draws.
    seed : int
        Seed of all streams.
    arm : {"with capacities", "without capacities"}
        Whether the limits of camps are used.

    Returns
    -------
    dict of str to polars.DataFrame
        Tables ``arrivals``, ``arrivals_summary``, ``presence`` and ``assumptions``.

    Raises
    ------
    CrisisError
        With every finding, where the tables or settings cannot be used.
    """
    from forestall.flee.engine.from_tables import instance_of
    from forestall.flee.engine.simulate import simulate

    instance = instance_of(crisis, arm=arm)
    result = simulate(instance, rules=rules, draws=draws, seed=seed)
    ids = dict(zip(crisis["flee_places"]["name"], crisis["flee_places"]["place"], strict=True))
    places = [ids[name] for name in result.places]
    return {
        "arrivals": arrivals(crisis, instance, result, places),
        "arrivals_summary": arrivals_summary(crisis, instance, result, places),
        "presence": presence(instance, result, places),
        "assumptions": assumptions(instance, result, rules, arm),
    }


def moments(crisis: Crisis, instance: FleeInstance) -> pl.Series:
    """Return the end of every day."""
    import polars as pl

    ends = [end_of_day(instance.start + timedelta(days=day), crisis.zone) for day in range(instance.days)]
    return pl.Series("at", [end.astimezone(UTC) for end in ends], dtype=pl.Datetime("us", "UTC"))


def arrivals(crisis: Crisis, instance: FleeInstance, result: FleeResult, places: list[str]) -> pl.DataFrame:
    """Return the people in every camp at the end of every day, by draw."""
    import polars as pl

    draws, days, camps = result.people.shape
    at = moments(crisis, instance)
    return pl.DataFrame(
        {
            "draw": np.repeat(np.arange(draws), days * camps),
            "place": pl.Series(places, dtype=pl.String).gather(np.tile(np.arange(camps), draws * days)),
            "at": at.gather(np.tile(np.repeat(np.arange(days), camps), draws)),
            "people": result.people.ravel(),
        }
    )


def arrivals_summary(
    crisis: Crisis, instance: FleeInstance, result: FleeResult, places: list[str]
) -> pl.DataFrame:
    """Return quantiles over draws of the people in every camp and in all of them."""
    import polars as pl

    people = np.concatenate([result.people, result.people.sum(axis=2, keepdims=True)], axis=2)
    names = [*places, ALL]
    values = np.quantile(people, QUANTILES, axis=0)
    at, shape = moments(crisis, instance), values.shape
    number = np.indices(shape).reshape(3, -1)
    return pl.DataFrame(
        {
            "place": pl.Series(names, dtype=pl.String).gather(number[2]),
            "at": at.gather(number[1]),
            "quantile": np.array(QUANTILES)[number[0]],
            "people": values.ravel(),
        }
    ).with_columns(pl.lit("unconditional").alias("arm"))


def presence(instance: FleeInstance, result: FleeResult, places: list[str]) -> pl.DataFrame:
    """Return who is in camps, on the road and elsewhere, by draw and day; nobody is lost."""
    import polars as pl

    draws, days, camps = result.people.shape
    elsewhere = result.total - result.people.sum(axis=2) - result.on_road
    counts = np.concatenate([result.people, result.on_road[..., None], elsewhere[..., None]], axis=2)
    names = [*places, ALL, ALL]
    who = ["arrived"] * camps + ["on the road", "inside"]
    dates = [instance.start + timedelta(days=day) for day in range(days)]
    column = np.tile(np.arange(camps + 2), draws * days)
    return pl.DataFrame(
        {
            "draw": np.repeat(np.arange(draws), days * (camps + 2)),
            "place": pl.Series(names, dtype=pl.String).gather(column),
            "date": pl.Series(dates, dtype=pl.Date).gather(
                np.tile(np.repeat(np.arange(days), camps + 2), draws)
            ),
            "who": pl.Series(who, dtype=pl.String).gather(column),
            "people": counts.ravel(),
        }
    )


def assumptions(instance: FleeInstance, result: FleeResult, rules: str, arm: str) -> pl.DataFrame:
    """Return the settings in force, and what a reader of the result must know."""
    import polars as pl

    rows = [
        ("flee rules", rules, "", "rules of the reference model, see docs/displacement-flee.md"),
        ("flee arm", arm, "", "capacities often equal the largest count of the camp's own record"),
        ("flee number of people", "from the recorded counts", "", "the rules forecast shares, not numbers"),
        (
            "flee people without origin",
            str(int(result.stuck.sum(axis=1).max())),
            "people",
            "no place in conflict had people",
        ),
    ]
    rows += [(f"flee {k}", str(v), "", "simsetting.yml or default") for k, v in instance.settings]
    columns = ["name", "value", "unit", "source"]
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        pl.lit("displace").alias("stage"),
        pl.lit("fixed").alias("distribution"),
        pl.lit("given with the imported folder").alias("known"),
    )
