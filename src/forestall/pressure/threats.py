"""How often threats and sanctions got at least part of what they asked, on public records.

The tables ``threat_rates.csv`` and ``threat_cells.csv`` are counts made by
``tools/make_pressure_rates.py``, which names the records and their papers. A case got what it asked where
the target gave in, in part or whole, or settled by talks. Nothing here is a cause: senders choose the
cases in which they threaten, and most records end in 2005.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from forestall.scoring.intervals import beta_interval, jeffreys_interval

FEWEST = 10
"""Fewest cases for a rate."""
PRIOR_CASES = 40.0
"""Cases by which a cell is drawn to the pooled rate; chosen before the later cases were looked at."""
CELL = ("issue", "cost", "institution")
ISSUE = "use of force"
"""What is asked of a party here: to use no force, to leave land, to end support of an armed group."""
FROM_YEAR = 2014
"""Year in which the record of all cases to 2005 was published; before it there is no rate."""


def read_counts(name: str) -> pl.DataFrame:
    """Return a table of counts beside this file."""
    return pl.read_csv(files("forestall.pressure").joinpath(name).read_bytes())


@cache
def load_cells() -> pl.DataFrame:
    """Return the counts by cell, and by the years before which cases began and ended.

    Examples
    --------
    >>> int(load_cells()["n"].sum()), int(load_cells()["got"].sum())
    (1024, 576)
    """
    return read_counts("threat_cells.csv")


@dataclass(frozen=True)
class Rate:
    """A share of cases with its interval, or none where there are too few.

    Parameters
    ----------
    share, low, high : float or None
        Share that got at least part of what was asked, with its 90 % interval, 0-1.
    cases : int
        Cases of exactly that kind.
    """

    share: float | None
    low: float | None
    high: float | None
    cases: int

    def in_words(self) -> str:
        """Return the rate in words.

        Examples
        --------
        >>> Rate(None, None, None, 4).in_words()
        'too few cases (n = 4)'
        """
        if self.share is None:
            return f"too few cases (n = {self.cases})"
        return f"{self.share:.0%} ({self.low:.0%} to {self.high:.0%}; n = {self.cases})"


def rate_of(got: int, cases: int) -> Rate:
    """Return a plain rate with its Jeffreys interval.

    Examples
    --------
    >>> rate_of(54, 105).in_words()
    '51% (43% to 59%; n = 105)'
    """
    if cases < FEWEST:
        return Rate(None, None, None, cases)
    return Rate(got / cases, *jeffreys_interval(got, cases), cases)


def threat_rates() -> pl.DataFrame:
    """Return the rates by record, factor and level.

    Returns
    -------
    polars.DataFrame
        The table ``pressure_rates``: ``n``, ``got``, ``rate`` with interval, and ``rate_if_uncoded_failed``,
        the rate if every case without a coded outcome got nothing.

    Examples
    --------
    >>> pooled = threat_rates().row(0, named=True)
    >>> round(pooled["rate"], 3), round(pooled["rate_if_uncoded_failed"], 3)
    (0.562, 0.408)
    """
    rows = [_with_rate(row) for row in read_counts("threat_rates.csv").iter_rows(named=True)]
    return pl.DataFrame(rows, infer_schema_length=None)


def _with_rate(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return counts with their rate."""
    found, every = rate_of(row["got"], row["n"]), row["n"] + row["uncoded"]
    floor = row["got"] / every if found.share is not None else None
    figures = {"rate": found.share, "low": found.low, "high": found.high, "rate_if_uncoded_failed": floor}
    return {**row, **figures, "says": found.in_words()}


def cell_rate(cells: pl.DataFrame, cell: Mapping[str, str]) -> Rate:
    """Return the rate of one kind of threat, drawn to the pooled rate by forty cases.

    Parameters
    ----------
    cells : polars.DataFrame
        Counts, as of :func:`load_cells`.
    cell : mapping
        ``issue``, ``cost`` (what it would cost the target), ``institution``.

    References
    ----------
    Efron, B. and Morris, C. (1975), Data analysis using Stein's estimator and its generalizations,
    Journal of the American Statistical Association 70:311-319, https://doi.org/10.2307/2285814

    Examples
    --------
    >>> kind = {"issue": "use of force", "cost": "major", "institution": "with an institution"}
    >>> 0.55 < cell_rate(load_cells(), kind).share < 0.7
    True
    """
    pool = int(cells["got"].sum()) / int(cells["n"].sum())
    own = cells.filter(*(pl.col(name) == cell[name] for name in CELL))
    cases, got = int(own["n"].sum()), int(own["got"].sum())
    alpha, beta = got + PRIOR_CASES * pool, cases - got + PRIOR_CASES * (1 - pool)
    return Rate(alpha / (alpha + beta), *beta_interval(alpha, beta), cases)
