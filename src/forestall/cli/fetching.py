"""Sources asked over the network, into the store."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forestall.cli.apps import app
from forestall.cli.storing import Store
from forestall.cli.terminal import EXIT_UNAVAILABLE, answer, complain, emit, say, terminal
from forestall.core.errors import UsageError

if TYPE_CHECKING:
    from forestall.fetching.fetch import Fetched

DAYS_BACK = 365
AT_ONCE = 4
"""Sources asked at the same time; each has its own pace."""


@app.command()
def fetch(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE ...]", help="Sources; --list shows them.")
    ] = None,
    country: Annotated[
        list[str] | None, typer.Option("--country", help="Country by code or name; may be repeated.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="First day that matters; else a year ago.")
    ] = None,
    base: Annotated[
        str | None, typer.Option("--base", help="Another address that plays the sources: a mirror.")
    ] = None,
    store: Store = None,
    more: Annotated[
        list[str] | None,
        typer.Option("--set", help="What one source wants to know: geo_id=NUMBER. May be repeated."),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the sources and what each wants.")] = False,
) -> None:
    """Ask sources over the network and keep every answer and every new figure in the store."""
    if listed:
        _list()
        return
    from forestall.fetching.asking import Asked
    from forestall.fetching.registry import source_named
    from forestall.store import open_database
    from forestall.world.names import country_named

    if not sources:
        raise UsageError("name a source, such as unhcr; all: forestall fetch --list")
    if not country:
        raise UsageError("name a country: --country MLI; may be repeated")
    chosen = [source_named(name) for name in dict.fromkeys(sources)]
    now = datetime.now(UTC)
    asked = Asked(
        tuple(dict.fromkeys(country_named(text) for text in country)),
        _since(since, now.date()),
        now,
        more=_more(more or []),
    )
    done = fetch_all(chosen, asked, open_database(store), address(base))
    _tell(done, now)
    if any(one.outcome == "failed" for one in done):
        raise typer.Exit(EXIT_UNAVAILABLE)


def fetch_all(chosen: Any, asked: Any, database: Any, base: str | None) -> "list[Fetched]":
    """Fetch several sources at once; one that fails leaves the others alone."""
    from concurrent.futures import ThreadPoolExecutor

    from forestall.fetching.fetch import fetch as fetch_one

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda one: fetch_one(one, asked, database, base=base), chosen))


def _since(text: str | None, today: date) -> date:
    """Read the first day that matters."""
    try:
        day = date.fromisoformat(text) if text else today - timedelta(days=DAYS_BACK)
    except ValueError as error:
        raise UsageError(f"--since {text!r} is not a day; expected 2026-01-01") from error
    if day > today:
        raise UsageError(f"--since {day}: that day has not come yet")
    return day


def address(text: str | None) -> str | None:
    """Return the address that plays the sources, where it is one."""
    from urllib.parse import urlsplit

    if text is None:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UsageError(f"--base {text!r} is no address; expected http://127.0.0.1:8000")
    return text.rstrip("/")


def _more(texts: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    wrong = [text for text, (name, sign, _) in zip(texts, pairs, strict=True) if not (name and sign)]
    if wrong:
        raise UsageError(f"--set {wrong[0]!r}: expected NAME=VALUE")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _tell(done: "list[Fetched]", now: datetime) -> None:
    """Say how each source went: what is new, or why it failed and how old what is there is."""
    if terminal().as_json:
        emit({"sources": [_facts(one, now) for one in done]})
        return
    for one in done:
        for finding in one.findings:
            if finding.severity != "error":
                say(str(finding))
        if one.outcome == "failed":
            complain(f"{one.source}: {one.reason}; {one.age(now)}")
            continue
        rows = ", ".join(f"{name} +{n:,}" for name, n in one.rows.items() if n) or "nothing new"
        answer(f"{one.source}: {rows} ({one.answers} answers)")


def _facts(one: "Fetched", now: datetime) -> dict[str, Any]:
    return {
        "source": one.source,
        "outcome": one.outcome,
        "rows": dict(one.rows),
        "answers": one.answers,
        "reason": one.reason,
        "there_since": one.there_since,
        "age": one.age(now) if one.outcome == "failed" else None,
        "findings": [finding.as_dict() for finding in one.findings],
    }


def _list() -> None:
    """Show every source: whether it wants a key, how often it is due, under which terms it answers."""
    from forestall.cli.layout import show_table
    from forestall.fetching.registry import load_sources

    rows = [
        {
            "source": one.name,
            "key": ("needed" if one.key_needed else "optional") if one.key else "none",
            "set": one.key or None,
            "key_is_set": one.key_given is not None,
            "due_hours": one.due_hours,
            "publisher": one.publisher,
            "title": one.title,
            "licence": one.licence,
            "how": one.key_how or None,
        }
        for one in load_sources().values()
    ]
    if terminal().as_json:
        emit(rows)
    else:
        show_table(rows, "Sources", first=("source", "key", "set"))
