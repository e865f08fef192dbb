"""What an outside actor can withhold from a party, less what it would itself lose."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forestall.action.actors import Register
from forestall.action.concentration import Partners, partners_of
from forestall.action.ties import known_ties
from forestall.core.arrays import Floats
from forestall.core.random import uniforms
from forestall.crisis import Crisis
from forestall.options.act import ActOptions
from forestall.schema import frame
from forestall.schema.conventions import ALL, BAND, summary_columns

OUTSIDE = ("outside", "guarantor")
NET = summary_columns(BAND, "net_")


def net_leverage(
    party_on_actor: Floats | float,
    party_concentration: Floats | float,
    actor_on_party: Floats | float,
    actor_concentration: Floats | float,
) -> Floats | float:
    """Return net leverage of actor i over party j in one channel.

    net = d_ji H_j - d_ij H_i: what i can withhold from j, less what i would lose. d is the share
    of the dependent side's total, H the concentration of its partners.

    Parameters
    ----------
    party_on_actor, actor_on_party : float or array, shape (draws,)
        Shares d_ji and d_ij, 0-1.
    party_concentration, actor_concentration : float or array, shape (draws,)
        Herfindahl indices H_j and H_i, 0-1.

    References
    ----------
    Hirschman, A. O. (1945), National Power and the Structure of Foreign Trade, University of
    California Press, chapters 2 and 4.

    Examples
    --------
    >>> round(net_leverage(0.6, 0.52, 0.1, 0.2), 3)
    0.292
    """
    return party_on_actor * party_concentration - actor_on_party * actor_concentration


@dataclass(frozen=True)
class Ties:
    """The ties known at the moment, with what they say of each actor's partners."""

    rows: Mapping[tuple[str, str, str, int], Mapping[str, Any]]
    partners: Mapping[tuple[str, str, int], Partners]
    pairs: Mapping[frozenset[str], set[tuple[str, int]]]
    in_play: Mapping[tuple[str, int], set[str]]

    @classmethod
    def of(cls, table: pl.DataFrame) -> "Ties":
        """Return the ties of a table ``ties``."""
        known = known_ties(table)
        key = ("actor", "partner", "channel", "year")
        rows = {tuple(row[name] for name in key): row for row in known.iter_rows(named=True)}
        pairs: dict[frozenset[str], set[tuple[str, int]]] = {}
        in_play: dict[tuple[str, int], set[str]] = {}
        for actor, partner, channel, year in rows:
            pairs.setdefault(frozenset((actor, partner)), set()).add((channel, year))
            for one in (actor, partner):
                in_play.setdefault((one, year), set()).add(channel)
        return cls(rows, partners_of(known), pairs, in_play)

    def share(self, actor: str, partner: str, channel: str, year: int) -> float | None:
        """Return how much an actor depends on a partner; None = not known.

        Where a source gives only a low and a high figure, their middle stands for it.
        """
        row = self.rows.get((actor, partner, channel, year))
        if row is None:
            return None
        bounded = row["low"] is not None and row["high"] is not None
        middle = (row["low"] + row["high"]) / 2 if bounded else None
        return middle if row["share"] is None else float(row["share"])

    def speaks_of(self, actor: str, party: str, channels: Sequence[str], year: int | None) -> bool:
        """Return whether any row, known or not, ties two actors; a pair without one is not assessed.

        Parameters
        ----------
        actor, party : str
            The two, in either order.
        channels : sequence of str
            Channels that count.
        year : int or None
            Year; None = any.
        """
        spoken = self.pairs.get(frozenset((actor, party)), set())
        return any(channel in channels and year in (None, when) for channel, when in spoken)

    def channels(self, party: str, year: int) -> list[str]:
        """Return the channels in play: those with any row, known or not, of a party in a year."""
        return sorted(self.in_play.get((party, year), set()))

    def years(self, party: str) -> list[int]:
        """Return the years in which a party has a tie."""
        return sorted({year for actor, year in self.in_play if actor == party})

    def concentration(self, actor: str, channel: str, year: int) -> tuple[float, float]:
        """Return the bounds of the Herfindahl index of an actor's partners; 0-1 where nothing is known."""
        return self.partners.get((actor, channel, year), Partners({})).bounds


def share_draws(ties: Ties, key: tuple[str, str, str, int], options: ActOptions) -> Floats:
    """Return draws of how much an actor depends on a partner.

    Between the low and high figure where a source gives them; else the figure give or take
    ``share_error`` for its confidence; where the share is not known, anything from nothing to
    what the known partners leave over.

    Parameters
    ----------
    ties : Ties
        The ties.
    key : (actor, partner, channel, year)
        Which tie.
    options : ActOptions
        Seed, draws and errors by confidence.
    """
    low, high = share_range(ties, key, options)
    unit = uniforms(options.seed, "leverage share", options.draws, place="|".join(map(str, key)))
    return low + (high - low) * unit


def share_range(ties: Ties, key: tuple[str, str, str, int], options: ActOptions) -> tuple[float, float]:
    """Return the range of a share: low and high figure, or the error of its confidence."""
    actor, _, channel, year = key
    share = ties.share(*key)
    if share is None:
        return 0.0, ties.partners.get((actor, channel, year), Partners({})).rest
    row = ties.rows[key]
    error = options.share_error[row["confidence"]] * share
    low = share - error if row["low"] is None else float(row["low"])
    high = share + error if row["high"] is None else float(row["high"])
    return max(0.0, low), min(1.0, high)


def concentration_draws(ties: Ties, actor: str, channel: str, year: int, options: ActOptions) -> Floats:
    """Return draws of a Herfindahl index, even between the bounds the known shares allow."""
    low, high = ties.concentration(actor, channel, year)
    unit = uniforms(options.seed, "leverage concentration", options.draws, place=f"{actor}|{channel}|{year}")
    return low + (high - low) * unit


def channel_net(ties: Ties, actor: str, party: str, channel: str, year: int, options: ActOptions) -> Floats:
    """Return draws of net leverage in one channel, shape (draws,)."""
    net = net_leverage(
        share_draws(ties, (party, actor, channel, year), options),
        concentration_draws(ties, party, channel, year, options),
        share_draws(ties, (actor, party, channel, year), options),
        concentration_draws(ties, actor, channel, year, options),
    )
    return np.asarray(net)


def channel_weights(channels: Sequence[str], options: ActOptions) -> Floats:
    """Return weights of channels, each draw adding up to 1: Dirichlet(1, ..., 1), shape (draws, channels).

    What a channel weighs against another is not known; every mix is as likely as any other.
    Exponential numbers over their sum are Dirichlet.

    Parameters
    ----------
    channels : sequence of str
        Channels in play.
    options : ActOptions
        Seed and draws.

    References
    ----------
    Devroye, L. (1986), Non-Uniform Random Variate Generation, Springer, chapter XI.4.
    doi:10.1007/978-1-4613-8643-8

    Examples
    --------
    >>> channel_weights(["arms", "trade"], ActOptions(draws=10)).sum(axis=1).round(9).tolist()[:2]
    [1.0, 1.0]
    """
    drawn = [uniforms(options.seed, "channel weight", options.draws, place=name) for name in channels]
    exponential = -np.log(np.stack(drawn, axis=1))
    return np.asarray(exponential / exponential.sum(axis=1, keepdims=True))


def leverage_tables(crisis: Crisis, options: ActOptions) -> dict[str, pl.DataFrame]:
    """Return leverage by channel, and ranks over all channels.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    options : ActOptions
        Year, draws, seed, errors, and the share of unknown ties up to which an actor is ranked.

    Returns
    -------
    dict
        The tables ``leverage`` and ``leverage_ranks``. A tie that is not known is never nothing:
        its net is empty, and an actor with too many of them is listed unranked with the count.
    """
    ties, register = Ties.of(crisis["ties"]), Register(crisis["actors"])
    # Of two that rank alike the first by name counts, whatever the order of rows.
    outside = sorted(register.with_role(*OUTSIDE))
    by_channel: list[dict[str, Any]] = []
    ranks: list[dict[str, Any]] = []
    for party in register.with_role("party"):
        for year in _years(ties, party, options):
            by_channel += _channel_rows(ties, outside, party, year, options)
            channels = ties.channels(party, year)
            for scope, chosen in {ALL: channels, **{name: [name] for name in channels}}.items():
                ranks += _rank_rows(ties, outside, party, year, scope, chosen, options)
    return {
        "leverage": frame("leverage", by_channel).sort("actor", "party", "channel", "year"),
        "leverage_ranks": frame("leverage_ranks", ranks).sort("actor", "party", "year", "channel"),
    }


def _years(ties: Ties, party: str, options: ActOptions) -> list[int]:
    """Return the years asked for in which a party has a tie."""
    return [year for year in ties.years(party) if options.year in (None, year)]


def _channel_rows(
    ties: Ties, outside: Sequence[str], party: str, year: int, options: ActOptions
) -> Iterator[dict[str, Any]]:
    """Return leverage by channel where the table has a row on the pair, known or not."""
    for actor in outside:
        for channel in ties.channels(party, year):
            pair = {(party, actor, channel, year), (actor, party, channel, year)}
            if pair & set(ties.rows):
                yield _channel_row(ties, actor, party, channel, year, options)


def _channel_row(
    ties: Ties, actor: str, party: str, channel: str, year: int, options: ActOptions
) -> dict[str, Any]:
    """Return leverage in one channel; the net is empty unless both ties are known."""
    party_on_actor = ties.share(party, actor, channel, year)
    actor_on_party = ties.share(actor, party, channel, year)
    sides = {f"{party} on {actor}": party_on_actor, f"{actor} on {party}": actor_on_party}
    unknown = " and ".join(name for name, share in sides.items() if share is None)
    net: dict[str, Any] = dict.fromkeys(NET)
    if not unknown:
        net = _quantiles(channel_net(ties, actor, party, channel, year, options))
    bounds = (*ties.concentration(party, channel, year), *ties.concentration(actor, channel, year))
    names = [f"{side}_concentration_{end}" for side in ("party", "actor") for end in ("low", "high")]
    return {
        "actor": actor, "party": party, "channel": channel, "year": year,
        "party_on_actor": party_on_actor, "actor_on_party": actor_on_party,
        **dict(zip(names, bounds, strict=True)), **net, "unknown": unknown,
    }  # fmt: skip


def _quantiles(values: Floats) -> dict[str, float]:
    """Return median and 90 % interval of draws."""
    return {name: float(np.quantile(values, level)) for name, level in NET.items()}


def _rank_rows(
    ties: Ties,
    outside: Sequence[str],
    party: str,
    year: int,
    scope: str,
    channels: Sequence[str],
    options: ActOptions,
) -> list[dict[str, Any]]:
    """Return the ranks of the outside actors tied to one party in one year, over some channels."""
    when = None if scope == ALL else year
    outside = [actor for actor in outside if ties.speaks_of(actor, party, channels, when)]
    unknown = {actor: _unknown_ties(ties, actor, party, channels, year) for actor in outside}
    count = 2 * len(channels)
    ranked = [actor for actor in outside if unknown[actor] <= options.ranked_unknown * count]
    weights = channel_weights(channels, options)
    values = [_weighted(ties, actor, party, channels, year, weights, options) for actor in ranked]
    held = dict(zip(ranked, rank_shares(values), strict=True))
    drawn = dict(zip(ranked, values, strict=True))
    rows = []
    for actor in outside:
        rank, share = held.get(actor, (None, None))
        ties_of = (unknown[actor], count)
        net = _quantiles(drawn[actor]) if actor in drawn else dict.fromkeys(NET)
        says = _words(actor, ties_of, (rank, share), len(ranked), channels)
        rows.append({
            "actor": actor, "party": party, "year": year, "channel": scope,
            "ties": count, "unknown_ties": unknown[actor],
            "ranked": actor in held, **net, "rank": rank, "rank_share": share, "of_ranked": len(ranked),
            "says": says,
        })  # fmt: skip
    return rows


def _unknown_ties(ties: Ties, actor: str, party: str, channels: Sequence[str], year: int) -> int:
    """Count the ties between an actor and a party, both ways, that are not known."""
    pairs = [pair for c in channels for pair in ((party, actor, c, year), (actor, party, c, year))]
    return sum(ties.share(*pair) is None for pair in pairs)


def _weighted(
    ties: Ties,
    actor: str,
    party: str,
    channels: Sequence[str],
    year: int,
    weights: Floats,
    options: ActOptions,
) -> Floats:
    """Return leverage over all channels, shape (draws,)."""
    nets = [channel_net(ties, actor, party, channel, year, options) for channel in channels]
    return np.asarray((weights * np.stack(nets, axis=1)).sum(axis=1))


def rank_shares(values: Sequence[Floats]) -> list[tuple[int, float]]:
    """Return for each actor the rank it holds most often, and in what share of draws.

    Parameters
    ----------
    values : sequence of array, shape (draws,)
        Leverage of each actor on the same draws.

    Examples
    --------
    >>> rank_shares([np.array([3.0, 1.0, 3.0, 3.0]), np.array([2.0, 2.0, 2.0, 2.0])])
    [(1, 0.75), (2, 0.75)]
    """
    if not values:
        return []
    order = np.argsort(np.argsort(-np.stack(values), axis=0, kind="stable"), axis=0, kind="stable") + 1
    held = []
    for ranks in order:
        counts = np.bincount(ranks)
        held.append((int(counts.argmax()), float(counts.max() / len(ranks))))
    return held


def _words(
    actor: str,
    ties: tuple[int, int],
    held: tuple[int | None, float | None],
    ranked: int,
    channels: Sequence[str],
) -> str:
    """Return a row of ranks in words."""
    unknown, count = ties
    rank, share = held
    scope = f"over {', '.join(channels)}"
    if rank is None or share is None:
        return f"{actor}: not ranked {scope}, {unknown} of {count} ties are not known"
    place = (
        "the only one that can be ranked"
        if ranked == 1
        else f"rank {rank} of {ranked} in {share:.0%} of draws"
    )
    return f"{actor}: {place} {scope}, {unknown} of {count} ties not known"
