"""Edits: each changes tables of a crisis and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from forestall.core.errors import UsageError
from forestall.core.names import nearest
from forestall.core.random import normals
from forestall.roads import SHUT
from forestall.scenarios.library import Option
from forestall.schema import frame

if TYPE_CHECKING:
    from forestall.crisis import Crisis

RECENT = timedelta(days=365)
"""A corridor shut for no longer than that is one of the present closure."""
NINETY = 1.6448536269514722
"""Standard normal score of the ends of a 90 % interval."""

Tables = Mapping[str, pl.DataFrame]


def apply_option(crisis: Crisis, option: Option, seed: int) -> Crisis:
    """Return the crisis with the tables the option changes.

    Options that only add supplies or money (stock, cash) change none of the tables movement is
    worked out from; they are counted where unmet need is.

    Parameters
    ----------
    crisis
        At its moment, with the outlook.
    option
        The option.
    seed
        Seed of the draws of published effects.
    """
    edit = _EDITS.get(option.operation)
    return crisis if edit is None else crisis.with_tables(edit(crisis, option, seed))


def _named(crisis: Crisis, option: Option) -> list[str]:
    """Return the corridor named by the option."""
    known = crisis["corridors"]["corridor"].to_list()
    if option.target not in known:
        hint = nearest(option.target, known)
        raise UsageError(
            f"option {option.name!r}: no corridor {option.target!r}" + (f"; nearest: {hint}" if hint else "")
        )
    return [option.target]


def shut_now(crisis: Crisis) -> list[tuple[str, datetime]]:
    """Return the corridors that are shut at the moment with the start of that spell, latest first."""
    log = crisis["corridor_status"].filter(pl.col("effective") <= crisis.moment).sort("effective", "known_at")
    found = []
    for (corridor,), rows in log.group_by("corridor", maintain_order=True):
        since = None
        for status, effective in rows.select("status", "effective").iter_rows():
            since = (since or effective) if status in SHUT else None
        if since is not None:
            found.append((str(corridor), since))
    return sorted(found, key=lambda pair: (pair[1], pair[0]), reverse=True)


def _opened(crisis: Crisis, corridors: list[str]) -> Tables:
    """Return the status log with these corridors open from the moment on."""
    moment = crisis.moment
    mark = {"source": "scenario", "known_basis": "assumed", "basis": "assumption", "confidence": "low"}
    rows = [
        {"corridor": c, "status": "open", "effective": moment, "known_at": moment, **mark} for c in corridors
    ]
    return {"corridor_status": pl.concat([crisis["corridor_status"], frame("corridor_status", rows)])}


def _open(crisis: Crisis, option: Option, _seed: int) -> Tables:
    """Open the corridors of the present closure, or the one named."""
    if option.target:
        return _opened(crisis, _named(crisis, option))
    shut = present_closure(crisis)
    if not shut:
        raise UsageError(f"option {option.name!r}: no corridor is shut at this moment")
    return _opened(crisis, shut)


def present_closure(crisis: Crisis) -> list[str]:
    """Return the corridors shut within the last year; where there is none, those shut last."""
    shut = shut_now(crisis)
    recent = [corridor for corridor, since in shut if since >= crisis.moment - RECENT]
    return recent or [corridor for corridor, since in shut if since == shut[0][1]]


def _open_second(crisis: Crisis, option: Option, _seed: int) -> Tables:
    """Open another shut corridor at the exposed places, both ways."""
    roads = crisis["corridors"]
    if option.target:
        first = roads.filter(pl.col("corridor").is_in(_named(crisis, option)))
    else:
        first = _nearest_other(crisis)
    ends = {*first["from_place"], *first["to_place"]}
    both = roads.filter(pl.col("from_place").is_in(list(ends)) & pl.col("to_place").is_in(list(ends)))
    return _opened(crisis, both["corridor"].to_list())


def _nearest_other(crisis: Crisis) -> pl.DataFrame:
    """Return the shortest other shut corridor that leads from an exposed place."""
    present = present_closure(crisis)
    others = [corridor for corridor, _ in shut_now(crisis) if corridor not in present]
    inside = crisis["presence"].filter(pl.col("who") == "inside")["place"].unique().to_list()
    leading = crisis["corridors"].filter(
        pl.col("corridor").is_in(others),
        pl.col("from_place").is_in(inside),
        ~pl.col("to_place").is_in(inside),
    )
    if not leading.height:
        raise UsageError(
            "option 'second-crossing': no other shut corridor leads out of the exposed places; name one as "
            "second-crossing:CORRIDOR"
        )
    return leading.sort("km", "corridor").head(1)


def _widen(crisis: Crisis, option: Option, _seed: int) -> Tables:
    """Multiply the capacity of the corridor named, or of all."""
    factor = pl.col("capacity_factor").fill_null(1.0) * (option.amount or 1.0)
    return {"corridors": _on_corridors(crisis, option, "capacity_factor", factor)}


def _seats(crisis: Crisis, option: Option, _seed: int) -> Tables:
    """Add seats per hour on the corridor named, or on all."""
    seats = pl.col("extra_people_per_hour").fill_null(0.0) + (option.amount or 0.0)
    return {"corridors": _on_corridors(crisis, option, "extra_people_per_hour", seats)}


def _on_corridors(crisis: Crisis, option: Option, column: str, value: pl.Expr) -> pl.DataFrame:
    """Return the corridors with a column changed where the option applies."""
    names = _named(crisis, option) if option.target else crisis["corridors"]["corridor"].to_list()
    chosen = pl.col("corridor").is_in(names)
    return crisis["corridors"].with_columns(
        pl.when(chosen).then(value).otherwise(pl.col(column)).alias(column)
    )


def _early(crisis: Crisis, option: Option, _seed: int) -> Tables:
    """Lower the people exposed by the share that takes up early passage."""
    if option.amount is None or option.amount > 1:
        raise UsageError(f"option {option.name!r}: the share must be between 0 and 1")
    hosts = crisis["places"].filter(pl.col("hosts"))["place"].to_list()
    left = 1 - option.amount
    people = [
        pl.when(pl.col("place").is_in(hosts))
        .then(pl.col(c))
        .otherwise((pl.col(c) * left).round())
        .cast(pl.Int64)
        .alias(c)
        for c in ("people", "low", "high")
    ]
    return {"population": crisis["population"].with_columns(people)}


def effect_scores(option: Option, seed: int, draws: Any) -> Any:
    """Draw where in its interval an effect lies, as a standard normal score, one per draw."""
    return normals(seed, "outside-act", draws, place=option.name)


def effect_draws(option: Option, seed: int, draws: Any) -> Any:
    """Draw an effect: lognormal with its 90 % interval, one number per draw."""
    if not option.amount or not option.low or not option.high:
        return np.ones(len(draws))
    sigma = (np.log(option.high) - np.log(option.low)) / (2 * NINETY)
    centre = (np.log(option.high) + np.log(option.low)) / 2
    return np.exp(centre + sigma * effect_scores(option, seed, draws))


def without_violence(crisis: Crisis) -> Crisis:
    """Return the crisis with an outlook in which no violence starts."""
    quiet = crisis["outlook"].with_columns(pl.lit(0, pl.Int64).alias("event"))
    return crisis.with_tables({"outlook": quiet})


def _deaths(crisis: Crisis, option: Option, seed: int) -> Tables:
    """Multiply the deaths of the outlook; months below the threshold are no event any more."""
    outlook = crisis["outlook"]
    numbers = outlook["draw"].unique().sort()
    ratio = pl.DataFrame({"draw": numbers, "ratio": effect_draws(option, seed, numbers.to_numpy())})
    least = crisis.plan.warn.event_deaths
    changed = outlook.join(ratio, on="draw", maintain_order="left").with_columns(
        deaths=pl.col("deaths") * pl.col("ratio")
    )
    event = (pl.col("deaths") >= least).cast(pl.Int64)
    return {"outlook": changed.with_columns(event=event).drop("ratio")}


_EDITS: Mapping[str, Callable[[Crisis, Option, int], Tables]] = {
    "open": _open,
    "open-second": _open_second,
    "widen": _widen,
    "seats": _seats,
    "early": _early,
    "deaths": _deaths,
}
