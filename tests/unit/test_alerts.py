"""Alerts: staged by rules, released by a person, told once over each channel; nothing sends itself."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from xml.etree import ElementTree as ET

import pytest

from forestall.alerts.channels import channels_of
from forestall.alerts.log import STAGED, alert_named, alerts, standing, write
from forestall.alerts.releasing import approve, correct, hashed, known, tell, withdraw
from forestall.alerts.rules import false_alarms, staged
from forestall.core.errors import UsageError
from forestall.options.alert import AlertOptions
from forestall.store import open_database
from receivers import mail, webhook
from valley import command, copy_valley

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
ATOM = "{http://www.w3.org/2005/Atom}"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
RECORD = {"band": "33-66 %", "issued": 100, "events": 40, "low": 0.32, "high": 0.48, "note_text": ""}
OPTIONS = AlertOptions(sender="ew@example.org", odds=0.5, change=0.2, call_off=0.25, new_people=1000)


def figures(p=0.1, counted=None, triggers=None, record=RECORD):
    row = {"p_event": p, "p_low": p * 0.8, "p_high": min(p * 1.2, 1), "words": "likely", "model": "pool"}
    return {"odds": {"XRV": {**row, "record": record}}, "counted": counted or {}, "triggers": triggers or {}}


def rules(found):
    return [(one.rule, one.subject) for one in found]


# --- rules --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "there", "found"),
    [
        (None, figures(0.49), {}, []),
        (None, figures(0.5), {}, [("odds", "XRV")]),
        (None, figures(0.5), {("odds", "XRV"): "a"}, []),
        (figures(0.1), figures(0.29), {}, []),
        (figures(0.1), figures(0.31), {}, [("change", "XRV")]),
        (figures(0.1), figures(0.6), {}, [("odds", "XRV"), ("change", "XRV")]),
        (figures(0.6), figures(0.24), {("odds", "XRV"): "a"}, [("call off", "XRV")]),
        (figures(0.6), figures(0.26), {("odds", "XRV"): "a"}, []),
        (figures(0.6), figures(0.24), {}, []),
        (figures(counted={"dale": 5}), figures(counted={"dale": 1004}), {}, []),
        (figures(counted={"dale": 5}), figures(counted={"dale": 1005}), {}, [("counts", "dale")]),
        (None, figures(counted={"dale": 9999}), {}, []),
    ],
)
def test_a_rule_stages_what_it_says_and_no_more(old, new, there, found):
    assert rules(staged(OPTIONS, old, new, there)) == found


def trigger(day):
    row = {"activated_at": f"2025-03-{day}T00:00:00+00:00", "value": 3.0, "threshold": 2.0, "unit": "events"}
    return {"clash": {**row, "stop_rule": "quiet for 30 days", "times": 4}}


def test_a_trigger_that_activates_anew_stages_an_alert_with_its_stop_rule():
    old, new = figures(triggers=trigger("01")), figures(triggers=trigger("09"))
    (one,) = staged(OPTIONS, old, new, {})
    assert (one.rule, one.call_off) == ("trigger", "quiet for 30 days")
    assert staged(OPTIONS, new, new, {}) == []
    assert staged(OPTIONS, None, new, {}) == [], "activations of before the first watch are no news"
    assert staged(AlertOptions(triggers=False), old, new, {}) == []


def test_an_alert_says_how_likely_how_often_false_and_what_ends_it():
    (one,) = staged(OPTIONS, None, figures(0.6), {})
    assert "60% (90 % interval 48% to 72%)" in one.headline
    assert "60 were not followed by the event (52 % to 68 %)" in one.text
    assert "25%" in one.call_off
    (unknown,) = staged(OPTIONS, None, figures(0.6, record=None), {})
    assert unknown.false_alarms == false_alarms(None)


# --- history ------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path):
    return open_database(str(tmp_path / "s.duckdb"))


def stage(store, name="a1", p=0.6, before=None, crisis="valley"):
    (one,) = staged(OPTIONS, None, figures(p), {})
    content = {**one.content(), "crisis": crisis, "as_of": "2026-03-01T00:00:00+00:00", "before": before}
    with store.writing() as connection:
        write(connection, name, STAGED, content, now=NOW, once="staged")
        return alert_named(connection, name)


class Told:
    """A channel that remembers, and fails as often as asked."""

    def __init__(self, fails=0):
        self.fails, self.said = fails, []

    def tell(self, alert):
        if self.fails:
            self.fails -= 1
            raise OSError("no line")
        self.said.append((alert.state, alert.version))


def test_the_same_staging_twice_is_one(store):
    assert len(stage(store).history) == len(stage(store).history) == 1


def test_nobody_is_told_before_a_person_released_it(store):
    channel = Told()
    assert tell(store, stage(store), {"x": channel}) == {}
    assert tell(store, withdraw(store, "a1", "Ada", "a slip"), {"x": channel}) == {}
    assert channel.said == []
    with pytest.raises(UsageError, match="withdrawn"):
        approve(store, "a1", "Ada")


def test_each_state_is_told_once_and_what_failed_is_told_later(store):
    stage(store)
    good, bad = Told(), Told(fails=1)
    channels = {"good": good, "bad": bad}
    assert tell(store, approve(store, "a1", "Ada"), channels) == {"good": "told", "bad": "not told: no line"}
    assert tell(store, approve(store, "a1", "Ada"), channels) == {"good": "told before", "bad": "told"}
    tell(store, correct(store, "a1", "Ada", {"headline": "right"}), channels)
    tell(store, withdraw(store, "a1", "Bo", "it passed"), channels)
    assert good.said == bad.said == [("approved", 1), ("approved", 2), ("withdrawn", 3)]
    with store.reading() as connection:
        history = [(e["act"], e["person"]) for e in alert_named(connection, "a1").history]
    acts = [act for act, _ in history]
    assert acts.count("told") == 6
    assert ("corrected", "Ada") in history
    assert ("withdrawn", "Bo") in history


def test_what_was_not_told_cannot_be_corrected(store):
    stage(store)
    with pytest.raises(UsageError, match="not released"):
        correct(store, "a1", "Ada", {"headline": "x"})


def test_an_alert_stands_until_it_is_withdrawn(store):
    stage(store)
    with store.writing() as connection:
        assert standing(connection, "valley") == {("odds", "XRV"): "a1"}
        assert standing(connection, "other") == {}
    withdraw(store, "a1", "Ada", "over")
    with store.reading() as connection:
        assert standing(connection, "valley") == {}


def test_who_releases_is_known_by_a_phrase():
    releasers = {"Ada": hashed("a long phrase")}
    known(releasers, "Ada", "a long phrase")
    for person, phrase, said in (("Ada", "another one", "phrase"), ("Ad", "a long phrase", "nearest: Ada")):
        with pytest.raises(UsageError, match=said):
            known(releasers, person, phrase)
    with pytest.raises(UsageError, match="is none"):
        known({"Ada": "zz$00"}, "Ada", "a long phrase")
    with pytest.raises(UsageError, match="shorter"):
        hashed("short")


# --- channels -----------------------------------------------------------------------------------------


def chosen(tmp_path, **options):
    return channels_of(OPTIONS.model_copy(update=options), tmp_path)


def test_atom_holds_each_alert_once_the_newest_first(store, tmp_path):
    channels = chosen(tmp_path, atom="feed.xml")
    for name in ("a1", "a2"):
        stage(store, name, before="a1" if name == "a2" else None)
        tell(store, approve(store, name, "Ada"), channels)
    tell(store, withdraw(store, "a1", "Ada", "it <passed> & went"), channels)
    feed = ET.fromstring((tmp_path / "feed.xml").read_bytes())  # noqa: S314 - our own file
    entries = feed.findall(f"{ATOM}entry")
    assert [e.findtext(f"{ATOM}id") for e in entries] == ["urn:forestall:a1", "urn:forestall:a2"]
    assert entries[0].findtext(f"{ATOM}title").startswith("Withdrawn: ")
    assert "it <passed> & went" in entries[0].findtext(f"{ATOM}content")
    assert entries[1].find(f"{ATOM}link").get("href") == "urn:forestall:a1"
    assert {child.tag for child in feed} >= {f"{ATOM}{n}" for n in ("id", "title", "updated", "author")}


def test_cap_names_the_messages_before(store, tmp_path):
    channels = chosen(tmp_path, cap="cap")
    stage(store)
    tell(store, approve(store, "a1", "Ada"), channels)
    tell(store, correct(store, "a1", "Ada", {"headline": "right", "text": "right"}), channels)
    tell(store, withdraw(store, "a1", "Ada", "over"), channels)
    paths = sorted((tmp_path / "cap").iterdir())
    found = [ET.fromstring(path.read_bytes()) for path in paths]  # noqa: S314 - our own files
    assert [one.findtext(f"{CAP}msgType") for one in found] == ["Alert", "Update", "Cancel"]
    order = [
        "identifier",
        "sender",
        "sent",
        "status",
        "msgType",
        "scope",
        "restriction",
        "references",
        "info",
    ]
    assert [child.tag.removeprefix(CAP) for child in found[2]] == order
    references = found[2].findtext(f"{CAP}references").split()
    assert [one.split(",")[1] for one in references] == ["a1.1", "a1.2"]
    info = found[0].find(f"{CAP}info")
    values = {
        p.findtext(f"{CAP}valueName"): p.findtext(f"{CAP}value") for p in info.findall(f"{CAP}parameter")
    }
    assert float(values["forestall:p_event"]) == 0.6
    assert "60 were not followed" in values["forestall:false_alarms"]
    assert "fall below" in values["forestall:call_off"]
    parts = [child.tag.removeprefix(CAP) for child in info]
    assert parts == sorted(parts, key=INFO.index)
    assert found[0].findtext(f"{CAP}sent").endswith("-00:00")


ORDER = (
    "language category event responseType urgency severity certainty audience eventCode effective onset "
    "expires senderName headline description instruction web contact parameter resource area"
)
INFO = ORDER.split()
"""The order that the schema of CAP 1.2 asks for."""


def test_cap_wants_a_sender(store, tmp_path):
    stage(store)
    went = tell(store, approve(store, "a1", "Ada"), chosen(tmp_path, cap="cap", sender=""))
    assert went["cap"].startswith("not told: CAP wants a sender")


def test_a_webhook_is_signed_and_told_again_where_it_failed(store, tmp_path, monkeypatch):
    monkeypatch.setenv("FORESTALL_WEBHOOK_SECRET", "hush")
    stage(store)
    with webhook() as server:
        server.refuse = 1
        channels = chosen(tmp_path, webhook=f"http://127.0.0.1:{server.port}/hook")
        assert tell(store, approve(store, "a1", "Ada"), channels) == {
            "webhook": "not told: the webhook answered 503"
        }
        assert tell(store, approve(store, "a1", "Ada"), channels) == {"webhook": "told"}
        assert tell(store, approve(store, "a1", "Ada"), channels) == {"webhook": "told before"}
    ((headers, body),) = server.box
    stamp = headers["X-Forestall-Timestamp"]
    digest = hmac.new(b"hush", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Forestall-Signature"] == f"sha256={digest}"
    assert headers["X-Forestall-Id"] == "a1.1"
    told = json.loads(body)
    assert (told["state"], told["p_low"], told["p_high"]) == ("approved", 0.48, 0.72)
    assert {"false_alarms", "call_off", "before"} <= told.keys()


def test_without_a_secret_no_webhook_is_told(store, tmp_path, monkeypatch):
    monkeypatch.delenv("FORESTALL_WEBHOOK_SECRET", raising=False)
    stage(store)
    went = tell(store, approve(store, "a1", "Ada"), chosen(tmp_path, webhook="http://127.0.0.1:1/"))
    assert "FORESTALL_WEBHOOK_SECRET" in went["webhook"]


def test_a_mail_says_all_and_one_in_reply_to_it_takes_it_back(store, tmp_path):
    stage(store)
    with mail() as server:
        more = {"smtp": f"smtp://127.0.0.1:{server.port}", "mail_to": ("a@example.org", "b@example.org")}
        channels = chosen(tmp_path, **more)
        tell(store, approve(store, "a1", "Ada"), channels)
        tell(store, withdraw(store, "a1", "Ada", "it passed"), channels)
    first, second = (message_from_string(text, policy=policy.default) for text in server.box)
    text = first.get_content()
    assert "90 % interval" in text
    assert "not followed by the event" in text
    assert "Call-off rule" in text
    assert first["To"] == "a@example.org, b@example.org"
    assert second["In-Reply-To"] == first["Message-ID"]
    assert "it passed" in second.get_content()


def test_a_mail_that_is_refused_is_not_told(store, tmp_path):
    stage(store)
    with mail() as server:
        url = f"smtp://127.0.0.1:{server.port}"
        channels = chosen(tmp_path, smtp=url, mail_to=("nobody@example.org",))
        assert tell(store, approve(store, "a1", "Ada"), channels)["smtp"].startswith("not told")
    assert server.box == []
    gone = chosen(tmp_path, smtp="smtp://127.0.0.1:1", mail_to=("a@example.org",))
    assert tell(store, approve(store, "a1", "Ada"), gone)["smtp"].startswith("not told")
    wrong = chosen(tmp_path, smtp="ftp://x", mail_to=("a@example.org",))
    assert "expected smtp://" in tell(store, approve(store, "a1", "Ada"), wrong)["smtp"]


# --- commands -----------------------------------------------------------------------------------------


def test_the_commands_release_and_withdraw(tmp_path, monkeypatch):
    folder = copy_valley(tmp_path)
    line = command("alert", "releaser", "Ada Ek", "--phrase", "a long phrase", cwd=tmp_path).stdout
    settings = folder / "crisis.toml"
    settings.write_text(
        f'{settings.read_text()}\n[alert]\nsender = "ew@example.org"\natom = "feed.xml"\n{line}'
    )
    store = open_database(str(tmp_path / "s.duckdb"))
    stage(store)
    where = ("--store", "s.duckdb", "--crisis", str(folder))
    who = ("--by", "Ada Ek", "--phrase", "a long phrase")
    for width in ("80", "120"):
        monkeypatch.setenv("COLUMNS", width)
        listed = command("alert", "list", "--store", "s.duckdb", cwd=tmp_path)
        table = [row for row in listed.stdout.splitlines() if set(row) & set("│┃┏└")]
        assert max(map(len, table)) <= int(width)
        assert "fall below" in listed.stdout
    wrong = command("alert", "approve", "a1", *where, "--by", "Ada Ek", "--phrase", "something", cwd=tmp_path)
    assert (wrong.returncode, (folder / "feed.xml").exists()) == (2, False)
    assert "nearest: a1" in command("alert", "approve", "a2", *where, *who, cwd=tmp_path).stderr
    done = command("alert", "approve", "a1", *where, *who, cwd=tmp_path)
    assert (done.returncode, "atom: told" in done.stdout) == (0, True), done.stderr
    fixed = command("alert", "correct", "a1", *where, *who, "--headline", "Better", cwd=tmp_path)
    assert "atom: told" in fixed.stdout
    command("alert", "withdraw", "a1", *where, *who, "--reason", "over", cwd=tmp_path)
    assert "Withdrawn: Better" in (folder / "feed.xml").read_text()
    (facts,) = json.loads(command("alert", "list", "--store", "s.duckdb", "--json", cwd=tmp_path).stdout)
    assert (facts["state"], facts["told_by"]) == ("withdrawn", ["atom"])


def test_without_a_releaser_nothing_goes_out(tmp_path):
    folder = copy_valley(tmp_path)
    stage(open_database(str(tmp_path / "s.duckdb")))
    arguments = ("--store", "s.duckdb", "--crisis", str(folder), "--by", "Ada", "--phrase", "a long phrase")
    done = command("alert", "approve", "a1", *arguments, cwd=tmp_path)
    assert (done.returncode, "nobody may release" in done.stderr) == (2, True)


def test_alerts_of_two_crises_are_told_apart(store):
    stage(store, "a1")
    stage(store, "b1", crisis="other")
    with store.reading() as connection:
        assert list(alerts(connection, "other")) == ["b1"]
        late = NOW + timedelta(days=1)
        assert all(one.history[0]["at"] < late for one in alerts(connection).values())
