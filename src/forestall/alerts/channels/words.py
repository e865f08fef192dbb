"""An alert as people read it: what it says, how sure, what calls it off, and what came before."""

from __future__ import annotations

from typing import Any

from forestall.alerts.log import CORRECTED, WITHDRAWN, Alert


def headline(alert: Alert) -> str:
    """Return the headline; one that was withdrawn or corrected begins with that."""
    acts = [entry["act"] for entry in alert.history]
    if alert.state == WITHDRAWN:
        return f"Withdrawn: {alert.content['headline']}"
    return f"Corrected: {alert.content['headline']}" if CORRECTED in acts else str(alert.content["headline"])


def paragraphs(alert: Alert) -> list[str]:
    """Return the text, a statement a paragraph."""
    content = alert.content
    said = [content["text"]]
    if alert.state == WITHDRAWN:
        said.insert(0, f"This alert is withdrawn: {_reason(alert)}")
    said += [f"False alarms: {content['false_alarms']}.", f"Call-off rule: {content['call_off']}."]
    said += [f"Alert before: {content['before']}."] if content.get("before") else []
    said.append(f"Known as of {content['as_of']}. Released by a person; alert {alert.name}.")
    return said


def _reason(alert: Alert) -> str:
    reasons = [e["content"].get("reason", "") for e in alert.history if e["act"] == WITHDRAWN]
    return reasons[-1] if reasons else ""


def facts(alert: Alert) -> dict[str, Any]:
    """Return the alert as plain values, for machines."""
    return {
        "alert": alert.name,
        "version": alert.version,
        "state": alert.state,
        "crisis": alert.crisis,
        "headline": headline(alert),
        **{k: v for k, v in alert.content.items() if k not in ("headline", "crisis")},
        "reason": _reason(alert) or None,
    }
