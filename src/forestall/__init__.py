"""Forestall turns a warning of war into action in time.

A crisis is a folder of tables. Every stage reads some of its tables and returns new ones.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forestall.core.errors import CrisisError, Finding, ForestallError, UsageError
    from forestall.crisis import Crisis
    from forestall.crisis import open_crisis as open  # noqa: A004
    from forestall.reporting import report
    from forestall.runs import run
    from forestall.stages import act, displace, prepare, record, warn

__version__ = "0.1.0"

_HOMES = {
    "Crisis": ("forestall.crisis", "Crisis"),
    "CrisisError": ("forestall.core.errors", "CrisisError"),
    "Finding": ("forestall.core.errors", "Finding"),
    "ForestallError": ("forestall.core.errors", "ForestallError"),
    "UsageError": ("forestall.core.errors", "UsageError"),
    "act": ("forestall.stages", "act"),
    "displace": ("forestall.stages", "displace"),
    "open": ("forestall.crisis", "open_crisis"),
    "prepare": ("forestall.stages", "prepare"),
    "record": ("forestall.stages", "record"),
    "report": ("forestall.reporting", "report"),
    "run": ("forestall.runs", "run"),
    "warn": ("forestall.stages", "warn"),
}

__all__ = [
    "Crisis",
    "CrisisError",
    "Finding",
    "ForestallError",
    "UsageError",
    "__version__",
    "act",
    "displace",
    "open",
    "prepare",
    "record",
    "report",
    "run",
    "warn",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the package itself loads at once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'forestall' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value
