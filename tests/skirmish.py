"""Small made-up wars: deaths by month, acts of violence, places that change hands."""

from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from flight import table
from forestall.core.moments import add_months
from forestall.crisis import Crisis
from forestall.settings import Settings

SETTINGS = Settings(
    title="Made up",
    iso3=("XAA",),
    zone="UTC",
    period={"start": date(2029, 1, 1), "end": date(2040, 1, 1)},
)
FIRST = date(2030, 1, 1)


def made(deaths=(), events=(), control=(), moment="2031-06-30", first=FIRST):
    """Return a crisis with deaths by month from the first on, each known 50 days after the month began."""
    months = [add_months(first, step) for step in range(len(deaths))]
    rows = [
        {
            "where_kind": "country",
            "where": "XAA",
            "period": "month",
            "start": month,
            "violence": "state-based",
            "best": best,
            "vintage": "one",
            "known_at": datetime(month.year, month.month, 1, tzinfo=UTC) + timedelta(days=50),
        }
        for month, best in zip(months, deaths, strict=True)
        if best is not None
    ]
    tables = {"deaths": table("deaths", rows), "events": table("events", events)}
    tables["control"] = table("control", control)
    return Crisis(SETTINGS, MappingProxyType(tables)).at(moment)


def event(day, name="e1", kind="violence", **cells):
    """Return an act of violence of one side against the other, known on its day, with changes."""
    known = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    side = {"actor": "Plain army", "target": "Hill council"}
    stance = "cooperation" if kind in ("ceasefire", "agreement", "mediation") else "conflict"
    form = "verbal" if kind in ("ceasefire", "agreement") else "material"
    return {"event": name, "date": day, "kind": kind, "form": form, "stance": stance, **side} | {
        "known_at": known,
        **cells,
    }
