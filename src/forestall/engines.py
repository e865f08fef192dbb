"""The engines that can move people, as a table; each is found by its name and loaded when it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from forestall.core.errors import UsageError
from forestall.core.names import nearest

if TYPE_CHECKING:
    import polars as pl


class EngineModule(Protocol):
    """What a module must offer to move people for the stage displace."""

    def tables(self, crisis: Any, options: Any) -> Mapping[str, pl.DataFrame]:
        """Return the result tables of the stage."""

    def compiling(self) -> bool:
        """Tell whether the next run has to compile first."""


@dataclass(frozen=True, slots=True)
class Engine:
    """One list of rules that people move by.

    Parameters
    ----------
    rules : str
        Its name in ``[displace] rules``; after ``+`` may stand what the engine itself understands.
    module : str
        Module of its functions ``tables`` and ``compiling``.
    needs_odds : bool
        Whether the stages before displace must run; a model that is told who flees needs none.
    """

    rules: str
    module: str
    needs_odds: bool

    def load(self) -> EngineModule:
        """Return the module that moves people."""
        return cast("EngineModule", import_module(self.module))


ENGINES: tuple[Engine, ...] = (
    Engine("forestall", "forestall.displacement.engine", needs_odds=True),
    Engine("flee-3", "forestall.flee", needs_odds=False),
    Engine("flee-3-intended", "forestall.flee", needs_odds=False),
)
RULES = tuple(engine.rules for engine in ENGINES)


def engine_of(rules: str) -> Engine:
    """Return the engine of a list of rules.

    Raises
    ------
    UsageError
        Where there is none of that name.

    Examples
    --------
    >>> engine_of("flee-3+hop").module
    'forestall.flee'
    """
    name = rules.partition("+")[0]
    for engine in ENGINES:
        if engine.rules == name:
            return engine
    near = nearest(name, RULES)
    hint = f"; nearest: {near}" if near else ""
    raise UsageError(f"unknown rules {rules!r}; expected one of {', '.join(RULES)}{hint}")
