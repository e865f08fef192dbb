"""Where people went, against gravity and radiation: shares of the places at which people were counted.

Neither rule is fitted: gravity takes the exponents 1, 1 and 2, radiation has none.  Both know who lives
where, and nothing of borders that are shut, of ties, or of counts.  A third says that the shares of
the last days go on.  An error is the share of people who are put at the wrong place.

References
----------
Simini, F., Gonzalez, M. C., Maritan, A., Barabasi, A.-L. (2012). A universal model for mobility and
migration patterns. Nature 484, 96-100. doi:10.1038/nature10856
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.arrays import Floats
from forestall.core.geography import great_circle_km
from forestall.evaluation.counted import DAY, WINDOW_DAYS, Running

if TYPE_CHECKING:
    from forestall.crisis import Crisis

NEAREST_KM = 5.0
"""Least distance, so that a destination at the origin's own point does not draw everybody."""


def judge_destinations(
    known: Crisis,
    truth: Sequence[Running],
    then: Mapping[tuple[str, str], Running],
    said: Mapping[str, Floats],
    moment: datetime,
    days: float,
) -> dict[str, Any] | None:
    """Return shares of places as counted, as replayed and by simple rules, and each one's error.

    Parameters
    ----------
    known : Crisis
        At the moment.
    truth : sequence of Running
        Running totals as known by now.
    then : mapping of (place, what) to Running
        Running totals as known at the moment.
    said : mapping of str to array of float, shape (draws,)
        People more at each place at the end, by the replay.
    moment : datetime
        The moment of the replay.
    days : float
        Days ahead that are judged.

    Returns
    -------
    dict or None
        None where fewer than two places were counted.
    """
    grown = {s.place: growth(s, moment, days) for s in truth if s.what == "arrived" and s.place in said}
    counted = {place: more for place, more in grown.items() if more is not None}
    if len(counted) < len(("one", "another")) or sum(counted.values()) <= 0:
        return None
    names = sorted(counted)
    draws = np.stack([said[name] for name in names], axis=1)
    held = draws.sum(axis=1) > 0
    found = {
        "replay": shared(draws[held]).mean(axis=0) if held.any() else np.full(len(names), 1 / len(names))
    }
    found |= by_distance(known, names)
    recent = np.array([recent_growth(then.get((name, "arrived"))) for name in names])
    if recent.sum() > 0:
        found["recent shares go on"] = shared(recent[None, :])[0]
    real = shared(np.array([[counted[name] for name in names]]))[0]
    return {
        "places": names,
        "counted": [round(float(x), 4) for x in real],
        "shares": {rule: [round(float(x), 4) for x in share] for rule, share in found.items()},
        "misplaced": {rule: round(misplaced(share, real), 4) for rule, share in found.items()},
    }


def growth(series: Running, moment: datetime, days: float) -> float | None:
    """Return people more per day between a moment and the last count within some days; None without one."""
    later = series.after(moment, days)
    if not len(later.seconds):
        return None
    before = float(np.interp(moment.timestamp(), series.seconds, series.people))
    elapsed = max(later.seconds[-1] - moment.timestamp(), 1.0) / DAY
    more = float(later.people[-1]) - before
    return float(max(more, 0.0) / elapsed)


def recent_growth(series: Running | None) -> float:
    """Return people more per day over the last three days of the counts known; 0 where none are."""
    if series is None or len(series.seconds) < len(("first", "last")):
        return 0.0
    last = float(series.seconds[-1])
    start = max(last - WINDOW_DAYS * DAY, float(series.seconds[0]))
    before = float(np.interp(start, series.seconds, series.people))
    more = float(series.people[-1]) - before
    return max(more, 0.0) / max(last - start, 1.0) * DAY


def shared(people: Floats) -> Floats:
    """Return the share of each place, last axis; even where there is nobody.

    Examples
    --------
    >>> shared(np.array([[1.0, 3.0], [0.0, 0.0]])).tolist()
    [[0.25, 0.75], [0.5, 0.5]]
    """
    total = people.sum(axis=-1, keepdims=True)
    even = np.full_like(people, 1.0 / people.shape[-1])
    return np.where(total > 0, people / np.where(total > 0, total, 1.0), even)


def misplaced(share: Floats, real: Floats) -> float:
    """Return the share of people put at the wrong place (total variation distance).

    Examples
    --------
    >>> misplaced(np.array([0.5, 0.5]), np.array([0.75, 0.25]))
    0.25
    """
    return float(np.abs(share - real).sum() / 2)


def by_distance(known: Crisis, names: Sequence[str]) -> dict[str, Floats]:
    """Return the shares of places by gravity and by radiation; none where points or people are unknown."""
    from forestall.displacement.exposure import read_exposure

    exposure = read_exposure(known, known.plan.displace)
    points = {
        place: (lon, lat) for place, lon, lat in known["places"].select("place", "lon", "lat").iter_rows()
    }
    size = [people_at(known, name) for name in names]
    located = [points.get(p, (None, None)) for p in (*exposure.origins, *names)]
    if any(x is None for point in located for x in point) or any(x is None for x in size):
        return {}
    lon, lat = np.array(located, dtype=np.float64).T
    leave, go = slice(0, len(exposure.origins)), slice(len(exposure.origins), None)
    people = exposure.people(np.array([0.5]))[0].astype(np.float64)
    live = np.array(size, dtype=np.float64)
    away = great_circle_km(lon[leave][:, None], lat[leave][:, None], lon[go][None, :], lat[go][None, :])
    between = great_circle_km(
        lon[leave][:, None], lat[leave][:, None], lon[leave][None, :], lat[leave][None, :]
    )
    gravity = people[:, None] * live[None, :] / np.maximum(away, NEAREST_KM) ** 2
    return {
        "gravity": shared(gravity.sum(axis=0)[None, :])[0],
        "radiation": shared(radiation(people, live, away, between).sum(axis=0)[None, :])[0],
    }


def radiation(people: Floats, live: Floats, away: Floats, between: Floats) -> Floats:
    """Return flows by the radiation model from each origin to each destination.

    ``people_i^2 n_j / ((people_i + s_ij) (people_i + n_j + s_ij))`` with ``s_ij`` the people who live
    within the distance of the destination, those of origin and destination aside.

    Parameters
    ----------
    people, live : array of float, shape (origins,) and (destinations,)
        People living there.
    away, between : array of float, shape (origins, destinations) and (origins, origins)
        Distances.

    Examples
    --------
    >>> one = np.array([100.0])
    >>> radiation(one, np.array([100.0, 100.0]), np.array([[1.0, 2.0]]), np.zeros((1, 1))).round(1).tolist()
    [[50.0, 16.7]]
    """
    others = (between[:, None, :] < away[:, :, None]) * people[None, None, :]
    own = np.arange(len(people))
    others[own, :, own] = 0.0
    nearer = (away[:, None, :] < away[:, :, None]) * live[None, None, :]
    inside = others.sum(axis=2) + nearer.sum(axis=2)
    mine, theirs = people[:, None], live[None, :]
    return np.asarray(mine**2 * theirs / ((mine + inside) * (mine + theirs + inside)), dtype=np.float64)


def people_at(known: Crisis, place: str) -> float | None:
    """Return who lives at a place: its latest figure, else the country's as the world tables hold it."""
    from forestall.displacement.exposure import latest_figures
    from forestall.world.read import load_countries

    figures = latest_figures(known["population"], [place])
    if place in figures:
        return float(figures[place][0])
    row = known["places"].filter(known["places"]["place"] == place).to_dicts()
    if not row or row[0]["kind"] != "country":
        return None
    found = load_countries().filter(iso3=row[0]["country"])["people"].to_list()
    return float(found[0]) if found and found[0] else None
