"""Counts, stocks and deaths of the shipped crisis ukraine-2022, from dated vintages of public figures.

    python bench/ukraine_tables.py SAVED OUT

SAVED holds ``crises/ukraine-2022`` (vintages) and ``ucdp`` (deaths by month); OUT is the folder of the
crisis.  A row is written where a figure is new or differs from the vintage before; a row's day of
knowledge is the moment at which the vintage was published.
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

KYIV = ZoneInfo("Europe/Kyiv")
LAST_VINTAGE = datetime(2022, 6, 11, tzinfo=UTC)
"""Vintages after that follow other rules: people recorded at present instead of crossings so far."""
PLACES = {
    "POL": "poland",
    "HUN": "hungary",
    "SVK": "slovakia",
    "ROU": "romania",
    "MDA": "moldova",
    "BLR": "belarus",
    "RUS": "russia",
}
ROUNDS = {
    "2022-03-20": "2022-03-16",
    "2022-04-05": "2022-04-01",
    "2022-04-21": "2022-04-17",
    "2022-05-11": "2022-05-03",
    "2022-06-07": "2022-05-23",
}
"""Last day of each round of the survey of the people displaced inside, by the day of its vintage."""
PANEL_START, FIRST_MONTH, LAST_MONTH = 1980, date(2014, 1, 1), date(2022, 6, 1)
DEATHS_OF = ("UKR", "RUS", "BLR", "MDA", "POL", "SVK", "HUN", "ROU")
PROVENANCE = ["source", "url", "known_at", "known_basis", "basis", "confidence", "note"]
VINTAGES = "https://github.com/OCHA-DAP/hdx-scraper-ukraine-viz"


def counts(saved: Path) -> list[dict[str, object]]:
    """Return people who left in all, by day and vintage, and arrivals by country and vintage."""
    daily = _vintages(saved / "vintages_daily_outflow.csv.gz")
    rows = [
        _count("ukraine", "left", _end(day, known), people, known, "") for known, day, people in _left(daily)
    ]
    newest = dict(daily.group_by("commit").agg(pl.col("date").max()).iter_rows())
    country = _vintages(saved / "vintages_by_country.csv.gz").sort("known")
    before: dict[str, int] = {}
    day = "2022-03-05"
    for known, commit, iso3, people in country.select("known", "commit", "iso3", "people").iter_rows():
        day = newest.get(commit, day)
        if before.get(iso3) != people:
            before[iso3] = people
            note = "counts people who came through Moldova too" if iso3 == "ROU" else ""
            rows.append(_count(PLACES[iso3], "arrived", _end(day, known), people, known, note))
    rows.sort(key=lambda row: (str(row["what"]), str(row["place"]), row["known"], row["at"]))
    for number, row in enumerate(rows, 1):
        row["count"] = f"UC{number:04d}"
        row.pop("known")
    return rows


def _left(daily: pl.DataFrame) -> list[tuple[datetime, str, int]]:
    """Return the running total of each day wherever it changed from the vintage before."""
    table = (
        daily.unique(["known", "date"], keep="last")
        .sort("known", "date")
        .with_columns(total=pl.col("people").cum_sum().over("known"))
        .with_columns(before=pl.col("total").shift().over("date"))
    )
    changed = table.filter(pl.col("before").is_null() | (pl.col("before") != pl.col("total")))
    return list(changed.select("known", "date", "total").iter_rows())


def _vintages(path: Path) -> pl.DataFrame:
    """Return the vintages of a file up to the last that follows the same rules."""
    known = pl.col("known_at").str.to_datetime(time_zone="UTC")
    return pl.read_csv(path).with_columns(known=known).filter(pl.col("known") < LAST_VINTAGE)


def _end(day: str, known: datetime) -> datetime:
    """Return the end of a day, or the moment of the vintage where the day was not over by then."""
    end = datetime.fromisoformat(day).replace(hour=23, minute=59, second=59, tzinfo=KYIV)
    return min(end, known.astimezone(KYIV))


def _count(place: str, what: str, at: datetime, value: int, known: datetime, note: str) -> dict[str, object]:
    """Return a row of counts."""
    return {
        "count": "",
        "place": place,
        "what": what,
        "record": "cumulative",
        "at": at.isoformat(),
        "hours": "",
        "value": value,
        "precision": "day",
        "issuer": "UNHCR, from governments",
        "part_of": "",
        "source": "unhcr",
        "url": VINTAGES,
        "known_at": known.astimezone(KYIV).isoformat(),
        "known_basis": "stated",
        "basis": "reported",
        "confidence": "high",
        "note": note,
        "known": known,
    }


def stocks(saved: Path) -> list[dict[str, object]]:
    """Return people displaced inside by macro-region and round; the newest vintage of a round's day."""
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for known, text in _vintages(saved / "vintages_idps_macro.csv.gz").select("known", "json").iter_rows():
        day = ROUNDS[known.date().isoformat()]
        for cell in json.loads(text):
            name = str(cell["#region+macro+name"]).strip().lower().replace("center", "centre")
            rows.setdefault((day, name), _stock(name, day, round(float(cell["#affected+idps"])), known))
    return list(rows.values())


def _stock(name: str, day: str, people: int, known: datetime) -> dict[str, object]:
    """Return a row of stocks."""
    return {
        "stock": f"ID-{day}-{name}",
        "place": f"macro_{name}",
        "group": "People displaced inside Ukraine",
        "date": day,
        "people": people,
        "low": "",
        "high": "",
        "source": "iom",
        "url": VINTAGES,
        "known_at": known.astimezone(KYIV).isoformat(),
        "known_basis": "stated",
        "basis": "reported",
        "confidence": "medium",
        "note": "estimate from a survey by telephone; date = last day of the round, recalled",
    }


def deaths(saved: Path) -> list[dict[str, object]]:
    """Return state-based deaths by country and month."""
    panel = pl.read_parquet(saved / "cm_ged_sb_1990_2023.parquet")
    names = pl.read_csv(saved / "countries.csv").filter(pl.col("iso3").is_in(DEATHS_OF))
    table = panel.join(names, on="country_id").sort("iso3", "month_id")
    rows = []
    for month, iso3, best in table.select("month_id", "iso3", "ged_sb").iter_rows():
        start = date(PANEL_START + (month - 1) // 12, (month - 1) % 12 + 1, 1)
        if FIRST_MONTH <= start <= LAST_MONTH and best:
            rows.append(_deaths(iso3, start, int(best)))
    return rows


def _deaths(iso3: str, start: date, best: int) -> dict[str, object]:
    """Return a row of deaths; a month counts as known on the 20th of the next."""
    after = (start + timedelta(days=32)).replace(day=20)
    known = datetime(after.year, after.month, after.day, 23, 59, 59, tzinfo=KYIV)
    return {
        "where_kind": "country",
        "where": iso3,
        "period": "month",
        "start": start.isoformat(),
        "violence": "state-based",
        "best": best,
        "low": "",
        "high": "",
        "vintage": "GED 24.1",
        "source": "ucdp",
        "url": "https://ucdp.uu.se/downloads/",
        "known_at": known.isoformat(),
        "known_basis": "release rule",
        "basis": "reported",
        "confidence": "high",
        "note": "",
    }


def main() -> None:
    """Write the three tables."""
    saved, out = Path(sys.argv[1]), Path(sys.argv[2])
    tables = {
        "counts": counts(saved / "crises" / "ukraine-2022"),
        "stocks": stocks(saved / "crises" / "ukraine-2022"),
        "deaths": deaths(saved / "ucdp"),
    }
    for name, rows in tables.items():
        with (out / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
