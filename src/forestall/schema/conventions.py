"""What all parts agree on: the name of all places together, which quantiles are shown, what is an event."""

ALL = "ALL"
"""Stands in a column of places, actors, channels or corridors for all of them together."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of the draws that tables of summaries hold."""
ENDS = (QUANTILES[0], QUANTILES[-1])
"""Ends of the 90 % band."""
BAND = (QUANTILES[0], 0.5, QUANTILES[-1])
"""The 90 % band with its median."""
EVENT_DEATHS = 25
"""Deaths in a month from which it counts as an event where nothing else is chosen; the number of UCDP
(Gleditsch et al. 2002, doi:10.1177/0022343302039005007), there of a year."""
MEDIAN = "median"
"""Name of the column of the median, where quantiles are columns."""


def column_of(quantile: float) -> str:
    """Return the name of the column of a quantile, where quantiles are columns.

    Examples
    --------
    >>> [column_of(q) for q in BAND]
    ['q05', 'q50', 'q95']
    """
    return f"q{quantile * 100:02.0f}"


def summary_columns(quantiles: tuple[float, ...] = QUANTILES, prefix: str = "") -> dict[str, float]:
    """Return the columns of a summary in one row, each with its quantile; the middle one is the median.

    Examples
    --------
    >>> summary_columns(BAND, "net_")
    {'net_q05': 0.05, 'net_median': 0.5, 'net_q95': 0.95}
    """
    return {prefix + (MEDIAN if q == BAND[1] else column_of(q)): q for q in quantiles}
