"""Verdicts by hand, and queries that are refused."""

import math
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from time import monotonic, sleep

import polars as pl
import pytest

from act_tables import at, crisis, rows
from forestall.claims.ask import Locked, ask, tables_on_disk
from forestall.claims.compare import difference, expected_of, figure, row_says
from forestall.claims.judge import check_claims, readable_tables
from forestall.claims.options import ClaimsOptions
from forestall.claims.static import query_findings
from forestall.crisis import open_crisis

QUICK = ClaimsOptions(seconds=1.0, rows=50)
TABLE = pl.DataFrame({"place": ["a", "b"], "people": [3, 4]})


def population(people, low=None, high=None, who="A", known="2022-01-01"):
    return {
        "place": "total",
        "level": "total",
        "group": "all",
        "people": people,
        "low": low,
        "high": high,
        "who": who,
        "kind": "estimate",
        "date": date(2022, 1, 1),
        "known_at": at(known),
    }


def claim(name, query, comparison="=", expected="", kind="count", voice="A"):
    return {
        "claim": name,
        "voice": voice,
        "statement": name,
        "kind": kind,
        "query": query,
        "comparison": comparison,
        "expected": expected,
        "known_at": at("2022-01-01"),
    }


@pytest.fixture(scope="module")
def locked():
    with tables_on_disk({"counts": TABLE}) as folder, Locked(folder, QUICK) as process:
        yield process


MANY = "SELECT a.people FROM counts a, counts b, counts c, counts d, counts e, counts f"
ENDLESS = "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r"
PEOPLE = "SELECT people AS value, low, high, who AS label FROM population ORDER BY people"


def judged(claims, people, moment="2023-01-01"):
    whole = crisis(claims=claims, population=rows("population", *people)).at(moment)
    return check_claims(whole, QUICK)


def verdicts(claims, people, **more):
    found = judged(claims, people, **more).tables["claims_verdicts"]
    return {row["claim"]: row for row in found.iter_rows(named=True)}


def test_sources_that_disagree_make_a_claim_contested_with_the_distance_of_each():
    people = [population(102_000, 100_682, 102_848, "seen"), population(120_000, who="stated")]
    found = verdicts([claim("C", PEOPLE, "=", "120000")], people)["C"]
    assert (found["verdict"], found["for_rows"], found["against_rows"]) == ("contested", 1, 1)
    assert found["difference"] == "the same as 120,000; 17.6 % above 102,000"
    assert found["found"] == "102,000 (100,682 to 102,848) [seen]; 120,000 [stated]"


PARTIES = (
    {"actor": "ALP", "name": "Alpland", "role": "party"},
    {"actor": "BET", "name": "Betaland", "role": "party"},
    {"actor": "UN", "name": "United Nations", "role": "outside"},
)
WORDS = "SELECT people AS value, low, high, who FROM population ORDER BY who"


def of_both_sides(*people):
    """The verdicts on the opposite figures of two sides, and on that of a voice beside them."""
    asked = [
        claim("A", WORDS, "<=", "25000", voice="Government of Alpland"),
        claim("B", WORDS, "=", "120000", voice="Betaland"),
        claim("N", WORDS, "=", "120000", voice="Newspaper"),
    ]
    whole = crisis(claims=asked, population=rows("population", *people), actors=rows("actors", *PARTIES)).at(
        "2023-01-01"
    )
    found = check_claims(whole, QUICK).tables["claims_verdicts"]
    return dict(found.select("claim", "verdict").iter_rows())


def test_the_word_of_the_other_side_contests_and_does_not_contradict_whoever_says_it():
    both = [population(25_000, who="President of Alpland"), population(120_000, who="Betaland")]
    assert of_both_sides(*both) == {"A": "contested", "B": "contested", "N": "contested"}


def test_what_somebody_else_counted_decides_for_every_voice_alike():
    both = [population(25_000, who="Alpland"), population(120_000, who="Betaland")]
    assert of_both_sides(*both, population(24_000, who="United Nations")) == {
        "A": "contested",  # the other side still says otherwise
        "B": "contradicted",
        "N": "contradicted",
    }
    assert of_both_sides(*both, population(115_000, who="United Nations"))["A"] == "contradicted"


def test_no_voice_supports_itself_and_each_speaks_against_itself():
    own = [population(20_000, who="Alpland")]
    assert of_both_sides(*own)["A"] == "not testable"
    assert of_both_sides(population(60_000, who="Alpland"))["A"] == "contradicted"


def test_the_tolerance_is_one_for_every_voice():
    inside, outside = population(110_500, who="seen"), population(107_000, who="seen")
    for people, verdict in ((inside, "supported"), (outside, "contradicted")):
        found = of_both_sides(people)
        assert found["B"] == found["N"] == verdict


def test_nothing_recorded_is_not_nothing_done():
    query = "SELECT count(*) AS value FROM population WHERE who = '{}'"
    asked = [
        claim("none", query.format("X"), "=", "0"),
        claim("some", query.format("X"), ">=", "3"),
        claim("more", query.format("A"), "=", "0"),
    ]
    found = verdicts(asked, [population(5)])
    assert {name: row["verdict"] for name, row in found.items()} == {
        "none": "not testable", "some": "not testable", "more": "contradicted",
    }  # fmt: skip
    assert "nothing recorded is not nothing done" in found["none"]["reason"]


@pytest.mark.parametrize("name", ["karabakh-2023", "ukraine-2022"])
def test_the_shipped_claims_keep_to_one_rule(name):
    claims = open_crisis(name).everything()["claims"]
    judgements = claims.filter(pl.col("kind") == "judgement")
    assert set(judgements["comparison"]) <= {"none"}
    told = claims.filter(pl.col("statement").str.contains(r"[Ff]ail(?:ure|ed) to|did not act|passed over"))
    assert set(told["kind"]) <= {"judgement"}
    residents = claims.filter(pl.col("query").str.contains("FROM population WHERE place = 'nk_total'"))
    assert residents["query"].n_unique() <= 1, "every voice is asked the same rows"


def test_thousands_are_not_hundreds_of_thousands():
    found = verdicts([claim("C", PEOPLE, "between", "1000..9999")], [population(600_000, 500_000, 700_000)])
    assert found["C"]["verdict"] == "contradicted"


def test_each_verdict_once():
    people = [population(102_000, 100_000, 104_000)]
    found = verdicts(
        [
            claim("S", PEOPLE, ">", "99000"),
            claim("X", PEOPLE, "<", "99000"),
            claim("O", PEOPLE, ">", "102000"),
            claim("N", "SELECT people AS value FROM population WHERE people > 900000", "=", "1"),
            claim("J", PEOPLE, "=", "102000", kind="judgement"),
            claim("Q", None),
            claim("B", PEOPLE, "between", "5"),
        ],
        people,
    )
    assert {name: row["verdict"] for name, row in found.items()} == {
        "S": "supported",
        "X": "contradicted",
        "O": "not testable",
        "N": "not testable",
        "J": "not testable",
        "Q": "not testable",
        "B": "not testable",
    }
    assert (found["J"]["rows"], found["J"]["for_rows"]) == (1, 0)


def test_a_claim_is_checked_against_what_was_known_at_the_moment():
    people = [population(50_000), population(102_000, known="2023-10-03")]
    asked = [claim("C", PEOPLE, "<", "60000")]
    assert verdicts(asked, people)["C"]["verdict"] == "supported"
    assert verdicts(asked, people, moment="2023-12-31")["C"]["verdict"] == "contested"


def test_one_refused_claim_leaves_the_others_whole():
    done = judged(
        [
            claim("C1", "SELECT persons AS value FROM population", "=", "1"),
            claim("C2", "DELETE FROM population", "=", "1"),
            claim("C3", PEOPLE, "=", "102000"),
        ],
        [population(102_000)],
    )
    verdict = dict(zip(*done.tables["claims_verdicts"].select("claim", "verdict"), strict=True))
    assert verdict == {"C1": "not testable", "C2": "not testable", "C3": "supported"}
    assert [(f.code, f.table, f.column) for f in done.findings] == [("E144", "claims", "query")] * 2
    assert done.findings[0].nearest == "people" or "persons" in done.findings[0].message


def test_days_are_those_of_the_crisis_and_notes_are_not_read():
    status = rows(
        "corridor_status", {"corridor": "road", "status": "closed", "effective": at("2022-12-12T22:00")}
    )
    whole = crisis(corridor_status=status)
    east = whole.__class__(whole.settings.model_copy(update={"zone": "Etc/GMT-4"}), whole.tables)
    tables = readable_tables(east)
    assert tables["corridor_status"]["effective"].dt.date().to_list() == [date(2022, 12, 13)]
    assert all("note" not in table.columns for table in tables.values())
    assert "claims" not in tables


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELECT persons FROM counts", "unknown name"),
        ("SELECT 1 FROM count", "unknown table"),
        ("SELECT 1; SELECT 2", "several statements"),
        ("", "several statements"),
        ("SELEC 1", "not SQL"),
        ("INSERT INTO counts VALUES ('c', 5)", "not a SELECT"),
        ("WITH x AS (INSERT INTO counts VALUES ('c', 5) RETURNING people) SELECT * FROM x", "not a SELECT"),
        ("WITH x AS (DELETE FROM counts RETURNING people) SELECT * FROM x", "not a SELECT"),
        ("COPY counts TO 'out.csv'", "not a SELECT"),
        ("CREATE TABLE x AS SELECT 1", "not a SELECT"),
        ("ATTACH 'x.db'", "not a SELECT"),
        ("SET threads = 8", "not a SELECT"),
        ("PRAGMA database_list", "not a SELECT"),
        ("INSTALL httpfs", "not a SELECT"),
        ("CALL pragma_version()", "not a SELECT"),
        ("EXPLAIN SELECT 1", "not a SELECT"),
        ("SHOW TABLES", "not a SELECT"),
        ("DESCRIBE counts", "not a SELECT"),
        ("SELECT * FROM '/etc/passwd'", "unknown table"),
        ("SELECT * FROM read_csv('/etc/passwd')", "function not allowed"),
        ("SELECT * FROM read_text('/etc/passwd')", "function not allowed"),
        ("SELECT * FROM glob('/*')", "function not allowed"),
        ("SELECT * FROM query('SELECT 1')", "function not allowed"),
        ("SELECT getenv('HOME')", "function not allowed"),
        ("SELECT random()", "function not allowed"),
        ("SELECT now()", "function not allowed"),
        ("SELECT repeat('x', 4000000000)", "function not allowed"),
        ("SELECT * FROM range(1000000000000)", "function not allowed"),
        ("SELECT * FROM information_schema.tables", "unknown table"),
        ("SELECT * FROM duckdb_settings()", "function not allowed"),
        ("SELECT people FROM counts USING SAMPLE 1", "random"),
        ("SELECT " + "1 + " * 2000 + "1", "too long"),
        ("SELECT " + "(" * 1500 + "1" + ")" * 1500, "not SQL"),
        ("WITH x AS (WITH pg_settings AS (SELECT 1) SELECT 1) SELECT * FROM pg_settings", "unknown table"),
        ("WITH duckdb_databases AS (SELECT * FROM duckdb_databases) SELECT * FROM duckdb_databases",
         "unknown table"),
        ("SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x) a, (SELECT * FROM x) b", "unknown table"),
        ("WITH x AS (SELECT * FROM y), y AS (SELECT 1) SELECT * FROM x", "unknown table"),
        ("WITH x AS (SELECT * FROM x) SELECT * FROM x", "unknown table"),
        ("WITH RECURSIVE x AS (SELECT * FROM x UNION ALL SELECT * FROM x) SELECT * FROM x", "unknown table"),
        ("SELECT * FROM sqlite_master", "unknown table"),
        ("SELECT current_timestamp FROM counts", "not the same every time"),
        ("SELECT CURRENT_DATE", "not the same every time"),
        ("SELECT 1 WHERE DATE '2020-01-01' < localtimestamp", "not the same every time"),
        ("SELECT session_user", "not the same every time"),
        ("SELECT * FROM counts TABLESAMPLE 50%", "random"),
        ("SELECT " + "NOT " * 500 + "true", "too large"),
        ("SELECT concat(" + ", ".join(["repeat"] * 2) + ")", "unknown name"),
        (ENDLESS, "never ends"),
        (MANY, "too many rows"),
    ],
)  # fmt: skip
def test_refused(locked, query, kind):
    answer = locked.ask(query)
    assert (answer.kind, answer.rows) == (kind, ())
    assert locked.ask("SELECT sum(people) AS value FROM counts").records() == [{"value": 7}]


def test_a_query_that_cannot_be_interrupted_is_stopped_with_its_process():
    bomb = "replace(" * 9 + "'aaaaaaaaaa'" + ", 'a', 'aaaaaaaaaaaaaaaa')" * 9
    first, after = ask({"counts": TABLE}, [f"SELECT {bomb} AS value", "SELECT 1 AS value"], QUICK)
    assert first.kind in {"never ends", "too large"}
    assert after.records() == [{"value": 1}]


def test_many_endless_queries_do_not_add_up():
    hurried = ClaimsOptions(seconds=0.5, all_seconds=0.6)
    kinds = [answer.kind for answer in ask({"counts": TABLE}, [ENDLESS] * 9, hurried)]
    assert kinds[0] == "never ends"
    assert set(kinds[3:]) == {"no time left"}


@pytest.mark.parametrize(
    ("row", "comparison", "text", "says"),
    [
        ({"value": 5}, "=", "5", "for"),
        ({"value": 5}, ">", "5", "against"),
        ({"value": 5}, ">=", "5", "for"),
        ({"value": 5}, "<", "5", "against"),
        ({"value": 5}, "<=", "5", "for"),
        ({"value": 5, "low": 4, "high": 6}, ">", "5", "open"),
        ({"value": 5, "low": 4, "high": 6}, "between", "5..9", "open"),
        ({"value": 5, "low": 4, "high": 6}, "between", "4.5..5.5", "for"),
        ({"value": "2022-12-12"}, "=", "2022-12-13", "for"),
        ({"value": "2022-12-12"}, "=", "2022-12-14", "against"),
        ({"value": 91}, "=", "100", "for"),
        ({"value": 89}, "=", "100", "against"),
        ({"value": "2022-12-12"}, ">=", "2022-12-13", "against"),
        ({"value": "Open"}, "=", "open", "for"),
        ({"value": True}, "=", "true", "for"),
        ({"value": "text"}, "=", "5", "against"),
        ({"value": "text"}, ">", "5", "shown"),
        ({"value": None}, "=", "5", "shown"),
    ],
)
def test_what_a_row_says(row, comparison, text, says):
    assert row_says(row, expected_of(comparison, text)) == says


def test_expected_values_that_do_not_fit_are_refused():
    for comparison, text in (("between", "5"), ("within", "5"), ("=", ""), ("~", "5"), ("=", "5 ± 40 %")):
        with pytest.raises(ValueError, match="expected"):
            expected_of(comparison, text)


def test_figures_and_distances_in_words():
    assert figure("1 234.5") == 1234.5
    assert figure(math.pi) == math.pi
    assert difference(120_000, 102_000) == "17.6 % above 102,000"
    assert difference(3, 0) == "3 against 0"
    assert difference(0, 0) == "the same as 0"


def test_names_of_a_with_hold_where_they_stand(locked):
    nested = "WITH x AS (SELECT people FROM counts), y AS (FROM x) SELECT sum(people) AS value FROM y"
    counting = "WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i+1 FROM n WHERE i < 5) SELECT max(i) FROM n"
    assert locked.ask(nested).records() == [{"value": 7}]
    assert locked.ask(counting).rows == ((5,),)


def test_an_answer_has_a_limit(locked):
    bomb = "replace(" * 5 + "'aaaaaaaaaa'" + ", 'a', 'aaaaaaaaaa')" * 5
    assert locked.ask(f"SELECT {bomb} AS value").kind == "too large"


def test_looking_at_claims_neither_hangs_nor_eats_memory():
    """889 characters once took the engine 150 s and 7.5 GB to explain."""
    inner = [f"(SELECT count(*) FROM events e{n}, counts c{n})" for n in range(18)]  # noqa: S608
    deep, joins = "SELECT " + " + ".join(inner), "FROM " + ", ".join(f"events e{n}" for n in range(70))
    queries = [deep, joins, "SELECT " + "NOT " * 500 + "true"]
    begun = monotonic()
    found = query_findings(rows("claims", *(claim(f"C{n}", q, "=", "1") for n, q in enumerate(queries))))
    assert monotonic() - begun < 60
    assert "C2" in found[-1].message


def test_nothing_stays_when_the_asking_process_is_killed(tmp_path):
    script = (
        "import polars as pl\n"
        "from forestall.claims.ask import Locked, tables_on_disk\n"
        "from forestall.claims.options import ClaimsOptions\n"
        "with tables_on_disk({'a': pl.DataFrame({'b': [1]})}) as f, Locked(f, ClaimsOptions()) as l:\n"
        "    l.ask('SELECT 1'); print(l._process.pid, flush=True); input()\n"
    )
    asking = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    worker = int(asking.stdout.readline())
    asking.kill()
    asking.communicate()
    for _ in range(100):
        if not any(tmp_path.iterdir()) and not Path(f"/proc/{worker}/cmdline").exists():
            return
        sleep(0.1)
    pytest.fail(f"left: {list(tmp_path.iterdir())}, worker {worker}")


def test_queries_are_looked_at_without_being_run():
    claims = [
        claim("C1", "SELECT peple AS value FROM population", "=", "1"),
        claim("C2", "SELECT people FROM population WHERE date > DATE '2022-01-01'", "between", "5"),
        claim("C3", "WITH x AS (DELETE FROM population RETURNING people) SELECT * FROM x", "=", "1"),
        claim("C4", ENDLESS, "=", "1"),
        claim("C5", f"SELECT {'replace(' * 9}'aa'{', chr(97), chr(98))' * 9} AS value", "=", "1"),
        claim("C6", PEOPLE, "=", "120000"),
    ]
    found = query_findings(rows("claims", *claims))
    assert [(f.code, f.message[6:8]) for f in found] == [
        ("E144", "C1"),
        ("E145", "C2"),
        ("E144", "C3"),
        ("E144", "C5"),
    ]
    assert found[0].nearest == "people"
