"""How long a plan takes: 15 sites, 60 places, 200 draws, one item and four; CPU seconds and proven gap."""

from __future__ import annotations

import sys
import time

import numpy as np

from forestall.preparedness.decomposition import solve
from forestall.preparedness.programme import Programme
from forestall.preparedness.value import value_of

SITES, PLACES, DRAWS = 15, 60, 200


def instance(items: int, seed: int = 1) -> Programme:
    """Return a made-up problem: towns at random, one way of seven closed, violence in seven draws of ten."""
    rng = np.random.default_rng(seed)
    sites, places = rng.random((SITES, 2)), rng.random((PLACES, 2))
    far = np.hypot(*(sites[:, None] - places[None]).transpose(2, 0, 1))
    typical = rng.lognormal(0, 1, (items, PLACES)) * 100
    spread = rng.lognormal(0, 0.7, (DRAWS, 1, 1)) * rng.lognormal(0, 0.7, (DRAWS, items, PLACES))
    demand = typical * spread * (rng.random((DRAWS, 1, 1)) < 0.7)
    share = np.maximum(0, 1 - 1.2 * far) * (rng.random((DRAWS, items, SITES, PLACES)) > 0.15)
    mean = demand.sum(axis=2).mean(axis=0) * items
    whole = typical.sum() * 1.5
    return Programme(
        chance=np.full(DRAWS, 1 / DRAWS),
        loss=(demand.sum(axis=2) / mean).sum(axis=1),
        demand=demand,
        usable=demand[:, :, None, :] * (share > 0),
        benefit=share / mean[None, :, None, None],
        price=np.full(items, 0.8 / whole),
        bulk=np.ones(items),
        room=rng.uniform(0.1, 0.4, SITES) * whole,
        opening=rng.uniform(0.02, 0.06, SITES),
        budget=1.0,
        path=np.zeros((0, SITES, PLACES), dtype=bool),
        carry=np.zeros(0),
    )


def main() -> None:
    """Print what each plan took."""
    for items in (1, 4) if "--all" in sys.argv else (1,):
        problem = instance(items)
        start = time.process_time()
        plan = solve(problem, seconds=300)
        solved = time.process_time() - start
        line = f"{items} item(s): plan {solved:.1f} CPU s, proven gap {plan.gap:.4%}"
        if items == 1:
            value = value_of(problem, plan)
            worth = time.process_time() - start - solved
            line += (
                f"; value of the stochastic solution {value.of_stochastic_solution:.4f}, of perfect "
                f"information at most {value.of_perfect_information:.4f}, {worth:.1f} CPU s more"
            )
        print(line)


if __name__ == "__main__":
    main()
