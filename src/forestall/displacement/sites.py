"""Reception and what follows: limits of sites, the way on to hosts, and return.

People stay at first reception for a mean number of hours and then go on to hosts, spread by the
shares of an earlier wave.  The shares are drawn around it (Dirichlet distribution; [1]_).  Above
its limit a site passes people on at once; a host that is full takes nobody, and if all are full
people stay, above the limit, where they are: nobody is turned back or lost.

References
----------
.. [1] Johnson, N. L., Kotz, S., Balakrishnan, N. (2000). Continuous Multivariate Distributions,
   volume 1, chapter 49. Wiley. doi:10.1002/0471722065
"""

from __future__ import annotations

import math

import numpy as np

from forestall.core.arrays import Counts, Floats, Hashes, Ints
from forestall.core.kernels import compiled, inlined
from forestall.core.sampling import binomial, cell_state, multinomial

NO_LIMIT = 1 << 60


@compiled
def come_in(onward: Counts, hosted: Ints, at_host: Ints, t: int) -> None:
    """Let people who were on the way from reception arrive at their hosts."""
    for d in range(hosted.shape[0]):
        for host in range(hosted.shape[1]):
            hosted[d, host] += onward[t, d, host]
            at_host[d, host] += onward[t, d, host]


@inlined
def room_at(limit: int, coming: int, at_site: int) -> int:
    """Return how many more people a host can take; a very large number where no limit is known."""
    return NO_LIMIT if limit < 0 else max(limit - coming - at_site, 0)


@compiled
def go_on(
    at_site: Ints,
    coming: Ints,
    hosted: Ints,
    at_host: Ints,
    onward: Counts,
    due_at: Ints,
    stay_hours: Floats,
    host_share: Floats,
    nearness: Floats,
    site_limit: Ints,
    host_limit: Ints,
    last_stop: bool,
    weight: Floats,
    split: Ints,
    hours: float,
    key: np.uint64,
    draws: Ints,
    number: Hashes,
    t: int,
) -> None:
    """Send people from first reception on to hosts that have room."""
    for d in range(at_site.shape[0]):
        for site in range(at_site.shape[1]):
            there = at_site[d, site]
            if there == 0:
                continue
            chance = 1.0 - math.exp(-hours / stay_hours[d])
            leaving, _ = binomial(there, chance, cell_state(key, draws[d], number[site], 2 * t))
            if site_limit[site] >= 0:
                guests = coming[d, site] if last_stop else 0
                leaving = max(leaving, min(there, there + guests - site_limit[site]))
            possible = 0.0
            for host in range(weight.shape[0]):
                room = room_at(host_limit[host], coming[d, host], at_site[d, host] if last_stop else 0)
                weight[host] = host_share[d, host] * nearness[site, host] if room > 0 else 0.0
                possible += weight[host]
            if leaving <= 0 or possible <= 0.0:
                continue
            multinomial(leaving, weight, split, cell_state(key, draws[d], number[site], 2 * t + 1))
            for host in range(weight.shape[0]):
                people = min(
                    split[host],
                    room_at(host_limit[host], coming[d, host], at_site[d, host] if last_stop else 0),
                )
                at_site[d, site] -= people
                coming[d, host] += people
                if due_at[site, host] == t:
                    hosted[d, host] += people
                    at_host[d, host] += people
                elif due_at[site, host] < onward.shape[0]:
                    onward[due_at[site, host], d, host] += people


@compiled
def go_back(
    at_host: Ints,
    coming: Ints,
    left: Ints,
    back: Ints,
    returning: Floats,
    weight: Floats,
    split: Ints,
    key: np.uint64,
    draws: Ints,
    t: int,
) -> None:
    """Let people return home from hosts; ``returning`` is the chance in this step by draw."""
    for d in range(at_host.shape[0]):
        if returning[d] <= 0.0:
            continue
        people = 0
        for host in range(at_host.shape[1]):
            some, _ = binomial(at_host[d, host], returning[d], cell_state(key, draws[d], host, 2 * t))
            at_host[d, host] -= some
            coming[d, host] -= some
            people += some
        if people > 0:
            for origin in range(weight.shape[0]):
                weight[origin] = left[d, origin] - back[d, origin]
            multinomial(people, weight, split, cell_state(key, draws[d], 0, 2 * t + 1))
            for origin in range(weight.shape[0]):
                back[d, origin] += split[origin]
