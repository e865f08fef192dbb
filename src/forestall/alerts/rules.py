"""When an alert is staged: odds reached, odds risen, people counted, a trigger activated, odds fallen again.

An alert says how likely, with the interval; how often such an alarm was false; and what calls it off. The
same thing stages one alert: a second one only where the first is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from forestall.alerts.figures import Figures
from forestall.alerts.log import CALL_OFF
from forestall.options.alert import AlertOptions

NO_RECORD = "no record: forecasts like this one have not been counted"


@dataclass(frozen=True, slots=True)
class Staged:
    """What an alert says.

    Parameters
    ----------
    rule : str
        "odds", "change", "counts", "trigger" or "call off".
    subject : str
        Country, place or trigger.
    headline, text : str
        For people.
    p_event, p_low, p_high : float or None
        The probability with its 90 % interval; None where the alert is of what was counted.
    false_alarms, call_off : str
        How often such an alarm was false; what calls it off.
    within_months : int or None
        Months the probability is about.
    """

    rule: str
    subject: str
    headline: str
    text: str
    p_event: float | None
    p_low: float | None
    p_high: float | None
    false_alarms: str
    call_off: str
    within_months: int | None = None

    def content(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def staged(
    options: AlertOptions, old: Figures | None, new: Figures, standing: Mapping[tuple[str, str], str]
) -> list[Staged]:
    """Return the alerts that the figures call for.

    Parameters
    ----------
    options
        Thresholds.
    old
        Figures of the watch before, None where there is none.
    new
        Figures of now.
    standing
        Alerts that were staged and are not over, by rule and subject.
    """
    found = [
        *_odds(options, new),
        *_change(options, old, new),
        *_counts(options, old, new),
        *(_triggers(old, new) if options.triggers else ()),
        *_call_off(options, new, standing),
    ]
    return [one for one in found if (one.rule, one.subject) not in standing]


def _odds(options: AlertOptions, new: Figures) -> Iterator[Staged]:
    for where, row in new["odds"].items():
        if row["p_event"] >= options.odds:
            words = f"{row['words']}, {_share(row)}"
            yield _on_odds(options, "odds", where, row, f"Violence in {where} is {words}")


def _change(options: AlertOptions, old: Figures | None, new: Figures) -> Iterator[Staged]:
    for where, row in new["odds"].items():
        before = (old or {}).get("odds", {}).get(where)
        if before is not None and row["p_event"] - before["p_event"] >= options.change:
            said = f"The odds of violence in {where} rose from {before['p_event']:.0%} to {_share(row)}"
            yield _on_odds(options, "change", where, row, said)


def _on_odds(options: AlertOptions, rule: str, where: str, row: Figures, said: str) -> Staged:
    ahead = f"within {options.within_months} months"
    return Staged(
        rule=rule,
        subject=where,
        headline=f"{said} {ahead}",
        text=f"{said} {ahead}, by the model {row['model']}. {false_alarms(row['record'])}",
        p_event=row["p_event"],
        p_low=row["p_low"],
        p_high=row["p_high"],
        false_alarms=false_alarms(row["record"]),
        call_off=f"called off where the odds fall below {options.call_off:.0%}",
        within_months=options.within_months,
    )


def _share(row: Figures) -> str:
    """Return a probability with its interval, which never stands alone."""
    if row["p_low"] is None or row["p_high"] is None:
        return f"{row['p_event']:.0%} (no interval)"
    return f"{row['p_event']:.0%} (90 % interval {row['p_low']:.0%} to {row['p_high']:.0%})"


def false_alarms(record: Figures | None) -> str:
    """Return in words how often forecasts of such odds were not followed by the event.

    Examples
    --------
    >>> false_alarms({"band": "33-66 %", "issued": 100, "events": 40, "low": 0.32, "high": 0.48})
    'of 100 forecasts in the band 33-66 % before, 60 were not followed by the event (52 % to 68 %)'
    >>> false_alarms(None)
    'no record: forecasts like this one have not been counted'
    """
    if not record or not record["issued"]:
        return NO_RECORD
    false = record["issued"] - record["events"]
    said = f"of {record['issued']} forecasts in the band {record['band']} before, "
    said += f"{false} were not followed by the event"
    if record["low"] is None or record["high"] is None:
        return said
    low, high = (f"{100 * (1 - record[end]):.0f} %" for end in ("high", "low"))
    return f"{said} ({low} to {high})"


def _counts(options: AlertOptions, old: Figures | None, new: Figures) -> Iterator[Staged]:
    for place, people in new["counted"].items():
        before = (old or {}).get("counted", {}).get(place)
        if before is None or people - before < options.new_people:
            continue
        said = f"{people:,} people are counted in {place}, {people - before:,} more than at the last watch"
        yield Staged(
            "counts",
            place,
            said,
            said + ".",
            None,
            None,
            None,
            "a count, not a forecast: it may be revised",
            "withdrawn where the count is corrected",
        )


def _triggers(old: Figures | None, new: Figures) -> Iterator[Staged]:
    for name, row in new["triggers"].items():
        before = (old or {}).get("triggers", {}).get(name)
        if old is None or (before and before["activated_at"] == row["activated_at"]):
            continue
        said = f"The trigger {name} has activated: {row['value']:g} {row['unit']} of {row['threshold']:g}"
        yield Staged(
            "trigger",
            name,
            said,
            f"{said}, on {row['activated_at'][:10]}.",
            None,
            None,
            None,
            f"it has activated {row['times']} times; `forestall trigger report` counts which were false",
            row["stop_rule"] or "the trigger states no rule to call it off",
        )


def _call_off(
    options: AlertOptions, new: Figures, standing: Mapping[tuple[str, str], str]
) -> Iterator[Staged]:
    for rule, where in standing:
        row = new["odds"].get(where)
        if rule in ("odds", "change") and row is not None and row["p_event"] < options.call_off:
            said = f"The odds of violence in {where} fell to {_share(row)}, below {options.call_off:.0%}"
            yield Staged(
                CALL_OFF,
                where,
                said,
                f"{said}: it is proposed to call the alert off.",
                row["p_event"],
                row["p_low"],
                row["p_high"],
                false_alarms(row["record"]),
                "it ends the alert before",
                options.within_months,
            )
