"""From tables to a brief that people read: one page, its pictures, and replays beside what happened."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forestall.options.report import ReportOptions
    from forestall.reporting.brief import Brief, report
    from forestall.reporting.replay import replay_table

_HOMES = {
    "Brief": "forestall.reporting.brief",
    "ReportOptions": "forestall.options.report",
    "replay_table": "forestall.reporting.replay",
    "report": "forestall.reporting.brief",
}

__all__ = ["Brief", "ReportOptions", "replay_table", "report"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'forestall.reporting' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
