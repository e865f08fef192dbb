"""What can be wrong, said so that a person can mend it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a table: what is wrong, where, what was expected and what to do next.

    Parameters
    ----------
    code : str
        Code of the check, explained by ``forestall explain CODE``.
    severity : {"error", "warning", "note"}
        Errors stop a run; warnings and notes do not.
    message : str
        What is wrong, in one sentence.
    table, column : str
        Where.
    row : int or None
        Line of the file, counted from 1 with the header as line 1.
    value, expected, nearest, next : str
        The value found, what was expected, the nearest valid name, the next command.

    Examples
    --------
    >>> print(Finding("E101", "error", "unknown column", table="places", column="nmae", nearest="name"))
    error E101 places.nmae: unknown column (nearest: name)
    """

    code: str
    severity: Severity
    message: str
    table: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    expected: str = ""
    nearest: str = ""
    next: str = ""

    def __str__(self) -> str:
        """Return the finding as one line."""
        where = self.table + (f".{self.column}" if self.column else "")
        where += f" line {self.row}" if self.row is not None else ""
        details = [
            f"{label}{text}"
            for label, text in (
                ("found ", repr(self.value) if self.value else ""),
                ("expected ", self.expected),
                ("nearest: ", self.nearest),
                ("next: ", self.next),
            )
            if text
        ]
        tail = f" ({'; '.join(details)})" if details else ""
        return f"{self.severity} {self.code} {where}: {self.message}{tail}".replace("  ", " ")

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as a plain mapping, for JSON."""
        return asdict(self)


class ForestallError(Exception):
    """Anything that went wrong for a reason a person can mend."""


class UsageError(ForestallError, ValueError):
    """The call itself is off: an unknown name, a wrong option.

    It is a ValueError too, so that options which raise it on validation name their key.
    """


class Unavailable(ForestallError):  # noqa: N818 - a state of the world, named so
    """What is asked for cannot be had now: no network, no key, a source or a store that is down."""


class CrisisError(ForestallError):
    """A crisis cannot be used; every finding is listed.

    Examples
    --------
    >>> error = CrisisError([Finding("E101", "error", "unknown table", table="plaecs")])
    >>> len(error.findings)
    1
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: Sequence[Finding] = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that stop a run.

    Examples
    --------
    >>> errors_in([Finding("N301", "note", "unsorted dates mended")])
    []
    """
    return [finding for finding in findings if finding.severity == "error"]
