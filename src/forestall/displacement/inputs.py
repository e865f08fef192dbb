"""Input that cannot be moved: findings on departures, counts and corridors, all together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from forestall.core.errors import CrisisError, Finding
from forestall.core.names import nearest
from forestall.displacement.priors import Prior, load_priors

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis


def refuse(crisis: Crisis) -> None:
    """Raise with every finding where given departures or intensities cannot be used.

    Raises
    ------
    CrisisError
        Where more people are to leave a place than any figure says live there, or an intensity
        lies outside the period of the crisis.
    """
    faults = [
        *strange_priors(crisis["priors"]),
        *too_many_departures(crisis["departures"], crisis["population"]),
        *outside_period(crisis),
    ]
    if faults:
        raise CrisisError(faults)


def strange_priors(rows: pl.DataFrame) -> list[Finding]:
    """Return a finding for every prior of the crisis without a range, or of a parameter nobody knows."""
    faults = []
    for name, family, *numbers in rows.select("name", "distribution", "a", "b", "c").iter_rows():
        first, second, third = (float(number or 0.0) for number in numbers)
        prior = Prior(name, family, first, second, third, "", "", "", date.min)
        if name not in load_priors():
            expected, close = "a parameter of the table assumptions", nearest(name, load_priors()) or ""
            faults.append(
                Finding(
                    "E310",
                    "error",
                    "prior of an unknown parameter",
                    "priors",
                    None,
                    "name",
                    name,
                    expected,
                    close,
                )
            )
        elif not prior.is_range():
            expected = "low below high, a median and a spread above 0"
            faults.append(
                Finding(
                    "E310",
                    "error",
                    "prior without a range",
                    "priors",
                    None,
                    "a",
                    f"{name}: {prior.in_words()}",
                    expected,
                )
            )
    return faults


def too_many_departures(departures: pl.DataFrame, population: pl.DataFrame) -> list[Finding]:
    """Return a finding for every place that more people are to leave than live there."""
    import polars as pl

    leaving = departures.group_by("place").agg(pl.col("people").sum()).sort("place")
    most = population.filter(pl.col("level") != "total").with_columns(
        most=pl.max_horizontal("people", "high")
    )
    living: Mapping[str, int] = dict(
        most.drop_nulls("most").group_by("place").agg(pl.col("most").max()).iter_rows()
    )
    return [
        Finding(
            "E307",
            "error",
            "more people are to leave than live there",
            table="departures",
            column="people",
            value=f"{place}: {people:,}",
            expected=f"at most {living[place]:,}" if place in living else "a figure in population",
        )
        for place, people in leaving.iter_rows()
        if people > living.get(place, 0)
    ]


def outside_period(crisis: Crisis) -> list[Finding]:
    """Return a finding for every intensity outside the period of the crisis, and for values outside 0-1."""
    import polars as pl

    rows, first, last = crisis["intensity"], crisis.settings.period.start, crisis.settings.period.end
    late = rows.filter((pl.col("date") < first) | (pl.col("date") > last)) if first and last else rows.clear()
    strange = rows.filter((pl.col("value") < 0) | (pl.col("value") > 1))
    return [
        *(
            Finding(
                "E308",
                "error",
                "conflict outside the period of the crisis",
                table="intensity",
                column="date",
                value=f"{place} {day}",
                expected=f"{first} to {last}",
            )
            for place, day in late.select("place", "date").iter_rows()
        ),
        *(
            Finding(
                "E309",
                "error",
                "an intensity lies between 0 and 1",
                table="intensity",
                column="value",
                value=f"{place} {value:g}",
            )
            for place, value in strange.select("place", "value").iter_rows()
        ),
    ]
