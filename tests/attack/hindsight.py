"""Rows known only later, deleted and scrambled: a replay stays as it was, to the byte."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
from until import Until

from forestall.crisis import Crisis, open_crisis, shipped
from forestall.runs import run
from forestall.schema import load_schema
from property.test_replay import _with_later_changed, _without_later
from valley import VALLEY, copy_valley

MOMENTS, DRAWS = 12, 10


def crises(base: Path) -> Iterator[tuple[str, Crisis]]:
    """Return the shipped crises, the small one, and one with one-way roads and an odd zone."""
    yield "one-way roads", open_crisis(one_way(base))
    yield "river-valley", open_crisis(VALLEY)
    for name in shipped():
        yield name, open_crisis(name)


def one_way(base: Path) -> Path:
    """Write the small crisis with each road given once, one-way statuses known late, and an odd zone."""
    valley = copy_valley(base)
    roads = pl.read_csv(valley / "corridors.csv", infer_schema=False)
    seen: set[frozenset[str]] = set()
    kept = []
    for row in roads.to_dicts():
        ends = frozenset((row["from_place"], row["to_place"]))
        if ends not in seen:
            seen.add(ends)
            kept.append(row)
    pl.DataFrame(kept, schema=roads.schema).write_csv(valley / "corridors.csv")
    names = [row["corridor"] for row in kept]
    log = pl.read_csv(valley / "corridor_status.csv", infer_schema=False)
    log = log.filter(pl.col("corridor").is_in(names))
    late = log.group_by("corridor", maintain_order=True).last().head(4)
    late = late.with_columns(status=pl.lit("one_way"), known_at=pl.lit("2025-04-29"))
    pl.concat([log, late]).unique(maintain_order=True).write_csv(valley / "corridor_status.csv")
    path = valley / "crisis.toml"
    path.write_text(path.read_text().replace("Etc/GMT-1", "Asia/Kathmandu"))
    for name in ("stocks", "movements", "access"):
        (valley / f"{name}.csv").unlink(missing_ok=True)
    return valley


def moments(crisis: Crisis, many: int) -> list[str]:
    """Return moments spread over the days of knowledge, since any figure of people was known."""
    known = pl.concat(
        [t["known_at"] for n, t in crisis.tables.items() if load_schema()[n].kind == "observed" and t.height]
    )
    people = crisis.tables["population"]["known_at"].min()
    known = known.filter(known >= people)
    return [
        (known.quantile(0.3 + 0.69 * n / many) + timedelta(minutes=7 * n)).isoformat()  # type: ignore[operator]
        for n in range(many)
    ]


def later_rows(base: Path, until: Until, short: bool) -> Iterator[tuple[str, str]]:
    """Cut and scramble every table after each moment; compare all results."""
    every = list(crises(base))
    times = {name: moments(crisis, MOMENTS) for name, crisis in every}
    for number in range(MOMENTS):
        for name, crisis in every[: 1 if short else None]:
            if until.over():
                return
            moment = times[name][number]
            yield f"{name} at {moment}", _differs(crisis, moment)


def _differs(crisis: Crisis, moment: str) -> str:
    """Return which tables differ, empty where none does."""
    as_of = crisis.at(moment).moment
    expected, *others = (
        _results(c, moment)
        for c in (crisis, _without_later(crisis, as_of), _with_later_changed(crisis, as_of))
    )
    if "refused" in expected:
        return "nothing compared: " + expected["refused"].decode()[:200]
    wrong = {n for other in others for n in expected.keys() | other.keys() if expected.get(n) != other.get(n)}
    return f"differ: {', '.join(sorted(wrong))}" if wrong else ""


def _results(crisis: Crisis, moment: str) -> dict[str, bytes]:
    try:
        done = run(Crisis(crisis.settings, crisis.tables), as_of=moment, draws=DRAWS, seed=1).crisis
    except Exception as error:  # noqa: BLE001 - a refusal is no table: it is told, and never counts as equal
        return {"refused": f"{type(error).__name__}: {error}".encode()}
    return {n: t.write_csv().encode() for n, t in done.items() if load_schema()[n].kind == "result"}
