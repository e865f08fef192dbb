"""What is answered at each address: the bytes of a view, made once and kept while its run stands."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from forestall.core.names import nearest
from forestall.reporting.disclosure import shown_tables
from forestall.serving.answers import Body, as_csv, as_json
from forestall.serving.shelf import Kept, MissingError, Shelf, opened
from forestall.serving.views import NAMES, NOW, VIEWS, now_of, rows_to_show, seen
from forestall.serving.world import outlines, world_of

MAX_KEPT_BYTES = 64 * 1024**2
"""Bytes of answers kept in memory; the oldest go first."""


class Bodies:
    """Answers that were made, up to a number of bytes.

    Examples
    --------
    >>> kept = Bodies(limit=3)
    >>> kept.put("a", Body.of(b"12")), kept.put("b", Body.of(b"34"))
    (None, None)
    >>> kept.get("a"), kept.get("b").plain
    (None, b'34')
    """

    def __init__(self, limit: int = MAX_KEPT_BYTES) -> None:
        self._limit, self._size = limit, 0
        self._bodies: OrderedDict[Any, Body] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any) -> Body | None:
        """Return an answer, or None where it is not kept."""
        with self._lock:
            if key in self._bodies:
                self._bodies.move_to_end(key)
            return self._bodies.get(key)

    def put(self, key: Any, body: Body) -> None:
        """Keep an answer; the ones longest unread go where it is too much."""
        with self._lock:
            old = self._bodies.pop(key, None)
            self._size += len(body) - (len(old) if old else 0)
            self._bodies[key] = body
            while self._size > self._limit and self._bodies:
                self._size -= len(self._bodies.popitem(last=False)[1])


class Reading:
    """Answers from the shelf.

    Parameters
    ----------
    shelf : Shelf
        The crises served and the folder of runs.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self._bodies = Bodies()
        self._turns: dict[Any, Lock] = {}
        self._door = Lock()

    def _made(self, key: Any, make: Callable[[], bytes]) -> Body:
        """Return a kept answer, or make it; whoever asks for the same meanwhile waits for the one maker."""
        body = self._bodies.get(key)
        if body is not None:
            return body
        with self._door:
            turn = self._turns.setdefault(key, Lock())
        with turn:
            body = self._bodies.get(key)
            if body is None:
                body = Body.of(make())
                self._bodies.put(key, body)
        with self._door:
            self._turns.pop(key, None)
        return body

    def world(self, form: str) -> Body:
        """Return the list of countries as JSON or CSV."""
        return self._made(self._world_key(form), lambda: self._world(form))

    def _world_key(self, form: str) -> tuple[Any, ...]:
        return ("world", tuple((one.name, one.at, one.stamp) for one in self.shelf.runs()), form)

    def kept_world(self, form: str) -> Body | None:
        """Return the same where it was made already."""
        return self._bodies.get(self._world_key(form))

    def _world(self, form: str) -> bytes:
        """Return the same, made anew."""
        newest = {one.name: one for one in self.shelf.runs()}
        spoken = {
            iso3: {"crisis": one.name, "at": one.at}
            for one in newest.values()
            for iso3 in self.shelf.countries(one.name)
        }
        made = world_of(spoken)
        return as_csv(made["countries"]) if form == "csv" else as_json(made)

    def outlines(self) -> Body:
        """Return the outlines of the countries."""
        return self._made("outlines", lambda: as_json(outlines()))

    def crises(self) -> list[dict[str, Any]]:
        """Return a row per crisis with the moments of its runs."""
        return [
            {
                "name": name,
                "title": self.shelf.title(name),
                "iso3": list(self.shelf.countries(name)),
                "default_moment": self.shelf.default_moment(name),
                "moments": [one.at for one in self.shelf.runs_of(name)],
            }
            for name in sorted(self.shelf.crises)
        ]

    def kept_view(
        self, name: str, at: str, view: str, form: str, table: str | None, detail: bool = False
    ) -> Body | None:
        """Return one view of a run where it was made already."""
        kept = self.shelf.find(name, at)
        return self._bodies.get((kept.folder, kept.stamp, view, form, table, detail))

    def view(self, name: str, at: str, view: str, form: str, table: str | None, detail: bool = False) -> Body:
        """Return one view of a run, with routes and sites where the reader may see detail.

        Raises
        ------
        MissingError
            Where there is no such crisis, run, view or table.
        """
        if view not in NAMES:
            raise MissingError(f"no view {view[:80]!r}; views: {', '.join(NAMES)}", nearest(view, NAMES))
        kept = self.shelf.find(name, at)
        key = (kept.folder, kept.stamp, view, form, table, detail)
        return self._made(key, lambda: self._view(kept, view, form, table, detail))

    def _view(self, kept: Kept, view: str, form: str, table: str | None, detail: bool) -> bytes:
        if form == "csv":
            return as_csv(self._rows_of(kept, view, table, detail))
        loaded = opened(kept, self.shelf.crises[kept.name])
        if view == NOW:
            return as_json(now_of(loaded, _text(kept.folder / "brief.json")) | {"at": kept.at})
        return as_json(seen(view, loaded, detail) | {"at": kept.at, "crisis": kept.name, "view": view})

    def _rows_of(self, kept: Kept, view: str, table: str | None, detail: bool) -> list[dict[str, Any]]:
        """Return the rows of a view's table as CSV has them: the one asked for, else its first."""
        loaded = opened(kept, self.shelf.crises[kept.name])
        if view == NOW:
            parts = now_of(loaded, _text(kept.folder / "brief.json")).get("parts", [])
            return [
                {"part": part["title"], "says": line.get("text", "")}
                for part in parts
                for line in part["lines"]
            ]
        made = seen(view, loaded, detail)
        rows: list[dict[str, Any]]
        if view == "reveal" or view not in VIEWS or not VIEWS[view].tables:
            rows = made.get("reveal", made.get("known", []))
            return rows
        names = VIEWS[view].tables
        if table is not None and table not in names:
            raise MissingError(
                f"no table {table[:80]!r} in {view}; it has {', '.join(names)}", nearest(table, names)
            )
        rows = made["tables"].get(table or names[0], [])
        return rows

    def table(
        self, name: str, at: str, table: str, page: int, per: int, detail: bool = False
    ) -> tuple[list[Any], dict[str, Any]]:
        """Return a page of the rows of any table of a run that may be shown.

        Raises
        ------
        MissingError
            Where there is no such table, or it is withheld.
        """
        kept = self.shelf.find(name, at)
        crisis, _ = opened(kept, self.shelf.crises[kept.name])
        shown, withheld = shown_tables(crisis, sorted(crisis.tables), detail=detail)
        if table in withheld:
            raise MissingError(f"the table {table} speaks of routes or sites and is withheld")
        if table not in shown:
            raise MissingError(f"no table {table[:80]!r} in this run", nearest(table, shown))
        whole = shown[table]
        rows, hidden = rows_to_show(table, whole.slice((page - 1) * per, per), crisis, detail)
        place = {"page": page, "per": per, "pages": max(1, -(-whole.height // per)), "rows": whole.height}
        return rows, place | {"suppressed": hidden}


def _text(path: Path) -> str | None:
    """Return the text of a file, or None where there is none."""
    return path.read_text(encoding="utf-8") if path.is_file() else None
