"""The options of every section of crisis.toml, and the plan: all of them resolved when a run begins."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forestall.options.plan import MODELS, Plan, resolve

__all__ = ["MODELS", "Plan", "resolve"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used; the models stand in files of their own."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module 'forestall.options' has no attribute {name!r}")
    return getattr(import_module("forestall.options.plan"), name)
