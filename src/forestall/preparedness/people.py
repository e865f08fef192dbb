"""People present by draw, place and day, as dense arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from forestall.core.arrays import Bools, Floats, Ints

ARMS = ("unconditional", "if it happens")


@dataclass(frozen=True, eq=False)
class Presence:
    """People by draw, group of people and day.

    Attributes
    ----------
    draws
        Numbers of the draws, shape (draws,).
    weights
        Weight of each draw.
    happens
        Whether violence starts within the horizon of that draw.
    groups
        (place, who) of each row of ``people``.
    dates
        Days.
    people
        People, shape (draws, groups, days).
    """

    draws: Ints
    weights: Floats
    happens: Bools
    groups: tuple[tuple[str, str], ...]
    dates: tuple[date, ...]
    people: Floats

    @property
    def places(self) -> tuple[str, ...]:
        """The places, in order."""
        return tuple(dict.fromkeys(place for place, _ in self.groups))

    def rows(self, place: str, who: tuple[str, ...]) -> list[int]:
        """Return the rows of a place for these kinds of people."""
        return [i for i, (p, w) in enumerate(self.groups) if p == place and w in who]

    def at(self, place: str, who: tuple[str, ...]) -> Floats:
        """Return the people of a place for these kinds of people, shape (draws, days)."""
        return np.asarray(self.people[:, self.rows(place, who), :].sum(axis=1), dtype=np.float64)

    def arms(self) -> Iterator[tuple[str, Presence]]:
        """Yield each arm with its draws; an arm without a draw is left out."""
        for arm in ARMS:
            keep = self.happens if arm == "if it happens" else np.ones(len(self.draws), dtype=np.bool_)
            keep = keep & (self.weights > 0)
            if keep.any():
                yield arm, self.only(keep)

    def with_open_roads(self, closed: set[str]) -> Presence:
        """Return the presence with people inside counted as at home where roads are open.

        Parameters
        ----------
        closed
            Places that no open road joins to a place that hosts.
        """
        named = [(p, "at home" if w == "inside" and p not in closed else w) for p, w in self.groups]
        return replace(self, groups=tuple(named))

    def only(self, keep: Bools) -> Presence:
        """Return the presence of some of the draws."""
        return Presence(
            self.draws[keep],
            self.weights[keep],
            self.happens[keep],
            self.groups,
            self.dates,
            self.people[keep],
        )


def read_presence(
    presence: pl.DataFrame,
    episodes: pl.DataFrame,
    *,
    first: date,
    days: int,
    draws: int,
    hosts_per_arrival: float,
) -> Presence:
    """Spread the table ``presence`` over a dense array, with the hosts of those who arrived.

    A draw of ``episodes`` that has no row for a place and day has nobody there. Days after the
    last day of the table are left out: how many people are there then was not worked out.

    Parameters
    ----------
    presence, episodes
        Tables of the stage displace.
    first
        First day of interest.
    days
        Days wanted from then on.
    draws
        Draws to use, the first of those there are.
    hosts_per_arrival
        Host community members per person arrived.
    """
    futures = _futures(presence, episodes, draws)
    rows = presence.filter(
        pl.col("draw").is_in(futures["draw"].implode()),
        pl.col("date").is_between(first, first + timedelta(days=days - 1)),
    )
    groups = tuple(rows.select("place", "who").unique().sort("place", "who").iter_rows())
    dates = tuple(rows["date"].unique().sort().to_list())
    people = _dense(rows, futures["draw"].to_list(), groups, dates)
    groups, people = _with_hosts(groups, people, hosts_per_arrival)
    return Presence(
        futures["draw"].to_numpy(),
        futures["weight"].to_numpy(),
        futures["happens"].to_numpy(),
        groups,
        dates,
        people,
    )


def _futures(presence: pl.DataFrame, episodes: pl.DataFrame, draws: int) -> pl.DataFrame:
    """Return draw, happens, weight; without episodes every draw counts and it happens in each."""
    if episodes.height:
        futures = episodes.select("draw", "happens", pl.col("weight").fill_null(1.0))
    else:
        futures = (
            presence.select("draw").unique().with_columns(happens=pl.lit(value=True), weight=pl.lit(1.0))
        )
    return futures.sort("draw").head(draws)


def _dense(
    rows: pl.DataFrame, draws: list[int], groups: tuple[tuple[str, str], ...], dates: tuple[date, ...]
) -> Floats:
    """Return people by draw, group and day."""
    people = np.zeros((len(draws), len(groups), len(dates)))
    if not rows.height:
        return people
    index = {
        "draw": pl.DataFrame({"draw": draws, "i": range(len(draws))}),
        "group": pl.DataFrame(
            {"place": [p for p, _ in groups], "who": [w for _, w in groups], "j": range(len(groups))}
        ),
        "date": pl.DataFrame({"date": dates, "k": range(len(dates))}, schema_overrides={"date": pl.Date}),
    }
    placed = (
        rows.join(index["draw"], on="draw")
        .join(index["group"], on=["place", "who"])
        .join(index["date"], on="date")
    )
    np.add.at(people, tuple(placed[c].to_numpy() for c in ("i", "j", "k")), placed["people"].to_numpy())
    return people


def _with_hosts(
    groups: tuple[tuple[str, str], ...], people: Floats, ratio: float
) -> tuple[tuple[tuple[str, str], ...], Floats]:
    """Add the hosts of each place where people arrived."""
    arrived = [i for i, (_, who) in enumerate(groups) if who == "arrived"]
    if not arrived or ratio <= 0:
        return groups, people
    hosts = tuple((groups[i][0], "hosts") for i in arrived)
    return groups + hosts, np.concatenate([people, people[:, arrived, :] * ratio], axis=1)
