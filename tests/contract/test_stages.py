"""Each stage reads and writes only what the table of stages says."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl
import pytest

from forestall.crisis import Crisis, open_crisis
from forestall.schema import load_schema
from forestall.stages import STAGES, options_for, run_stage
from valley import copy_valley

MOMENT = "2023-09-25T20:00+04:00"
DRAWS = 20


ACCESS = (
    "food-low,readiness,access_value:supplies over the pass,,<=,20,tonnes/week,90 days,7 days,Order,1000,"
    "Enough food,hillmark-relief,assumption,low\n"
)
"""A trigger on access, which no crisis at hand has."""


class Watched(Mapping[str, pl.DataFrame]):
    """Tables that note which of them are looked at, absent ones too."""

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        self.tables = tables
        self.seen: set[str] = set()

    def __getitem__(self, name: str) -> pl.DataFrame:
        self.seen.add(name)
        return self.tables[name]

    def __contains__(self, name: object) -> bool:
        self.seen.add(str(name))
        return name in self.tables

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)


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
    watched = Watched(before.tables)
    written = stage.function(replace(before, tables=watched), options_for(stage, before, **_few(stage)))
    assert watched.seen <= {*stage.reads, *stage.writes}
    assert set(written) <= set(stage.writes)
    for name, table in written.items():
        assert tuple(table.columns) == load_schema()[name].names, name


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The tables each stage looks at, over three crises unlike one another."""
    valley = copy_valley(tmp_path_factory.mktemp("reads"))
    with (valley / "triggers.csv").open("a", encoding="utf-8") as file:
        file.write(ACCESS)
    seen: dict[str, set[str]] = {stage.verb: set() for stage in STAGES}
    for crisis in (
        open_crisis("karabakh-2023").at(MOMENT),
        open_crisis(valley).at("2024-09-20").with_options("prepare", budget="100000 USD"),
        open_crisis("ukraine-2022").at("2022-03-14"),
    ):
        _watch(crisis, seen)
    return seen


def _watch(crisis: Crisis, seen: dict[str, set[str]]) -> None:
    for stage in STAGES:
        watched, few = Watched(crisis.tables), _few(stage)
        stage.function(replace(crisis, tables=watched), options_for(stage, crisis, **few))
        seen[stage.verb] |= watched.seen
        crisis = run_stage(crisis, stage.verb, **few)


@pytest.mark.parametrize("stage", STAGES, ids=lambda s: s.verb)
def test_a_stage_says_what_it_reads_and_reads_what_it_says(looked_at: dict[str, set[str]], stage) -> None:
    assert looked_at[stage.verb] - set(stage.writes) == set(stage.reads) - set(stage.writes)


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


COMMANDS = {"peace", "pressure", "missed", "earlier", "compare", "score", "claims", "trigger"}


def test_a_stage_gives_the_same_tables_twice(chain: dict[str, Crisis]) -> None:
    for stage in STAGES:
        before = chain[stage.verb]
        options = options_for(stage, before, **_few(stage))
        first, second = stage.function(before, options), stage.function(replace(before), options)
        for name, table in first.items():
            assert table.equals(second[name]), name
