"""Make ``src/forestall/action/after*.csv``: what came in the years after a defeat, on public records.

Run ``python tools/make_peace_rates.py ../shared/data/peace``. Written are a row per risk, and per case
its year and whether the risk came about. Sources: UCDP conflict termination 3-2021 and armed conflict
dataset (CC BY 4.0); Altman, Modern Conquest 3.0; Powell and Thyne, coups; V-Dem, Episodes of Regime
Transformation (Edgell and others). A case enters where its window could be watched to the end; the
rate is fitted to cases before 2000 and judged on the later ones against how often the same came about
in any country and window.
"""

import csv
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

HOME = Path(__file__).resolve().parents[1] / "src" / "forestall"
OUT = HOME / "action"
SPLIT = 2000
CODES = {
    "ALG": 615, "ARM": 371, "BAH": 692, "BFO": 439, "BHU": 760, "BNG": 771, "CAM": 811, "CAO": 471,
    "CHA": 483, "CHN": 710, "COS": 94, "CYP": 352, "DJI": 522, "DRV": 816, "ECU": 130, "EGY": 651,
    "ETH": 530, "ETM": 860, "GRC": 350, "GUY": 110, "HON": 91, "IND": 750, "IRN": 630, "ISR": 666,
    "JPN": 740, "KUW": 690, "LAO": 812, "NAM": 565, "PAK": 770, "PER": 135, "PHI": 840, "POR": 235,
    "ROK": 732, "RUS": 365, "RVN": 817, "SAU": 670, "SPN": 230, "SUD": 625, "TAZ": 510, "TUR": 640,
    "UKG": 200, "UKR": 369, "URU": 165, "YEM": 678, "YPR": 680,
}  # fmt: skip
"""Gleditsch-Ward codes of the states that lost territory in the record of seizures."""

Event = Callable[[Any, int, int], bool]
"""Whether it came about for a subject in the years from the first to the last."""


def years_by(table: pl.DataFrame, key: str, year: str) -> dict[Any, set[int]]:
    """Return the years of each key."""
    found: dict[Any, set[int]] = {}
    for name, when in table.select(key, year).iter_rows():
        found.setdefault(name, set()).add(int(when))
    return found


def in_years(years: Mapping[Any, set[int]]) -> Event:
    """Return the event that one of the years of the subject lies in the window."""
    return lambda subject, first, last: any(first <= year <= last for year in years.get(subject, ()))


def counted(
    risk: str, what: str, after: str, window: int, until: int, cases: Iterable[tuple[Any, int]],
    event: Event, subjects: Iterable[Any], source: str,
) -> dict[str, Any]:  # fmt: skip
    """Return a risk with its cases, events and scores.

    Parameters
    ----------
    window : int
        Years after the case.
    until : int
        Last year of the record of events.
    cases : iterable of (subject, year)
        Who was defeated, and when.
    subjects : iterable
        All subjects in whose windows the climatology is counted.
    """
    seen = sorted((s, y) for s, y in set(cases) if y + window <= until)
    hits = [event(s, y + 1, y + window) for s, y in seen]
    early = [hit for (_, y), hit in zip(seen, hits, strict=True) if y < SPLIT]
    late = [hit for (_, y), hit in zip(seen, hits, strict=True) if y >= SPLIT]
    quiet = [event(s, y + 1, y + window) for s in subjects for y in range(1950, SPLIT, window)]
    climate = sum(quiet) / len(quiet) if quiet else None
    rate = sum(early) / len(early) if early else None
    return {
        "risk": risk, "what": what, "after": after, "window_years": window, "judged": len(late),
        "brier": brier(rate, late), "brier_climatology": brier(climate, late), "source": source,
        "seen": [(year, int(hit)) for (_, year), hit in zip(seen, hits, strict=True)],
    }  # fmt: skip


def brier(chance: float | None, outcomes: list[bool]) -> float | str:
    """Return the mean squared error of one chance for all; empty where there is nothing to score."""
    if chance is None or not outcomes:
        return ""
    return round(sum((chance - outcome) ** 2 for outcome in outcomes) / len(outcomes), 4)


def rows(folder: Path) -> list[dict[str, Any]]:
    """Return all risks."""
    ends = pl.read_csv(HOME / "peace" / "endings.csv").with_columns(
        pl.col("ended").str.slice(0, 4).cast(pl.Int64).alias("year")
    )
    dyads = pl.read_csv(folder / "agreements" / "ucdp_termination_dyad_3_2021.csv", infer_schema_length=None)
    won = ends.filter(pl.col("kind").str.contains("victory"))
    conquered = won.filter((pl.col("kind") == "government victory") & pl.col("territory"))
    control = folder / "control"
    seized = [
        (CODES[row["from"]], row["holder"], int(row["year"]), row["how"])
        for row in csv.DictReader((control / "conquest_seizures_1946_2024.csv").open(encoding="utf-8"))
    ]
    losers = {(loser, year) for loser, _, year, _ in seized}
    coups = pl.read_csv(control / "powell_thyne_coups_cy.csv").filter(pl.col("pt_attempt") > 0)
    acd = pl.read_csv(folder / "conflicts" / "ucdp_acd.csv", infer_schema_length=None)
    inside = acd.filter(pl.col("type_of_conflict").str.contains("intrastate|internationalized"))
    between = acd.filter(pl.col("type_of_conflict") == "interstate")
    wars: dict[Any, set[int]] = {}
    for a, b, year in between.select("gwno_a", "gwno_b", "year").iter_rows():
        wars.setdefault(frozenset((int(a), int(b))), set()).add(int(year))
    codes = {c: iso for iso, c in iso3_codes().items()}
    ert = pl.read_csv(control / "vdem_ert_1945_on.csv.gz", infer_schema_length=None)
    slides = years_by(ert.filter(pl.col("aut_ep") == 1), "country_text_id", "year")
    again = {(pair, year) for pair, years in wars.items() for year in last_years(years)}
    taken = [((loser, holder), year) for loser, holder, year, _ in seized]
    by_conflict = years_by(dyads, "conflict_id", "year")
    pairs: dict[Any, set[int]] = {}
    for loser, holder, year, _ in seized:
        pairs.setdefault((loser, holder), set()).add(year)
    everybody = sorted(codes)
    return [
        counted("guerrilla", "Fighting again over the same territory", "a government won it by force", 5,
                2020, conquered.select("conflict", "year").iter_rows(), in_years(by_conflict), by_conflict,
                "UCDP terminations 3-2021, CC BY 4.0"),
        counted("civil-strife", "Fighting inside the country", "a state lost territory to another", 5, 2024,
                losers, in_years(years_by(inside, "gwno_a", "year")), everybody,
                "Altman, Modern Conquest 3.0; UCDP/PRIO armed conflict, CC BY 4.0"),
        counted("coup", "A coup is tried", "a state lost territory to another", 3, 2025, losers,
                in_years(years_by(coups, "gwcode", "year")), everybody,
                "Altman, Modern Conquest 3.0; Powell and Thyne, coups to 2025"),
        counted("backsliding", "An episode of autocratisation", "a state lost territory to another", 3, 2024,
                [(codes.get(c), y) for c, y in losers if c in codes], in_years(slides), sorted(slides),
                "Altman, Modern Conquest 3.0; V-Dem, Episodes of Regime Transformation to 2024"),
        counted("interstate-war", "War between the same states", "a war between two states ended", 10, 2024,
                again, in_years(wars), sorted(wars, key=sorted), "UCDP/PRIO armed conflict, CC BY 4.0"),
        counted("land-corridor", "More territory taken by the same state",
                "a state lost territory to another", 10, 2024, taken, in_years(pairs),
                sorted(pairs), "Altman, Modern Conquest 3.0"),
        counted("civil-war-won", "Fighting again in the same conflict", "one side won", 5, 2020,
                won.select("conflict", "year").iter_rows(), in_years(by_conflict), by_conflict,
                "UCDP terminations 3-2021, CC BY 4.0"),
    ]  # fmt: skip


def last_years(years: set[int]) -> list[int]:
    """Return the last year of each spell of years."""
    return sorted(year for year in years if year + 1 not in years)


def iso3_codes() -> dict[str, int]:
    """Return Gleditsch-Ward codes by ISO3 code."""
    with (HOME / "warning" / "countries.csv").open(encoding="utf-8") as file:
        return {row["iso3"]: int(row["gw_code"]) for row in csv.DictReader(file)}


def write(path: Path, table: list[dict[str, Any]]) -> None:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def main() -> None:
    """Write both tables."""
    made = rows(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/peace"))
    cases = [{"risk": r["risk"], "year": y, "came": hit} for r in made for y, hit in sorted(r.pop("seen"))]
    write(OUT / "after.csv", made)
    write(OUT / "after_cases.csv", cases)


if __name__ == "__main__":
    main()
