"""Which months a release of UCDP speaks of, and when it becomes public."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from forestall.core.moments import add_months, months_between

FIRST_MONTH = date(1989, 1, 1)
RELEASE_DAY = 20
"""Day of the following month on which candidate events are public at the latest."""

_MONTHLY = re.compile(r"v?(\d{2})[._]0[._](\d{1,2})(?!\d)")
_SPAN = re.compile(r"v?(\d{2})[._](\d{2})[._](\d{2})[._](\d{2})(?!\d)")
_ANNUAL = re.compile(r"ged(?:event)?_?v?(\d{2})[._]?1(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Release:
    """One release: its vintage, the months it states, the day it became public, its source.

    A whole release states every event of its months, so that a month without one is a zero.
    """

    vintage: str
    first: date
    last: date
    published: date
    source: str
    whole: bool = True

    @property
    def months(self) -> list[date]:
        """The months it states completely, by their first days."""
        return [add_months(self.first, i) for i in range(months_between(self.first, self.last) + 1)]


def release_of(name: str) -> Release | None:
    """Read the release from the name of a file, or return None.

    Monthly and quarterly candidate releases carry their months in the name; the yearly release of
    year Y states all months up to December of the year before and is public by the end of June.

    References
    ----------
    Hegre, H., Croicu, M., Eck, K. and Hogbladh, S. (2020), Introducing the UCDP Candidate Events
    Dataset, Research & Politics 7(3), https://doi.org/10.1177/2053168020935257

    Examples
    --------
    >>> release_of("GEDEvent_v26_0_8.csv").published
    datetime.date(2026, 9, 20)
    >>> release_of("ged251-csv.csv").last
    datetime.date(2024, 12, 1)
    """
    if match := _SPAN.search(name):
        first, last = (_month(match[i], match[i + 1]) for i in (1, 3))
        return _candidate(f"{match[1]}.{match[2]}-{match[3]}.{match[4]}", first, last)
    if match := _MONTHLY.search(name):
        month = _month(match[1], match[2])
        return _candidate(f"{match[1]}.0.{int(match[2])}", month, month)
    if match := _ANNUAL.search(name):
        year = 2000 + int(match[1])
        return Release(
            f"UCDP GED {match[1]}.1", FIRST_MONTH, date(year - 1, 12, 1), date(year, 6, 30), "ucdp-ged"
        )
    return None


def _candidate(version: str, first: date | None, last: date | None) -> Release | None:
    if first is None or last is None or last < first:
        return None
    published = add_months(last, 1).replace(day=RELEASE_DAY)
    return Release(f"UCDP candidate {version}", first, last, published, "ucdp-candidate")


def _month(year: str, month: str) -> date | None:
    return date(2000 + int(year), int(month), 1) if 1 <= int(month) <= 12 else None
