"""What is common to all commands: how they speak, in which width, and how they end."""

from __future__ import annotations

import errno
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Annotated, Any, get_type_hints

import typer

from forestall.core.errors import CrisisError, Finding, ForestallError, Unavailable, errors_in

EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_UNAVAILABLE = 3
"""A source or a store that cannot be reached now; what is there stays, and its age is said."""
EXIT_MACHINE = 4
"""The machine failed: a full disk, a folder that may not be written, too little memory."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """The options that every command has."""

    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False
    wide: Annotated[bool, typer.Option("--wide", help="Show every column, however wide the terminal.")] = (
        False
    )
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print nothing but errors, and the JSON that --json asks for.")
    ] = False


_TERMINAL: ContextVar[Terminal] = ContextVar("terminal")


def terminal() -> Terminal:
    """Return how the command that runs was asked to speak."""
    return _TERMINAL.get(Terminal())


class Commands(typer.Typer):
    """A group of commands, each with the options of :class:`Terminal`, and errors made sentences.

    A parameter that is annotated with a dataclass stands for one option per field, so that options
    which several commands share are written once.
    """

    def command(self, name: str | None = None, **rest: Any) -> Callable[[Any], Any]:
        """Register a command under a name."""
        register = super().command(name, **rest)

        def registered(function: Any) -> Any:
            register(with_common_options(function))
            return function

        return registered


def with_common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command with the common options, that ends as commands do.

    Examples
    --------
    >>> def hello(name: str) -> None: ...
    >>> list(inspect.signature(with_common_options(hello)).parameters)
    ['name', 'as_json', 'wide', 'quiet']
    """
    hints = get_type_hints(function, include_extras=True)
    own = inspect.signature(function).parameters
    groups = {name: hints[name] for name in own if is_dataclass(hints[name])}
    shown = [one for name in own for one in _parameters(name, own[name], hints[name])]
    taken = {parameter.name for parameter in shown}
    common = [one for one in _fields(Terminal) if one.name not in taken]

    def run(**given: Any) -> None:
        asked = Terminal(**{one.name: given[one.name] for one in _fields(Terminal)})
        for name, group in groups.items():
            given[name] = group(**{one.name: given.pop(one.name) for one in fields(group)})
        with _spoken(asked), explained():
            function(**{name: given[name] for name in own})

    run.__name__, run.__doc__, run.__module__ = function.__name__, function.__doc__, function.__module__
    parameters = [*shown, *common]
    vars(run)["__signature__"] = inspect.Signature(
        [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    )
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _parameters(name: str, parameter: inspect.Parameter, hint: Any) -> list[inspect.Parameter]:
    """Return the parameters that one parameter stands for: itself, or a dataclass's fields."""
    if is_dataclass(hint):
        return _fields(hint)
    return [inspect.Parameter(name, parameter.kind, default=parameter.default, annotation=hint)]


def _fields(group: Any) -> list[inspect.Parameter]:
    """Return the fields of a dataclass as parameters."""
    hints = get_type_hints(group, include_extras=True)
    keyword, none = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.empty
    return [
        inspect.Parameter(
            one.name,
            keyword,
            default=none if one.default is MISSING else one.default,
            annotation=hints[one.name],
        )
        for one in fields(group)
    ]


@contextmanager
def _spoken(asked: Terminal) -> Iterator[None]:
    """Speak as asked within the block."""
    before = _TERMINAL.set(asked)
    try:
        yield
    finally:
        _TERMINAL.reset(before)


def say(text: str) -> None:
    """Write a line for people to standard error, unless they asked for quiet."""
    if not terminal().quiet:
        complain(text)


def complain(text: str) -> None:
    """Write what went wrong to standard error."""
    print(text, file=sys.stderr)


def answer(text: str) -> None:
    """Write a line of the answer to standard output, unless quiet is asked for."""
    if not terminal().quiet:
        print(text)


def emit(result: Any) -> None:
    """Write a result as JSON to standard output."""
    json.dump(plain(result), sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
    sys.stdout.write("\n")


def told(text: str, **facts: Any) -> None:
    """Say what was done, or give it as JSON."""
    if terminal().as_json:
        emit(facts)
    else:
        say(text)


def shown(text: str, **facts: Any) -> None:
    """Give a text as the answer, or what it says as JSON."""
    if terminal().as_json:
        emit(facts)
    else:
        answer(text)


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


def print_findings(
    findings: Sequence[Finding], *, as_json: bool | None = None, counted: Sequence[Finding] | None = None
) -> None:
    """Show findings: as JSON, or one line each with a count; where quiet is asked for, only errors."""
    if terminal().as_json if as_json is None else as_json:
        rows = [{k: v for k, v in finding.as_dict().items() if v is not None} for finding in findings]
        emit({"findings": rows})
        return
    for finding in errors_in(findings) if terminal().quiet else findings:
        complain(str(finding))
    every = findings if counted is None else counted
    counts = {s: sum(f.severity == s for f in every) for s in ("error", "warning", "note")}
    say(", ".join(f"{n} {s}{'' if n == 1 else 's'}" for s, n in counts.items()))


@contextmanager
def explained(*, as_json: bool | None = None) -> Iterator[None]:
    """Turn errors that a person can mend into a message and the exit code of the house."""
    try:
        yield
    except CrisisError as error:
        print_findings(error.findings, as_json=as_json)
        say("nothing was written; `forestall explain CODE` says more about a finding")
        raise typer.Exit(EXIT_FINDINGS) from error
    except Unavailable as error:
        complain(f"forestall: {error}")
        raise typer.Exit(EXIT_UNAVAILABLE) from error
    except ForestallError as error:
        complain(f"forestall: {error}")
        raise typer.Exit(EXIT_USAGE) from error
    except (OSError, MemoryError) as error:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            raise  # the reader went away; that is no fault
        complain(f"forestall: the machine failed: {error or 'too little memory'}")
        raise typer.Exit(EXIT_MACHINE) from error


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that shows which stage runs, on standard error."""
    if terminal().quiet:
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
