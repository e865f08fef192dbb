"""Our own rules as an engine of the stage displace."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis
    from forestall.options.displace import DisplaceOptions


def tables(crisis: Crisis, options: DisplaceOptions) -> dict[str, pl.DataFrame]:
    """Return the result tables of a forecast under our own rules."""
    from forestall.displacement.assumptions import assumptions
    from forestall.displacement.forecast import make_forecast
    from forestall.displacement.results import tables_of
    from forestall.displacement.worlds import worlds, worlds_summary

    forecast = make_forecast(crisis, options)
    by_world = {"worlds": worlds(forecast), "worlds_summary": worlds_summary(forecast)}
    return {**tables_of(forecast), **by_world, "assumptions": assumptions(forecast)}


def compiling() -> bool:
    """Tell whether the next run has to compile its kernels first, which takes some seconds."""
    from forestall.displacement.movement import compiling as pending

    return pending()
