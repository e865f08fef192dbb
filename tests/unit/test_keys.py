"""Keys of readers: what each role sees, what is refused, what is noted."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi")
import uvicorn
from fastapi.testclient import TestClient

from forestall.core.errors import UsageError
from forestall.crisis import open_crisis
from forestall.reporting.disclosure import UNDER, suppressed
from forestall.runs import run
from forestall.serving import connection
from forestall.serving.app import application
from forestall.serving.door import MAX_CLIENTS, WRONG_KEYS, WRONG_SECONDS, Wrong
from forestall.serving.keys import KeyFile, add_key, key_of, read_keys, revoke_key
from forestall.serving.shelf import Shelf
from valley import command

CRISIS, AT = "karabakh-2023", "2023-09-19T20:00+04:00"
BASE = f"/crisis/{CRISIS}/{AT}"
OURS = {"X-Forestall": "1"}


class Served:
    """An application with a key of each role, and detail withheld from the public."""

    def __init__(self, folder: Path, runs: Path) -> None:
        self.file = folder / "keys.json"
        self.log = folder / "exports.jsonl"
        roles = ("viewer", "analyst", "releaser")
        self.secrets = {role: add_key(self.file, role.title(), role)[1] for role in roles}
        shelf = Shelf(runs, [CRISIS])
        self.client = TestClient(application(shelf, keys=KeyFile(self.file), exports=self.log))

    def get(self, path: str, role: str | None = None):
        headers = {"Authorization": f"Bearer {self.secrets[role]}"} if role else {}
        return self.client.get(path, headers=headers)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    run(open_crisis(CRISIS), as_of=AT, draws=10, out=folder / "first")
    return folder


@pytest.fixture
def served(tmp_path: Path, runs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    from forestall.reporting import disclosure
    from forestall.serving import ground, views

    for module in (disclosure, ground, views):
        monkeypatch.setattr(module, "may_show_detail", lambda *_, **__: False)
    made = Served(tmp_path, runs)
    with made.client:
        yield made


@pytest.mark.parametrize(
    "path", ["/world.json", "/crises.json", "/jobs.json", "/openapi.json", f"{BASE}/odds.json", "/nothing"]
)
def test_without_a_key_nothing_is_read(served: Served, path: str) -> None:
    got = served.get(path)
    assert (got.status_code, got.headers["www-authenticate"]) == (401, 'Bearer realm="forestall"')
    assert served.get(path, "viewer").status_code in (200, 404)


def test_an_analyst_sees_detail_and_a_viewer_does_not_whoever_asks_first(served: Served) -> None:
    for _ in range(2):
        seen = served.get(f"{BASE}/map.json", "analyst").json()
        withheld = served.get(f"{BASE}/map.json", "viewer").json()
        assert seen["route_detail"]
        assert seen["arrivals"]
        assert (withheld["use"], withheld["flows"], withheld["arrivals"]) == ([], [], {})
        assert served.get(f"{BASE}/table/arrivals_summary.json", "analyst").status_code == 200
        assert served.get(f"{BASE}/table/arrivals_summary.json", "viewer").status_code == 404


def test_few_people_are_hidden_from_an_analyst_and_said_to_be(served: Served) -> None:
    page = f"{BASE}/table/arrivals_summary.json?per=1000&page="
    first = served.get(page + "1", "analyst").json()
    pages = [first, *(served.get(f"{page}{n}", "analyst").json() for n in range(2, first["pages"] + 1))]
    people = [row["people"] for one in pages for row in one["items"]]
    assert not [value for value in people if not isinstance(value, str) and 0 < value < 10]
    assert people.count(UNDER) == sum(one["suppressed"] for one in pages) > 0
    bands = [
        value
        for places in served.get(f"{BASE}/map.json", "analyst").json()["arrivals"].values()
        for steps in places.values()
        for band in steps
        for value in band
    ]
    assert None in bands
    assert not [value for value in bands if value is not None and 0 < value < 10]


def test_what_is_public_or_not_known_is_not_hidden() -> None:
    assert suppressed("counts", [{"value": 3}]) == ([{"value": 3}], 0)
    rows = [{"people": None}, {"people": 0}, {"people": 10}, {"people": 9}]
    assert [row["people"] for row in suppressed("arrivals_summary", rows)[0]] == [None, 0, 10, UNDER]


def test_a_viewer_starts_and_stops_nothing(served: Served) -> None:
    headers = {**OURS, "Authorization": f"Bearer {served.secrets['viewer']}"}
    for method, path in (("POST", f"{BASE}/run.json"), ("DELETE", "/jobs/job-1.json")):
        assert served.client.request(method, path, headers=headers).status_code == 403
    assert served.get("/jobs.json", "viewer").json()["jobs"] == []


def test_a_revoked_key_and_its_session_end_at_once(served: Served) -> None:
    began = served.client.post("/session.json", json={"key": served.secrets["analyst"]}, headers=OURS)
    cookie = began.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert served.secrets["analyst"] not in cookie
    assert served.client.get("/world.json").status_code == 200
    revoke_key(served.file, "Analyst")
    assert served.client.get("/world.json").status_code == 401
    assert served.get("/world.json", "analyst").status_code == 401
    assert served.get("/world.json", "viewer").status_code == 200


def test_a_session_ends_when_it_is_ended_and_no_other_site_begins_one(served: Served) -> None:
    key = {"key": served.secrets["viewer"]}
    assert served.client.post("/session.json", json=key).status_code == 403
    assert served.client.post("/session.json", json=key, headers=OURS).status_code == 200
    kept = "; ".join(f"{name}={value}" for name, value in served.client.cookies.items())
    assert served.client.get("/world.json", headers={"Cookie": kept}).status_code == 200
    assert served.client.delete("/session.json", headers=OURS).status_code == 200
    assert served.client.get("/world.json", headers={"Cookie": kept}).status_code == 401


def test_wrong_keys_are_limited_and_the_right_one_still_opens(served: Served) -> None:
    wrong = {"Authorization": "Bearer fs_abc_wrong"}
    got = [served.client.get("/crises.json", headers=wrong) for _ in range(WRONG_KEYS + 2)]
    assert [one.status_code for one in got] == [401] * WRONG_KEYS + [429] * 2
    assert 0 < int(got[-1].headers["retry-after"]) <= WRONG_SECONDS
    assert served.get("/crises.json", "viewer").status_code == 200


def test_ten_thousand_clients_with_wrong_keys_are_remembered_in_bounded_memory() -> None:
    wrong = Wrong(clock=lambda: 0.0)
    for number in range(10_000):
        wrong.note(f"client-{number}")
    assert len(wrong) == MAX_CLIENTS
    assert [wrong.note("one") for _ in range(10_000)][-1] > 0
    assert sum(len(times) for times in wrong._sent.values()) <= MAX_CLIENTS * (WRONG_KEYS + 1)


def test_wrong_keys_are_forgotten_in_time() -> None:
    now = [0.0]
    wrong = Wrong(clock=lambda: now[0])
    assert [wrong.note("a") for _ in range(WRONG_KEYS + 1)][-1] == WRONG_SECONDS
    now[0] = WRONG_SECONDS + 1
    assert wrong.note("a") == 0


def test_what_is_taken_away_is_noted_without_a_person(served: Served) -> None:
    served.get("/world.csv", "viewer")
    served.get(f"{BASE}/table/places.json", "analyst")
    served.get("/world.json", "viewer")
    lines = [json.loads(line) for line in served.log.read_text().splitlines()]
    assert [(line["path"], line["role"]) for line in lines] == [
        ("/world.csv", "viewer"),
        (f"{BASE}/table/places.json", "analyst"),
    ]
    assert not {"Viewer", "Analyst", "testclient"} & set(str(lines).replace("'", " ").split())


@pytest.mark.parametrize("text", ["", "x", "fs_", "fs__", "fs_a_b_c", "ü" * 500, "fs_" + "0" * 100_000])
def test_what_is_no_key_opens_nothing(tmp_path: Path, text: str) -> None:
    _, secret = add_key(tmp_path / "k", "A", "viewer")
    keys = read_keys(tmp_path / "k")
    assert key_of(keys, text) is None
    assert key_of(keys, secret[:-1]) is None
    assert key_of(keys, secret + "x") is None
    assert key_of(keys, secret) is not None


def test_the_file_holds_no_secret_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "k"
    _, secret = add_key(file, "A", "viewer")
    assert secret.split("_", 2)[2] not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_keys_on_the_command_line(tmp_path: Path) -> None:
    made = command("keys", "add", "Ana", "--role", "analyst", "--json", cwd=tmp_path)
    assert json.loads(made.stdout)["secret"].startswith("fs_")
    for wrong, says in (
        (("add", "Ana"), "has a key already"),
        (("add", "Bo", "--role", "analist"), "nearest: analyst"),
        (("add", "Bo", "--quiet"), "would lose the secret"),
        (("revoke", "Anna"), "nearest: Ana"),
    ):
        done = command("keys", *wrong, cwd=tmp_path)
        assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    assert command("keys", "revoke", "Ana", cwd=tmp_path).returncode == 0
    assert "holds no key" in command("serve", "--keys", "forestall-keys.json", cwd=tmp_path).stderr


@pytest.mark.parametrize("text", ["{", "[1]", '[{"id": "a"}]'])
def test_a_file_that_is_none_of_keys_lets_nobody_in(tmp_path: Path, text: str) -> None:
    file = tmp_path / "k"
    file.write_text(text)
    with pytest.raises(UsageError, match="is no file of keys"):
        KeyFile(file)


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(connection, "REQUEST_SECONDS", 1.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = int(free.getsockname()[1])
    asked = uvicorn.Config(
        application(Shelf(tmp_path, [CRISIS])), port=found, log_level="error", http=connection.Connection
    )
    server = uvicorn.Server(asked)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield found
    server.should_exit = True
    thread.join(timeout=20)


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /crises.json HT", b"POST /session.json HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{"],
    ids=["nothing", "half a line", "half a body"],
)
def test_a_slow_client_is_let_go_and_others_are_served(port: int, sent: bytes) -> None:
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    for one in slow:
        one.sendall(sent)
    with socket.create_connection(("127.0.0.1", port)) as quick:
        quick.sendall(b"GET /crises.json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert quick.recv(100).startswith(b"HTTP/1.1 200")
    for one in slow:
        one.settimeout(20)
        while one.recv(4096):
            pass
        one.close()


def test_a_body_of_fifty_megabytes_is_refused_by_its_length(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as sender:
        head = "POST /session.json HTTP/1.1\r\nHost: a\r\nX-Forestall: 1\r\nContent-Length: 52428800\r\n\r\n"
        sender.sendall(head.encode())
        assert sender.recv(100).startswith(b"HTTP/1.1 413")
