"""What events say of the months that deaths do not cover yet, and of what comes next in a war.

Deaths of a month are released weeks after its end.  Acts of violence known since the last month
of deaths enter as the probability that the month has, or will have, as many deaths as make an
event; the months that follow by the base rate of how wars end.  Without such acts nothing changes:
the model has learnt from deaths how wars go on.

    P'(month) = q + (1 - q) P(month),   q = P(large and in the country), or P(under way) x share
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.war.parties import same
from forestall.war.rates import limit, load_rates, value
from forestall.war.signs import Act, Evidence, read_evidence
from forestall.war.state import STRONG, Kind, Spell, War, read_war, spells_of, survival
from forestall.warning.months import first_day, month_id

if TYPE_CHECKING:
    from forestall.crisis import Crisis

SURELY = 0.97
"""Probability that an attack is located in the country of the places of the side attacked."""
ENOUGH = 50
"""Draws with an event from which a model's own sizes are taken."""
MIDDLE = timedelta(days=15)
WINDOWS = (1, 3, 6, 12)
TOGETHER = 0.9
"""How much the months of one war depend on one another in draws (judged): it lasts or ends as one."""


@dataclass(frozen=True)
class News:
    """Acts of violence that deaths do not cover yet, and the war they belong to.

    Parameters
    ----------
    acts : tuple of Act
        Acts later than the last month of deaths, with the probability that each was large.
    war : War
        The state at the moment.
    spell : Spell or None
        The war that goes on or ended last.
    located : mapping of str to float
        Probability that an event of this war lies in a country, by ISO3 code.
    today : date
        Day of the moment.
    steps : tuple of str
        Steps of the ladder taken lately, as rates name them.
    """

    acts: tuple[Act, ...]
    war: War
    spell: Spell | None
    located: Mapping[str, float]
    today: date
    steps: tuple[str, ...] = ()

    def chance(self, country: str, month: int) -> float:
        """Return the probability by events alone that a month has an event in a country.

        Parameters
        ----------
        country : str
            ISO3 code.
        month : int
            Number of the month.
        """
        within = [act.probability for act in self.acts if month_id(act.day) == month]
        now = max(within, default=0.0)
        under = self.war.probabilities.get("under way", 0.0) if self._is_news else 0.0
        ahead = max((first_day(month) + MIDDLE - self.today).days, 0)
        age = self.war.age_days
        on = under * survival(age + ahead, self.war.kind) / survival(age, self.war.kind)
        return self.located.get(country, 0.0) * max(now, on * value("inside", "month"))

    @property
    def _is_news(self) -> bool:
        return max((act.probability for act in self.acts), default=0.0) >= STRONG

    def words(self, country: str) -> str:
        """Return in words what is new for a country; empty where nothing is."""
        located = self.located.get(country, 0.0)
        if not self.acts or not located:
            return ""
        act = max(self.acts, key=lambda act: act.probability)
        return (
            f"acts of violence since the last month of deaths count: {len(self.acts)}, the gravest "
            f"{act.event} of {act.day:%d %B %Y}, large-scale by {act.probability:.0%}, its deaths in this "
            f"country by {located:.0%}"
        )


def read_news(crisis: Crisis, countries: Sequence[str], last_known: int) -> News:
    """Return what events say beyond the last known month of deaths.

    Parameters
    ----------
    crisis : Crisis
        At its moment.
    countries : sequence of str
        ISO3 codes to warn for.
    last_known : int
        Number of the last month with deaths known; 0 = none.
    """
    evidence = read_evidence(crisis)
    spells = spells_of(evidence)
    fresh = tuple(act for act in evidence.acts if month_id(act.day) > last_known and act.probability > 0)
    recent = tuple(act for act in fresh if (crisis.local_date() - act.day).days <= MIDDLE.days * 12)
    located = {country: _located(crisis, evidence, recent, country, countries) for country in countries}
    spell = spells[-1] if spells else None
    steps = _steps(crisis, evidence)
    return News(recent, read_war(crisis), spell, located, crisis.local_date(), steps)


def _steps(crisis: Crisis, evidence: Evidence) -> tuple[str, ...]:
    """Return the steps of the ladder among the signs of tension of the last weeks, the gravest first."""
    since = crisis.local_date() - timedelta(days=limit("tension"))
    lately = [event for day, event in evidence.tensions if event and day >= since]
    rows = crisis["events"].filter(pl.col("event").is_in(lately)).select("kind", "step").iter_rows()
    rated = {at for rate, at in load_rates() if rate == "escalates"}
    found = {step if step in rated else kind for kind, step in rows} & rated
    return tuple(sorted(found, key=lambda step: (-value("escalates", step), step)))


def _located(
    crisis: Crisis, evidence: Evidence, acts: Sequence[Act], country: str, countries: Sequence[str]
) -> float:
    """Return the probability that an event lies in a country.

    It surely does where the side attacked holds places there; else by the share of the months with
    an event so far that had one in this country, with one such month added as a prior.
    """
    if len(countries) == 1:
        return 1.0
    gravest = max(acts, key=lambda act: act.probability, default=None)
    attacked = _countries_of(crisis, gravest.sides[1:]) if gravest else set()
    if attacked & set(countries):
        return SURELY if country in attacked else _share(crisis, evidence, country, prior=0.0)
    return _share(crisis, evidence, country, prior=1.0)


def _share(crisis: Crisis, evidence: Evidence, country: str, prior: float) -> float:
    deaths = crisis["deaths"].filter((pl.col("period") == "month") & pl.col("best").is_not_null())
    with_event = [month for month, sum_ in evidence.months.items() if sum_ >= value("limit", "deaths")]
    own = (
        deaths.filter((pl.col("where") == country) & pl.col("start").is_in(with_event))
        .sort("known_at", "vintage")
        .group_by("start", "violence", maintain_order=True)
        .last()
        .group_by("start")
        .agg(pl.col("best").sum())
    )
    hits = own.filter(pl.col("best") >= value("limit", "deaths")).height
    return min(1.0, (hits + prior) / (len(with_event) + 1))


def _countries_of(crisis: Crisis, sides: Sequence[str]) -> set[str]:
    """Return the countries of the places that sides hold, or of actors of that name."""
    held = crisis.status("control").join(crisis["places"].select("place", "country"), on="place", how="left")
    places = {
        country
        for holder, country in held.select("held_by", "country").iter_rows()
        if country and any(same(holder, side) for side in sides)
    }
    if places:
        return places
    actors = crisis["actors"].filter(pl.col("iso3").is_not_null()).select("name", "iso3").iter_rows()
    return {iso3 for name, iso3 in actors if any(same(name, side) for side in sides)}


def draws_with_news(draws: Floats, chance: float, event_deaths: int) -> Floats:
    """Mix draws of a month's deaths with draws of a month with an event.

    Parameters
    ----------
    draws : array of float, shape (draws,)
        Draws of the model.
    chance : float
        Share to replace by months with an event.
    event_deaths : int
        Deaths from which a month counts as an event.

    Examples
    --------
    >>> mixed = draws_with_news(np.zeros(1000), 0.9, 25)
    >>> float(np.mean(mixed >= 25))
    0.9
    """
    count = round(chance * len(draws))
    if count <= 0:
        return draws
    own = np.sort(draws)
    kept = np.quantile(own, (np.arange(len(own) - count) + 0.5) / max(len(own) - count, 1), method="nearest")
    large = own[own >= event_deaths]
    levels = (np.arange(count) + 0.5) / count
    sizes = np.quantile(large, levels, method="nearest") if len(large) >= ENOUGH else _sizes(levels)
    return np.sort(np.concatenate([kept, np.maximum(np.round(sizes), event_deaths)]))


def _sizes(levels: Floats) -> Floats:
    """Return quantiles of the deaths of the first month of a war, by base rates."""
    rows = sorted((float(at), row.value) for (rate, at), row in load_rates().items() if rate == "size")
    known, deaths = np.array(rows).T
    return np.asarray(np.exp(np.interp(levels, known, np.log(deaths))))


def interval_with_news(interval: tuple[float, float], chance: float) -> tuple[float, float]:
    """Widen the interval of a chance by the range of the base rate behind the news."""
    rate = load_rates()["large", "offensive"]
    low = chance * (rate.low or rate.value) / rate.value
    high = min(chance * (rate.high or rate.value) / rate.value, 1.0)
    return low + (1 - low) * interval[0], high + (1 - high) * interval[1]


def next_rows(news: News) -> list[dict[str, object]]:
    """Return the odds of what comes next in a war that has begun: its end, and fighting again after it.

    Parameters
    ----------
    news : News
        With the war at the moment.

    Returns
    -------
    list of dict
        Rows of the table ``war_next``; none where it is quiet.
    """
    war, spell = news.war, news.spell
    if war.state == "tension":
        return [_escalation_row(news.steps[0])] if news.steps else []
    if spell is None or war.state not in ("under way", "fading", "over"):
        return []
    rows = [_end_row(war, days) for days in (7, 30, 90, 365)] if war.state == "under way" else []
    return [*rows, *(_again_row(spell, months, news.today) for months in WINDOWS)]


def _escalation_row(step: str) -> dict[str, object]:
    """Return the odds that a tension turns to serious fighting, by the gravest step taken lately."""
    rate = load_rates()["escalates", step]
    return {
        "what": "serious fighting begins",
        "within_days": limit("escalation"),
        "p": rate.value,
        "p_low": rate.low,
        "p_high": rate.high,
        "rests_on": f"a step of the last {limit('tension')} days: {step}. {rate.source}",
    }


def _end_row(war: War, days: int) -> dict[str, object]:
    kind: Kind = war.kind
    words = f"wars of this age and kind ({kind}): {load_rates()['shape', kind].source}"
    return {
        "what": "it ends",
        "within_days": days,
        "p": war.end_chance(days),
        "p_low": None,
        "p_high": None,
    } | {"rests_on": words}


def _again_row(spell: Spell, months: int, today: date) -> dict[str, object]:
    """Return the odds that fighting comes again after it has stopped: a second offensive stands apart."""
    case = "again after one month" if spell.months == 1 else "again after more"
    rate = load_rates()[case, str(months)]
    ended = spell.end is not None and spell.end[0] <= today
    held = load_rates()["holds back", spell.end[1]] if ended and spell.end is not None else None
    factor = (held.value, held.low or 0.0, held.high or 1.0) if held else (1.0, 1.0, 1.0)
    figures = [
        min(f * r, 1.0) for f, r in zip(factor, (rate.value, rate.low or 0.0, rate.high or 1.0), strict=True)
    ]
    return {
        "what": "fighting again after it has stopped",
        "within_days": round(months * 30.4),
        **dict(zip(("p", "p_low", "p_high"), figures, strict=True)),
        "rests_on": rate.source + (f"; times {held.value:g} ({held.basis}): {held.source}" if held else ""),
    }
