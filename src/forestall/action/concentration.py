"""How hard a partner is to replace: concentration of an actor's partners in a channel."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Partners:
    """What is known of an actor's partners in one channel and year.

    Parameters
    ----------
    shares : dict of str to float
        Known shares by partner, 0-1.
    concentration : float or None
        Herfindahl index where a source gives one.
    """

    shares: dict[str, float]
    concentration: float | None = None

    @property
    def rest(self) -> float:
        """The share that no row accounts for."""
        return max(0.0, 1.0 - sum(self.shares.values()))

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest Herfindahl index that the known shares allow.

        The rest may be spread over many partners (nothing is added) or be one partner:
        sum(s^2) <= H <= sum(s^2) + rest^2.

        Examples
        --------
        >>> Partners({"A": 0.6, "B": 0.3}).bounds
        (0.45, 0.46)
        """
        if self.concentration is not None:
            return self.concentration, self.concentration
        known = sum(share**2 for share in self.shares.values())
        return round(known, 12), round(known + self.rest**2, 12)


def partners_of(ties: pl.DataFrame) -> dict[tuple[str, str, int], Partners]:
    """Return the partners of every actor, channel and year.

    Parameters
    ----------
    ties : polars.DataFrame
        One row per actor, partner, channel and year.

    Returns
    -------
    dict
        By (actor, channel, year). Only rows with a known share count; shares of different
        totals (``of_what``) are kept apart, and the total with most partners is taken.
    """
    found: dict[tuple[str, str, int], Partners] = {}
    groups = ties.group_by(["actor", "channel", "year", "of_what"], maintain_order=True)
    for (actor, channel, year, _), rows in groups:
        known = rows.filter(pl.col("share").is_not_null())
        given = rows["concentration"].drop_nulls()
        key = (str(actor), str(channel), int(str(year)))
        shares = dict(known.select("partner", "share").iter_rows())
        partners = Partners(shares, float(given[-1]) if len(given) else None)
        if key not in found or len(shares) > len(found[key].shares):
            found[key] = partners
    return found
