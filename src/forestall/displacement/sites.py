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

from forestall.displacement.cohorts import Clock, Homes, Keys, Reception, State, compiled, due_step
from forestall.displacement.sampling import binomial, cell_state, multinomial


@compiled
def come_in(here: State, t: int) -> None:
    """Let people who were on the way from reception arrive at their hosts."""
    for host in range(here.hosted.shape[0]):
        here.hosted[host] += here.onward[host, t]
        here.at_host[host] += here.onward[host, t]


@compiled
def leaving_site(reception: Reception, clock: Clock, here: State, keys: Keys, draw: int, site: int, t: int) -> int:
    """Return how many leave a place of first reception in this step."""
    chance = 1.0 - math.exp(-clock.hours[t] / reception.stay_hours[draw])
    cell = cell_state(keys.onward, keys.draws[draw], reception.number[site], 2 * t)
    people, _ = binomial(here.at_site[site], chance, cell)
    limit = reception.site_limit[site]
    if limit >= 0:
        guests = here.coming[site] if reception.last_stop == 1 else 0
        people = max(people, min(here.at_site[site], here.at_site[site] + guests - limit))
    return int(people)


@compiled
def room_at(reception: Reception, here: State, host: int) -> int:
    """Return how many more people a host can take; a very large number where no limit is known."""
    if reception.host_limit[host] < 0:
        return 1 << 60
    taken = here.coming[host] + (here.at_site[host] if reception.last_stop == 1 else 0)
    return int(max(reception.host_limit[host] - taken, 0))


@compiled
def go_on(reception: Reception, clock: Clock, here: State, keys: Keys, draw: int, t: int) -> None:
    """Send people from first reception on to hosts that have room."""
    hosts = here.hosted.shape[0]
    if hosts == 0:
        return
    weight, split = np.zeros(hosts), np.zeros(hosts, dtype=np.int64)
    for site in range(here.at_site.shape[0]):
        if here.at_site[site] == 0:
            continue
        leaving = leaving_site(reception, clock, here, keys, draw, site, t)
        some = False
        for host in range(hosts):
            full = room_at(reception, here, host) == 0
            weight[host] = 0.0 if full else reception.host_share[draw, host] * reception.nearness[site, host]
            some = some or weight[host] > 0.0
        if leaving == 0 or not some:
            continue
        cell = cell_state(keys.onward, keys.draws[draw], reception.number[site], 2 * t + 1)
        multinomial(leaving, weight, split, cell)
        for host in range(hosts):
            people = min(split[host], room_at(reception, here, host))
            due = due_step(clock, t, reception.delay[0, site, host], reception.delay[1, site, host])
            here.at_site[site] -= people
            here.coming[host] += people
            if due == t:
                here.hosted[host] += people
                here.at_host[host] += people
            elif due < here.onward.shape[1]:
                here.onward[host, due] += people


@compiled
def go_back(reception: Reception, homes: Homes, clock: Clock, here: State, keys: Keys, draw: int, t: int) -> None:
    """Let people return home from hosts and reception once return has begun."""
    if clock.start[t] < reception.return_from[draw]:
        return
    chance = 1.0 - math.exp(-reception.return_rate[draw] * clock.hours[t])
    weight, split = np.zeros(here.left.shape[0]), np.zeros(here.left.shape[0], dtype=np.int64)
    for origin in range(weight.shape[0]):
        weight[origin] = here.left[origin] - here.back[origin]
    people = 0
    for host in range(here.at_host.shape[0]):
        cell = cell_state(keys.back, keys.draws[draw], host, 2 * t)
        some, _ = binomial(here.at_host[host], chance, cell)
        here.at_host[host] -= some
        here.coming[host] -= some
        people += some
    if people > 0:
        multinomial(people, weight, split, cell_state(keys.back, keys.draws[draw], 0, 2 * t + 1))
        for origin in range(weight.shape[0]):
            here.back[origin] += split[origin]
