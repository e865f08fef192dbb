"""Whatever stands in a claim's query: an answer or a reason, and the tables stay as they were."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forestall.claims.ask import Locked, tables_on_disk
from forestall.claims.options import ClaimsOptions

START = "SELECT people FROM counts"
PIECES = (
    "SELECT|select|FROM|WITH|RECURSIVE|INSERT INTO|DELETE FROM|UPDATE|DROP TABLE|COPY|TO|ATTACH|SET|PRAGMA|"
    "counts|people|place|*|(|)|,|;|--|/*|'|\"|''|RETURNING *|"
    "UNION ALL|AS|x|1|NULL|= ANY|$1|?|\\|1e400|LIMIT|-1|CALL|LATERAL"
)
MEAN = [
    "read_csv('/etc/passwd')",
    "read_text('/etc/hostname')",
    "glob('*')",
    "'/etc/passwd'",
    "query('DROP TABLE counts')",
    "sum(people)",
    "getenv('PATH')",
    "enable_external_access = true",
    "install httpfs",
    "count(*) OVER ()",
    "CREATE MACRO f() AS 1",
    "EXPORT DATABASE 'x'",
    "💥",
    "\x00",
]
WORDS = st.sampled_from([*PIECES.split("|"), *MEAN])
QUERIES = st.one_of(
    st.lists(WORDS, min_size=1, max_size=12).map(" ".join),
    st.text(max_size=60),
    st.lists(WORDS, max_size=6).map(lambda words: " ".join([START, *words])),
)


@pytest.fixture(scope="module")
def locked():
    table = pl.DataFrame({"place": ["a", "b"], "people": [3, 4]})
    with tables_on_disk({"counts": table}) as folder, Locked(folder, ClaimsOptions(seconds=0.5)) as process:
        yield process


@given(query=QUERIES)
@settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_every_query_gets_rows_or_a_reason_and_nothing_is_lost(locked, query):
    before = set(Path.cwd().iterdir())
    answer = locked.ask(query)
    assert answer.refused == bool(answer.message)
    assert not (answer.refused and answer.rows)
    assert "root:" not in str(answer.rows)
    assert set(Path.cwd().iterdir()) == before
    whole = locked.ask("SELECT count(*) AS n, sum(people) AS people FROM counts")
    assert whole.records() == [{"n": 2, "people": 7}]
