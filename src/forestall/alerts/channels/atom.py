"""An Atom feed (RFC 4287) in a file: every alert that was released, the newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from forestall.alerts.channels.words import headline, paragraphs
from forestall.alerts.log import APPROVED, Alert
from forestall.core.errors import UsageError
from forestall.core.files import write_atomic
from forestall.options.alert import AlertOptions

SPACE = "http://www.w3.org/2005/Atom"
MOST = 200
"""Entries a feed keeps."""


class Atom:
    """The feed of a crisis."""

    def __init__(self, path: Path, options: AlertOptions) -> None:
        self.path, self.options = path, options

    def tell(self, alert: Alert) -> None:
        """Put the alert at the head of the feed, in the place of its earlier state."""
        ET.register_namespace("", SPACE)
        feed = self._feed(alert)
        name = f"urn:forestall:{alert.name}"
        for entry in feed.findall(f"{{{SPACE}}}entry"):
            if entry.findtext(f"{{{SPACE}}}id") == name:
                feed.remove(entry)
        head = len(feed) - len(feed.findall(f"{{{SPACE}}}entry"))
        feed.insert(head, self._entry(alert, name))
        for entry in feed.findall(f"{{{SPACE}}}entry")[MOST:]:
            feed.remove(entry)
        changed = feed.find(f"{{{SPACE}}}updated")
        if changed is not None:
            changed.text = _moment(alert.history[-1]["at"])
        write_atomic(self.path, ET.tostring(feed, encoding="utf-8", xml_declaration=True))

    def _feed(self, alert: Alert) -> ET.Element:
        """Return the feed that is there, or a fresh one."""
        if self.path.is_file():
            try:
                return ET.fromstring(self.path.read_bytes())  # noqa: S314 - our own file
            except ET.ParseError as error:
                raise UsageError(f"{self.path} is no Atom feed: {error}; move it away") from error
        feed = ET.Element(f"{{{SPACE}}}feed")
        _text(feed, "id", f"urn:forestall:feed:{alert.crisis}")
        _text(feed, "title", f"Alerts: {alert.crisis}")
        _text(feed, "updated", _moment(datetime.now(UTC)))
        author = ET.SubElement(feed, f"{{{SPACE}}}author")
        _text(author, "name", self.options.sender or "Forestall")
        return feed

    def _entry(self, alert: Alert, name: str) -> ET.Element:
        entry = ET.Element(f"{{{SPACE}}}entry")
        released = next(e["at"] for e in alert.history if e["act"] == APPROVED)
        _text(entry, "id", name)
        _text(entry, "title", headline(alert))
        _text(entry, "published", _moment(released))
        _text(entry, "updated", _moment(alert.history[-1]["at"]))
        _text(entry, "content", "\n\n".join(paragraphs(alert)))
        if alert.content.get("before"):
            link = {"rel": "related", "href": f"urn:forestall:{alert.content['before']}"}
            ET.SubElement(entry, f"{{{SPACE}}}link", link)
        return entry


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{SPACE}}}{name}").text = text


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
