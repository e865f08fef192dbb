"""Fetch a source: ask, save each answer as it comes, check, tidy, and add what is new to the store.

Whatever goes wrong, what is there stays, with its date. An answer that was saved by a fetch that did
not end is taken again and not asked anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from forestall.core.errors import Finding, Unavailable, errors_in
from forestall.fetching.asking import Asked, Kept, Request
from forestall.fetching.client import Client, Failed, Got, Patience
from forestall.fetching.registry import Source
from forestall.recording.saved import UNREADABLE, Saved, Tidied, misshapen
from forestall.schema import frame
from forestall.store.responses import Answer, log_fetch, newest_answers, save_answer
from forestall.store.rows import add_rows
from forestall.world.read import load_countries

if TYPE_CHECKING:
    from forestall.store import Connection, Database

MOST_PENDING, MOST_PENDING_BYTES = 8, 2_000_000
"""Answers that wait to be written at the most, and the size from which one does not wait."""
TAKEN_AGAIN = timedelta(hours=1)
"""An answer of a fetch that did not end counts that long."""
MOST_REQUESTS = 2_000
REFUSED = "refused: "
"""Beginning of the name under which an answer that is no data is kept: as evidence, never as data."""
NAMING = ("where", "place", "origin", "destination", "group", "target", "description")
"""Columns of rows in which a country may be named by its code."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """How the fetch of one source went.

    Parameters
    ----------
    source : str
        Its name.
    outcome : {"new", "same", "failed"}
        Whether rows came that say something new.
    rows : mapping of str to int
        New rows by table.
    answers : int
        Answers that came over the network.
    findings : sequence of Finding
        What was found on the way.
    reason : str or None
        Why it failed, with what to do.
    there_since : datetime or None
        When the source last answered: what is there is of that time.
    """

    source: str
    outcome: str
    rows: Mapping[str, int] = field(default_factory=dict)
    answers: int = 0
    findings: Sequence[Finding] = ()
    reason: str | None = None
    there_since: datetime | None = None

    def age(self, now: datetime) -> str:
        """Return in words how old what is there is.

        Examples
        --------
        >>> Fetched("unhcr", "failed").age(datetime(2026, 1, 1, tzinfo=UTC))
        'nothing of it is there yet'
        """
        if self.there_since is None:
            return "nothing of it is there yet"
        days = (now - self.there_since).total_seconds() / 86_400
        if days < 0:
            return (
                f"what is there was fetched on {self.there_since:%Y-%m-%d %H:%M} UTC, after the present clock"
            )
        return f"what is there was fetched on {self.there_since:%Y-%m-%d}, {days:.1f} days ago"


class _Refused(Unavailable):
    """An answer is no data."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = findings
        super().__init__("; ".join(_short(finding) for finding in findings[:3]))


def fetch(
    source: Source,
    asked: Asked,
    database: Database,
    *,
    base: str | None = None,
    patience: Patience | None = None,
    sleep: Callable[[float], None] | None = None,
) -> Fetched:
    """Fetch a source into the store.

    Parameters
    ----------
    source
        The source.
    asked
        Countries, first day and moment.
    database
        The store.
    base
        Another address that plays the source.
    patience, sleep
        How long one waits, and by what.

    Returns
    -------
    Fetched
        A source that fails is no exception: the others go on.

    Raises
    ------
    Unavailable
        Where the store cannot be reached.
    """
    waits: dict[str, Any] = {} if sleep is None else {"sleep": sleep}
    asked = replace(asked, key=source.key_given)
    try:
        _need_key(source)
        with Client(source, base, patience, **waits) as client:
            run = _Run(source, asked, database, client)
            try:
                saved = run.answers()
            finally:
                run.save()
        rows, findings = _into_store(source, asked, database, saved, run.findings)
    except (Failed, _Refused) as error:
        return _failed(source, asked, database, error)
    return Fetched(source.name, _outcome(rows), rows, run.came, findings)


def _outcome(rows: Mapping[str, int]) -> str:
    return "new" if any(rows.values()) else "same"


def _need_key(source: Source) -> None:
    if source.key_needed and source.key_given is None:
        raise Failed("E602", f"{source.name} wants a key", f"{source.key_how}; then set {source.key}")


class _Run:
    """One round of requests to a source."""

    def __init__(self, source: Source, asked: Asked, database: Database, client: Client) -> None:
        self.source, self.asked, self.database, self.client = source, asked, database, client
        self.findings: list[Finding] = []
        self.came = 0
        self.pending: list[Answer] = []
        with database.writing() as connection:
            self.there = newest_answers(connection, source.name)
            last = connection.rows(
                "select max(ended_at) as at from fetches where source = $source and outcome <> 'failed'",
                {"source": source.name},
            )[0]["at"]
        self.last = last.astimezone(UTC) if last else None

    def answers(self) -> list[Saved]:
        """Return the good answers to all requests, those named by answers too."""
        todo, saved = list(self.source.verbs.ask(self.asked)), list[Saved]()
        known = {request.what for request in todo}
        done = 0
        while todo:
            request = todo.pop(0)
            done += 1
            if done > MOST_REQUESTS:
                message = f"{self.source.name} names more than {MOST_REQUESTS} pages"
                raise Failed("E604", message, "ask for fewer countries or a later --since")
            one, more = self._one(request)
            if one is not None:
                saved.append(one)
            fresh = [item for item in more if item.what not in known]
            known |= {item.what for item in fresh}
            todo = [*fresh, *todo]
        return saved

    def _one(self, request: Request) -> tuple[Saved | None, Sequence[Request]]:
        """Make one request, save what came, and check it."""
        there = self.there.get(request.what)
        if there is not None and self._of_this_round(there):
            kept = self.source.verbs.save(request, there.data, self.asked)
            return Saved(there.name, there.data, there.asked_at), kept.more
        version = (there.etag, there.last_modified) if there else (None, None)
        now = datetime.now(UTC)
        got = self.client.get(request, version)
        if got.unchanged and there is not None:
            kept = self.source.verbs.save(request, there.data, self.asked)
            return Saved(there.name, there.data, there.asked_at), kept.more
        self.came += 1
        if got.status == 404 and request.may_lack:
            text = "not released yet, or taken away"
            self.findings.append(Finding("N601", "note", text, table=request.what))
            return None, ()
        return self._taken(request, got, now)

    def _of_this_round(self, there: Answer) -> bool:
        """Return whether an answer was saved by a fetch that did not end, a short while ago."""
        age = datetime.now(UTC) - there.asked_at
        return timedelta(0) <= age < TAKEN_AGAIN and (self.last is None or there.asked_at > self.last)

    def _taken(self, request: Request, got: Got, now: datetime) -> tuple[Saved | None, Sequence[Request]]:
        good = got.status == 200
        kept = self._kept(request, got.data) if good else None
        data = got.data if kept is None else kept.data
        if data is None:
            return None, kept.more if kept else ()
        saved = Saved(_name(request, kept.name if kept else ""), data, now)
        findings = (
            list(self.source.verbs.check(saved)) if good else [_not_ok(self.source, request, got, saved)]
        )
        self.findings += findings
        wrong = errors_in(findings)
        self._keep(request, got, saved, refused=bool(wrong))
        if wrong:
            raise _Refused(wrong)
        return saved, kept.more if kept else ()

    def _kept(self, request: Request, data: bytes) -> Kept:
        """Return what the source keeps of an answer; one of a strange shape is left to the check."""
        try:
            return self.source.verbs.save(request, data, self.asked)
        except UNREADABLE:
            return Kept(data)

    def _keep(self, request: Request, got: Got, saved: Saved, *, refused: bool) -> None:
        answer = Answer(
            source=self.source.name,
            what=(REFUSED if refused else "") + request.what,
            name=saved.name,
            address=request.address(self.client.base),
            asked_at=saved.known_at or datetime.now(UTC),
            status=got.status,
            data=saved.data,
            etag=got.etag,
            last_modified=got.last_modified,
            terms=self.source.licence,
        )
        self.pending.append(answer)
        if len(self.pending) >= MOST_PENDING or len(answer.data) > MOST_PENDING_BYTES:
            self.save()

    def save(self) -> None:
        """Write the answers that came since the last time: each one alone would cost more than to ask it."""
        pending, self.pending = self.pending, []
        if pending:
            with self.database.writing() as connection:
                for answer in pending:
                    save_answer(connection, answer)


def _name(request: Request, name: str) -> str:
    return name or request.name or request.what


def _not_ok(source: Source, request: Request, got: Got, saved: Saved) -> Finding:
    """Return what an answer with a code of failure says, in the words of the source where it has any."""
    said = [f for f in source.verbs.check(saved) if f.severity == "error" and f.code in ("E161", "E162")]
    hint = (
        source.key_how if got.status in (401, 403) and source.key_how else "look at the address in a browser"
    )
    value = said[0].value if said else got.data[:120].decode("utf-8", "replace").strip()
    message = f"{source.name} answered {got.status} to {request.what}"
    return Finding("E605", "error", message, table=saved.name, value=value, next=hint)


def _into_store(
    source: Source, asked: Asked, database: Database, saved: Sequence[Saved], found: Sequence[Finding]
) -> tuple[dict[str, int], list[Finding]]:
    """Make rows of the answers and add those that say something new, all in one transaction."""
    full = [one for one in saved if not _empty(source, one)]
    tidied = _tidied(source, full, asked)
    wrong = errors_in(tidied.findings)
    if wrong:
        raise _Refused(wrong)
    when = max((one.known_at for one in saved if one.known_at), default=asked.now)
    rows: dict[str, int] = {}
    with database.writing() as connection:
        for name, table in _with_sources(source, tidied.tables).items():
            rows[name] = add_rows(
                connection,
                name,
                table,
                countries=concerned(table, asked.countries if len(asked.countries) == 1 else ()),
                fetched_at=when,
                asked_of=source.name,
            )
        _log(connection, source, asked, _outcome(rows), new_rows=sum(rows.values()))
    return rows, [*found, *tidied.findings]


def _tidied(source: Source, saved: Sequence[Saved], asked: Asked) -> Tidied:
    """Return the tables of the answers; a shape that nobody thought of is a finding, not a crash."""
    try:
        return source.verbs.tidy(saved, asked) if saved else Tidied()
    except (pl.exceptions.PolarsError, *UNREADABLE) as error:
        value = f"{type(error).__name__}: {error}".splitlines()[0][:120]
        raise _Refused([misshapen(saved[0], "the answers cannot be read", value=value)]) from error


def _empty(source: Source, saved: Saved) -> bool:
    """Return whether an answer holds no row: W225 says so, or the source holds its rows back."""
    return any(finding.code in ("W225", "W601") for finding in source.verbs.check(saved))


def _with_sources(source: Source, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables with the row of the source itself, where a row names it."""
    named = {one for name, table in tables.items() if name != "sources" for one in table["source"].unique()}
    rows = tables.get("sources", frame("sources", []))
    if source.name in named and source.name not in rows["source"]:
        rows = pl.concat([rows, frame("sources", [source.row()])])
    return {
        **({"sources": rows} if rows.height else {}),
        **{k: v for k, v in tables.items() if k != "sources"},
    }


def concerned(table: pl.DataFrame, asked: Iterable[str]) -> list[str]:
    """Return for each row the countries it concerns: those that it names by code, else the one asked for.

    Examples
    --------
    >>> from datetime import date
    >>> row = {"stock": "a", "place": "SYR", "group": "refugees from IRQ", "date": date(2024, 1, 1)}
    >>> now = datetime(2024, 1, 2, tzinfo=UTC)
    >>> concerned(frame("stocks", [{**row, "source": "x", "known_at": now}]), ["SYR"])
    ['|IRQ|SYR|']
    """
    columns = [name for name in NAMING if name in table.columns]
    alone = set(asked)
    if not columns:
        return [_bars(alone)] * table.height
    return [_bars(alone | _codes(" ".join(map(str, row)))) for row in table.select(columns).iter_rows()]


def _bars(codes: set[str]) -> str:
    return "|" + "|".join(sorted(codes)) + "|" if codes else ""


def _codes(text: str) -> set[str]:
    return {code for code in re.findall(r"\b[A-Z]{3}\b", text) if code in _known_codes()}


@cache
def _known_codes() -> frozenset[str]:
    return frozenset(load_countries()["iso3"].to_list())


def _failed(source: Source, asked: Asked, database: Database, error: Failed | _Refused) -> Fetched:
    """Note that a source failed, and say how old what is there is."""
    if isinstance(error, Failed):
        findings = [Finding(error.code, "error", error.message, table=source.name, next=error.next_step)]
    else:
        findings = list(error.findings)
    reason = str(error)
    with database.writing() as connection:
        _log(connection, source, asked, "failed", reason=reason)
        last = connection.rows(
            "select max(ended_at) as at from fetches where source = $source and outcome <> 'failed'",
            {"source": source.name},
        )[0]["at"]
    since = last.astimezone(UTC) if last else None
    return Fetched(source.name, "failed", {}, 0, findings, reason, since)


def _short(finding: Finding) -> str:
    value = f" ({finding.value})" if finding.value else ""
    column = f" {finding.column}" if finding.column else ""
    after = f"; {finding.next}" if finding.next else ""
    return f"{finding.message}{column}{value}{after}"


def _log(
    connection: Connection,
    source: Source,
    asked: Asked,
    outcome: str,
    *,
    reason: str | None = None,
    new_rows: int = 0,
) -> None:
    log_fetch(
        connection,
        source.name,
        asked.countries,
        asked.now,
        outcome=outcome,
        reason=reason,
        new_rows=new_rows,
    )
