"""Add shares of arms and trade to the ties of the shipped crises, from public records of deliveries.

Run ``python tools/make_ties.py ../shared/data/peace``. Rows of another source are never touched, and a
computed row is left out where a row of another source states the share of the same tie. Shares only are
written: the owners' tables are not ours to republish. Sources: SIPRI Arms Transfers Database, register of
deliveries (trend-indicator values, a measure of military value and not of money); Borchert, Larch, Shikher
and Yotov (2021), The International Trade and Production Database for Estimation (ITPD-E), International
Economics 166:140-166, https://doi.org/10.1016/j.inteco.2020.08.001.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

CRISES = Path(__file__).resolve().parents[1] / "src" / "forestall" / "crises"
SOURCES = {
    "sipri-register": ("SIPRI", "Arms Transfers Database, register of deliveries, export of February 2026",
                       "SIPRI terms of use: shares computed from it, no table", "not stated"),
    "itpd-e": ("USITC", "International Trade and Production Database for Estimation (ITPD-E), 2000-2016",
               "public domain (United States government)", "yes"),
}  # fmt: skip
ASKED = {
    "karabakh-2023": {"arms": (2010, *range(2015, 2024)), "trade": (2005, 2010, 2016)},
    "ukraine-2022": {"arms": (2010, *range(2013, 2022)), "trade": (2005, 2010, 2016)},
}
WINDOW = 5
"""Years of deliveries added up, as SIPRI does, since deliveries come in lumps."""
ARMS_NAMES = {
    "ARM": "Armenia", "AZE": "Azerbaijan", "RUS": "Russia", "TUR": "Turkiye", "IRN": "Iran",
    "GEO": "Georgia", "USA": "United States", "FRA": "France", "DEU": "Germany", "GBR": "United Kingdom",
    "CAN": "Canada", "NOR": "Norway", "SWE": "Sweden", "CHE": "Switzerland", "ITA": "Italy", "JPN": "Japan",
    "ISR": "Israel", "BLR": "Belarus", "PAK": "Pakistan", "IND": "India", "CHN": "China",
    "ARE": "UAE", "UKR": "Ukraine", "POL": "Poland", "SVK": "Slovakia", "HUN": "Hungary",
    "ROU": "Romania", "MDA": "Moldova",
}  # fmt: skip
UNION = {
    "AUT": "Austria", "BEL": "Belgium", "BGR": "Bulgaria", "HRV": "Croatia", "CYP": "Cyprus",
    "CZE": "Czechia", "DNK": "Denmark", "EST": "Estonia", "FIN": "Finland", "FRA": "France",
    "DEU": "Germany", "GRC": "Greece", "HUN": "Hungary", "IRL": "Ireland", "ITA": "Italy", "LVA": "Latvia",
    "LTU": "Lithuania", "LUX": "Luxembourg", "MLT": "Malta", "NLD": "Netherlands", "POL": "Poland",
    "PRT": "Portugal", "ROU": "Romania", "SVK": "Slovakia", "SVN": "Slovenia", "ESP": "Spain",
    "SWE": "Sweden",
}  # fmt: skip
"""Members in 2021, in every year, so that the share does not move with accessions."""
LEAST = {"arms": 1e-9, "trade": 0.05}
"""Share in any year from which a pair is listed in all of them: any delivery, or a twentieth of the trade."""
Flows = dict[tuple[str, str], float]
"""What passed from one state to another, by their names."""


def arms(folder: Path, year: int) -> Flows:
    """Return deliveries in the five years to a year."""
    path = folder / "pressure" / "sipri_delivered_dyad_year_1995_2025.csv"
    rows = pl.read_csv(path).filter(pl.col("delivery_year").is_between(year - WINDOW + 1, year))
    return {(a, b): v for a, b, v in rows.group_by("supplier", "recipient").agg(pl.col("tiv").sum()).rows()}


def trade(folder: Path, year: int) -> Flows:
    """Return trade in a year, by ISO3 codes, own trade left out."""
    table = pl.read_csv(folder / "pressure" / "itpd_trade_dyad_2000_2016.csv.gz", infer_schema_length=None)
    rows = table.filter((pl.col("year") == year) & (pl.col("exporter_iso3") != pl.col("importer_iso3")))
    named = rows.select("exporter_iso3", "importer_iso3", "trade_usd").drop_nulls()
    return {(a, b): float(v) for a, b, v in named.rows()}


def total(flows: Flows, sellers: set[str] | None, buyers: set[str] | None) -> float:
    """Return what passed from some states to others; None = anybody, but not among one's own."""
    return sum(
        value
        for (seller, buyer), value in flows.items()
        if (sellers is None or seller in sellers) and (buyers is None or buyer in buyers)
        and not (sellers is None and buyers and seller in buyers)
        and not (buyers is None and sellers and buyer in sellers)
    )  # fmt: skip


def members(actor: str, channel: str) -> set[str]:
    """Return the states an actor stands for, as the record names them."""
    codes = set(UNION) if actor == "EU" else {actor}
    return codes if channel == "trade" else {UNION.get(c, ARMS_NAMES.get(c, c)) for c in codes}


def shares(flows: Flows, channel: str, one: str, other: str) -> dict[str, float | None]:
    """Return how much one actor depends on the other as buyer, seller or both; None without a total."""
    a, b = members(one, channel), members(other, channel)
    parts = {
        "imported": (total(flows, b, a), total(flows, None, a)),
        "exported": (total(flows, a, b), total(flows, a, None)),
    }
    parts["both"] = tuple(sum(pair) for pair in zip(*parts.values(), strict=True))  # type: ignore[assignment]
    return {name: part / whole if whole else None for name, (part, whole) in parts.items()}


def rows_of(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the computed ties of a crisis, both ways, for each outside state and party."""
    with (CRISES / name / "actors.csv").open(encoding="utf-8") as file:
        actors = [row for row in csv.DictReader(file) if row["iso3"] or row["actor"] == "EU"]
    parties = [row["actor"] for row in actors if row["role"] == "party"]
    outside = [row["actor"] for row in actors if row["role"] in ("outside", "guarantor")]
    for channel, years in ASKED[name].items():
        for year in years:
            flows = (arms if channel == "arms" else trade)(folder, year)
            for party in parties:
                for actor in outside:
                    yield from pair(flows, channel, party, actor, year)


def pair(flows: Flows, channel: str, party: str, actor: str, year: int) -> Iterator[dict[str, Any]]:
    """Yield both directions of one pair; arms are what the party bought and what the outsider sold."""
    span = f"{year - WINDOW + 1}-{year}"
    if channel == "arms":
        bought, sold = shares(flows, channel, party, actor), shares(flows, channel, actor, party)
        passed = total(flows, members(actor, channel), members(party, channel))
        both = (
            (party, actor, bought["imported"], "imported", passed),
            (actor, party, sold["exported"], "exported", 0),
        )
        for one, other, share, how, flow in both:
            yield tie(
                one,
                other,
                channel,
                year,
                share,
                f"major arms {how}, {span}, by the register of deliveries",
                flow,
            )
        return
    for one, other in ((party, actor), (actor, party)):
        share = shares(flows, channel, one, other)["both"]
        yield tie(one, other, channel, year, share, "goods and services, both ways", 0)


def tie(
    one: str, other: str, channel: str, year: int, share: float | None, what: str, flow: float
) -> dict[str, Any]:
    """Return one row; deliveries are rounded to one digit, an order of magnitude."""
    union = ", members of the EU together" if "EU" in (one, other) else ""
    is_arms = channel == "arms"
    known = f"{year + 1}-03-15" if is_arms else f"{year + 4}-12-31"
    note = "no delivery of major arms recorded" if is_arms and share == 0 else ""
    order = f"{flow:.0e}" if flow else ""
    return {
        "tie": f"{one}-{other}-{channel}-{year}-derived".lower(), "actor": one, "partner": other,
        "channel": channel, "year": year, "share": None if share is None else f"{share:.4g}",
        "of_what": what + union, "flow": f"{float(order):g}" if order else "",
        "flow_unit": "million TIV in five years" if order else "",
        "source": "sipri-register" if is_arms else "itpd-e",
        "url": "https://armstransfers.sipri.org" if is_arms else "https://doi.org/10.1016/j.inteco.2020.08.001",
        "known_at": f"{known}T23:59:59+04:00", "known_basis": "release rule", "basis": "derived",
        "confidence": "medium", "note": note,
    }  # fmt: skip


def fill(name: str, folder: Path) -> None:
    """Write the ties of a crisis anew: rows of other sources as they are, then the computed ones."""
    path = CRISES / name / "ties.csv"
    old = list(csv.DictReader(path.open(encoding="utf-8"))) if path.exists() else []
    kept = [row for row in old if row["source"] not in SOURCES]
    stated = {
        tuple(row[k] for k in ("actor", "partner", "channel", "year"))
        for row in kept
        if row["share"] or row["low"]
    }
    new = [row for row in rows_of(name, folder) if row["share"] is not None]
    new = [r for r in new if (r["actor"], r["partner"], r["channel"], str(r["year"])) not in stated]
    speak = {frozenset((r["actor"], r["partner"])) for r in new if float(r["share"]) >= LEAST[r["channel"]]}
    speak |= {frozenset((r["actor"], r["partner"])) for r in kept}
    new = [row for row in new if frozenset((row["actor"], row["partner"])) in speak]
    before = {frozenset((r["actor"], r["partner"])) for r in kept}
    new = [row for row in new if float(row["share"]) or frozenset((row["actor"], row["partner"])) in before]
    filled = {(r["actor"], r["partner"], r["channel"], str(r["year"])) for r in new}
    empty_now = [r for r in kept if not r["share"] and not r["low"]
                 and (r["actor"], r["partner"], r["channel"], r["year"]) in filled]  # fmt: skip
    header = list(kept[0]) if kept else HEADER
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows([row for row in kept if row not in empty_now] + new)
    add_sources(CRISES / name / "sources.csv")
    print(name, len(kept), len(new), len(empty_now))


HEADER = [
    "tie",
    "actor",
    "partner",
    "channel",
    "year",
    "share",
    "low",
    "high",
    "of_what",
    "concentration",
    "flow",
    "flow_unit",
    "total",
    "source",
    "url",
    "known_at",
    "known_basis",
    "basis",
    "confidence",
    "note",
]


def add_sources(path: Path) -> None:
    """Add the two sources where they are not listed."""
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    there = {row["source"] for row in rows}
    for source, (publisher, title, licence, redistribution) in SOURCES.items():
        if source not in there:
            rows.append({"source": source, "publisher": publisher, "title": title, "licence": licence,
                         "redistribution": redistribution})  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    for crisis in ASKED:
        fill(crisis, Path(sys.argv[1]))
