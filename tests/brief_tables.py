"""Made-up results of displace, in the shape of the schema, for a brief without a run."""

from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl

from forestall.crisis import Crisis, open_crisis
from forestall.schema import frame
from forestall.stages import run_stage

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def episodes(crisis: Crisis, draws: int, share: float, *, ongoing: bool) -> pl.DataFrame:
    """Return episodes of which a share happens."""
    random = np.random.default_rng(7)
    happens = random.random(draws) < share
    start = crisis.moment
    onset = [
        start + timedelta(hours=float(h)) if y else None
        for h, y in zip(random.exponential(40, draws), happens, strict=True)
    ]
    return frame(
        "episodes",
        {
            "draw": np.arange(draws),
            "happens": happens,
            "onset_at": onset,
            "ongoing": [ongoing] * draws,
            "reopens_at": [at + timedelta(hours=30) if at and i % 4 else None for i, at in enumerate(onset)],
            "exposed": random.integers(60_000, 140_000, draws),
            "share_leaving": random.beta(2, 1, draws),
            "reached": random.beta(3, 1, draws),
            "weight": np.ones(draws),
        },
    )


def arrivals(crisis: Crisis, table: pl.DataFrame, places: list[str], entry: str) -> pl.DataFrame:
    """Return people arrived so far by draw, place and moment."""
    random = np.random.default_rng(11)
    at = [
        crisis.moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=6 * i) for i in range(63)
    ]
    spread = random.dirichlet(np.full(len(places), 2.0), table.height)
    rows = []
    for row, share in zip(table.iter_rows(named=True), spread, strict=True):
        total = row["exposed"] * row["share_leaving"] if row["happens"] and row["reopens_at"] else 0.0
        opens = row["reopens_at"] or at[-1]
        pace = 20 + 60 * row["reached"]
        done = [float(np.clip((t - opens).total_seconds() / 3600 / pace, 0, 1)) for t in at]
        for place, part in [(entry, 1.0), *zip(places, share, strict=True)]:
            rows += [(row["draw"], place, t, round(total * part * d)) for t, d in zip(at, done, strict=True)]
    return frame("arrivals", pl.DataFrame(rows, schema=["draw", "place", "at", "people"], orient="row"))


def summary(draws: pl.DataFrame, table: pl.DataFrame, hosts: list[str]) -> pl.DataFrame:
    """Return quantiles of arrivals for both arms, with all reception places together."""
    total = draws.filter(pl.col("place").is_in(hosts)).group_by("draw", "at").agg(pl.col("people").sum())
    both = pl.concat([draws, total.with_columns(place=pl.lit("ALL")).select(draws.columns)])
    parts = []
    for arm, keep in (("unconditional", table), ("if it happens", table.filter("happens"))):
        kept = both.join(keep.select("draw"), on="draw")
        for q in QUANTILES:
            rows = kept.group_by("place", "at", maintain_order=True).agg(
                pl.col("people").quantile(q, "linear")
            )
            parts.append(rows.with_columns(arm=pl.lit(arm), quantile=pl.lit(q)))
    return frame("arrivals_summary", pl.concat(parts))


def road(crisis: Crisis, corridors: list[str]) -> pl.DataFrame:
    """Return people on the road, queues and waits that rise and fall."""
    shapes = [float(np.exp(-(((i - 14) / 7) ** 2))) for i in range(41)]
    rows = [
        {
            "arm": arm,
            "corridor": corridor,
            "at": crisis.moment + timedelta(hours=6 * i),
            "quantile": q,
            "on_road": 60_000 * shape * q * (1 if corridor == "ALL" else 0.4),
            "queued": 36_000 * shape * q * (1 if corridor == "ALL" else 0.4),
            "wait_hours": 48 * shape * q * (1 if corridor == "ALL" else 0.4),
        }
        for arm in ("unconditional", "if it happens")
        for corridor in ["ALL", *corridors]
        for i, shape in enumerate(shapes)
        for q in QUANTILES
    ]
    return frame("road_summary", pl.DataFrame(rows))


def presence(draws: pl.DataFrame, hosts: list[str]) -> pl.DataFrame:
    """Return people present by day as prepare reads them."""
    rows = draws.filter(pl.col("place").is_in(hosts)).with_columns(
        date=pl.col("at").dt.date(), who=pl.lit("arrived")
    )
    table = rows.group_by("draw", "place", "date", "who", maintain_order=True).agg(pl.col("people").last())
    return frame("presence", table)


def flows(corridors: list[str]) -> pl.DataFrame:
    """Return people by corridor."""
    rows = [
        {"arm": arm, "corridor": c, "quantile": q, "people": 90_000 * q / (1 + i)}
        for arm in ("unconditional", "if it happens")
        for i, c in enumerate(corridors)
        for q in QUANTILES
    ]
    return frame("flows_summary", pl.DataFrame(rows))


def displaced(crisis: Crisis, *, draws: int = 120, share: float = 0.6, ongoing: bool = False) -> Crisis:
    """Return the crisis with made-up results of displace."""
    hosts = crisis["places"].filter("hosts")["place"].to_list()
    entry = str(crisis.settings.options.get("displace", {}).get("counted_at", hosts[0]))
    table = episodes(crisis, draws, 1.0 if ongoing else share, ongoing=ongoing)
    people = arrivals(crisis, table, [h for h in hosts if h != entry], entry)
    used = crisis["corridors"]["corridor"].to_list()[:6]
    assumptions = {
        "name": ["capacity_of_a_mountain_road", "people_per_vehicle"],
        "stage": ["displace", "displace"],
        "distribution": ["log-normal, wide", "triangular"],
        "value": ["150 to 900", "2 to 6"],
        "unit": ["vehicles/hour", "people"],
        "source": ["general traffic engineering", "surveys of earlier flights"],
        "known": ["published long before", "published long before"],
    }
    return crisis.with_tables(
        {
            "episodes": table,
            "arrivals": people,
            "arrivals_summary": summary(people, table, hosts),
            "road_summary": road(crisis, used),
            "flows_summary": flows(used),
            "presence": presence(people, hosts),
            "assumptions": frame("assumptions", assumptions),
        }
    )


def later_counts(crisis: Crisis, at: str, people: int) -> Crisis:
    """Return a whole crisis with one more count, a vintage newer than every other of its moment."""
    moment = datetime.fromisoformat(at).astimezone(UTC)
    row = (
        crisis.as_read("counts")
        .head(1)
        .with_columns(
            count=pl.lit("later"),
            at=pl.lit(moment, pl.Datetime("us", "UTC")),
            known_at=pl.lit(moment + timedelta(days=365), pl.Datetime("us", "UTC")),
            value=pl.lit(people, pl.Int64),
        )
    )
    return crisis.with_tables({"counts": pl.concat([crisis.as_read("counts"), row])})


@cache
def whole() -> Crisis:
    """Return the shipped crisis with everything known by now."""
    return open_crisis("karabakh-2023")


@cache
def replayed(moment: str = "2023-09-25T20:00+04:00", *, ongoing: bool = True) -> Crisis:
    """Return a replay of the shipped crisis: made-up displacement, all other stages as they are."""
    crisis = whole().at(moment)
    for verb in ("record", "warn"):
        crisis = run_stage(crisis, verb, **({"draws": 100} if verb == "warn" else {}))
    crisis = displaced(crisis, ongoing=ongoing)
    return run_stage(run_stage(crisis, "prepare", draws=100), "act")
