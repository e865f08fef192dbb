"""Learnt draws as a table: which crises they rest on, when these were over, how well they were found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.arrays import Floats
from forestall.core.errors import CrisisError, Finding, UsageError
from forestall.learning.fitting import FEWEST_DIFFERENT, LEAST_ACCEPTED, Fit
from forestall.learning.parameters import names, ranges, values_of
from forestall.learning.situation import Situation
from forestall.schema.conventions import BAND

if TYPE_CHECKING:
    import polars as pl

TABLE, CARD = "draws.csv", "card.json"
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Source:
    """A crisis that was learnt from: title, first day, number of days, day from which it was over."""

    title: str
    start: str
    days: int
    over_by: str

    def is_of(self, situation: Situation) -> bool:
        """Return whether it is the same crisis: the same first day, and name or length."""
        same = self.start == situation.start.isoformat()
        return same and (self.title == situation.title or self.days == situation.days)


@dataclass(frozen=True, eq=False)
class Learnt:
    """Draws of the parameters, and what they rest on.

    Parameters
    ----------
    scores : array of float, shape (draws, parameters)
        Standard normal scores under the ranges.
    sources : tuple of Source
        Crises learnt from.
    capacities : bool
        Whether sites' capacities were used.
    diagnostics : dict
        Steps, accepted and different draws, evidence, seed.
    """

    scores: Floats
    sources: tuple[Source, ...]
    capacities: bool
    diagnostics: dict[str, Any]

    @property
    def cut_off(self) -> str:
        """Day from which all that they rest on was known; empty for the ranges alone."""
        return max((source.over_by for source in self.sources), default="")

    def some(self, draws: int | None) -> Floats:
        """Return the scores of so many draws, spread evenly; more than there are repeat parameters."""
        if draws is None:
            return self.scores
        return self.scores[np.arange(draws) * len(self.scores) // draws]


def source_of(situation: Situation) -> Source:
    """Return a crisis as a source."""
    start, over = situation.start.isoformat(), situation.over_by.isoformat()
    return Source(situation.title, start, situation.days, over)


def learnt(fit: Fit, situations: Sequence[Situation], *, capacities: bool, seed: int) -> Learnt:
    """Return a fit with what it rests on."""
    diagnostics = {
        "seed": seed,
        "draws": len(fit.scores),
        "steps": fit.steps,
        "accepted": round(fit.accepted, DIGITS),
        "different": round(fit.different, DIGITS),
        "power": round(fit.power, DIGITS),
        "log_evidence": round(fit.log_evidence, DIGITS),
        "degenerate": fit.degenerate,
    }
    return Learnt(fit.scores, tuple(source_of(s) for s in situations), capacities, diagnostics)


def faults_of(found: Learnt) -> list[Finding]:
    """Return a finding where too few different draws stand for the rest."""
    if not found.diagnostics.get("degenerate"):
        return []
    which = ", ".join(source.title for source in found.sources)
    value = f"{found.diagnostics['different']:.0%} different, {found.diagnostics['accepted']:.0%} accepted, "
    value += f"power {found.diagnostics['power']:g}"
    return [
        Finding(
            "W653",
            "warning",
            f"the draws degenerated: few of them agree with the counts of {which}",
            TABLE,
            value=value,
            expected=f"{FEWEST_DIFFERENT:.0%} different and {LEAST_ACCEPTED:.0%} accepted or more, power 1",
            next="more --draws, or leave out the crisis that does not fit",
        )
    ]


def refuse_later(sources: Iterable[Source], day: date) -> None:
    """Refuse crises that were not over before a day.

    Raises
    ------
    CrisisError
        With a finding for each such crisis.
    """
    later = [source for source in sources if date.fromisoformat(source.over_by) > day]
    if later:
        raise CrisisError(
            [
                Finding(
                    "E654",
                    "error",
                    f"learnt from a crisis that was not over by the moment of the replay: {source.title}",
                    CARD,
                    column="over_by",
                    value=source.over_by,
                    expected=f"{day.isoformat()} or earlier",
                    next="forestall fit displace with the crises over by then, or a later moment",
                )
                for source in later
            ]
        )


def refuse_unfair(found: Learnt, situation: Situation, *, capacities: bool) -> None:
    """Refuse draws that have seen the counts they are judged by, or are of the other arm."""
    faults = []
    if any(source.is_of(situation) for source in found.sources):
        said = f"{situation.title}: the draws were learnt from this very crisis"
        faults.append(
            Finding("E655", "error", said, CARD, next="forestall fit displace with the other crises")
        )
    if found.capacities != capacities:
        said = f"the draws were learnt {'with' if found.capacities else 'without'} capacities: arms never mix"
        more = " --capacities" if capacities else ""
        faults.append(Finding("E656", "error", said, CARD, next=f"forestall fit displace FOLDER...{more}"))
    if faults:
        raise CrisisError(faults)


def moved(found: Learnt) -> list[dict[str, Any]]:
    """Return each parameter's range before and after, and how much of its spread the counts took.

    ``spread_left`` is the standard deviation of the scores: 1 where the counts said nothing.
    """
    values = values_of(found.scores)
    rows = []
    for i, (name, prior) in enumerate(ranges().items()):
        low, middle, high = np.quantile(values[name], BAND)
        before = prior.quantile(np.array([-1.6448536, 0.0, 1.6448536]))
        rows.append(
            {
                "parameter": name,
                "unit": prior.unit,
                "before_q50": float(before[1]),
                "before": f"{before[0]:.3g} to {before[2]:.3g}",
                "q50": float(middle),
                "q05": float(low),
                "q95": float(high),
                "shift": float(found.scores[:, i].mean()),
                "spread_left": float(found.scores[:, i].std()),
            }
        )
    return rows


def table_of(found: Learnt) -> pl.DataFrame:
    """Return the draws as a table: one row per draw, one column per parameter, in its unit."""
    import polars as pl

    values = values_of(found.scores)
    columns = {name: np.array([float(f"{v:.6g}") for v in values[name]]) for name in names()}
    return pl.DataFrame({"draw": np.arange(len(found.scores)), **columns})


def card_of(found: Learnt) -> dict[str, Any]:
    """Return what the draws rest on."""
    return {
        "cut_off": found.cut_off,
        "capacities": found.capacities,
        "crises": [asdict(source) for source in found.sources],
        "diagnostics": found.diagnostics,
        "method": "tempered sequential Monte Carlo (Del Moral, Doucet, Jasra 2006)",
        "scores": [[round(float(z), DIGITS) for z in row] for row in found.scores],
        "parameters": list(names()),
    }


def save(found: Learnt, folder: str | Path) -> Path:
    """Write draws and what they rest on into a folder; whole files or none."""
    from forestall.core.files import write_atomic

    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    write_atomic(root / TABLE, table_of(found).write_csv().encode())
    write_atomic(root / CARD, (json.dumps(card_of(found), indent=1) + "\n").encode())
    return root


def load(folder: str | Path) -> Learnt:
    """Return draws that were saved.

    Raises
    ------
    UsageError
        Where the folder holds none, or of other parameters.
    """
    path = Path(folder) / CARD
    if not path.is_file():
        raise UsageError(
            f"no learnt draws in {str(folder)!r}; next: forestall fit displace FOLDER --out {folder}"
        )
    try:
        return _learnt(json.loads(path.read_text(encoding="utf-8")), str(path))
    except (ValueError, KeyError, TypeError) as fault:
        raise UsageError(f"{path} cannot be read as learnt draws: {fault}") from fault


def _learnt(card: dict[str, Any], where: str) -> Learnt:
    """Return draws from a card."""
    if tuple(card["parameters"]) != names():
        raise UsageError(f"{where} holds draws of other parameters; next: forestall fit displace again")
    scores = np.asarray(card["scores"], dtype=np.float64)
    if scores.ndim != 2 or scores.shape[1] != len(names()) or not np.isfinite(scores).all():
        raise ValueError("scores are no table of numbers, one column per parameter")
    sources = tuple(Source(**row) for row in card["crises"])
    return Learnt(scores, sources, bool(card["capacities"]), dict(card["diagnostics"]))


@cache
def shipped() -> tuple[Learnt, ...]:
    """Return the sets of draws that come with the package.

    Examples
    --------
    >>> len({found.cut_off for found in shipped()}) > 1
    True
    """
    import polars as pl

    root = files("forestall.learning")
    cards = json.loads(root.joinpath("shipped.json").read_text(encoding="utf-8"))
    with root.joinpath("shipped.parquet").open("rb") as file:
        table = pl.read_parquet(file)
    return tuple(
        _learnt({**card, "scores": _scores_of(table, number)}, "shipped.json")
        for number, card in enumerate(cards)
    )


def _scores_of(table: pl.DataFrame, number: int) -> Floats:
    """Return the scores of one set."""
    import polars as pl

    own = table.filter(pl.col("set") == number).select(names())
    return np.asarray(own.to_numpy(), dtype=np.float64)


def ship(sets: Sequence[Learnt], folder: Path) -> None:
    """Write sets of draws in the form in which they come with the package."""
    from io import BytesIO

    import polars as pl

    from forestall.core.files import write_atomic

    tables = [
        pl.DataFrame({"set": np.full(len(one.scores), number), **_rounded(one)})
        for number, one in enumerate(sets)
    ]
    held = BytesIO()
    pl.concat(tables).write_parquet(held, compression="zstd")
    cards = [{**card_of(one), "scores": None} for one in sets]
    write_atomic(folder / "shipped.parquet", held.getvalue())
    write_atomic(folder / "shipped.json", json.dumps(cards, indent=1) + "\n")


def _rounded(found: Learnt) -> dict[str, np.ndarray]:
    """Return scores by parameter, in the precision that ships."""
    columns = np.round(found.scores, DIGITS).astype(np.float32)
    return {name: columns[:, i] for i, name in enumerate(names())}


def shipped_for(situation: Situation, *, capacities: bool) -> Learnt:
    """Return the shipped draws that rest on the most crises, none of them the one that is judged."""
    return max(_fair(situation, capacities=capacities), key=lambda found: len(found.sources))


def shipped_before(situation: Situation, *, capacities: bool) -> Learnt | None:
    """Return the shipped draws that rest on the most crises over before one began; None where none do."""
    day = situation.start.isoformat()
    earlier = [found for found in _fair(situation, capacities=capacities) if found.cut_off <= day]
    return max(earlier, key=lambda found: len(found.sources), default=None)


def _fair(situation: Situation, *, capacities: bool) -> list[Learnt]:
    """Return the shipped draws that have not seen a crisis."""
    return [
        found
        for found in shipped()
        if found.capacities == capacities and not any(source.is_of(situation) for source in found.sources)
    ]
