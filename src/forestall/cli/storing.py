"""The store: its state, its upkeep, its rows as files."""

from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.apps import store_app
from forestall.cli.terminal import answer, emit, say, terminal, told
from forestall.core.errors import UsageError

Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        help="DuckDB file, or postgresql://user@host/name; else FORESTALL_STORE, else forestall.duckdb.",
    ),
]


@store_app.command("status")
def store_status(store: Store = None) -> None:
    """What the store holds: how old each source is, which failed the last time, rows by table."""
    from forestall.cli.layout import show_table
    from forestall.store import open_database
    from forestall.store.keep import last_failures, status

    database = open_database(store)
    found = status(database)
    why = last_failures(database)
    sources = [{**row, "last_failure": why.get(row["source"])} for row in found["sources"]]
    if terminal().as_json:
        emit({**found, "sources": sources})
        return
    first = ("source", "age_days", "rows", "failing", "last_failure")
    show_table(sources, "Sources, days since each last answered", first=first[:4])
    show_table([{"table": name, "rows": rows} for name, rows in found["tables"].items()], "Rows by table")
    for source, reason in why.items():
        answer(f"{source} failed the last time: {reason}")
    say(f"{found['store']}: {found['answers']} answers, {found['bytes'] / 1e6:.1f} MB")


@store_app.command("vacuum")
def store_vacuum(
    store: Store = None,
    keep_days: Annotated[
        int | None,
        typer.Option("--keep-days", min=0, help="Take away raw answers older than that; rows always stay."),
    ] = None,
) -> None:
    """Give space back; with --keep-days take away old raw answers, but the newest of each request."""
    from forestall.store import open_database
    from forestall.store.keep import vacuum

    database = open_database(store)
    if not database.exists():
        raise UsageError(f"there is no store {database.address!r}; next: forestall store status --help")
    done = vacuum(database, keep_days)
    told(
        f"{database.address}: {done['bodies_gone']} raw answers taken away, "
        f"{done['bytes_before'] / 1e6:.1f} MB -> {done['bytes_after'] / 1e6:.1f} MB",
        **done,
    )


@store_app.command("export")
def store_export(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Folder to write.")],
    store: Store = None,
) -> None:
    """Write all rows, every vintage, and the list of answers as CSV; what may not be passed on stays."""
    from forestall.store import open_database
    from forestall.store.keep import export

    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{folder!r} is there already; choose another folder")
    facts = export(open_database(store), target)
    held = ", ".join(f"{count:,} rows of {source}" for source, count in facts["held_back"].items())
    rows = sum(facts["rows"].values())
    told(
        f"{folder}: {rows:,} rows, {facts['answers']} answers" + (f"; held back: {held}" if held else ""),
        **facts,
    )
