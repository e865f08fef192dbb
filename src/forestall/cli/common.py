"""Options and outputs that all commands share."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forestall.core.errors import CrisisError, Finding, ForestallError

if TYPE_CHECKING:
    import polars as pl

CrisisArgument = Annotated[
    str, typer.Argument(metavar="CRISIS", help="Folder of a crisis, or the name of a shipped one.")
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", help="Moment of knowledge: 2023-09-19 (end of that day) or 2023-09-25T20:00+04:00."
    ),
]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Seed of all random streams.")]
Draws = Annotated[int | None, typer.Option("--draws", min=1, max=100_000, help="Number of draws.")]
Out = Annotated[str | None, typer.Option("--out", help="Folder to write.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Drop figures of which only a later vintage is at hand.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress on standard error.")]
Offline = Annotated[
    bool, typer.Option("--offline", help="Never use the network. No command of this version does.")
]

MOST_PER_COLUMN = 22
LONG_TEXT = 60
"""Characters: wider cells are folded; a column of longer text is left to --json."""
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 3


def say(text: str) -> None:
    """Write a line for people to standard error."""
    print(text, file=sys.stderr)


def emit(result: Any) -> None:
    """Write a result as JSON to standard output."""
    json.dump(plain(result), sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
    sys.stdout.write("\n")


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: dates as ISO text, what is not a number as null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(v) for v in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None  # noqa: PLR0124
    return value


def records(table: "pl.DataFrame") -> list[dict[str, Any]]:
    """Return a table as a list of rows."""
    return table.to_dicts()


def print_findings(
    findings: Sequence[Finding], *, as_json: bool, counted: Sequence[Finding] | None = None
) -> None:
    """Show findings: as JSON, or one line each with a count, of all where only some are shown."""
    if as_json:
        emit(
            {
                "findings": [
                    {k: v for k, v in finding.as_dict().items() if v is not None} for finding in findings
                ]
            }
        )
        return
    for finding in findings:
        say(str(finding))
    every = findings if counted is None else counted
    counts = {s: sum(f.severity == s for f in every) for s in ("error", "warning", "note")}
    say(", ".join(f"{n} {s}{'' if n == 1 else 's'}" for s, n in counts.items()))


def show_table(rows: Sequence[Mapping[str, Any]], title: str = "") -> None:
    """Show rows as a table in the terminal; columns for which there is no room are named below it."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not rows:
        print(f"{title}: none")
        return
    shown, left_out = _columns_that_fit(rows, console.width)
    table = Table(title=title or None, title_justify="left")
    for name in shown:
        table.add_column(name, justify="right" if _is_numeric(rows, name) else "left")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in shown))
    console.print(table)
    if left_out:
        print(f"  no room here for {', '.join(left_out)}: see --json or a wider terminal")


def _is_numeric(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Return whether a column holds numbers."""
    values = [row[name] for row in rows if row[name] is not None]
    return bool(values) and all(isinstance(value, int | float) for value in values)


def _columns_that_fit(rows: Sequence[Mapping[str, Any]], width: int) -> tuple[list[str], list[str]]:
    """Return the columns that fit side by side, and those left out: long texts, then the last.

    Examples
    --------
    >>> _columns_that_fit([{"a": "x", "b": "y" * 90}], 30)
    (['a'], ['b'])
    """
    wide = {name: max(len(name), *(len(_cell(row[name])) for row in rows)) + 3 for name in rows[0]}
    long_text = [name for name in list(wide)[1:] if wide[name] > LONG_TEXT]
    shown, left_out = [name for name in wide if name not in long_text], list(long_text)
    while len(shown) > 1 and sum(min(wide[name], MOST_PER_COLUMN) for name in shown) + 1 > width:
        left_out.append(shown.pop())
    return shown, left_out


def _cell(value: Any) -> str:
    """Return a cell as text; unknown is said, never blank."""
    if value is None:
        return "not known"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)


@contextmanager
def explained(*, as_json: bool = False) -> Iterator[None]:
    """Turn errors that a person can mend into a message and the exit code of the house."""
    try:
        yield
    except CrisisError as error:
        print_findings(error.findings, as_json=as_json)
        say("nothing was written; `forestall explain CODE` says more about a finding")
        raise typer.Exit(EXIT_FINDINGS) from error
    except ForestallError as error:
        say(f"forestall: {error}")
        raise typer.Exit(EXIT_USAGE) from error


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that shows which stage runs, on standard error."""
    if quiet:
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda name, number, total: bar.update(
            task, description=name, completed=number - 1, total=total
        )
