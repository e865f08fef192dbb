"""With and without: options judged by running the stages on the same draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from forestall.action.actors import Register
from forestall.action.leverage import OUTSIDE
from forestall.action.ties import known_ties
from forestall.core.arrays import Floats, Ints
from forestall.core.errors import UsageError
from forestall.core.names import nearest
from forestall.core.random import uniforms
from forestall.core.units import parse_duration
from forestall.options.prepare import PrepareOptions
from forestall.preparedness.items import Item
from forestall.preparedness.people import Presence
from forestall.preparedness.preposition import prices_of
from forestall.preparedness.quantiles import draw_quantiles
from forestall.preparedness.stage import items_of, presence_of
from forestall.scenarios.edits import apply_option, without_violence
from forestall.scenarios.library import Option, parse_option
from forestall.scenarios.odds import (
    CHANCE,
    CHANCE_KEY,
    Measures,
    World,
    chance_quantiles,
    odds_ratios,
    on_odds,
    with_odds,
)
from forestall.scenarios.unmet import (
    WHO,
    Shortfall,
    by_sector,
    of_kind,
    orderable,
    shortfalls,
    start_days,
    unmet_after,
)
from forestall.schema import empty, frame
from forestall.schema.conventions import ALL
from forestall.stages import options_for, run_stage, stage_of

if TYPE_CHECKING:
    from forestall.crisis import Crisis

ASSUMED = (
    "both worlds share their draws: what an option does not touch is the same, to the person",
    "draws are not fitted to counts known by the moment, since the fit would differ between the worlds",
    "in the arm 'if it happens' stand the draws in which it happens without the options",
    "stocks and cash are handed out in perfect proportion to need, over roads known to be open at the moment",
    "sectors are never added: the same person may lack food and shelter",
    "options stand in the order of their names and are never ranked by people moved out",
)
AWAY = ("arrived", "on the road")
BY_DAYS = (3, 7, 14)
STOCK_DAYS = 14.0
CASH_FROM_DAY = 3
UNKNOWN = "none"
"""An option of which no effect is known: it has a note and no rows, for unknown is not zero."""
LEAST_SHARE = 0.2
"""Share of a party's channel from which withholding it is taken as a major cost."""
STARTED = ". Violence has already started at this moment, so that nothing changes here"


def compare(
    crisis: Crisis, names: Sequence[str], *, draws: int | None = None, seed: int | None = None
) -> dict[str, pl.DataFrame]:
    """Compare options with doing nothing, each alone and all together, on the same draws.

    Parameters
    ----------
    crisis
        At its moment of knowledge.
    names
        Options, as :func:`forestall.scenarios.library.parse_option` reads them.
    draws, seed
        Else what the crisis says.

    Returns
    -------
    dict
        The tables ``options_effect`` (in the order of their names) and ``options_notes``.
    """
    options = sorted({name: parse_option(name) for name in names}.values(), key=lambda option: option.name)
    if not options:
        raise UsageError("name at least one option, for example --options widen-corridor,buses")
    chosen = _chosen(crisis, draws, seed)
    base = crisis if crisis.has("outlook") else run_stage(crisis, "warn", **_given("warn", draws, seed))
    runs = Worlds(base, chosen, draws, seed)
    without = runs.of([])
    options = [in_play(base, option) for option in options]
    known = [option for option in options if option.operation != UNKNOWN]
    together = [known] if len(known) > 1 else []
    rows = [
        row
        for group in [*([option] for option in known), *together]
        for row in effect_rows(group, without, runs.of(group), chosen, runs.without_odds(group))
    ]
    return {
        "options_effect": frame("options_effect", rows) if rows else empty("options_effect"),
        "options_notes": frame(
            "options_notes", [note_row(option, started=without.started) for option in options]
        ),
    }


def moment_for(crisis: Crisis) -> str:
    """Return the moment compared at where none is asked for: that of ``[earlier]``, else the last day."""
    chosen = crisis.plan.earlier.evaluate_at
    return str(chosen) if chosen is not None else str(crisis.settings.period.end)


@dataclass(eq=False)
class Worlds:
    """The worlds asked for, each run once; acts on the odds need no run of their own."""

    base: Crisis
    chosen: PrepareOptions
    draws: int | None
    seed: int | None
    done: dict[tuple[tuple[str, ...], bool], World] = field(default_factory=dict)

    def of(self, group: Sequence[Option]) -> World:
        """Return the world with a group of options in force together."""
        world = self.without_odds(group)
        if not on_odds(group):
            return world
        ratio = odds_ratios(group, self.chosen.seed, world.draws)
        return with_odds(world, self.without_odds(group, quiet=True), ratio, self.chosen.seed)

    def without_odds(self, group: Sequence[Option], *, quiet: bool = False) -> World:
        """Return the world with those options of a group that change tables; without violence if quiet."""
        rest = [option for option in group if option not in on_odds(group)]
        key = (tuple(option.name for option in rest), quiet)
        if key not in self.done:
            self.done[key] = run_world(self.base, rest, self.chosen, self.draws, self.seed, quiet=quiet)
        return self.done[key]


def _given(verb: str, draws: int | None, seed: int | None) -> dict[str, int]:
    """Return the options given that the stage has.

    Draws are not fitted to counts: the fit would pick other draws in a world with an option,
    and no difference would be paired any more.
    """
    fields = stage_of(verb).options.model_fields
    given = {k: v for k, v in (("draws", draws), ("seed", seed)) if v is not None and k in fields}
    return {**given, "assimilate": False} if "assimilate" in fields else given


def _chosen(crisis: Crisis, draws: int | None, seed: int | None) -> PrepareOptions:
    """Return the options of prepare."""
    options = options_for(stage_of("prepare"), crisis, draws=draws, seed=seed)
    return PrepareOptions(**options.model_dump())


def run_world(
    base: Crisis,
    group: Sequence[Option],
    chosen: PrepareOptions,
    draws: int | None,
    seed: int | None,
    *,
    quiet: bool = False,
) -> World:
    """Run displacement with a group of options and measure every draw.

    Parameters
    ----------
    base
        With the outlook, without options.
    group
        Options in force together; none = the world without.
    chosen
        Options of prepare.
    draws, seed
        Else what the crisis says.
    quiet
        Whether no violence starts.
    """
    changed = base
    for option in group:
        if option.operation == "open-second" and not option.target and not changed.has("presence"):
            changed = run_stage(changed, "displace", **_given("displace", draws, seed))
        changed = apply_option(changed, option, chosen.seed)
    changed = without_violence(changed) if quiet else changed
    changed = run_stage(changed, "displace", **_given("displace", draws, seed))
    presence = presence_of(changed, chosen.model_copy(update={"hosts_per_arrival": 0.0}))
    started = bool(changed["episodes"]["ongoing"].all())
    measures = measures_of(changed, presence, group, chosen)
    return World(np.asarray(presence.draws), presence.happens, presence.weights, measures, started)


def measures_of(
    crisis: Crisis, presence: Presence, group: Sequence[Option], chosen: PrepareOptions
) -> Measures:
    """Return every measure by draw: (measure, where, unit) to one number per draw."""
    arrived, road, closed_in = (of_kind(presence, who).people.sum(axis=1) for who in WHO)
    inside = closed_in + of_kind(presence, "at home").people.sum(axis=1)
    days = len(presence.dates)
    found = {CHANCE_KEY: presence.happens.astype(np.float64)}
    for day in sorted({*(d for d in BY_DAYS if d <= days), days}):
        found[f"people received by day {day}", ALL, "people"] = arrived[:, day - 1]
    found |= horizon_measures(crisis["presence"], np.asarray(presence.draws))
    found["people on the road, highest day", ALL, "people"] = road.max(axis=1, initial=0.0)
    found["people still inside on the last day", ALL, "people"] = inside[:, -1]
    items = orderable(crisis, items_of(crisis, presence, chosen))
    for sector, unmet in unmet_by_sector(crisis, presence, items, group, chosen).items():
        found["unmet person-days", sector, "person-days"] = unmet
    return found


def horizon_measures(presence: pl.DataFrame, draws: Ints) -> Measures:
    """Return people away from home over the whole horizon of displacement, by draw.

    Needs are worked out for the weeks of the plan; violence may start months later, and what an act
    averts then shows only here.

    Parameters
    ----------
    presence
        The table ``presence``: people by draw, place and day.
    draws
        Numbers of the draws, in order.
    """
    days = presence.select(pl.col("date").unique().sort())
    held = days.with_columns(
        (pl.col("date").shift(-1) - pl.col("date")).dt.total_days().fill_null(1).alias("days")
    )
    away = presence.filter(pl.col("who").is_in(AWAY)).join(held, on="date")
    at_last = pl.col("people").filter(pl.col("date") == presence["date"].max()).sum().alias("last")
    found = away.group_by("draw").agg(at_last, (pl.col("people") * pl.col("days")).sum().alias("person_days"))
    by_draw = pl.DataFrame({"draw": draws}).join(found, on="draw", how="left", maintain_order="left")
    by_draw = by_draw.fill_null(0)
    return {
        ("people away from home at the end of the horizon", ALL, "people"): _column(by_draw, "last"),
        ("person-days away from home within the horizon", ALL, "person-days"): _column(
            by_draw, "person_days"
        ),
    }


def _column(table: pl.DataFrame, name: str) -> Floats:
    """Return a column as numbers."""
    return np.asarray(table[name].to_numpy(), dtype=np.float64)


def unmet_by_sector(
    crisis: Crisis, presence: Presence, items: Sequence[Item], group: Sequence[Option], chosen: PrepareOptions
) -> dict[str, Floats]:
    """Return unmet person-days by sector of everybody displaced or inside, with stocks and cash."""
    unmet: dict[Item, Floats] = {item: np.zeros(len(presence.draws)) for item in items}
    for who in WHO:
        part = of_kind(presence, who)
        for lacking in shortfalls(crisis, part, items):
            left = lacking.reached.sum(axis=1) + lacking.unreached.sum(axis=1)
            cuts = [_averted(crisis, part, lacking, option, items, chosen, who) for option in group]
            unmet[lacking.item] += np.maximum(0.0, left - np.sum(cuts, axis=0)) if cuts else left
    return by_sector(unmet)


def _averted(
    crisis: Crisis,
    part: Presence,
    lacking: Shortfall,
    option: Option,
    items: Sequence[Item],
    chosen: PrepareOptions,
    who: str,
) -> Floats:
    """Return the person-days of one item that a stock or cash averts among one kind of people."""
    nothing = np.zeros(len(part.draws))
    if option.operation == "cash" and who == "arrived":
        return _bought(crisis, part, lacking, option, items, chosen)
    if option.operation != "stock":
        return nothing
    place = place_of(crisis, option)
    own = next(s for s in shortfalls(crisis, part, [lacking.item], sites=[place]))
    lead = np.full(len(part.draws), parse_duration(chosen.lead_time).days)
    stock = (option.amount or 0.0) * float(own.item.rate.max()) * (STOCK_DAYS if own.item.used_up else 1.0)
    left = unmet_after(own, stock, start_days(own, lead, chosen))
    return np.asarray((own.reached + own.unreached).sum(axis=1) - left, dtype=np.float64)


def _bought(
    crisis: Crisis,
    part: Presence,
    lacking: Shortfall,
    option: Option,
    items: Sequence[Item],
    chosen: PrepareOptions,
) -> Floats:
    """Return the person-days averted by what cash buys; markets supply half to all of it."""
    prices = prices_of(crisis["items"], items)
    basket = sum(
        (price or 0.0) * float(item.rate.max()) * (STOCK_DAYS if item.used_up else 1.0)
        for item, price in zip(items, prices, strict=True)
    )
    if basket <= 0:
        return np.zeros(len(part.draws))
    markets = 0.5 + 0.5 * uniforms(chosen.seed, "cash-markets", part.draws)
    share = np.minimum(1.0, (option.amount or 0.0) / basket) * markets
    everybody = lacking.reached + lacking.unreached
    first = np.where((everybody > 0).any(axis=1), (everybody > 0).argmax(axis=1), everybody.shape[1])
    paid = np.arange(everybody.shape[1])[None, :] >= (first + CASH_FROM_DAY)[:, None]
    return np.asarray((everybody * paid).sum(axis=1) * share, dtype=np.float64)


def in_play(crisis: Crisis, option: Option) -> Option:
    """Return an option, or one without effect where the tie it would work through is not known."""
    if not option.channel:
        return option
    register = Register(crisis["actors"])
    outside, parties = register.with_role(*OUTSIDE), register.with_role("party")
    tied = known_ties(crisis["ties"]).filter(
        (pl.col("channel") == option.channel)
        & (pl.col("share") >= LEAST_SHARE)
        & pl.col("actor").is_in(parties)
        & pl.col("partner").is_in(outside)
    )
    if tied.height:
        pairs = ", ".join(f"{partner} over {actor}" for actor, partner in _pairs(tied))
        return replace(option, evidence=f"{option.evidence}. Such ties known: {pairs}")
    lacking = f"no party is known to depend on an outside actor for {LEAST_SHARE:.0%} of its {option.channel}"
    return replace(
        option, operation=UNKNOWN, amount=None, low=None, high=None, evidence=f"Not assessed: {lacking}"
    )


def _pairs(tied: pl.DataFrame) -> list[tuple[str, str]]:
    """Return who depends on whom, each once."""
    return tied.select("actor", "partner").unique().sort("actor", "partner").rows()


def place_of(crisis: Crisis, option: Option) -> str:
    """Return the place at which a stock is kept: a place, or that of a site."""
    places = crisis["places"]["place"].to_list()
    sites = dict(crisis["sites"].select("site", "place").iter_rows())
    if option.target in places:
        return option.target
    if option.target in sites:
        return str(sites[option.target])
    hint = nearest(option.target, [*places, *sites])
    raise UsageError(
        f"option {option.name!r}: no place or site {option.target!r}" + (f"; nearest: {hint}" if hint else "")
    )


def effect_rows(
    group: Sequence[Option],
    without: World,
    with_options: World,
    chosen: PrepareOptions,
    on_tables: World,
) -> Iterator[dict[str, Any]]:
    """Yield the paired differences of one group of options, by arm."""
    label = "+".join(option.name for option in group)
    arms = {"unconditional": np.ones(len(without.happens), dtype=np.bool_), "if it happens": without.happens}
    for arm, keep in arms.items():
        if not keep.any():
            continue
        for (measure, where, unit), before in without.measures.items():
            after = with_options.measures.get((measure, where, unit), np.zeros(len(before)))
            if measure == CHANCE and keep.all():
                found = chance_quantiles(group, without, on_tables, chosen.seed, chosen.quantiles)
            else:
                found = _quantiles(before[keep], after[keep], without.weights[keep], chosen)
            for quantile, (first, second, change) in zip(
                chosen.quantiles, zip(*found, strict=True), strict=True
            ):
                yield {
                    "options": label,
                    "arm": arm,
                    "measure": measure,
                    "where": where,
                    "quantile": quantile,
                    "without": float(first),
                    "with_options": float(second),
                    "difference": float(change),
                    "unit": unit,
                    "draws": int(keep.sum()),
                }


def _quantiles(before: Floats, after: Floats, weights: Floats, chosen: PrepareOptions) -> list[Floats]:
    """Return quantiles of without, with and the paired difference."""
    columns = (before, after, after - before)
    return [draw_quantiles(column, weights, chosen.quantiles) for column in columns]


def note_row(option: Option, *, started: bool = False) -> dict[str, Any]:
    """Return what an option changes, on what evidence, and what stands beside it."""
    outside = option.kind == "outside act"
    late = STARTED if outside and started and option.operation != UNKNOWN else ""
    return {
        "option": option.name,
        "kind": option.kind,
        "changes": option.changes,
        "effect": option.amount if outside else None,
        "low": option.low,
        "high": option.high,
        "reference": option.reference or None,
        "evidence": option.evidence + late,
        "safeguards": option.safeguards,
    }
