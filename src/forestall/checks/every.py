"""Run every check over a crisis."""

from collections.abc import Iterable
from pathlib import Path

from forestall.checks.registry import CHECKS
from forestall.core.errors import CrisisError, Finding
from forestall.crisis import Crisis, read_crisis

_ORDER = {"error": 0, "warning": 1, "note": 2}


def check_crisis(crisis: Crisis | str | Path) -> list[Finding]:
    """Return everything found in a crisis: errors first, then warnings, then notes.

    Parameters
    ----------
    crisis : Crisis, str or Path
        A crisis, its folder, or the name of a shipped one.

    Returns
    -------
    list of Finding
        Errors stop a run; warnings and notes do not. A folder that cannot be read gives findings
        too; nothing is raised for what is in it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(check_crisis(folder)[0].code)
    E115
    """
    if not isinstance(crisis, Crisis):
        try:
            crisis = read_crisis(crisis)
        except CrisisError as error:
            return sorted_findings(error.findings)
    findings, whole = [*crisis.findings], crisis.everything()
    for check in CHECKS.values():
        findings += check(whole)
    return sorted_findings(findings)


def sorted_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by severity, then table, row and code."""
    return sorted(findings, key=lambda f: (_ORDER[f.severity], f.table, f.row or 0, f.code))
