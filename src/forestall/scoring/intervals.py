"""Intervals for few events: Jeffreys and the rule of three."""

from __future__ import annotations


def jeffreys_interval(events: float, trials: float, level: float = 0.9) -> tuple[float, float]:
    """Give the Jeffreys interval of a share.

    The ends are quantiles of Beta(events + 1/2, trials - events + 1/2); with no event the
    low end is 0, with nothing but events the high end is 1, without a trial it is (0, 1).

    Parameters
    ----------
    events
        Number of events.
    trials
        Number of trials, at least ``events``.
    level
        Coverage, for example 0.9.

    References
    ----------
    Brown, L. D., Cai, T. T. and DasGupta, A. (2001), Interval estimation for a binomial
    proportion, Statistical Science 16(2):101-133, https://doi.org/10.1214/ss/1009213286

    Examples
    --------
    >>> low, high = jeffreys_interval(0, 36)
    >>> low, round(high, 3)
    (0.0, 0.052)
    """
    if trials <= 0:
        return 0.0, 1.0
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    shape = events + 0.5, trials - events + 0.5
    low = 0.0 if events <= 0 else float(betaincinv(*shape, tail))
    high = 1.0 if events >= trials else float(betaincinv(*shape, 1 - tail))
    return low, high


def rule_of_three(trials: float) -> float:
    """Give the 95 % upper limit of a share after no event in so many trials: 3 / trials.

    Parameters
    ----------
    trials
        Number of trials without an event.

    References
    ----------
    Hanley, J. A. and Lippman-Hand, A. (1983), If nothing goes wrong, is everything all
    right?, JAMA 249(13):1743-1745, https://doi.org/10.1001/jama.1983.03330370053031

    Examples
    --------
    >>> rule_of_three(60)
    0.05
    """
    return min(1.0, 3 / trials) if trials > 0 else 1.0


def beta_interval(alpha: float, beta: float, level: float = 0.9) -> tuple[float, float]:
    """Give the central interval of a Beta distribution.

    Parameters
    ----------
    alpha, beta
        Shape, above 0.
    level
        Probability inside.

    Examples
    --------
    >>> [round(end, 2) for end in beta_interval(1, 1)]
    [0.05, 0.95]
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    return float(betaincinv(alpha, beta, tail)), float(betaincinv(alpha, beta, 1 - tail))
