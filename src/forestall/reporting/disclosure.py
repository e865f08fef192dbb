"""What may leave the machine: restricted tables are withheld unless the crisis may show its detail."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from forestall.schema import table_of

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis

DELAY = timedelta(days=365)
"""Detail of a crisis may be public once its period ended that long ago, and crisis.toml says so."""


def may_show_detail(crisis: "Crisis", today: date | None = None) -> bool:
    """Return whether route- and site-level detail of a crisis may be public.

    Parameters
    ----------
    crisis : Crisis
        Its ``[report]`` section must say ``public_detail = true``.
    today : date, optional
        Day to judge at; today where it is not given.
    """
    asked = bool(crisis.settings.options.get("report", {}).get("public_detail", False))
    return asked and crisis.settings.period.end + DELAY < (today or date.today())


def shown_tables(
    crisis: "Crisis", names: Iterable[str], today: date | None = None
) -> tuple[Mapping[str, "pl.DataFrame"], list[str]]:
    """Return the tables that may be shown, and the names of those withheld as restricted.

    Examples
    --------
    >>> from forestall.crisis import open_crisis
    >>> shown_tables(open_crisis("karabakh-2023").at("2023-09-19"), ["outlook"])[1]
    []
    """
    there = [name for name in names if name in crisis]
    open_to_all = may_show_detail(crisis, today)
    withheld = [n for n in there if not open_to_all and table_of(n).sensitivity == "restricted"]
    return {name: crisis[name] for name in there if name not in withheld}, withheld
