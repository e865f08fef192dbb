"""Make ``src/forestall/peace/endings.csv``: every ending of a dyad's fighting, 1946-2020, and what followed.

Run ``python tools/make_peace_endings.py ../shared/data/peace``. The rows are derived from UCDP's
conflict termination dataset 3-2021 and peace agreement dataset 22.1 (CC BY 4.0): Kreutz, J. (2010),
Journal of Peace Research 47(2), https://doi.org/10.1177/0022343309353108; Pettersson, T., Hogbladh,
S. and Oberg, M. (2019), Journal of Peace Research 56(4), https://doi.org/10.1177/0022343319856046.
Recurrence is computed from the dyad's next active year, not from the dataset's own flag.
"""

import csv
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

HOME = Path(__file__).resolve().parents[1] / "src" / "forestall"
OUT = HOME / "peace" / "endings.csv"
LAST_YEAR = 2020
KINDS = {
    1: "agreement",
    2: "ceasefire",
    3: "government victory",
    4: "rebel victory",
    5: "low activity",
    6: "actor ceased",
}
PROVISIONS = {
    "co_impl": "commission",
    "pko": "peacekeepers",
    "withd": "withdrawal",
    "demarcation": "borders",
    "aut": "autonomy",
    "shagov": "power sharing",
    "ddr": "disarmament",
    "return": "return",
    "cease": "ceasefire",
    "pris": "prisoners",
}
SCOPES = {1: "full", 2: "partial", 3: "process"}
COLUMNS = (
    "dyad", "conflict", "side_a", "side_b", "iso3", "began", "ended", "kind", "war", "territory",
    "between_states", "colonial", "years", "rounds_before", "others_fighting", "scope", "provisions", "again",
)  # fmt: skip


def read(path: Path) -> pl.DataFrame:
    """Read a table of the source with clean column names; -99 means not applicable."""
    table = pl.read_csv(path, infer_schema_length=None, null_values=["-99", ""])
    return table.rename({name: name.strip() for name in table.columns})


def iso3_by_code() -> dict[str, str]:
    """Return ISO3 codes by Gleditsch-Ward code."""
    with (HOME / "warning" / "countries.csv").open(encoding="utf-8") as file:
        return {row["gw_code"]: row["iso3"] for row in csv.DictReader(file)}


def agreements_by_dyad(table: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return the agreements of each dyad, by year."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.iter_rows(named=True):
        for dyad in str(row["dyad_id"]).split(","):
            found.setdefault(dyad.strip(), []).append(row)
    return found


def endings(
    years: pl.DataFrame, agreements: Mapping[str, list[dict[str, Any]]], codes: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Yield one row per ending of a dyad's fighting."""
    around: dict[tuple[str, int], set[int]] = {}
    for dyad, where, year in years.select("dyad_id", "location", "year").iter_rows():
        around.setdefault((where, year), set()).add(dyad)
    for (dyad,), rows in years.sort("dyad_id", "year").group_by("dyad_id", maintain_order=True):
        active = sorted(set(rows["year"].to_list()))
        spell: list[dict[str, Any]] = []
        rounds = 0
        for row in rows.iter_rows(named=True):
            spell.append(row)
            if row["outcome"] is None:
                continue
            later = [year for year in active if year > row["year"]]
            near = [a for a in agreements.get(str(dyad), []) if row["year"] - 1 <= a["year"] <= row["year"]]
            others = around.get((row["location"], row["year"]), set()) - {dyad}
            yield ending(spell, rounds, later[0] if later else None, near, codes) | {
                "others_fighting": len(others)
            }
            rounds, spell = rounds + 1, []


def ending(
    spell: list[dict[str, Any]],
    rounds: int,
    again: int | None,
    near: list[dict[str, Any]],
    codes: Mapping[str, str],
) -> dict[str, Any]:
    """Return one ending as a row of the table."""
    last = spell[-1]
    held = sorted({words for name, words in PROVISIONS.items() if any(a[name] == 1 for a in near)})
    third = any((a["pa_3rd"] or "").strip() for a in near)
    scopes = [SCOPES[a["pa_type"]] for a in sorted(near, key=lambda a: a["pa_type"] or 9) if a["pa_type"]]
    where = [codes.get(code.strip(), "") for code in str(last["gwno_loc"]).split(",")]
    return {
        "dyad": last["dyad_id"], "conflict": last["conflict_id"],
        "side_a": last["side_a"], "side_b": last["side_b"], "iso3": "|".join(filter(None, where)),
        "began": spell[0]["year"], "ended": (last["ependdate"] or f"{last['year']}-12-31")[:10],
        "kind": KINDS[int(last["outcome"])], "war": any(row["intensity_level"] == 2 for row in spell),
        "territory": last["incompatibility"] in (1, 3), "between_states": last["type_of_conflict2"] == 2,
        "colonial": last["type_of_conflict2"] == 1, "years": last["year"] - spell[0]["year"] + 1,
        "rounds_before": rounds, "scope": scopes[0] if scopes else "",
        "provisions": "|".join([*held, *(["guarantor"] if third else [])]), "again": again or "",
    }  # fmt: skip


def plain(value: object) -> object:
    """Return a truth value in lower case, all else as it is."""
    return str(value).lower() if isinstance(value, bool) else value


def main() -> None:
    """Write the table."""
    source = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/peace") / "agreements"
    years = read(source / "ucdp_termination_dyad_3_2021.csv")
    agreements = agreements_by_dyad(read(source / "ucdp_peace_agreements_221.csv"))
    rows = sorted(endings(years, agreements, iso3_by_code()), key=lambda row: (row["ended"], row["dyad"]))
    with OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: plain(value) for name, value in row.items()} for row in rows)


if __name__ == "__main__":
    main()
