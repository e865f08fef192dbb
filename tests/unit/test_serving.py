"""The page's data: read-only, at one address each, with nothing later than the moment it names."""

import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

pytest.importorskip("fastapi")
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from forestall.cli.apps import app as command_line
from forestall.cli.main import load_commands
from forestall.core.errors import UsageError
from forestall.crisis import open_crisis
from forestall.reporting.pages.made import files_of
from forestall.runs import run
from forestall.serving.app import application
from forestall.serving.desk import Reading
from forestall.serving.jobs import MAX_WAITING, Jobs, Limits
from forestall.serving.shelf import Shelf
from forestall.serving.views import NAMES, VIEWS

CRISIS = "karabakh-2023"
AT = "2023-09-19T20:00+04:00"
OURS = {"X-Forestall": "1"}
FEW = 20


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    crisis = open_crisis(CRISIS)
    run(crisis, as_of=AT, draws=FEW, out=folder / "first", pages=lambda made: files_of(made, crisis))
    (folder / "half").mkdir()
    (folder / "half" / "run.json").write_text('{"crisis": "half wri')
    return folder


@pytest.fixture(scope="module")
def client(runs: Path) -> Iterator[TestClient]:
    with TestClient(application(Shelf(runs, [CRISIS])), raise_server_exceptions=False) as opened:
        yield opened


def address(view: str, form: str = "json") -> str:
    return f"/crisis/{CRISIS}/{AT}/{view}.{form}"


@pytest.mark.parametrize("view", NAMES)
def test_every_view_is_json_and_csv_at_one_address(client: TestClient, view: str) -> None:
    got = client.get(address(view))
    assert got.status_code == 200, got.text
    assert got.json()["as_of"].startswith("2023-09-19T20:00")
    assert client.get(address(view, "csv")).headers["content-type"].startswith("text/csv")


def test_now_is_what_the_run_wrote(client: TestClient, runs: Path) -> None:
    written = json.loads((runs / "first" / "brief.json").read_text())
    assert client.get(address("now")).json()["parts"] == written["parts"]


def test_no_view_but_the_reveal_holds_what_became_known_later(client: TestClient) -> None:
    moment = datetime.fromisoformat(AT)
    for view in ("map", "odds", "needs", "action", "claims", "sources", "replay"):
        for key, value in _pairs(client.get(address(view)).json()):
            if key == "known_at" and value:
                assert datetime.fromisoformat(value) <= moment, (view, value)
    assert client.get(address("reveal")).json()["reveal"]


def _pairs(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str):
                yield key, inner
            yield from _pairs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _pairs(inner)


def test_a_country_without_odds_is_not_assessed_and_never_zero(client: TestClient) -> None:
    rows = client.get("/world.json").json()["countries"]
    by = {row["iso3"]: row for row in rows}
    assert rows[0]["assessed"]
    assert not by["VAT"]["assessed"]
    assert by["VAT"]["odds"] == "not assessed"
    table = pl.read_csv(io.BytesIO(client.get("/world.csv").content), infer_schema=False)
    assert table.filter(iso3="VAT")["odds"].item() == "not assessed"


def test_a_reader_who_has_it_already_is_told_so(client: TestClient) -> None:
    tag = client.get("/world.json").headers["etag"]
    again = client.get("/world.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/world.json", headers={"If-None-Match": '"other"'}).status_code == 200


def test_every_answer_has_the_headers_that_keep_scripts_and_frames_out(client: TestClient) -> None:
    for path in ("/world.json", "/nothing", address("odds"), "/crisis/x/y/z.json"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_pages_of_a_table_join_to_the_whole(client: TestClient) -> None:
    first = client.get(address("table/places") + "?per=3&page=1").json()
    seen = [
        row["place"]
        for page in range(1, first["pages"] + 1)
        for row in client.get(address("table/places") + f"?per=3&page={page}").json()["items"]
    ]
    assert len(seen) == first["rows"] == len(set(seen))


@pytest.mark.parametrize(
    ("path", "status", "near"),
    [
        (f"/crisis/karabak-2023/{AT}/odds.json", 404, CRISIS),
        (f"/crisis/{CRISIS}/{AT}/ods.json", 404, "odds"),
        (f"/crisis/{CRISIS}/{AT}/table/plaecs.json", 404, "places"),
        (f"/crisis/{CRISIS}/2023-09-21/odds.json", 404, "2023-09-19T16:00:00Z"),
        (f"/crisis/{CRISIS}/nineteenth/odds.json", 404, "2023-09-19T16:00:00Z"),
        (f"/crisis/{CRISIS}/{AT}/odds.csv?table=triger", 404, "triggers"),
    ],
)
def test_a_wrong_name_gets_the_nearest_right_one(
    client: TestClient, path: str, status: int, near: str
) -> None:
    got = client.get(path)
    assert got.headers["content-type"] == "application/problem+json"
    assert (got.status_code, got.json()["status"], got.json()["nearest"]) == (status, status, near)


@pytest.mark.parametrize(
    "path",
    [
        "/crisis/%2e%2e/%2e%2e/odds.json",
        f"/crisis/{CRISIS}/{AT}/table/..%2f..%2fetc%2fpasswd.json",
        "/static/..%2f..%2fapp.py",
        "/crisis/a%00b/x/odds.json",
        f"/crisis/{CRISIS}/{AT}/table/places.json?per=100000000",
        f"/crisis/{CRISIS}/{AT}/table/places.json?page=0",
        "/world.xml",
        "/world.json?" + "a" * 5000,
    ],
)
def test_a_malformed_address_is_refused_as_a_problem(client: TestClient, path: str) -> None:
    got = client.get(path)
    assert 400 <= got.status_code < 500
    assert got.headers["content-type"] == "application/problem+json"
    assert "root:" not in got.text


def test_a_huge_body_is_refused_before_it_is_read(client: TestClient) -> None:
    got = client.post(f"/crisis/{CRISIS}/{AT}/run.json", content=b"0" * 100_000, headers=OURS)
    assert got.status_code == 413


def test_another_site_cannot_start_a_run(client: TestClient) -> None:
    path = f"/crisis/{CRISIS}/{AT}/run.json"
    assert client.post(path).status_code == 403
    assert client.post(path, headers={**OURS, "Origin": "http://elsewhere.example"}).status_code == 403
    assert client.get("/jobs.json").json()["jobs"] == []


def test_route_and_site_detail_is_withheld_unless_the_crisis_may_show_it(
    client: TestClient, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forestall.reporting import disclosure
    from forestall.serving import ground, views

    for module in (disclosure, ground, views):
        monkeypatch.setattr(module, "may_show_detail", lambda *_, **__: False)
    with TestClient(application(Shelf(runs, [CRISIS]))) as guarded:
        shown = guarded.get(address("map")).json()
        assert (shown["use"], shown["flows"], shown["arrivals"], shown["route_detail"]) == ([], [], {}, False)
        assert guarded.get(address("odds")).json()["fan"] == []
        for name in ("sites", "arrivals_summary", "road_summary"):
            assert guarded.get(address(f"table/{name}")).status_code == 404


def waited(client: TestClient, where: str, seconds: float = 120) -> dict[str, object]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job: dict[str, object] = client.get(where).json()
        if job["state"] not in ("waiting", "running"):
            return job
        time.sleep(0.2)
    pytest.fail(f"the job did not end: {job}")


def test_a_missing_run_is_started_and_readers_are_not_held_up(client: TestClient) -> None:
    at = "2022-12-13"
    assert client.get(f"/crisis/{CRISIS}/{at}/odds.json").status_code == 404
    started = client.post(f"/crisis/{CRISIS}/{at}/run.json?draws={FEW}", headers=OURS)
    assert started.status_code == 202
    before = time.monotonic()
    assert client.get("/crises.json").status_code == 200
    assert time.monotonic() - before < 2
    job = waited(client, started.headers["location"])
    assert job["state"] == "done", job
    assert client.get(f"/crisis/{CRISIS}/{at}/odds.json").status_code == 200


def test_a_run_can_be_cancelled_and_leaves_nothing(client: TestClient, runs: Path) -> None:
    started = client.post(f"/crisis/{CRISIS}/2021-05-01/run.json?draws={FEW}", headers=OURS)
    assert client.request("DELETE", started.headers["location"], headers=OURS).json()["state"] == "cancelled"
    assert waited(client, started.headers["location"])["state"] == "cancelled"
    assert not (runs / f"{CRISIS}_20210501T195959Z_page").exists()


@pytest.mark.parametrize(
    ("limits", "state"),
    [(Limits(0.3, 4096), "out of time"), (Limits(60, 300), "failed")],
    ids=["time", "memory"],
)
def test_a_run_that_takes_too_much_ends_and_the_next_one_goes_on(
    tmp_path: Path, limits: Limits, state: str
) -> None:
    shelf = Shelf(tmp_path, [CRISIS])
    jobs = Jobs(limits)
    try:
        made = [
            jobs.add(CRISIS, shelf.crises[CRISIS], at, tmp_path / at, 2000)
            for at in ("2020-01-01", "2020-02-01")
        ]
        end = time.monotonic() + 60
        while any(job.state in ("waiting", "running") for job in made) and time.monotonic() < end:
            time.sleep(0.1)
        assert [job.state for job in made] == [state, state]
        assert all(job.says for job in made)
    finally:
        jobs.close()


def test_too_many_waiting_runs_are_refused(tmp_path: Path) -> None:
    jobs = Jobs(Limits(60))
    try:
        said = [refused(jobs, tmp_path, number) for number in range(MAX_WAITING + 3)]
        assert said[:MAX_WAITING] == [""] * MAX_WAITING
        assert "wait already" in said[-1]
    finally:
        jobs.close()


def refused(jobs: Jobs, folder: Path, number: int) -> str:
    try:
        jobs.add(CRISIS, folder, "2020-01-01", folder / str(number))
    except UsageError as error:
        return str(error)
    return ""


def test_it_refuses_to_be_reached_from_elsewhere() -> None:
    load_commands()
    done = CliRunner().invoke(command_line, ["serve", "--host", "192.0.2.7"])
    assert done.exit_code == 2
    assert "keys" in done.output


def test_views_name_tables_that_there_are() -> None:
    from forestall.schema import load_schema

    assert {name for view in VIEWS.values() for name in view.tables} <= load_schema().keys()


def test_many_who_ask_for_the_same_wait_for_one_maker(tmp_path: Path) -> None:
    made: list[int] = []

    def slow() -> bytes:
        made.append(1)
        time.sleep(0.1)
        return b"x"

    reading = Reading(Shelf(tmp_path, ["karabakh-2023"]))
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda _: reading._made("a", slow), range(8)))
    assert len(made) == 1
    assert {body.plain for body in bodies} == {b"x"}
