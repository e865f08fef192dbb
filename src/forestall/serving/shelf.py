"""The runs of a folder, found by crisis and moment; what is half written is not there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from forestall.core.errors import ForestallError, UsageError
from forestall.core.moments import parse_moment
from forestall.core.names import nearest
from forestall.crisis import Crisis, folder_of
from forestall.runs import RUN_FILE
from forestall.settings import read_settings

SEEN_SECONDS = 1.0
"""How long the list of runs stands before the folder is looked at again."""
MAX_RUNS = 5000
"""Runs read of one folder; the newest moments come first in no list beyond that."""


class MissingError(ForestallError):
    """Nothing is at an address; the nearest valid name goes with it."""

    def __init__(self, message: str, near: str = "") -> None:
        self.near = near
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Kept:
    """A run that lies in the folder.

    Parameters
    ----------
    name, title : str
        Of its crisis.
    moment : datetime
        Moment of knowledge.
    folder : Path
        Where it lies.
    stamp : int
        When its record was written, in nanoseconds; it tells one writing from the next.
    draws : int
        How many draws it has.
    """

    name: str
    title: str
    moment: datetime
    folder: Path
    stamp: int
    draws: int

    @property
    def at(self) -> str:
        """The moment as it stands in an address.

        Examples
        --------
        >>> Kept("a", "A", datetime(2023, 9, 25, 16, tzinfo=UTC), Path(), 0, 1).at
        '2023-09-25T16:00:00Z'
        """
        return f"{self.moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class Shelf:
    """The crises that are served and the runs of a folder.

    Parameters
    ----------
    runs : Path
        Folder whose subfolders are runs.
    crises : sequence of str
        Folders or shipped names.

    Examples
    --------
    >>> Shelf(Path("no-such-folder"), ["karabakh-2023"]).runs_of("karabakh-2023")
    []
    """

    def __init__(self, runs: Path, crises: Sequence[str]) -> None:
        self.folder = runs
        self._seen: tuple[float, list[Kept]] = (float("-inf"), [])
        self.crises = {Path(name).name: folder_of(name) for name in crises}
        self._settings = {name: read_settings(path / "crisis.toml") for name, path in self.crises.items()}

    def zone(self, name: str) -> ZoneInfo:
        """Return the time zone of a crisis."""
        return self._settings[self.known(name)].zone_info

    def title(self, name: str) -> str:
        """Return the title of a crisis."""
        return self._settings[self.known(name)].title

    def countries(self, name: str) -> tuple[str, ...]:
        """Return the ISO codes of a crisis."""
        return self._settings[self.known(name)].iso3

    def default_moment(self, name: str) -> str:
        """Return the moment that a crisis is looked at where none is asked for."""
        settings = self._settings[self.known(name)]
        return settings.as_of or settings.period.end.isoformat()

    def known(self, name: str) -> str:
        """Return a name where a crisis of it is served.

        Raises
        ------
        MissingError
            With the nearest name, where there is none.
        """
        if name not in self.crises:
            served = ", ".join(sorted(self.crises)) or "none"
            raise MissingError(
                f"no crisis {name[:80]!r} is served; served: {served}", nearest(name, self.crises)
            )
        return name

    def runs(self) -> list[Kept]:
        """Return the runs of the crises that are served, oldest moment first, as of at most a second ago."""
        looked, found = self._seen
        if monotonic() - looked > SEEN_SECONDS:
            found = self._read()
            self._seen = (monotonic(), found)
        return found

    def _read(self) -> list[Kept]:
        """Return the runs that lie in the folder now."""
        if not self.folder.is_dir():
            return []
        records = sorted(self.folder.glob(f"*/{RUN_FILE}"))[:MAX_RUNS]
        found = (_kept(path, path.stat().st_mtime_ns) for path in records if path.parent.name[0] != ".")
        kept = [one for one in found if one is not None and one.name in self.crises]
        return sorted(kept, key=lambda one: (one.name, one.moment, one.draws))

    def runs_of(self, name: str) -> list[Kept]:
        """Return the runs of one crisis; of one moment the one with the most draws."""
        best = {one.moment: one for one in self.runs() if one.name == self.known(name)}
        return list(best.values())

    def moment(self, name: str, at: str) -> datetime:
        """Return the moment that an address names.

        Raises
        ------
        MissingError
            Where it is no moment.
        """
        try:
            return parse_moment(self.default_moment(name) if at == "default" else at, self.zone(name))
        except UsageError as error:
            runs = [one.at for one in self.runs_of(name)]
            near = nearest(at, runs) or (runs[-1] if runs else "default")
            raise MissingError(f"{at[:80]!r} is no moment: {error}", near) from error

    def find(self, name: str, at: str) -> Kept:
        """Return the run of a crisis at a moment, or say which moment comes nearest before it.

        Raises
        ------
        MissingError
            Where the crisis is not served, the moment is none, or there is no run of it.
        """
        moment = self.moment(name, at)
        runs = self.runs_of(name)
        for one in runs:
            if abs((one.moment - moment).total_seconds()) < 1:
                return one
        before = [one.at for one in runs if one.moment <= moment] or [one.at for one in runs[:1]]
        near = before[-1] if before else ""
        raise MissingError(f"no run of {name} as of {at[:80]} is in the folder of runs", near)


@lru_cache(maxsize=MAX_RUNS)
def _kept(path: Path, stamp: int) -> Kept | None:
    """Return what a record says, or None where it is half written or of an older version."""
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        moment = datetime.fromisoformat(facts["as_of"])
        draws = int(facts["plan"]["draws"])
        return Kept(str(facts["name"]), str(facts["crisis"]), moment, path.parent, stamp, draws)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def opened(kept: Kept, source: Path) -> tuple[Crisis, Crisis]:
    """Return the crisis of a run with its results as known then, and the whole crisis."""
    return _opened(str(kept.folder), kept.stamp, str(source))


@lru_cache(maxsize=6)
def _opened(folder: str, stamp: int, source: str) -> tuple[Crisis, Crisis]:
    """Return the same; ``stamp`` makes a run that was written anew another one."""
    from forestall.reporting.stored_run import crisis_of_run

    del stamp
    return crisis_of_run(folder, source)
