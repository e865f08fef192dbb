"""Where people go: elsewhere in their country or abroad, and to which place, as a nested choice.

First the nest, inside or abroad, by a drawn share; then the place within it (nested logit [1]_) in
proportion to

    pull_j / (h0 + hours_j)^gamma,    pull_j = size_j^beta (1 + ties_j)^alpha exp(sigma e_j),

the people living there, the people of the same origin already there (stocks and movements known by
the moment), travel time over the open network, and what these leave out.  A nest without an open way
leaves all to the other.  No exponent rests on one crisis, and counts move all of them.

References
----------
.. [1] McFadden, D. (1978). Modelling the choice of residential location. In A. Karlqvist et al. (eds.),
   Spatial Interaction Theory and Planning Models, 75-96. North-Holland.
.. [2] Simini, F., Gonzalez, M. C., Maritan, A., Barabasi, A.-L. (2012). A universal model for mobility
   and migration patterns. Nature 484, 96-100. doi:10.1038/nature10856
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Bools, Floats, Ints
from forestall.core.random import normals

if TYPE_CHECKING:
    from forestall.crisis import Crisis

NEAREST_HOURS = 6.0
"""Hours added to every way, so that a way of minutes does not draw everybody."""
UNKNOWN_HOURS = 48.0
"""Hours to a place of reception that no corridor of the tables joins."""


@dataclass(frozen=True, eq=False)
class Pulls:
    """What draws people to each place of reception: living there, of the same origin, and in which nest."""

    places: list[str]
    size: Floats
    ties: Floats
    inside: Bools


def read_pulls(crisis: Crisis, reception: Sequence[str], origins: Sequence[str]) -> Pulls:
    """Return the pulls of the places of reception known by the moment."""
    from forestall.displacement.exposure import latest_figures

    rows = {row["place"]: row for row in crisis["places"].iter_rows(named=True)}
    home = {rows[o]["country"] for o in origins if o in rows}
    figures = latest_figures(crisis["population"], list(reception))
    known = [figures[p][0] for p in reception if p in figures]
    middle = float(np.median(known)) if known else 1.0
    size = np.array([figures[p][0] if p in figures else middle for p in reception]) / max(middle, 1.0)
    ties = np.array([_already_there(crisis, place) for place in reception])
    total = ties.sum()
    inside = np.array([rows[p]["country"] in home and rows[p]["country"] is not None for p in reception])
    scaled = ties * (10 * len(ties) / total) if total > 0 else ties
    return Pulls(list(reception), np.maximum(size, 1e-3), scaled, inside.astype(np.bool_))


def _already_there(crisis: Crisis, place: str) -> float:
    """Return how many displaced people were said to be at a place."""
    import polars as pl

    best = pl.coalesce("people", (pl.col("low") + pl.col("high")) / 2).cast(pl.Float64)
    held = crisis["stocks"].filter(pl.col("place") == place).with_columns(n=best).drop_nulls("n").sort("date")
    came = (
        crisis["movements"].filter(pl.col("destination_place") == place).with_columns(n=best).drop_nulls("n")
    )
    present = held.group_by("group", maintain_order=True).agg(pl.col("n").last())["n"].sum()
    return max(float(present or 0.0), float(came["n"].sum() or 0.0))


def attraction(pulls: Pulls, values: Mapping[str, Floats], seed: int, draws: Ints) -> Floats:
    """Return the pull of each place by draw, distance aside.

    Returns
    -------
    array of float, shape (draws, places)
    """
    rest = [normals(seed, "displace:pull", draws, place=place) for place in pulls.places]
    spread = values["pull_spread"][:, None] * (np.stack(rest, axis=1) if rest else np.zeros((len(draws), 0)))
    size = values["pull_size"][:, None] * np.log(pulls.size)[None, :]
    ties = values["pull_ties"][:, None] * np.log1p(pulls.ties)[None, :]
    return np.asarray(np.exp(size + ties + spread), dtype=np.float64)


def nested_shares(pull: Floats, hours: Floats, inside: Bools, values: Mapping[str, Floats]) -> Floats:
    """Return the share of people who go to each place.

    Parameters
    ----------
    pull : array of float, shape (draws, places)
        See :func:`attraction`.
    hours : array of float, shape (places,)
        Travel time; infinite where there is no open way.
    inside : array of bool, shape (places,)
        Whether a place lies in the people's own country.
    values : mapping of str to array of float, shape (draws,)
        ``distance_decay`` and ``inside_share``.

    Examples
    --------
    >>> values = {"distance_decay": np.array([1.0]), "inside_share": np.array([0.6])}
    >>> one = np.ones((1, 3))
    >>> nested_shares(one, np.array([4.0, 4.0, np.inf]), np.array([True, False, False]), values).tolist()
    [[0.6, 0.4, 0.0]]
    >>> nested_shares(one, np.array([np.inf, 4.0, 4.0]), np.array([True, False, False]), values).tolist()
    [[0.0, 0.5, 0.5]]
    """
    near = np.where(np.isfinite(hours), NEAREST_HOURS + hours, np.inf)
    weight = pull * np.exp(-values["distance_decay"][:, None] * np.log(near)[None, :])
    share = np.zeros_like(weight)
    nests = [(inside, values["inside_share"]), (~inside, 1.0 - values["inside_share"])]
    open_nests = [(nest, part) for nest, part in nests if np.isfinite(near[nest]).any()]
    for nest, part in open_nests:
        some = weight[:, nest]
        within = some / np.maximum(some.sum(axis=1, keepdims=True), 1e-300)
        share[:, nest] = within * (part[:, None] if len(open_nests) > 1 else 1.0)
    return share
