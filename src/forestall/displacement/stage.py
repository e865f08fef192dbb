"""The stage displace: outlook, people and roads -> who flees, where to, by which road, when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forestall.engines import engine_of
from forestall.options.displace import DisplaceOptions

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis


def displace(crisis: Crisis, options: DisplaceOptions) -> dict[str, pl.DataFrame]:
    """Forecast displacement at the moment of knowledge of a crisis.

    Parameters
    ----------
    crisis : Crisis
        With its moment of knowledge and, unless violence has started, the outlook of ``warn``.
    options : DisplaceOptions
        Options of the stage; ``rules`` chooses the list of rules that people move by.

    Returns
    -------
    dict of str to polars.DataFrame
        Result tables of the stage.

    Raises
    ------
    CrisisError
        With all findings where the tables cannot be used.
    """
    return dict(engine_of(options.rules).load().tables(crisis, options))
