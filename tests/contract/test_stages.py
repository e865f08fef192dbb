"""Each stage reads and writes only what the table of stages says."""

from dataclasses import replace

import polars as pl
import pytest

from forestall.crisis import Crisis, open_crisis
from forestall.schema import load_schema
from forestall.stages import STAGES, options_for, run_stage

MOMENT = "2023-09-25T20:00+04:00"
DRAWS = 20


class Watched(Crisis):
    """A crisis that notes which tables are looked at."""

    seen: set[str] = set()  # noqa: RUF012 - one note for all copies

    def __getitem__(self, name: str) -> pl.DataFrame:
        Watched.seen.add(name)
        return super().__getitem__(name)


@pytest.fixture(scope="module")
def chain() -> dict[str, Crisis]:
    """The crisis before each stage."""
    crisis = open_crisis("karabakh-2023").at(MOMENT)
    before = {}
    for stage in STAGES:
        before[stage.verb] = crisis
        crisis = run_stage(crisis, stage.verb, **_few(stage))
    return before


def _few(stage) -> dict[str, int]:
    return {"draws": DRAWS} if "draws" in stage.options.model_fields else {}


@pytest.mark.parametrize("stage", STAGES, ids=lambda s: s.verb)
def test_a_stage_reads_and_writes_only_what_it_says(chain: dict[str, Crisis], stage) -> None:
    before = chain[stage.verb]
    fields = {name: getattr(before, name) for name in before.__dataclass_fields__}
    Watched.seen.clear()
    written = stage.function(Watched(**fields), options_for(stage, before, **_few(stage)))
    assert Watched.seen <= {*stage.reads, *stage.writes}
    assert set(written) <= set(stage.writes)
    for name, table in written.items():
        assert tuple(table.columns) == load_schema()[name].names, name


@pytest.mark.parametrize("stage", STAGES, ids=lambda s: s.verb)
def test_a_stage_leaves_its_inputs_as_they_were(chain: dict[str, Crisis], stage) -> None:
    before = chain[stage.verb]
    copies = {name: table.clone() for name, table in before.tables.items()}
    stage.function(before, options_for(stage, before, **_few(stage)))
    for name, table in copies.items():
        assert before.tables[name].equals(table), name


@pytest.mark.parametrize("stage", STAGES, ids=lambda s: s.verb)
def test_a_stage_reads_only_tables_of_earlier_stages(stage) -> None:
    order = [s.verb for s in STAGES]
    for name in stage.reads:
        writer = load_schema()[name].written_by
        assert not writer or order.index(writer) < order.index(stage.verb)


def test_every_result_table_is_written_by_a_stage_or_a_command() -> None:
    verbs = {stage.verb for stage in STAGES}
    for name, table in load_schema().items():
        if table.kind == "result":
            assert table.written_by in verbs | COMMANDS, name


COMMANDS = {"peace", "pressure", "earlier", "compare", "score", "claims", "trigger"}


def test_a_stage_gives_the_same_tables_twice(chain: dict[str, Crisis]) -> None:
    for stage in STAGES:
        before = chain[stage.verb]
        options = options_for(stage, before, **_few(stage))
        first, second = stage.function(before, options), stage.function(replace(before), options)
        for name, table in first.items():
            assert table.equals(second[name]), name
