"""The reference model Flee 3, whole: its folders, its rules for whole cohorts, its scores, its output file.

Only learning imports it, for its reader: displace finds it in the table of engines, the command line in
its list of modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis
    from forestall.options.displace import DisplaceOptions


def tables(crisis: Crisis, options: DisplaceOptions) -> dict[str, pl.DataFrame]:
    """Return the result tables of a run under the peer's rules."""
    from forestall.flee.engine import simulate_flee

    return simulate_flee(crisis, rules=options.rules, draws=options.draws, seed=options.seed)


def compiling() -> bool:
    """Tell whether the next run has to compile its kernel first, which takes some seconds."""
    from forestall.flee.engine.simulate import compiling as pending

    return pending()
