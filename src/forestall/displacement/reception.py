"""Where people are received first, and how they spread over hosts from there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from forestall.core.arrays import Bools, Floats, Ints
from forestall.core.errors import CrisisError, Finding, UsageError
from forestall.core.names import nearest
from forestall.core.random import uniforms
from forestall.displacement.counted import counted_places
from forestall.displacement.network import Network
from forestall.options.displace import DisplaceOptions

if TYPE_CHECKING:
    from forestall.crisis import Crisis

AREAS = ("country", "admin")
RECEIVING = ("camp", "collective", "transit", "host")


def reception_places(crisis: Crisis, options: DisplaceOptions) -> list[str]:
    """Return the places of first reception.

    Those asked for; else every place where arrivals are counted, and of the countries without such a
    place every site, or every host where there is no site: one counted border never hides another.

    Raises
    ------
    CrisisError
        Where there is none.
    """
    import polars as pl

    known = crisis["places"]["place"].to_list()
    for place in (*options.reception, *((options.counted_at,) if options.counted_at else ())):
        if place not in known:
            raise UsageError(
                f"[displace]: no place {place!r} in places.csv; nearest: {nearest(place, known)!r}"
            )
    if options.reception:
        return sorted(set(options.reception))
    country = dict(crisis["places"].select("place", "country").iter_rows())
    kind = dict(crisis["places"].select("place", "kind").iter_rows())
    sites = set(crisis["sites"].filter(pl.col("kind").is_in(RECEIVING))["place"].unique().to_list())
    hosts = set(crisis["places"].filter(pl.col("hosts"))["place"].to_list())
    hosts = {host for host in hosts if country[host] not in {country[site] for site in sites}}
    counted = {*counted_places(crisis), *((options.counted_at,) if options.counted_at else ())}
    there = {country[place] for place in sites | hosts}
    gates = {p for p in counted if kind[p] not in AREAS or country[p] not in there}
    behind = {country[gate] for gate in gates}
    found = sorted(gates | {place for place in sites | hosts if country[place] not in behind})
    if not found:
        raise CrisisError(
            [
                Finding(
                    "E306",
                    "error",
                    "there is nowhere that people can be received",
                    table="places",
                    column="hosts",
                    expected="a place with hosts = true, a row in sites.csv, or counted_at in [displace]",
                )
            ]
        )
    return found


def host_places(crisis: Crisis, reception: Sequence[str], origins: Sequence[str]) -> list[str]:
    """Return the places that people go on to from reception, sorted.

    Where reception itself is the last stop (sites or hosts), it takes the overflow of the others.
    """
    import polars as pl

    hosts = crisis["places"].filter(pl.col("hosts"))["place"].to_list()
    beyond = sorted(set(hosts) - set(reception) - set(origins))
    return beyond if beyond and set(reception) - set(hosts) else sorted(reception)


def limits(crisis: Crisis, places: Sequence[str]) -> Ints:
    """Return how many people each place can take, by its open sites; -1 where not known."""
    import polars as pl

    if not crisis.has("sites"):
        return np.full(len(places), -1, dtype=np.int64)
    status = crisis.status("site_status").filter(pl.col("status").is_in(["open", "full"]))
    rows = status.join(crisis["sites"].filter(pl.col("kind").is_in(RECEIVING)), on="site").select(
        "place", "capacity"
    )
    by_place: dict[str, int | None] = {}
    for place, capacity in rows.iter_rows():
        total = by_place.get(place, 0)
        by_place[place] = None if capacity is None or total is None else total + capacity
    found = [by_place.get(place) for place in places]
    return np.array([-1 if limit is None else limit for limit in found], dtype=np.int64)


def expected_shares(crisis: Crisis, hosts: Sequence[str]) -> tuple[Floats, str]:
    """Return the share of each host, and where it comes from.

    The most comprehensive spread known by the moment (the largest total) is taken; what it
    leaves over goes to the other hosts by their people, or evenly where these are not known.
    """
    import polars as pl

    table = crisis["destination_shares"].filter(pl.col("place").is_in(hosts)).drop_nulls("share")
    if not table.height:
        return _by_people(crisis, hosts), "people living there (no earlier wave known)"
    group = table.sort("total", "date", nulls_last=False).tail(1).select("wave", "measure", "date")
    rows = table.join(group, on=["wave", "measure", "date"]).unique("place", keep="last", maintain_order=True)
    given = dict(rows.select("place", "share").iter_rows())
    share = np.array([given.get(host, 0.0) for host in hosts])
    others = np.array([host not in given for host in hosts])
    rest = max(0.0, 1.0 - float(share.sum()))
    if others.any() and rest > 0:
        weight = np.where(others, _by_people(crisis, hosts), 0.0)
        share = share + rest * (weight / weight.sum() if weight.sum() > 0 else others / others.sum())
    wave, measure, day = group.row(0)
    return share / share.sum(), f"wave of {wave}: {measure}, {day}"


def _by_people(crisis: Crisis, hosts: Sequence[str]) -> Floats:
    """Return hosts in proportion to the people living there; evenly unless known for all."""
    from forestall.displacement.exposure import latest_figures

    figures = latest_figures(crisis["population"], hosts)
    if len(figures) < len(hosts):
        return np.full(len(hosts), 1.0 / max(1, len(hosts)))
    people = np.array([figures[host][0] for host in hosts])
    return np.asarray(people / people.sum(), dtype=np.float64)


def dirichlet_shares(
    seed: int, draws: Ints, hosts: Sequence[str], expected: Floats, concentration: Floats
) -> Floats:
    """Return shares drawn around the expected ones, by draw and host.

    Gamma variates with shape ``concentration * expected``, divided by their sum; one uniform
    number per draw and host, so that another host leaves the others' variates as they are.
    """
    from scipy.special import gammaincinv

    if len(hosts) == 0:
        return np.zeros((len(draws), 0))
    shape = np.maximum(concentration[:, None] * expected[None, :], 1e-3)
    numbers = np.stack([uniforms(seed, "host share", draws, place=host) for host in hosts], axis=1)
    gamma = np.where(expected[None, :] > 0, gammaincinv(shape, numbers), 0.0)
    total = gamma.sum(axis=1, keepdims=True)
    return np.where(total > 0, gamma / np.where(total > 0, total, 1.0), expected[None, :])


def hours_between(network: Network, usable: Bools, starts: Sequence[int], ends: Sequence[int]) -> Floats:
    """Return free-flow hours from each start to each end; infinite where there is no way."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    if not len(starts) or not len(ends):
        return np.zeros((len(starts), len(ends)))
    size, chosen = len(network.places), np.flatnonzero(usable & (network.start != network.end))
    order = chosen[np.lexsort((network.hours[chosen], network.end[chosen], network.start[chosen]))]
    pair = network.start[order] * size + network.end[order]
    best = order[np.concatenate([[True], pair[1:] != pair[:-1]])] if len(order) else order
    graph = csr_array(
        (np.maximum(network.hours[best], 1 / 3600), (network.start[best], network.end[best])),
        shape=(size, size),
    )
    return np.asarray(dijkstra(graph, indices=np.asarray(starts))[:, np.asarray(ends)], dtype=np.float64)
