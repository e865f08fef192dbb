"""What every model of the warning can do: fit on a panel, predict draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from forestall.core.arrays import Floats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forestall.warning.panel import Panel


class Forecaster(Protocol):
    """A fitted model."""

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    @property
    def reference(self) -> str:
        """Where the method comes from."""
        ...

    def predict(self, panel: Panel, horizons: Sequence[int], draws: int) -> Floats:
        """Return ascending draws, shape (horizons, countries, draws); NaN = not assessed.

        ``panel`` ends at the last known month; horizon 1 is the month after it.
        """
        ...


class Model(Protocol):
    """A method that can be fitted."""

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    def fit(self, panel: Panel, horizons: Sequence[int]) -> Forecaster:
        """Fit on a panel that ends at the cut-off; only pairs inside it are used."""
        ...
