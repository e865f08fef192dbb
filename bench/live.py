"""Measure the live part: a fetch, a watch without news, a large store, kills at random moments.

``python bench/live.py`` prints each with its limit; ``python bench/live.py kills 100`` kills a fetch, a watch
and a writer, in turn, a hundred times, and looks at the store after each.
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "unit"))

from forestall.alerts.log import alerts
from forestall.fetching.asking import Asked
from forestall.fetching.fetch import fetch
from forestall.fetching.registry import load_sources
from forestall.store import Database, open_database
from forestall.store.migrate import ensure_table
from forestall.store.rows import rows_as_of
from forestall.watch.due import fingerprints, watched
from loopback import Play, serving
from valley import copy_valley

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
KEYS = ("FORESTALL_IDMC_CLIENT_ID", "FORESTALL_HAPI_APP", "FORESTALL_RELIEFWEB_APPNAME", "FORESTALL_DTM_KEY")
MONTHS, KINDS = 444, 3
ROWS = 10_000_000


def fetch_a_country(folder: Path) -> None:
    """Fetch one country from every source but the two that want more than a key."""
    os.environ |= dict.fromkeys(KEYS, "good") | {"FORESTALL_ACLED_LOGIN": "me:hush"}
    command = [sys.executable, "-c", "from forestall.cli.main import main; main()", "fetch"]
    names = [name for name in load_sources() if name != "unhcr-odp"]
    with serving(Play()) as base:
        start = time.perf_counter()
        arguments = [
            *names,
            "--country",
            "MLI",
            "--base",
            base,
            "--store",
            str(folder / "f.duckdb"),
            "--quiet",
        ]
        subprocess.run([*command, *arguments], check=True)
    print(f"fetch of a country from {len(names)} sources: {time.perf_counter() - start:.1f} s (limit 10 s)")


def watch_without_news(folder: Path) -> None:
    """Watch twenty crises of which none has news."""
    first = copy_valley(folder)
    settings = first / "crisis.toml"
    settings.write_text(settings.read_text().replace("draws = 200", 'draws = 10\nas_of = "2025-03-14"'))
    names = []
    for number in range(20):
        names.append(str(folder / f"crisis{number}"))
        subprocess.run(["cp", "-r", str(first), names[-1]], check=True)
    store = open_database(str(folder / "w.duckdb"))
    watched_before(store, names)
    command = [sys.executable, "-c", "from forestall.cli.main import main; main()", "watch", "--once", *names]
    fresh = [*command, "--store", str(folder / "w.duckdb"), "--runs", str(folder / "runs"), "--quiet"]
    start = time.perf_counter()
    subprocess.run(fresh, check=True)
    print(f"watch of 20 crises without news: {time.perf_counter() - start:.1f} s (limit 5 s)")


def watched_before(store: Database, names: list[str]) -> None:
    """Note a good round of each crisis on the inputs it has now: as if it had run just before."""
    now = datetime.now(UTC)
    crises = [watched(name) for name in names]
    values = {"now": now, "figures": '{"odds": {}, "counted": {}, "triggers": {}}'}
    with store.writing() as connection:
        for name, inputs in fingerprints(connection, crises, now).items():
            connection.execute(
                "insert into watches values ($name, $name, $now, $inputs, 'ran', null, $figures)",
                {**values, "name": name, "inputs": inputs},
            )


def large_store(folder: Path) -> None:
    """Fill a store with ten million rows and read the panel as of a moment, in a process of its own."""
    store = open_database(str(folder / "l.duckdb"))
    with store.writing() as connection:
        ensure_table(connection, "deaths")
        connection.execute(FILL)
    held = sum(path.stat().st_size for path in folder.glob("l.duckdb*"))
    print(f"{ROWS:,} rows: {held / 1e6:.0f} MB on disk")
    subprocess.run([sys.executable, __file__, "panel", str(folder / "l.duckdb")], check=True)


FILL = f"""
insert into rows_deaths by name
select
    'country' as where_kind, code as "where", 'month' as period,
    date '1989-01-01' + to_months(cast(m as integer)) as start,
    ['state-based', 'non-state', 'one-sided'][k + 1] as violence,
    cast((c * 7 + m * 3 + v) % 500 as bigint) as best, 0 as low, 900 as high, 'v' || v as vintage,
    'ucdp' as source,
    timestamptz '2020-01-01 00:00:00+00' + to_days(cast(v * 30 as integer)) as known_at,
    'stated' as known_basis, 'derived' as basis, 'high' as confidence,
    cast(md5(c || '-' || m || '-' || k) as uuid) as _key,
    cast(md5(c || '-' || m || '-' || k || '-' || v) as uuid) as _says,
    '|' || code || '|' as _countries,
    timestamptz '2026-01-01 00:00:00+00' as _fetched_at, 'ucdp' as _from
from (select c, chr(cast(65 + c // 26 as integer)) || chr(cast(65 + c % 26 as integer)) || 'X' as code
    from range(200) a(c)), range({MONTHS}) b(m), range({KINDS}) d(k),
    range({-(-ROWS // (200 * MONTHS * KINDS))}) e(v)
limit {ROWS}
"""  # noqa: S608


def panel(path: str) -> None:
    """Read the newest figure of every country, month and kind as of a moment."""
    store = open_database(path)
    with store.reading() as connection:
        rows_as_of(connection, "deaths", datetime(2020, 2, 1, tzinfo=UTC), iso3=["AAX"])
    start = time.perf_counter()
    with store.reading() as connection:
        found = rows_as_of(connection, "deaths", datetime(2022, 6, 1, tzinfo=UTC))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"panel of {found.height:,} rows as of a moment: {seconds:.1f} s (limit 2 s)")
    print(f"at the peak: {peak:.0f} MB (limit 1000 MB)")


WORK = {
    "fetch": """
from test_fetch import get
from forestall.store import open_database
while True:
    get("worldbank", open_database(sys.argv[1]), sys.argv[2])
""",
    "watch": """
from datetime import UTC, datetime
from pathlib import Path
from forestall.store import open_database
from forestall.watch.once import watch_once
now = datetime(2026, 3, 10, 12, tzinfo=UTC)
watch_once([sys.argv[3]], open_database(sys.argv[1]), Path(sys.argv[3]).parent / "runs", now=now)
""",
    "write": """
import os
from test_store import add, stock
from forestall.store import open_database
store = open_database(sys.argv[1])
for number in range(10**9):
    add(store, *(stock(number, name=f"{os.getpid()}-{number}-{i}") for i in range(5)), countries="|XRV|")
""",
}


def kills(folder: Path, many: int) -> None:
    """Kill a fetch, a watch and a writer in turn, and count the stores that are whole afterwards."""
    valley = copy_valley(folder)
    settings = valley / "crisis.toml"
    text = settings.read_text().replace("draws = 200", 'draws = 10\nas_of = "2025-03-14"')
    settings.write_text(text + "\n[alert]\nodds = 0.001\ncall_off = 0.0\n")
    chance, whole = random.Random(1), 0  # noqa: S311
    store = open_database(str(folder / "k.duckdb"))
    with serving(Play()) as base:
        asked = Asked(("MLI",), (NOW - timedelta(days=800)).date(), NOW)
        fetch(load_sources()["worldbank"], asked, store, base=base)
        for number in range(many):
            name = list(WORK)[number % len(WORK)]
            code = f"import sys\nsys.path[:0] = sys.argv[4:]\n{WORK[name]}"
            paths = [str(ROOT / "tests" / "unit"), str(ROOT / "tests")]
            arguments = [sys.executable, "-c", code, str(folder / "k.duckdb"), base, str(valley), *paths]
            one = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.6, 4.0 if name == "watch" else 2.2))
            one.kill()
            one.wait()
            whole += is_whole(store)
    print(f"{many} kills: {whole} whole stores")


def is_whole(store: Database) -> bool:
    """Return whether a store can be read and written, holds whole writes, and nothing twice."""
    with store.writing() as connection:
        indicators = rows_as_of(connection, "indicators", newest=False)
        stocks = rows_as_of(connection, "stocks", newest=False)
        found = alerts(connection)
        lost = connection.rows(
            "select count(*) as n from responses r where not exists "
            "(select 1 from bodies b where b.sha256 = r.sha256)"
        )
    subjects = [(one.content["rule"], one.content["subject"]) for one in found.values()]
    return (
        not indicators.select("indicator", "where", "date", "known_at").is_duplicated().any()
        and not stocks["stock"].is_duplicated().any()
        and stocks.height % 5 == 0
        and len(subjects) == len(set(subjects))
        and lost == [{"n": 0}]
    )


def main() -> None:
    if sys.argv[1:2] == ["panel"]:
        panel(sys.argv[2])
        return
    with tempfile.TemporaryDirectory() as name:
        if sys.argv[1:2] == ["kills"]:
            kills(Path(name), int(sys.argv[2]))
            return
        for measure in (fetch_a_country, watch_without_news, large_store):
            folder = Path(name) / measure.__name__
            folder.mkdir()
            measure(folder)


if __name__ == "__main__":
    main()
