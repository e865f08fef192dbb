"""The sources that can be asked, as sources.csv states them, each with its folder of verbs."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Protocol, cast

from forestall.core.errors import Finding, UsageError
from forestall.core.names import nearest
from forestall.fetching.asking import Asked, Kept, Request
from forestall.recording.saved import Saved, Tidied


class Verbs(Protocol):
    """The four verbs of a source."""

    def ask(self, asked: Asked) -> Sequence[Request]:
        """Return the first requests."""

    def save(self, request: Request, data: bytes, asked: Asked) -> Kept:
        """Return what of an answer is kept, and what to ask next."""

    def check(self, saved: Saved) -> Sequence[Finding]:
        """Return what is wrong with an answer: an error where it is no data."""

    def tidy(self, saved: Sequence[Saved], asked: Asked) -> Tidied:
        """Make tables from the newest answers; ``known_at`` of each is the moment it was fetched."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source: where it is, how it wants to be asked, and under which terms it answers."""

    name: str
    publisher: str
    title: str
    base: str
    gap_seconds: float
    largest_bytes: int
    due_hours: float
    key: str
    key_needed: bool
    key_how: str
    licence: str
    redistribution: str

    @property
    def verbs(self) -> Verbs:
        """The verbs of its folder."""
        module = import_module(f"forestall.fetching.{self.name.replace('-', '_')}.verbs")
        return cast("Verbs", module)

    @property
    def key_given(self) -> str | None:
        """The key as the environment gives it."""
        return (os.environ.get(self.key) or None) if self.key else None

    def row(self) -> dict[str, str]:
        """Return its row of the table of sources."""
        return {
            "source": self.name,
            "publisher": self.publisher,
            "title": self.title,
            "licence": self.licence,
            "redistribution": self.redistribution,
        }


@cache
def load_sources() -> dict[str, Source]:
    """Return every source by name.

    Examples
    --------
    >>> load_sources()["acled"].redistribution
    'no'
    """
    text = files("forestall.fetching").joinpath("sources.csv").read_text(encoding="utf-8")
    return {row["source"]: _source(row) for row in csv.DictReader(text.splitlines())}


def _source(row: dict[str, str]) -> Source:
    same = ("publisher", "title", "base", "key", "key_how", "licence", "redistribution")
    return Source(
        name=row["source"],
        gap_seconds=float(row["gap_seconds"]),
        largest_bytes=int(row["largest_mb"]) * 1_000_000,
        due_hours=float(row["due_hours"]),
        key_needed=row["key_needed"] == "true",
        **{name: row[name] for name in same},
    )


def source_named(name: str) -> Source:
    """Return a source by name.

    Raises
    ------
    UsageError
        Where there is none; the nearest name is given.

    Examples
    --------
    >>> source_named("unchr")
    Traceback (most recent call last):
    ...
    forestall.core.errors.UsageError: unknown source 'unchr'; nearest: unhcr; all: forestall fetch --list
    """
    found = load_sources().get(name)
    if found is None:
        hint = nearest(name, load_sources())
        raise UsageError(
            f"unknown source {name!r}"
            + (f"; nearest: {hint}" if hint else "")
            + "; all: forestall fetch --list"
        )
    return found
