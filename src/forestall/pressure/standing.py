"""What each outsider could withhold from or give to each party, at what cost to itself, and what it did."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from forestall.action.actors import Register
from forestall.action.leverage import (
    NET,
    OUTSIDE,
    Ties,
    concentration_draws,
    net_leverage,
    share_range,
)
from forestall.action.responses import acts
from forestall.core.arrays import Floats
from forestall.core.random import uniforms
from forestall.crisis import Crisis
from forestall.options.act import ActOptions
from forestall.pressure.threats import (
    FEWEST,
    FROM_YEAR,
    ISSUE,
    Rate,
    cell_rate,
    load_cells,
    rate_of,
    read_counts,
    threat_rates,
)
from forestall.schema import frame

OLDEST = 10
"""Years for which a share stands in for that of the year asked about; its own year is always said."""
WIDER_A_YEAR = 0.1
"""Share of itself by which the range of a share widens at both ends for each year of age: an assumption."""
MAJOR_SHARE = 0.2
"""Share of a party's channel whose loss is taken as a major cost: an assumption, the record has no figure."""
ORGANISATIONS = ("organisation", "agency")
VERBS = {"verbal": "statement", "material": "act"}


@cache
def where_to_look() -> Mapping[str, str]:
    """Return where a user would find the share of each channel.

    Examples
    --------
    >>> "SIPRI" in where_to_look()["arms"]
    True
    """
    text = files("forestall.pressure").joinpath("where_to_look.csv").read_text(encoding="utf-8")
    return {row["channel"]: row["where"] for row in csv.DictReader(text.splitlines())}


@dataclass(frozen=True)
class Tie:
    """How much one actor depends on another in a channel, from the newest year known.

    Parameters
    ----------
    key : (actor, partner, channel, year)
        Which row.
    share, low, high : float
        Share of the actor's total with its range, 0-1.
    """

    key: tuple[str, str, str, int]
    share: float
    low: float
    high: float


def newest_tie(
    ties: Ties, actor: str, partner: str, channel: str, year: int, options: ActOptions
) -> Tie | None:
    """Return the newest known share of a year not after the one asked about, wider with age, or None."""
    for when in range(year, year - OLDEST - 1, -1):
        key = (actor, partner, channel, when)
        share = ties.share(*key)
        if share is not None:
            low, high = share_range(ties, key, options)
            stale = WIDER_A_YEAR * (year - when)
            return Tie(key, share, low * (1 - stale), min(1.0, high * (1 + stale)))
    return None


def pressure_tables(crisis: Crisis, options: ActOptions, year: int | None = None) -> dict[str, pl.DataFrame]:
    """Return who could press whom in a year, at what cost, what they did, and how such threats fared.

    Parameters
    ----------
    crisis : Crisis
        As known at a moment, or whole.
    options : ActOptions
        Draws, seed, errors of shares by confidence, kinds of event that are no acts.
    year : int, optional
        Year asked about; else that of the moment, else the last with a tie, else the last of the period.

    Returns
    -------
    dict of str to polars.DataFrame
        ``pressure_ties``, ``pressure_acts``, ``pressure_odds`` and ``pressure_rates``. A share that is not
        known is empty, with where it would be found: never nothing.
    """
    year = _year_of(crisis) if year is None else year
    ties, register = Ties.of(crisis["ties"]), Register(crisis["actors"])
    done = acts(crisis, options).filter(pl.col("date").dt.year() == year)
    pairs = list(_pairs(ties, register, done, year))
    rates = _rates_known(crisis)
    kinds = dict(crisis["actors"].select("actor", "kind").iter_rows())
    tied = [row for actor, party in pairs for row in _tie_rows(ties, actor, party, year, options)]
    held = dict.fromkeys((row["actor"], row["party"]) for row in tied)
    odds = [_odds_row(tied, kinds, actor, party, year) for actor, party in held] if rates.height else []
    return {
        "pressure_ties": frame("pressure_ties", tied),
        "pressure_acts": frame("pressure_acts", [_acts_row(done, *pair, year) for pair in pairs]),
        "pressure_odds": frame("pressure_odds", odds),
        "pressure_rates": frame("pressure_rates", rates.to_dicts()),
    }


def _year_of(crisis: Crisis) -> int:
    """Return the year of the moment; the last year with a tie, or of the period, where nothing is hidden."""
    if crisis.as_of is not None:
        return crisis.local_date().year
    last = crisis["ties"]["year"].max()
    return last if isinstance(last, int) else crisis.settings.period.end.year


def _rates_known(crisis: Crisis) -> pl.DataFrame:
    """Return the rates of threats, or none where the record was not published by the moment."""
    rates = threat_rates()
    early = crisis.as_of is not None and crisis.local_date().year < FROM_YEAR
    return rates.clear() if early else rates


def _pairs(ties: Ties, register: Register, done: pl.DataFrame, year: int) -> Iterator[tuple[str, str]]:
    """Yield outsider and party that a tie speaks of by the year, or of whom one acted on the other in it."""
    recent = range(year - OLDEST, year + 1)
    spoken = {pair for pair, found in ties.pairs.items() if any(when in recent for _, when in found)}
    acted = {frozenset((row["actor"], name)) for row in done.iter_rows(named=True) for name in row["targets"]}
    for party in register.with_role("party"):
        for actor in register.with_role(*OUTSIDE):
            if frozenset((actor, party)) in spoken | acted:
                yield actor, party


def _tie_rows(ties: Ties, actor: str, party: str, year: int, options: ActOptions) -> Iterator[dict[str, Any]]:
    """Yield a row per channel in which any row speaks of the two."""
    spoken = ties.pairs.get(frozenset((actor, party)), set())
    for channel in sorted({name for name, when in spoken if year - OLDEST <= when <= year}):
        yield _tie_row(ties, actor, party, channel, year, options)


def _tie_row(
    ties: Ties, actor: str, party: str, channel: str, year: int, options: ActOptions
) -> dict[str, Any]:
    """Return what an outsider holds over a party in one channel, and what it would lose."""
    held = newest_tie(ties, party, actor, channel, year, options)
    cost = newest_tie(ties, actor, party, channel, year, options)
    unknown = " and ".join(
        words for words, tie in ((f"{party} on {actor}", held), (f"{actor} on {party}", cost)) if tie is None
    )
    row = ties.rows[held.key] if held else None
    return {
        "actor": actor, "party": party, "channel": channel, "year": year,
        **_side("party_on_actor", held), **_side("actor_on_party", cost), **_net(ties, held, cost, options),
        "of_what": row["of_what"] if row else None, "flow": row["flow"] if row else None,
        "flow_unit": row["flow_unit"] if row else None, "source": row["source"] if row else None,
        "unknown": unknown, "where_to_look": where_to_look().get(channel) if unknown else None,
        "says": _tie_words(actor, party, channel, held, cost),
    }  # fmt: skip


def _side(name: str, tie: Tie | None) -> dict[str, Any]:
    """Return a share with its range and year as columns."""
    values = (None,) * 4 if tie is None else (tie.share, tie.low, tie.high, tie.key[3])
    return dict(zip((name, f"{name}_low", f"{name}_high", f"{name}_year"), values, strict=True))


def _net(ties: Ties, held: Tie | None, cost: Tie | None, options: ActOptions) -> dict[str, Any]:
    """Return net leverage with its 90 % interval, empty unless both shares are known."""
    if held is None or cost is None:
        return dict.fromkeys(NET)
    net = np.asarray(
        net_leverage(*_drawn(ties, held, options), *_drawn(ties, cost, options)), dtype=np.float64
    )
    found = np.quantile(net, list(NET.values()))
    return dict(zip(NET, map(float, found), strict=True))


def _drawn(ties: Ties, tie: Tie, options: ActOptions) -> tuple[Floats, Floats]:
    """Return draws of a share and of the concentration of that actor's partners."""
    actor, _, channel, year = tie.key
    unit = uniforms(options.seed, "leverage share", options.draws, place="|".join(map(str, tie.key)))
    shares = tie.low + (tie.high - tie.low) * unit
    return shares, concentration_draws(ties, actor, channel, year, options)


def _tie_words(actor: str, party: str, channel: str, held: Tie | None, cost: Tie | None) -> str:
    """Return one channel in words."""
    lose = (
        "what it would lose itself is not known"
        if cost is None
        else f"{actor} would lose {_share_words(cost)}"
    )
    if held is None:
        return f"{channel}: how much {party} depends on {actor} is not known; {lose}"
    return f"{channel}: {actor} could withhold {_share_words(held)}; {lose}"


def _share_words(tie: Tie) -> str:
    """Return a share with its range and year in words."""
    return f"{percent(tie.share)} ({percent(tie.low)} to {percent(tie.high)}, {tie.key[3]})"


def percent(share: float) -> str:
    """Return a share in per cent; a small one is never shown as nothing.

    Examples
    --------
    >>> percent(0.446), percent(0.0001), percent(0.0)
    ('45%', '<0.1%', '0%')
    """
    if 0 < share < 0.001:
        return "<0.1%"
    return f"{share:.1%}" if 0 < share < 0.095 else f"{share:.0%}"


def _acts_row(done: pl.DataFrame, actor: str, party: str, year: int) -> dict[str, Any]:
    """Return what an outsider said and did towards a party in the year."""
    own = done.filter((pl.col("actor") == actor) & pl.col("targets").list.contains(party)).sort(
        "date", "event"
    )
    counts = {form: own.filter(form=form).height for form in VERBS}
    sanctions = own.filter(kind="sanction").height
    last = own.row(-1, named=True) if own.height else None
    return {
        "actor": actor, "party": party, "year": year, "statements": counts["verbal"],
        "acts": counts["material"], "sanctions": sanctions,
        "events": "|".join(own["event"]) or None, "last_date": last["date"] if last else None,
        "last": last["description"] if last else None,
        "says": _acts_words(actor, party, own, sanctions),
    }  # fmt: skip


def _acts_words(actor: str, party: str, own: pl.DataFrame, sanctions: int) -> str:
    """Return what was said and done in words; what no row tells of is not known, never nothing."""
    if not own.height:
        return f"no row tells what {actor} said or did towards {party}"
    kinds = own.group_by("kind", "form").len().sort("kind", "form")
    named = ", ".join(f"{n} {kind} ({form})" for kind, form, n in kinds.iter_rows())
    return f"{named}; {'sanctions among them' if sanctions else 'no sanction or threat of one in the rows'}"


def _odds_row(
    tied: list[dict[str, Any]], kinds: Mapping[str, str], actor: str, party: str, year: int
) -> dict[str, Any]:
    """Return how often a threat of that kind over the use of force got at least part of what it asked."""
    own = [row for row in tied if row["actor"] == actor and row["party"] == party]
    cell = {"issue": ISSUE, "cost": _cost(own), "institution": _institution(kinds.get(actor, ""))}
    ally = any(row["channel"] == "security" for row in own)
    found, cells = cell_rate(load_cells(), cell), load_cells()
    pool = rate_of(int(cells["got"].sum()), int(cells["n"].sum()))
    firm = found if found.cases >= FEWEST else Rate(None, None, None, found.cases)
    return {
        "actor": actor, "party": party, "year": year, **cell, "ally": ally,
        "rate": firm.share, "low": firm.low, "high": firm.high, "n": firm.cases,
        "pooled": pool.share, "pooled_low": pool.low, "pooled_high": pool.high, "pooled_n": pool.cases,
        "ally_rate": _ally_rate(ally=ally).share, "ally_n": _ally_rate(ally=ally).cases,
        "says": _odds_words(firm, pool, cell),
    }  # fmt: skip


def _cost(own: list[dict[str, Any]]) -> str:
    """Return the class of cost to the party: that of the largest known share."""
    known = [row["party_on_actor"] for row in own if row["party_on_actor"] is not None]
    if not known:
        return "not coded"
    return "major" if max(known) >= MAJOR_SHARE else "minor"


def _institution(kind: str) -> str:
    """Return whether the sender is an organisation."""
    return "with an institution" if kind in ORGANISATIONS else "without an institution"


def _ally_rate(*, ally: bool) -> Rate:
    """Return the rate of threats between allies, or between others, whatever the issue."""
    level = "ally" if ally else "not an ally"
    row = read_counts("threat_rates.csv").filter(factor="ally", level=level).row(0, named=True)
    return rate_of(row["got"], row["n"])


def _odds_words(found: Rate, pool: Rate, cell: Mapping[str, str]) -> str:
    """Return the odds in words, with the pooled rate beside them."""
    kind = f"threats over the use of force, cost to the target {cell['cost']}, {cell['institution']}"
    got = found.in_words() if found.share is None else f"{found.in_words()} got at least part"
    return f"{kind}: {got}; all threats: {pool.in_words()}; no cause"
