"""Fitted models that come with the package, one per yearly cut-off, and how they are made."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.core.arrays import Floats
from forestall.warning.bins import EDGES
from forestall.warning.months import first_day, parse_month
from forestall.warning.pool import PoolForecaster
from forestall.warning.sequential import SequentialForecaster

if TYPE_CHECKING:
    from pathlib import Path

    from forestall.warning.bands import Record

DIGITS = 6
RELEASE_DAY = 20
ARRAYS = ("hurdle", "hurdle_alone", "climb", "positions", "weights", "onset")
REPLICAS = ("hurdle_replicas", "hurdle_alone_replicas", "climb_replicas")


@dataclass(frozen=True)
class Artefact:
    """One fitted default model: coefficients, tables and record, and no row of the panel.

    Parameters
    ----------
    cutoff
        Number of the last month it was fitted on.
    arrays
        Coefficients and tables by name.
    persistence
        Correlation of neighbouring months in the futures.
    record
        Forecasts and events by band of probability, from earlier cut-offs only.
    card
        What it was made from and how well it does.
    """

    cutoff: int
    arrays: dict[str, Floats]
    persistence: float
    record: Record
    card: dict[str, Any] = field(default_factory=dict)

    @property
    def known_at(self) -> datetime:
        """When its last month had been released: the 20th of the following month."""
        day = first_day(self.cutoff + 1)
        return datetime.combine(date(day.year, day.month, RELEASE_DAY), time(), UTC)

    def forecaster(self, *, neighbours: bool, replica: int | None = None) -> PoolForecaster:
        """Return the fitted model, or one refitted on resampled countries.

        Parameters
        ----------
        neighbours
            Whether the neighbours' months are known.
        replica
            Number of the resampling; the model itself when not given.
        """
        name = "hurdle" if neighbours else "hurdle_alone"
        hurdle, climb = self.arrays[name], self.arrays["climb"]
        if replica is not None:
            hurdle = self.arrays[f"{name}_replicas"][replica]
            climb = self.arrays["climb_replicas"][replica]
        positions = self.arrays["positions"]
        sequential = SequentialForecaster(hurdle, climb, positions, neighbours)
        return PoolForecaster(sequential, self.arrays["weights"])

    @property
    def replicas(self) -> int:
        """Number of resamplings."""
        return len(self.arrays["climb_replicas"])


def event_chance(shares: Floats, positions: Floats, event_deaths: int) -> Floats:
    """Return the probability of at least so many deaths from the probabilities of the steps.

    Parameters
    ----------
    shares
        Shape (..., steps).
    positions
        Quantiles within each step, shape (steps, positions).
    event_deaths
        Deaths from which a month counts as an event.
    """
    reach = (positions >= event_deaths).mean(axis=1)
    step = int(np.searchsorted(EDGES, event_deaths - 0.5, side="right"))
    reach[step + 1 :] = 1.0
    chance: Floats = shares @ reach
    return chance


def save_artefact(artefact: Artefact, folder: Path) -> Path:
    """Write an artefact as JSON, six digits a number.

    Parameters
    ----------
    artefact
        What to write.
    folder
        Where; made if it is not there.
    """
    from forestall.core.files import write_atomic

    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "cutoff": first_day(artefact.cutoff).strftime("%Y-%m"),
        "card": artefact.card,
        "persistence": artefact.persistence,
        "record": {band: list(counts) for band, counts in artefact.record.items()},
        "arrays": {name: _rounded(values) for name, values in artefact.arrays.items()},
    }
    path = folder / f"warn-{content['cutoff']}.json"
    write_atomic(path, json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n")
    return path


def _rounded(values: Floats) -> Any:
    if values.ndim > 1:
        return [_rounded(row) for row in values]
    return [_short(float(f"{value:.{DIGITS}g}")) for value in values]


def _short(value: float) -> float | int:
    return int(value) if value == int(value) else value


def read_artefact(text: str) -> Artefact:
    """Read an artefact from its JSON text.

    Parameters
    ----------
    text
        What :func:`save_artefact` wrote.
    """
    content = json.loads(text)
    return Artefact(
        parse_month(content["cutoff"]),
        {name: np.array(values, dtype=np.float64) for name, values in content["arrays"].items()},
        float(content["persistence"]),
        {band: (int(issued), int(events)) for band, (issued, events) in content["record"].items()},
        content["card"],
    )


def shipped_cutoffs() -> list[int]:
    """List the cut-offs of the artefacts that come with the package, oldest first."""
    folder = files("forestall.warning").joinpath("artefacts")
    if not folder.is_dir():
        return []
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.startswith("warn-"))
    return [parse_month(name.removeprefix("warn-").removesuffix(".json")) for name in names]


def newest_artefact(as_of: datetime | None) -> Artefact | None:
    """Return the newest shipped artefact that was known by a moment, or None.

    Parameters
    ----------
    as_of
        The moment; without one, the newest of all.
    """
    for cutoff in reversed(shipped_cutoffs()):
        text = files("forestall.warning").joinpath("artefacts", f"warn-{first_day(cutoff):%Y-%m}.json")
        artefact = read_artefact(text.read_text(encoding="utf-8"))
        if as_of is None or artefact.known_at <= as_of:
            return artefact
    return None
