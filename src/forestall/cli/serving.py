"""The page: serve it on this machine, or publish it as a folder."""

from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.apps import app
from forestall.cli.terminal import answer, say, told

LOCAL = ("127.0.0.1", "localhost", "::1")


@app.command()
def serve(
    crises: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CRISIS ...]", help="Crises; all shipped ones where none is named."),
    ] = None,
    runs: Annotated[str, typer.Option("--runs", help="Folder of runs.")] = "forestall-runs",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port on this machine.")] = 8123,
    host: Annotated[
        str, typer.Option("--host", help="Address to bind; another than this machine needs --keys.")
    ] = "127.0.0.1",
    keys: Annotated[
        str | None,
        typer.Option("--keys", envvar="FORESTALL_KEYS", help="File of keys; every reader then needs one."),
    ] = None,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.1, help="Longest a started run may take.")
    ] = 15.0,
    memory: Annotated[int, typer.Option("--memory", min=256, help="Megabytes a started run may use.")] = 4096,
) -> None:
    """Open the page on this machine: the world, a crisis, a moment; its data at the same address as .json."""
    from forestall.core.errors import UsageError
    from forestall.core.extras import need
    from forestall.crisis import shipped

    if host not in LOCAL and keys is None:
        raise UsageError(
            f"--host {host!r} is not this machine, and readers elsewhere need keys; "
            "next: forestall keys add NAME, then forestall serve --keys forestall-keys.json"
        )
    for library in ("fastapi", "uvicorn"):
        need(library, "pages that are served")
    import uvicorn

    from forestall.serving.app import application
    from forestall.serving.connection import Connection
    from forestall.serving.jobs import Limits
    from forestall.serving.keys import KeyFile
    from forestall.serving.shelf import Shelf

    shelf = Shelf(Path(runs), crises or shipped())
    say(f"{len(shelf.runs())} runs of {len(shelf.crises)} crises in {runs}")
    answer(f"open http://{'[::1]' if host == '::1' else host}:{port}/  (Ctrl-C ends it)")
    exports = Path(keys).with_suffix(".exports.jsonl") if keys else None
    if exports:
        say(f"tables that are taken away are noted in {exports}")
    held = KeyFile(Path(keys)) if keys else None
    served = application(shelf, limits=Limits(minutes * 60, memory), keys=held, exports=exports)
    # The address of a client is the one that connects: what a header says of it is not believed.
    uvicorn.run(
        served, host=host, port=port, log_level="warning", http=Connection,
        limit_concurrency=500, timeout_keep_alive=15, proxy_headers=False,
    )  # fmt: skip


@app.command()
def publish(
    out: Annotated[str, typer.Argument(metavar="OUT", help="Archive to write into; a folder per day.")],
    crises: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CRISIS ...]", help="Crises; all shipped ones where none is named."),
    ] = None,
    runs: Annotated[str, typer.Option("--runs", help="Folder of runs.")] = "forestall-runs",
) -> None:
    """Write the page with its runs as a folder that opens without a server, and list it with earlier ones."""
    from forestall.core.extras import need
    from forestall.crisis import shipped

    need("fastapi", "pages that are published")
    from forestall.serving.publish import publish as written
    from forestall.serving.shelf import Shelf

    made = written(Shelf(Path(runs), crises or shipped()), Path(out))
    told(
        f"{made.folder}: {len(made.runs)} runs, {made.files} files, {made.size / 1e6:.1f} MB; open "
        f"{made.folder / 'index.html'}, or {Path(out) / 'index.html'} for every day published",
        folder=str(made.folder),
        runs=made.runs,
        files=made.files,
        bytes=made.size,
    )
