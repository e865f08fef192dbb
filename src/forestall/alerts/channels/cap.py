"""CAP 1.2 (OASIS Common Alerting Protocol) as files: one message a state, each naming the one before."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

from forestall.alerts.channels.words import headline, paragraphs
from forestall.alerts.log import APPROVED, CORRECTED, WITHDRAWN, Alert
from forestall.core.errors import UsageError
from forestall.core.files import write_atomic
from forestall.options.alert import AlertOptions

SPACE = "urn:oasis:names:tc:emergency:cap:1.2"
TYPES = {APPROVED: "Alert", CORRECTED: "Update", WITHDRAWN: "Cancel"}
RESTRICTION = "For partners of the response; not for publication"
LIKELY = 0.5
DAYS_A_MONTH = 30
HOLDS_DAYS = 30
"""Days an alert of what was counted holds where no horizon is given."""


class Cap:
    """A folder of messages."""

    def __init__(self, folder: Path, options: AlertOptions) -> None:
        self.folder, self.options = folder, options

    def tell(self, alert: Alert) -> None:
        """Write the message of the present state; the same state gives the same file.

        Raises
        ------
        UsageError
            Where no sender is named, which CAP requires.
        """
        if not re.fullmatch(r"[^\s<&,]+", self.options.sender):
            raise UsageError("CAP wants a sender without spaces: set sender under [alert] in crisis.toml")
        ET.register_namespace("", SPACE)
        message = ET.tostring(self._message(alert), encoding="utf-8", xml_declaration=True)
        write_atomic(self.folder / f"{alert.name}.{alert.version}.xml", message)

    def _message(self, alert: Alert) -> ET.Element:
        states = [entry for entry in alert.history if entry["act"] in TYPES]
        root = ET.Element(f"{{{SPACE}}}alert")
        _text(root, "identifier", _identifier(alert, len(states)))
        _text(root, "sender", self.options.sender)
        _text(root, "sent", _moment(states[-1]["at"]))
        _text(root, "status", self.options.status)
        _text(root, "msgType", TYPES[states[-1]["act"]])
        _text(root, "scope", self.options.scope)
        if self.options.scope == "Restricted":
            _text(root, "restriction", RESTRICTION)
        before = [
            f"{self.options.sender},{_identifier(alert, number)},{_moment(entry['at'])}"
            for number, entry in enumerate(states[:-1], start=1)
        ]
        if before:
            _text(root, "references", " ".join(before))
        root.append(self._info(alert, states[0]["at"]))
        return root

    def _info(self, alert: Alert, released: datetime) -> ET.Element:
        content = alert.content
        info = ET.Element(f"{{{SPACE}}}info")
        months = content.get("within_months")
        holds = timedelta(days=DAYS_A_MONTH * months if months else HOLDS_DAYS)
        for name, text in (
            ("language", "en"),
            ("category", "Security"),
            ("event", "Risk of violence and displacement" if months else "Displacement"),
            ("responseType", "Prepare" if content["rule"] != "call off" else "AllClear"),
            ("urgency", "Future" if months else "Expected"),
            ("severity", "Severe" if content["rule"] != "call off" else "Unknown"),
            ("certainty", _certainty(content["p_event"])),
            ("expires", _moment(released + holds)),
            ("senderName", self.options.sender),
            ("headline", headline(alert)[:160]),
            ("description", "\n".join(paragraphs(alert))),
        ):
            _text(info, name, text)
        for name in (
            "p_event",
            "p_low",
            "p_high",
            "within_months",
            "false_alarms",
            "call_off",
            "as_of",
            "before",
        ):
            if content.get(name) is not None:
                parameter = ET.SubElement(info, f"{{{SPACE}}}parameter")
                _text(parameter, "valueName", f"forestall:{name}")
                _text(parameter, "value", str(content[name]))
        area = ET.SubElement(info, f"{{{SPACE}}}area")
        _text(area, "areaDesc", content["subject"])
        if re.fullmatch(r"[A-Z]{3}", content["subject"]):
            code = ET.SubElement(area, f"{{{SPACE}}}geocode")
            _text(code, "valueName", "ISO 3166-1 alpha-3")
            _text(code, "value", content["subject"])
        return info


def _certainty(p_event: float | None) -> str:
    """Return the certainty in the words of CAP: likely is above one half.

    Examples
    --------
    >>> _certainty(0.6), _certainty(0.4), _certainty(None)
    ('Likely', 'Possible', 'Observed')
    """
    if p_event is None:
        return "Observed"
    return "Likely" if p_event > LIKELY else "Possible"


def _identifier(alert: Alert, number: int) -> str:
    return re.sub(r"[\s<&,]", "-", f"{alert.name}.{number}")


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{SPACE}}}{name}").text = text


def _moment(moment: datetime) -> str:
    """Return a moment as CAP wants it: an offset with a sign, never Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "-00:00")
