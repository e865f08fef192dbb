"""One state of the war, day by day: quiet, tension, under way, fading, over.

Signs (deaths, events, places that change hands) make spells of large-scale violence.  A later act
of violence never moves the beginning of a spell.  After the last sign a war goes on with a
probability that falls with each month *known* to be below the threshold, is held back by a
ceasefire, an agreement or the loss of every place, and over months that are not known yet only by
the base rate of how wars end:

    P(under way) = p x goes_on(k) x held_back x S(a + u) / S(a)
    S(t) = exp(-(t / scale)^shape)

with k known quiet months (goes_on counts from the first of them), u days not known, and a the age
of the war at its last sign.  A war begins with its first sign that is as strong as the strongest of
its first two weeks: small acts before a great one are tension.  Once goes_on(k) is below one half
the war is likelier over than not: what comes later is another war, and signs of tension count again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import exp
from typing import TYPE_CHECKING, Literal

from forestall.core.arrays import Floats
from forestall.core.moments import add_months
from forestall.war.parties import same
from forestall.war.rates import limit, value
from forestall.war.signs import DAY, UNLIKELY, Evidence, Sign, first_as_strong, read_evidence

if TYPE_CHECKING:
    import polars as pl

    from forestall.crisis import Crisis

State = Literal["quiet", "tension", "under way", "fading", "over", "not assessed"]
STATES: tuple[State, ...] = ("quiet", "tension", "under way", "fading", "over")
Kind = Literal["interstate", "intrastate", "any"]

STRONG = 0.5
"""Probability from which a sign makes a spell of its own."""
MONTH = 30
"""Days of a month of knowledge."""
LATEST = 12
"""Quiet months after which a war is over."""


@dataclass(frozen=True, slots=True)
class Spell:
    """One war: its signs merged, with the end that was agreed or forced after the last of them."""

    first: Sign
    last: date
    probability: float
    sides: tuple[str, ...] = ()
    end: tuple[date, str, str] | None = None
    months: int = 1
    pairs: tuple[tuple[str, ...], ...] = ()

    def goes_on(self, quiet: int) -> float:
        """Return the probability that it goes on after so many months known to be quiet."""
        case = "goes on after one month" if self.months == 1 else "goes on after more"
        return value(case, str(min(quiet, LATEST)))


@dataclass(frozen=True)
class War:
    """The state of a war at one moment.

    Parameters
    ----------
    state : str
        The likeliest of ``STATES``; "not assessed" where neither deaths nor events are known.
    since : date or None
        Day from which that state holds.
    began_from, began_until : datetime or None
        Earliest and latest moment at which large-scale violence began; None where no sign says so.
    event : str
        The event that marks the beginning; empty where deaths alone say so.
    probabilities : mapping of str to float
        Of each state; they sum to 1.
    rests_on : str
        What it rests on, in words.
    kind : {"interstate", "intrastate", "any"}
        Whose base rates of duration apply.
    age_days : float
        Days from the beginning to the moment; 0 where it has not begun.
    fought : Spell or None
        The last war known, over or not; None where none is.
    """

    state: State
    since: date | None
    began_from: datetime | None
    began_until: datetime | None
    event: str
    probabilities: Mapping[str, float]
    rests_on: str
    kind: Kind = "any"
    age_days: float = 0.0
    fought: Spell | None = None

    @property
    def begun(self) -> float:
        """Probability that large-scale violence has begun and the war is not over."""
        return self.probabilities.get("under way", 0.0) + self.probabilities.get("fading", 0.0)

    @property
    def has_begun(self) -> bool:
        """Whether it is likelier than not that it has begun and is not over."""
        return self.begun > STRONG

    def end_chance(self, days: float) -> float:
        """Return the probability that a war that is under way ends within so many days.

        Examples
        --------
        >>> war = War("under way", None, None, None, "", {"under way": 1.0}, "", "interstate", 10.0)
        >>> round(war.end_chance(30), 2)
        0.22
        """
        return 1 - survival(self.age_days + days, self.kind) / survival(self.age_days, self.kind)

    def draw_began(self, positions: Floats, moment: datetime) -> Floats:
        """Return hours from a moment to the beginning, negative before it.

        Parameters
        ----------
        positions : array of float, shape (draws,)
            Uniform numbers from 0 to 1.
        moment : datetime
            The moment of knowledge.
        """
        import numpy as np

        if self.began_from is None or self.began_until is None:
            return np.full(len(positions), np.nan)
        start, width = self.began_from - moment, self.began_until - self.began_from
        return np.asarray(start.total_seconds() / 3600 + width.total_seconds() / 3600 * positions)

    def draw_days_left(self, goes_on: Floats, positions: Floats) -> Floats:
        """Return the days from the moment to the end of a war that has begun, 0 where it has ended.

        Parameters
        ----------
        goes_on, positions : array of float, shape (draws,)
            Uniform numbers from 0 to 1: whether it still goes on, and for how long.
        """
        import numpy as np

        under = self.probabilities.get("under way", 0.0) / self.begun if self.begun else 0.0
        shape, scale = value("shape", self.kind), value("scale", self.kind)
        spent = (self.age_days / scale) ** shape
        left = scale * (spent - np.log1p(-np.minimum(positions, 1 - 1e-12))) ** (1 / shape) - self.age_days
        return np.where(goes_on < under, left, 0.0)


def survival(days: float, kind: Kind = "any") -> float:
    """Return the share of wars that last longer than so many days, by base rates.

    Examples
    --------
    >>> round(survival(365, "intrastate"), 2)
    0.47
    """
    return exp(-((max(days, 0.0) / value("scale", kind)) ** value("shape", kind)))


def spells_of(evidence: Evidence) -> list[Spell]:
    """Return the wars that the strong signs make, in order of time.

    Two signs belong to one war unless an end and 90 days, a year, or so many months known to be
    quiet lie between them that the war was likelier over than not.
    """
    groups: list[list[Sign]] = []
    for sign in evidence.signs:
        if sign.probability < STRONG:
            continue
        if groups and _is_one_war(groups[-1], sign, evidence):
            groups[-1].append(sign)
        else:
            groups.append([sign])
    return [_spell(group, evidence) for group in groups]


def _is_one_war(group: Sequence[Sign], sign: Sign, evidence: Evidence) -> bool:
    last = max(s.last for s in group)
    ended = any(last <= day < sign.first for day, _, _ in evidence.ends)
    if (sign.first - last).days > limit("apart after an end" if ended else "apart"):
        return False
    quiet, _ = known_quiet(evidence, last, sign.first - DAY)
    return Spell(group[0], last, 1.0, months=_months(group)).goes_on(quiet) >= STRONG


def _months(group: Sequence[Sign]) -> int:
    """Return in how many calendar months the signs lie."""
    return len({day.replace(day=1) for sign in group for day in (sign.first, sign.last)})


def _spell(group: Sequence[Sign], evidence: Evidence) -> Spell:
    """Return the war of some signs; it begins with the first, by the event of that day where one is known."""
    last = max(sign.last for sign in group)
    near = [sign for sign in group if (sign.first - group[0].first).days <= limit("corroboration")]
    first = near[first_as_strong(near)]
    named = [sign for sign in group if sign.event and first.first <= sign.first <= first.last]
    begin = named[0] if named and not first.event else first
    sides = tuple(dict.fromkeys(side for sign in group for side in sign.sides))
    start = Sign(first.first, first.last, first.probability, begin.event, sides, begin.begun_until)
    last = _extended(evidence, sides, last)
    ends = [end for end in evidence.ends if last <= end[0]]
    taken = _taken(evidence, sides, first.first, last)
    end = next(iter(ends), None)
    if taken is not None:
        end = (taken, "taken", "")
        last = min(last, max(taken, first.first)) if taken >= last else last
    pairs = tuple(dict.fromkeys(sign.sides for sign in group if sign.sides))
    return Spell(start, last, max(sign.probability for sign in group), sides, end, _months(group), pairs)


def _extended(evidence: Evidence, sides: Sequence[str], last: date) -> date:
    """Return the last day, moved by acts between the sides of the war that concern others too."""
    for sign in evidence.beside:
        near = (sign.first - last).days <= limit("apart after an end")
        if sign.first > last and near and any(same(a, b) for a in sign.sides for b in sides):
            last = sign.last
    return last


def _taken(evidence: Evidence, sides: Sequence[str], since: date, last: date) -> date | None:
    """Return the day on which a side of the war lost the last place it held, or None."""
    until = last + limit("apart after an end") * DAY
    for holder, count in evidence.held_now.items():
        days = [day for day, before in evidence.losses if before == holder and day >= since]
        lost = count == 0 and days and max(days) <= until
        if lost and any(same(holder, side) for side in sides):
            return max(days)
    return None


def war_on(evidence: Evidence, spells: Sequence[Spell], day: date, kind: Kind = "any") -> dict[str, float]:
    """Return the probability of each state on one day.

    Parameters
    ----------
    evidence : Evidence
        What is known.
    spells : sequence of Spell
        The wars it makes.
    day : date
        The day; later signs of the same war are known to belong to it.
    kind : str
        Whose base rates of duration apply.
    """
    chances = {str(state): 0.0 for state in STATES}
    spell = next((s for s in reversed(spells) if s.first.first <= day), None)
    if spell is not None:
        _place(chances, spell, evidence, day, kind)
    weak = max((s.probability for s in evidence.signs if _is_fresh(s, day)), default=0.0)
    chances["under way"] = max(chances["under way"], weak * (1 - chances["fading"]))
    tense = any(day - limit("tension") * DAY <= when <= day for when, _ in evidence.tensions)
    if tense and spell is not None and _is_past(spell, evidence, day):
        chances["over"] = chances["fading"] = chances["under way"] = 0.0
    rest = max(0.0, 1 - sum(chances.values()))
    chances["tension" if tense else "quiet"] += rest
    total = sum(chances.values())
    return {state: chance / total for state, chance in chances.items()}


def _is_past(spell: Spell, evidence: Evidence, day: date) -> bool:
    """Return whether the war is so long ago that signs of tension speak of what may come next."""
    since = (day - spell.last).days
    if spell.end is not None and spell.end[0] <= day:
        return since > limit("apart after an end")
    return since > limit("apart") or spell.goes_on(known_quiet(evidence, spell.last, day)[0]) < STRONG


def _is_fresh(sign: Sign, day: date) -> bool:
    return 0 <= (day - sign.first).days < MONTH and sign.probability < STRONG


def _place(chances: dict[str, float], spell: Spell, evidence: Evidence, day: date, kind: Kind) -> None:
    """Share the probability of one war among under way, fading and over."""
    p, since = spell.probability, (day - spell.last).days
    if since <= 0:
        chances["under way"] = p
        return
    quiet, unknown = known_quiet(evidence, spell.last, day)
    age = (spell.last - spell.first.first).days + 1
    known = spell.goes_on(quiet) if quiet else 1.0
    on = known * survival(age + unknown, kind) / survival(age, kind)
    ended = spell.end is not None and spell.end[0] <= day
    if spell.end is not None and ended:
        on *= value("holds back", spell.end[1])
    over = (
        quiet >= LATEST
        or (since > limit("apart") and on < UNLIKELY)
        or (ended and spell.end is not None and spell.end[1] == "taken")
    )
    if since > limit("apart") + limit("remembered"):
        return
    chances["under way"] = p * on
    chances["over" if over else "fading"] = p * (1 - on)


def known_quiet(evidence: Evidence, last: date, day: date) -> tuple[int, int]:
    """Return how many months since a day are known to be quiet, and how many days are not known.

    A month of 30 days is known where deaths of every calendar month it touches are known and below
    the threshold, or where events were written down in it and it is likelier than not that none of
    its acts of violence was large-scale.
    """
    blocks = [
        (last + (MONTH * step + 1) * DAY, last + MONTH * (step + 1) * DAY)
        for step in range((day - last).days // MONTH)
    ]
    quiet = min(sum(_is_quiet(evidence, first, end) for first, end in blocks[: 3 * LATEST]), LATEST)
    return quiet, (day - last).days - quiet * MONTH if quiet < LATEST else 0


def _is_quiet(evidence: Evidence, first: date, end: date) -> bool:
    months = {first.replace(day=1), end.replace(day=1)}
    deaths = [evidence.months.get(month) for month in months]
    if all(figure is not None and figure < limit("deaths") for figure in deaths):
        return True
    seen = any(first <= day <= end for day in evidence.event_days)
    small = 1.0
    for act in evidence.acts:
        small *= 1.0 - act.probability if first <= act.day <= end else 1.0
    return seen and small > STRONG


def read_war(crisis: Crisis, names: Sequence[str] = ()) -> War:
    """Return the state of the war at the moment of knowledge.

    Parameters
    ----------
    crisis : Crisis
        At its moment; reads ``deaths``, ``events``, ``control`` and ``actors``.
    names : sequence of str
        Sides and places that are concerned; none = the crisis as a whole.

    Returns
    -------
    War

    Examples
    --------
    >>> from forestall.crisis import open_crisis
    >>> read_war(open_crisis("karabakh-2023").at("2020-10-05")).state
    'under way'
    """
    evidence = read_evidence(crisis, names)
    if not evidence.months and not evidence.event_days:
        return War("not assessed", None, None, None, "", {}, "neither deaths nor events are known")
    spells = spells_of(evidence)
    today = crisis.local_date()
    kind = _kind(crisis, spells)
    chances = war_on(evidence, spells, today, kind)
    state = likeliest(chances)
    begun = chances["under way"] + chances["fading"] > 0
    beginning = _beginning(evidence, spells, today) if begun else None
    first = beginning.first if beginning else None
    start, until = moments_of(beginning, crisis) if beginning else (None, None)
    since = _since(evidence, spells, today, kind, state)
    age = float((today - first).days + 1) if first else 0.0
    event = beginning.event if beginning else ""
    last = spells[-1] if spells else None
    return War(state, since, start, until, event, chances, rests_on(evidence), kind, age, last)


def _beginning(evidence: Evidence, spells: Sequence[Spell], today: date) -> Sign | None:
    """Return the first sign of the war that may go on: of the last spell, else the first fresh weak sign."""
    if spells and not _is_past(spells[-1], evidence, today):
        return spells[-1].first
    return next((sign for sign in evidence.signs if _is_fresh(sign, today)), None)


def moments_of(sign: Sign, crisis: Crisis) -> tuple[datetime, datetime]:
    """Return the earliest and latest moment of a beginning."""
    start = datetime.combine(sign.first, time(), crisis.zone).astimezone(UTC)
    if sign.begun_until is not None:
        return start, max(start, sign.begun_until)
    end = datetime.combine(add_months(sign.first.replace(day=1), 1), time(), crisis.zone).astimezone(UTC)
    return start, min(end, crisis.moment)


def likeliest(chances: Mapping[str, float]) -> State:
    """Return the likeliest state; among equals the graver one comes first."""
    order: tuple[State, ...] = ("under way", "fading", "tension", "over", "quiet")
    return max(order, key=lambda state: chances[state])


def _since(evidence: Evidence, spells: Sequence[Spell], today: date, kind: Kind, state: State) -> date:
    """Return the day from which the state holds, looked for as far back as wars are remembered."""
    if state == "under way" and spells and spells[-1].last >= today - limit("apart") * DAY:
        return spells[-1].first.first
    day = today
    for _ in range(limit("remembered")):
        if likeliest(war_on(evidence, spells, day - DAY, kind)) != state:
            return day
        day -= DAY
    return day


def _kind(crisis: Crisis, spells: Sequence[Spell]) -> Kind:
    """Return whether the last war is one between states in any of its acts, within one, or not known."""
    actors = crisis["actors"].select("name", "kind").iter_rows()
    states = [(name, kind == "state") for name, kind in actors]
    if not spells or not states:
        return "any"
    kinds = [
        [is_state for side in pair for name, is_state in states if same(name, side)]
        for pair in spells[-1].pairs or (spells[-1].sides,)
    ]
    known = [found for found in kinds if len(found) >= len(("one side", "the other"))]
    if not known:
        return "any"
    return "interstate" if any(all(found) for found in known) else "intrastate"


def rests_on(evidence: Evidence) -> str:
    """Return in words what the state rests on."""
    words = []
    if evidence.months:
        words.append(f"deaths by month to {max(evidence.months).strftime('%B %Y')}")
    if evidence.acts:
        without = sum(act.deaths is None and act.step is None for act in evidence.acts)
        words.append(f"{len(evidence.acts)} acts of violence, {without} of them without deaths or step")
    elif evidence.event_days:
        words.append("events, none of them an act of violence")
    if evidence.losses:
        words.append("places that changed hands")
    return "; ".join(words)


def war_days(crisis: Crisis, days: int = 366, names: Sequence[str] = ()) -> pl.DataFrame:
    """Return the state of the war on each of the last days, as known at the moment.

    Parameters
    ----------
    crisis : Crisis
        At its moment.
    days : int
        How many days, the last of them the day of the moment.
    names : sequence of str
        Sides and places that are concerned; none = the crisis as a whole.

    Returns
    -------
    polars.DataFrame
        One row per day: date, state, the probability of each state, and the event that marks the
        beginning of the war.
    """
    import polars as pl

    evidence = read_evidence(crisis, names)
    schema = {"date": pl.Date, "state": pl.String, **dict.fromkeys(COLUMNS, pl.Float64), "event": pl.String}
    if not evidence.months and not evidence.event_days:
        return pl.DataFrame(schema=schema)
    spells = spells_of(evidence)
    kind = _kind(crisis, spells)
    return pl.DataFrame(list(_rows(evidence, spells, crisis.local_date(), days, kind)), schema=schema)


COLUMNS = tuple(state.replace(" ", "_") for state in STATES)
"""Names of the columns of probabilities."""


def _rows(
    evidence: Evidence, spells: Sequence[Spell], today: date, days: int, kind: Kind
) -> Iterator[dict[str, object]]:
    for back in range(days - 1, -1, -1):
        day = today - timedelta(days=back)
        chances = war_on(evidence, spells, day, kind)
        state = likeliest(chances)
        spell = next((s for s in reversed(spells) if s.first.first <= day), None)
        event = spell.first.event if spell and state in ("under way", "fading") else ""
        shares = {name: chances[of] for name, of in zip(COLUMNS, STATES, strict=True)}
        yield {"date": day, "state": state, **shares, "event": event or None}
