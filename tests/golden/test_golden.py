"""The results on the shipped crisis are those that were last looked at."""

import math

import polars as pl
import pytest

from forestall.crisis import Crisis
from golden.golden import FOLDER, MOMENTS, RELATIVE_TOLERANCE, golden_tables, replays


@pytest.fixture(scope="module")
def results() -> dict[str, Crisis]:
    return replays()


def _close(a: object, b: object) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=RELATIVE_TOLERANCE, abs_tol=1e-3)
    return a == b


@pytest.mark.parametrize("name", MOMENTS)
@pytest.mark.parametrize("table", ["odds", "arrivals", "gaps", "activations"])
def test_results_are_those_last_looked_at(results: dict[str, Crisis], name: str, table: str) -> None:
    frame = golden_tables(results[name])[table]
    held = pl.read_csv(FOLDER / f"{name}-{table}.csv", infer_schema=False)
    fresh = frame.with_columns(pl.selectors.temporal().dt.strftime("%Y-%m-%dT%H:%M:%S+00:00"))
    typed = held.select(pl.col(c).cast(fresh.schema[c]) for c in fresh.columns)
    assert typed.height == fresh.height
    for old, new in zip(typed.iter_rows(), fresh.iter_rows(), strict=True):
        assert all(_close(a, b) for a, b in zip(old, new, strict=True)), f"{old} became {new}; `make golden`?"
