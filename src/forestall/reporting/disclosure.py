"""What may leave the machine: restricted tables are withheld unless the crisis may show its detail."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from forestall.schema import table_of

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis

DELAY = timedelta(days=365)
"""Detail may be public once the last day it speaks of lies that long back, and crisis.toml says so."""

SMALL, UNDER = 10, "under 10"
"""People from whom on a cell is shown, and what stands for fewer: a few in one place can be recognised."""

_SPEAKING = (("arrivals_summary", "at"), ("road_summary", "at"), ("gaps", "date"), ("presence", "date"))


def last_day_spoken_of(crisis: "Crisis") -> date:
    """Return the last day that the results speak of; the moment, or the period's end, where there are none.

    Examples
    --------
    >>> from forestall.crisis import open_crisis
    >>> last_day_spoken_of(open_crisis("karabakh-2023").at("2023-09-19")).isoformat()
    '2023-09-19'
    """
    import polars as pl

    days: list[date] = [
        crisis[table].select(pl.col(column).max().cast(pl.Date)).item()
        for table, column in _SPEAKING
        if table in crisis.tables and crisis.has(table)
    ]
    return max([*days, crisis.local_date() if crisis.as_of is not None else crisis.settings.period.end])


def may_show_detail(crisis: "Crisis", today: date | None = None, *, asked: bool | None = None) -> bool:
    """Return whether route- and site-level detail of a crisis may be public.

    Parameters
    ----------
    crisis : Crisis
        Its ``[report]`` section must say ``public_detail = true``.
    today : date, optional
        Day to judge at; today where it is not given.
    asked : bool, optional
        What stands in for the word of crisis.toml.
    """
    told = crisis.plan.report.public_detail
    old = last_day_spoken_of(crisis) + DELAY < (today or date.today())
    return (told if asked is None else asked) and old


def shown_tables(
    crisis: "Crisis", names: Iterable[str], today: date | None = None, *, detail: bool = False
) -> tuple[Mapping[str, "pl.DataFrame"], list[str]]:
    """Return the tables that may be shown, and the names of those withheld as restricted.

    Parameters
    ----------
    crisis : Crisis
        With its results.
    names : iterable of str
        Tables asked for.
    today : date, optional
        Day to judge at; today where it is not given.
    detail : bool
        Whether who asks may see detail whatever the public may.

    Examples
    --------
    >>> from forestall.crisis import open_crisis
    >>> shown_tables(open_crisis("karabakh-2023").at("2023-09-19"), ["outlook"])[1]
    []
    """
    there = [name for name in names if name in crisis]
    open_to_all = detail or may_show_detail(crisis, today)
    withheld = [n for n in there if not open_to_all and table_of(n).sensitivity == "restricted"]
    return {name: crisis[name] for name in there if name not in withheld}, withheld


def suppressed(name: str, rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """Return rows of a restricted table with no number of people between 0 and 10, and how many were hidden.

    Parameters
    ----------
    name : str
        Table; one that is public is returned as it is.
    rows : list of dict
        Its rows. 0 and what is not known stay as they are; a total less the other cells can still tell one.

    Examples
    --------
    >>> suppressed("arrivals_summary", [{"place": "A", "people": 4.0}, {"place": "B", "people": 40.0}])
    ([{'place': 'A', 'people': 'under 10'}, {'place': 'B', 'people': 40.0}], 1)
    """
    table = table_of(name)
    people = {column.name for column in table.columns if column.unit == "people"}
    if table.sensitivity != "restricted":
        return rows, 0
    made = [{key: _fit(value) if key in people else value for key, value in row.items()} for row in rows]
    return made, sum(one[key] is UNDER for one in made for key in people if key in one)


def _fit(value: Any) -> Any:
    """Return a number of people as a cell may show it."""
    return UNDER if isinstance(value, int | float) and 0 < value < SMALL else value
