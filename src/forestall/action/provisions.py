"""Agreements as provisions: how each stands, how much was kept, what stood broken before violence."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

import numpy as np
import polars as pl

from forestall.action.actors import Register, split_names
from forestall.action.levers import LeversHeld, held_levers, levers_over
from forestall.core.moments import end_of_day
from forestall.core.random import uniforms
from forestall.core.units import parse_duration
from forestall.crisis import Crisis
from forestall.options.act import ActOptions
from forestall.roads import SHUT, use_of
from forestall.schema import frame
from forestall.schema.conventions import ALL

NOT_KNOWN = "not known"
NOT_DUE = "not yet due"
OPEN = ("disputed", NOT_KNOWN)
WORTH = {"kept": 1.0, "partly": 0.5, "broken": 0.0}


def standing(crisis: Crisis, moment: datetime, *, effective_by: datetime | None = None) -> pl.DataFrame:
    """Return provisions with the latest status that is effective by a moment.

    Where sources that speak of the same moment contradict each other, the provision is disputed. One
    that only the side that owes it calls kept is disputed too, and so is one that promises an open road
    while the log of that road says that it is shut. ``readings`` holds what each says.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment of the replay.
    moment : datetime
        The moment of the replay: a provision due later and without a status is not yet due.
    effective_by : datetime, optional
        Moment of the status; else the moment of the replay.
    """
    status = _latest_accounts(crisis["provision_status"], effective_by or moment)
    agreements = crisis["agreements"].select("agreement", "title", pl.col("date").alias("agreed_on"))
    rows = crisis["provisions"].join(agreements, on="agreement", how="left", maintain_order="left")
    today = moment.astimezone(crisis.zone).date()
    joined = rows.join(status, on="provision", how="left", maintain_order="left")
    shut = shut_roads(crisis["corridor_status"], effective_by or moment, crisis.zone)
    stood = [_stood(row, today, shut) for row in joined.iter_rows(named=True)]
    return joined.with_columns(
        pl.Series("status", [status for status, _ in stood], dtype=pl.String),
        pl.Series("readings", [readings for _, readings in stood], dtype=pl.String),
    )


def shut_roads(log: pl.DataFrame, moment: datetime, zone: tzinfo) -> dict[str, str]:
    """Return each corridor that is shut at a moment, with what its log says.

    Parameters
    ----------
    log : polars.DataFrame
        The table ``corridor_status``.
    moment : datetime
        The moment.
    zone : tzinfo
        Zone in which the day is named.
    """
    known = log.filter(pl.col("effective") <= moment).sort("effective", "known_at", maintain_order=True)
    latest = known.unique("corridor", keep="last", maintain_order=True)
    return {
        row["corridor"]: f"log of the road {row['corridor']}: {use_of(row['status']).words} since "
        f"{row['effective'].astimezone(zone).date()}"
        for row in latest.filter(pl.col("status").is_in(SHUT)).iter_rows(named=True)
    }


def _stood(row: dict[str, Any], today: date, shut: dict[str, str]) -> tuple[str, str | None]:
    """Return the status of one provision, and the readings where they differ."""
    status = _status(row["status"], row["due"], today)
    words = [text for text in (row["readings"],) if text]
    if status == "disputed" and not words:
        words = list(row["accounts"] or [])
    if status == "kept":
        against = [shut[name] for name in (row["corridors"] or "").split("|") if name in shut][:1]
        against += ["nobody else is on record"] if _own_word(row["said_by"], row["who"]) else []
        words = [f"{row['said_by'] or 'sources'}: kept", *against] if against else words
        status = "disputed" if against else status
    return status, " | ".join(words) or None


def _own_word(said_by: str | None, who: str) -> bool:
    """Return whether only the one side that owes a provision says how it stands."""
    owes = split_names(who)
    return len(owes) == 1 and split_names(said_by) == owes


def _latest_accounts(log: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """Return for each provision what every source says of the latest status effective by a moment."""
    known = log.filter(pl.col("effective") <= moment).sort("known_at", "who", maintain_order=True)
    revised = known.unique(["provision", "who", "effective"], keep="last", maintain_order=True)
    latest = revised.filter(pl.col("effective") == pl.col("effective").max().over("provision"))
    return latest.group_by("provision", maintain_order=True).agg(
        pl.col("status").unique(maintain_order=True),
        pl.col("effective").last().alias("since"),
        pl.col("known_at").first().alias("public_at"),
        pl.col("who").drop_nulls().unique(maintain_order=True).str.join("; ").alias("said_by"),
        pl.col("readings").drop_nulls().unique(maintain_order=True).str.join(" | ").alias("readings"),
        (pl.col("who").fill_null("sources") + ": " + pl.col("status")).alias("accounts"),
        pl.col("source").unique(maintain_order=True).str.join("; ").alias("status_source"),
        pl.col("confidence").last().alias("status_confidence"),
    )


def _status(statuses: Sequence[str] | None, due: date | None, today: date) -> str:
    """Return one status: disputed where sources contradict each other."""
    if not statuses:
        return NOT_DUE if due is not None and due > today else NOT_KNOWN
    return statuses[0] if len(statuses) == 1 else "disputed"


def provisions_status(crisis: Crisis, options: ActOptions, moment: datetime) -> pl.DataFrame:
    """Return how each provision known at the moment stands, and who could press those who owe it.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    options : ActOptions
        What counts as a lever.
    moment : datetime
        The moment, in UTC; agreements of a later day are left out.
    """
    register, held = Register(crisis["actors"]), held_levers(crisis, options, moment)
    rows = standing(crisis, moment).filter(pl.col("agreed_on") <= moment.astimezone(crisis.zone).date())
    columns = (
        "provision",
        "agreement",
        "title",
        "number",
        "who",
        "to_whom",
        "what",
        "due",
        "status",
        "since",
        "said_by",
        "readings",
    )
    source = pl.col("status_source").fill_null(pl.col("source")).alias("source")
    confidence = pl.col("status_confidence").alias("confidence")
    levers = pl.Series("levers", [_levers(who, register, held) for who in rows["who"]], dtype=pl.String)
    table = rows.select(*columns, source, confidence).with_columns(levers)
    return frame("provisions_status", table).sort("agreement", "provision")


def _levers(who: str, register: Register, held: LeversHeld) -> str:
    """Return who holds levers over those who owe a provision."""
    words = {actor: levers_over(actor, held) for actor in register.resolve(who)}
    return " | ".join(f"over {actor}: {text}" for actor, text in words.items() if text)


def implementation(status: pl.DataFrame, options: ActOptions) -> pl.DataFrame:
    """Return the share of provisions kept, by agreement and by who owes them.

    Kept counts 1, partly kept one half, broken 0. What is disputed or not known is open: the
    share is given if all of it was broken (low), if all was kept (high), and the median where
    each is anything from 0 to 1. What is not yet due is left out.

    Parameters
    ----------
    status : polars.DataFrame
        The table ``provisions_status``.
    options : ActOptions
        Seed and draws.

    References
    ----------
    Joshi, M., Quinn, J. M. and Regan, P. M. (2015), Annualized implementation data on
    comprehensive intrastate peace accords, 1989-2012, Journal of Peace Research 52(4), 551-562.
    doi:10.1177/0022343314567486
    """
    due = status.filter(pl.col("status") != NOT_DUE)
    rows = []
    for (agreement,), of_agreement in due.group_by(["agreement"], maintain_order=True):
        rows.append(_share_row(str(agreement), ALL, of_agreement, options))
        for (who,), owed in _by_who(of_agreement).group_by(["who"], maintain_order=True):
            rows.append(_share_row(str(agreement), str(who), owed, options))
    return frame("implementation", rows)


def _by_who(rows: pl.DataFrame) -> pl.DataFrame:
    """Return provisions once for each of those who owe them, in order of name."""
    names = pl.Series("who", [split_names(who) for who in rows["who"]], dtype=pl.List(pl.String))
    return rows.with_columns(names).explode("who").sort("who", maintain_order=True)


def _share_row(agreement: str, who: str, rows: pl.DataFrame, options: ActOptions) -> dict[str, Any]:
    """Return counts and share kept of some provisions."""
    statuses = rows["status"].to_list()
    count = {name: statuses.count(name) for name in (*WORTH, *OPEN)}
    open_ones, total = sum(count[name] for name in OPEN), len(statuses)
    sure = sum(WORTH[name] * count[name] for name in WORTH)
    drawn = sum(
        (uniforms(options.seed, "implementation", options.draws, place=name)
         for name, status in rows.select("provision", "status").iter_rows() if status in OPEN),
        start=np.zeros(options.draws),
    )  # fmt: skip
    return {
        "agreement": agreement, "who": who, "provisions": total,
        **{name.replace(" ", "_"): number for name, number in count.items()},
        "share_low": sure / total,
        "share_mid": (sure + float(np.median(drawn))) / total,
        "share_high": (sure + open_ones) / total,
    }  # fmt: skip


def returns_to_violence(crisis: Crisis, options: ActOptions) -> pl.DataFrame:
    """Return acts of violence with many deaths after a quiet time.

    An act counts with at least ``violence_deaths`` deaths known by the moment; it is a return
    when no other such act was dated within ``quiet`` before it. Deaths are the highest figure of
    the event or of a row that holds its later known outcome; an event whose deaths are not known
    is not counted yet. Where the crisis lists its actors, one of them must have acted: accidents
    and old mines are no return to violence.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    options : ActOptions
        Deaths from which it counts, and the quiet time.
    """
    rows = crisis["events"].filter((pl.col("unit") == "deaths") & pl.col("value").is_not_null())
    deaths = rows.group_by(pl.col("outcome_of").fill_null(pl.col("event")).alias("event")).agg(
        pl.col("value").max()
    )
    events = crisis["events"].filter((pl.col("kind") == "violence") & pl.col("outcome_of").is_null())
    counted = events.drop("value").join(deaths, on="event", how="inner")
    known = _by_an_actor(crisis, counted["actor"].to_list())
    grave = counted.filter(
        pl.Series(known, dtype=pl.Boolean) & (pl.col("value") >= options.violence_deaths)
    ).sort("date", "event")
    since_last = (pl.col("date") - pl.col("date").shift(1)).dt.total_days()
    return grave.filter(since_last.is_null() | (since_last > parse_duration(options.quiet).days))


def _by_an_actor(crisis: Crisis, actors: Sequence[str]) -> list[bool]:
    """Return whether an actor of the table acted; true where the crisis lists none."""
    register = Register(crisis["actors"])
    return [not register.roles or any(a in register.roles for a in register.resolve(text)) for text in actors]


def broken_before(crisis: Crisis, options: ActOptions, moment: datetime) -> pl.DataFrame:
    """Return which provisions stood broken, partly kept or disputed before each return to violence.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment.
    options : ActOptions
        Deaths from which violence counts.
    moment : datetime
        The moment, in UTC.

    Returns
    -------
    polars.DataFrame
        The table ``broken_before``: status on the day before, on what is known at the moment;
        ``known_then`` says whether that was public on the day before.
    """
    rows = [
        row
        for event in returns_to_violence(crisis, options).iter_rows(named=True)
        for row in _broken(crisis, event, moment)
    ]
    return frame("broken_before", rows).sort("date", "violence", "provision")


def _broken(crisis: Crisis, event: dict[str, Any], moment: datetime) -> Iterator[dict[str, Any]]:
    """Yield the provisions that stood broken before one act of violence."""
    eve = end_of_day(date.fromordinal(event["date"].toordinal() - 1), crisis.zone)
    stood = standing(crisis, moment, effective_by=eve)
    stood = stood.filter(
        (pl.col("agreed_on") < event["date"]) & pl.col("status").is_in(["broken", "partly", "disputed"])
    )
    for row in stood.iter_rows(named=True):
        yield {
            "violence": event["event"],
            "date": event["date"],
            "description": event["description"],
            "deaths": event["value"],
            "known_then": row["public_at"] <= eve,
            **{name: row[name] for name in ("provision", "agreement", "who", "what", "status", "since")},
        }
