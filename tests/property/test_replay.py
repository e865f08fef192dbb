"""Nothing known later can change a replay."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from forestall.crisis import Crisis, open_crisis
from forestall.runs import run
from forestall.schema import load_schema

MOMENTS = ("2022-12-13", "2023-09-19T20:00+04:00", "2023-09-25T20:00+04:00")
DRAWS = 40


def _results(crisis: Crisis, moment: str) -> dict[str, bytes]:
    done = run(crisis, as_of=moment, draws=DRAWS, seed=1)
    names = [name for name in done.crisis if load_schema()[name].kind == "result"]
    return {name: done.crisis[name].write_csv().encode() for name in names}


def _without_later(crisis: Crisis, moment: datetime) -> Crisis:
    """Return the crisis with every row deleted that was known only later."""
    kept = {
        name: table.filter(pl.col("known_at") <= moment) if load_schema()[name].kind == "observed" else table
        for name, table in crisis.tables.items()
    }
    return Crisis(crisis.settings, kept)


def _with_later_changed(crisis: Crisis, moment: datetime) -> Crisis:
    """Return the crisis with every number, text and date changed in rows known only later."""
    changed = {
        name: _changed(table, moment) if load_schema()[name].kind == "observed" else table
        for name, table in crisis.tables.items()
    }
    return Crisis(crisis.settings, changed)


def _changed(table: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    later = pl.col("known_at") > moment
    generator = np.random.default_rng(5)
    columns = []
    for name, kind in table.schema.items():
        if name == "known_at":
            continue
        column = pl.col(name)
        if kind == pl.String:
            columns.append(pl.when(later).then(column.shuffle(seed=3)).otherwise(column).alias(name))
        elif kind.is_numeric():
            factor = float(generator.uniform(2, 9))
            columns.append(pl.when(later).then((column * factor).cast(kind)).otherwise(column).alias(name))
        elif kind == pl.Date or kind.is_temporal():
            moved = column - pl.duration(days=int(generator.integers(1, 900)))
            columns.append(pl.when(later).then(moved.cast(kind)).otherwise(column).alias(name))
    return table.with_columns(columns)


@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_known_later_changes_a_replay(moment: str) -> None:
    crisis = open_crisis("karabakh-2023")
    as_of = crisis.at(moment).moment
    assert as_of < datetime.now(UTC) - timedelta(days=1)
    expected = _results(crisis, moment)
    deleted = _results(_without_later(crisis, as_of), moment)
    changed = _results(_with_later_changed(crisis, as_of), moment)
    for name, table in expected.items():
        assert deleted[name] == table, f"{name} changes when later rows are deleted"
        assert changed[name] == table, f"{name} changes when later rows are changed"


def test_the_order_of_rows_does_not_matter() -> None:
    crisis = open_crisis("karabakh-2023")
    shuffled = {
        name: table.sample(fraction=1.0, shuffle=True, seed=7) for name, table in crisis.tables.items()
    }
    first, second = (_results(c, MOMENTS[1]) for c in (crisis, Crisis(crisis.settings, shuffled)))
    for name in ("outlook", "episodes", "arrivals", "arrivals_summary", "gaps", "caseloads", "activations"):
        assert first[name] == second[name], name
