"""What a section may look at: the crisis at its moment, and apart from it what was known only later."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

import polars as pl

from forestall.core.moments import end_of_day
from forestall.crisis import Crisis
from forestall.options.report import ReportOptions
from forestall.reporting.disclosure import may_show_detail
from forestall.reporting.writing import UNKNOWN, day, listed, moment
from forestall.schema.conventions import ALL, QUANTILES, column_of
from forestall.warning.countries import country_name

ARMS = ("unconditional", "if it happens")
"""The two ways in which results are given; they are never mixed."""


@dataclass(frozen=True, eq=False)
class Desk:
    """The tables of one brief.

    Parameters
    ----------
    crisis : Crisis
        The crisis with the results of its stages, as known at its moment.
    outcome : Crisis or None
        The whole crisis; only its observed rows are read, and always marked "known only later".
    options : ReportOptions
        What may be shown.
    today : date
        Day on which the brief is made; it decides only whether detail may be public.
    """

    crisis: Crisis
    outcome: Crisis | None = None
    options: ReportOptions = field(default_factory=ReportOptions)
    today: date = date.max

    def __post_init__(self) -> None:
        """Read the outcome with what came later: here it is shown, and marked."""
        object.__setattr__(self, "crisis", self.crisis.everything())
        if self.outcome is not None:
            object.__setattr__(self, "outcome", self.outcome.everything())

    @property
    def zone(self) -> ZoneInfo:
        """Zone of the crisis."""
        return self.crisis.zone

    @property
    def moment(self) -> datetime | None:
        """Moment of the replay, in UTC; None when every row is used."""
        return self.crisis.as_of

    @cached_property
    def detail(self) -> bool:
        """Whether detail below the first admin level may be shown."""
        return may_show_detail(self.crisis, self.today, asked=self.options.public_detail)

    @cached_property
    def replay(self) -> bool:
        """Whether anything is recorded that became known only after the moment."""
        tables = self.outcome.tables if self.outcome is not None else ()
        return any(self.later(table).height > 0 for table in tables)

    def frame(self, table: str) -> pl.DataFrame:
        """Return a table; an absent one is an empty frame."""
        return self.crisis[table] if self.has(table) else pl.DataFrame()

    def has(self, table: str) -> bool:
        """Return whether a table is there and holds rows."""
        return table in self.crisis.tables and self.crisis.has(table)

    def later(self, table: str) -> pl.DataFrame:
        """Return the rows of an observed table that became known after the moment."""
        if self.outcome is None or self.moment is None or table not in self.outcome.tables:
            return pl.DataFrame()
        frame = self.outcome[table]
        return (
            frame.filter(pl.col("known_at") > self.moment) if "known_at" in frame.columns else pl.DataFrame()
        )

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of places, corridors, actors and triggers by their id."""
        out = {ALL: "All places together"}
        for table, key, name in (("places", "place", "name"), ("actors", "actor", "name")):
            if self.has(table):
                out.update(dict(self.frame(table).select(key, name).iter_rows()))
        return out

    def name(self, key: str | None) -> str:
        """Return the name of a place or actor; an id without a name stays itself."""
        if key is None:
            return UNKNOWN
        if key in self.names:
            return self.names[key]
        if "|" in key:
            return listed([self.name(part) for part in key.split("|")])
        return country_name(key) if len(key) == 3 and key.isupper() else key

    @cached_property
    def publishers(self) -> dict[str, str]:
        """Publishers of sources by their id."""
        if not self.has("sources"):
            return {}
        return dict(self.frame("sources").select("source", "publisher").iter_rows())

    @cached_property
    def corridors(self) -> dict[str, str]:
        """Names of corridors: from where to where."""
        if not self.has("corridors"):
            return {}
        rows = self.frame("corridors").select("corridor", "from_place", "to_place").iter_rows()
        return {key: f"{self.name(start)} to {self.name(end)}" for key, start, end in rows}

    @cached_property
    def entry(self) -> str | None:
        """Place where arrivals are counted, as far as the tables tell."""
        given = self.crisis.plan.displace.counted_at
        known = (
            self.frame("arrivals_summary")["place"].unique()
            if self.has("arrivals_summary")
            else pl.Series([])
        )
        if given in known:
            return str(given)
        return ALL if ALL in known else None

    def arm(self, table: str, arm: str) -> pl.DataFrame:
        """Return the rows of one arm."""
        frame = self.frame(table)
        return frame.filter(pl.col("arm") == arm) if "arm" in frame.columns else frame

    def day(self, value: date | datetime | None) -> str:
        """Return a day as written."""
        return day(value.astimezone(self.zone) if isinstance(value, datetime) else value)

    def when(self, value: datetime | None, *, year: bool = True) -> str:
        """Return a moment as written, in the zone of the crisis."""
        return moment(value, self.zone, year=year)

    @property
    def now(self) -> datetime:
        """The moment of the brief, or the end of the period when every row is used."""
        if self.moment is not None:
            return self.moment
        return end_of_day(self.crisis.settings.period.end, self.zone)


def quantile(frame: pl.DataFrame, value: float) -> pl.DataFrame:
    """Return the rows of one quantile.

    Examples
    --------
    >>> quantile(pl.DataFrame({"quantile": [0.05, 0.5], "people": [1, 2]}), 0.5)["people"].to_list()
    [2]
    """
    return frame.filter((pl.col("quantile") - value).abs() < 1e-6)


def wide(frame: pl.DataFrame, keys: list[str], value: str) -> pl.DataFrame:
    """Return one row per key with the quantiles as columns q05, q25, q50, q75, q95.

    Examples
    --------
    >>> frame = pl.DataFrame({"place": ["a", "a"], "quantile": [0.05, 0.5], "people": [1.0, 2.0]})
    >>> wide(frame, ["place"], "people").row(0)
    ('a', 1.0, None, 2.0, None, None)
    """
    near = (pl.col("quantile") * 100).round().cast(pl.Int64)
    columns = [pl.col(value).filter(near == round(q * 100)).first().alias(column_of(q)) for q in QUANTILES]
    return frame.group_by(keys, maintain_order=True).agg(columns)


def arms_apart(desk: Desk, table: str) -> list[str]:
    """Return the arms of a table, "if it happens" last; that one alone where both say the same."""
    frames = {arm: desk.arm(table, arm).drop("arm") for arm in ARMS}
    first, last = ARMS
    if frames[first].equals(frames[last]):
        return [last]
    return [arm for arm in ARMS if frames[arm].height]
