"""Levers an actor has over a party, and acts that used one."""

import csv
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from forestall.action.ties import known_ties
from forestall.crisis import Crisis
from forestall.options.act import ActOptions

LeversHeld = Mapping[str, Mapping[str, set[str]]]
"""Channels by holder and by the party that depends on it."""


@cache
def channels_of_kind() -> dict[str, set[str]]:
    """Return the channels that an act of a kind can use, from ``levers.csv`` beside this file.

    Examples
    --------
    >>> sorted(channels_of_kind()["sanction"])
    ['finance', 'trade']
    """
    text = files("forestall.action").joinpath("levers.csv").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["kind"], set()).add(row["channel"])
    return found


def held_levers(crisis: Crisis, options: ActOptions, moment: datetime) -> LeversHeld:
    """Return the levers each actor had: recent ties of others to it of at least ``lever_share``.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    options : ActOptions
        ``lever_share``: share of the dependent actor's total, 0-1; ``lever_years``: how far back.
    moment : datetime
        The moment, in UTC.
    """
    ties = known_ties(crisis["ties"]).filter(
        (pl.col("share") >= options.lever_share)
        & pl.col("year").is_between(moment.year - options.lever_years, moment.year)
    )
    held: dict[str, dict[str, set[str]]] = {}
    for actor, partner, channel in ties.select("actor", "partner", "channel").iter_rows():
        held.setdefault(partner, {}).setdefault(actor, set()).add(channel)
    return held


def levers_over(party: str, held: LeversHeld) -> str:
    """Return who holds levers over a party, with their channels, in words.

    Examples
    --------
    >>> levers_over("ALP", {"GAM": {"ALP": {"trade", "arms"}}, "DEL": {"BET": {"aid"}}})
    'GAM: arms, trade'
    """
    found = {holder: dependents[party] for holder, dependents in held.items() if party in dependents}
    return "; ".join(f"{holder}: {', '.join(sorted(channels))}" for holder, channels in sorted(found.items()))


def lever_used(act: Mapping[str, Any], held: Mapping[str, set[str]]) -> str | None:
    """Return the channel that a material act used as a lever on its target, or None.

    Parameters
    ----------
    act : mapping
        An act with kind, form and targets.
    held : mapping of str to set of str
        Channels by the party over which the actor holds them.

    Examples
    --------
    >>> act = {"kind": "arms", "form": "material", "targets": ["ALP"]}
    >>> lever_used(act, {"ALP": {"arms", "trade"}})
    'arms'
    """
    if act["form"] != "material":
        return None
    usable = channels_of_kind().get(act["kind"], set())
    for target in act["targets"]:
        found = sorted(usable & held.get(target, set()))
        if found:
            return found[0]
    return None
