"""Make ``src/forestall/pressure/threat*.csv``: how often threats and sanctions got what they asked.

Run ``python tools/make_pressure_rates.py ../shared/data/peace``. Counts only are written, never a case:
the owners' tables are not ours to republish. Sources: Morgan, Bapat and Kobayashi (2014), Threat and
imposition of economic sanctions 1945-2005, Conflict Management and Peace Science 31(5):541-558,
https://doi.org/10.1177/0738894213520379 (TIES, with Bapat's correction); Weber and Schneider (2022),
Post-Cold War sanctioning by the EU, the UN, and the US, Conflict Management and Peace Science
39(1):97-114, https://doi.org/10.1177/0738894220948729 (EUSANCT); Leeds and others (2002), Alliance
Treaty Obligations and Provisions, International Interactions 28(3):237-260 (allies).
"""

import csv
import sys
from pathlib import Path
from typing import Any

import polars as pl

OUT = Path(__file__).resolve().parents[1] / "src" / "forestall" / "pressure"
ISSUES = {
    1: "alignment", 2: "use of force", 3: "regime", 4: "other", 5: "use of force", 6: "weapons",
    7: "alignment", 8: "human rights", 9: "weapons", 10: "use of force", 11: "other", 12: "trade",
    13: "trade", 14: "trade", 15: "other",
}  # fmt: skip
"""First issue of a case; military behaviour, territory and support of armed groups are one."""
GOT = (1, 2, 5, 6, 7, 10)
"""Outcomes by which the target gave in, in part or whole, or settled by talks."""
COSTS = {1: "minor", 2: "major", 3: "major"}
SENDERS = {2: "United States", 1000: "European Union"}
BORDERS = (1980, 1985, 1990, 1995, 2100)
"""Years at which the record can be split."""
CELL = ("issue", "cost", "institution")


def cases(folder: Path) -> pl.DataFrame:
    """Return a row per case of TIES with what it is counted by."""
    table = pl.read_csv(folder / "pressure" / "ties_v4_corrected.csv", infer_schema_length=None)
    allies = allied(folder)
    return pl.DataFrame([case(row, allies) for row in table.iter_rows(named=True)], infer_schema_length=None)


def allied(folder: Path) -> set[tuple[int, int, int]]:
    """Return pairs of states with a defence pact, by year, in both orders."""
    pacts = pl.read_csv(folder / "pressure" / "atop5_dyad_1945_2018.csv.gz", infer_schema_length=None)
    rows = pacts.filter(pl.col("atop_defense") == 1).select("ccode1", "ccode2", "year").rows()
    return {(a, b, year) for a, b, year in rows} | {(b, a, year) for a, b, year in rows}


def case(row: dict[str, Any], allies: set[tuple[int, int, int]]) -> dict[str, Any]:
    """Return one case of TIES."""
    issue = str(row["issue1"] or "").split(" ")[0]
    sender, year = int(float(row["primarysender"] or row["sender1"] or 0)), row["startyear"]
    cost = row["anticipatedtargetcosts"] or row["targetcosts"]
    institution = row["institution"]
    outcome = row["finaloutcome"]
    return {
        "issue": ISSUES.get(int(issue) if issue.isdigit() else 0, "other"),
        "cost": COSTS.get(int(cost or 0), "not coded"),
        "institution": "with an institution" if institution else "without an institution",
        "sender": SENDERS.get(sender, "another state or organisation"),
        "ally": "ally" if (sender, row["targetstate"], year) in allies else "not an ally",
        "stage": "threat carried out" if row["imposition"] else "threat alone",
        "began": border(year), "ended": border(row["endyear"] or year),
        "got": None if outcome is None else outcome in GOT,
    }  # fmt: skip


def border(year: int) -> int:
    """Return the first border that a year lies before."""
    return next(edge for edge in BORDERS if year < edge)


def counted(record: str, factor: str, by: str, table: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a row per level of a factor."""
    got, coded = pl.col("got").sum(), pl.col("got").is_not_null()
    counts = table.group_by(by).agg(coded.sum().alias("n"), got.alias("got"), (~coded).sum().alias("uncoded"))
    return [{"record": record, "factor": factor, "level": r[0], "n": r[1], "got": r[2], "uncoded": r[3]}
            for r in counts.sort(by).iter_rows()]  # fmt: skip


def ties_rates(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the counts of TIES by each factor, all cases first, then those over the use of force."""
    every = table.with_columns(pl.lit("all cases").alias("all"))
    rows = counted("TIES 1945-2005", "all", "all", every)
    for factor in ("issue", "sender", "cost", "institution", "ally", "stage"):
        rows += counted("TIES 1945-2005", factor, factor, table)
    over = table.filter(issue="use of force")
    for factor in ("sender", "cost", "institution", "ally", "stage"):
        rows += counted("TIES 1945-2005", f"use of force, {factor}", factor, over)
    return rows


def eusanct_rates(folder: Path) -> list[dict[str, Any]]:
    """Return the counts of EUSANCT by sender and by stage."""
    table = pl.read_csv(folder / "pressure" / "eusanct_cases.csv", infer_schema_length=None)
    table = table.with_columns(
        (pl.col("success") == 1).alias("got"),
        pl.lit("all cases").alias("all"),
        pl.when(pl.col("sanction") == 1).then(pl.lit("threat carried out")).otherwise(pl.lit("threat alone"))
        .alias("stage"),
        pl.col("sender_combination").alias("sender"),
    )  # fmt: skip
    return [
        row for f in ("all", "sender", "stage") for row in counted("EUSANCT 1989-2015", f, f, table)
    ]  # fmt: skip


def cells(table: pl.DataFrame) -> pl.DataFrame:
    """Return the counts that a temporal split needs: by cell, and by when a case began and ended."""
    coded = table.filter(pl.col("got").is_not_null())
    keys = ["began", "ended", *CELL]
    return coded.group_by(keys).agg(pl.len().alias("n"), pl.col("got").sum()).sort(keys)


def main(folder: Path) -> None:
    """Write both tables."""
    table = cases(folder)
    rows = ties_rates(table) + eusanct_rates(folder)
    with (OUT / "threat_rates.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    cells(table).write_csv(OUT / "threat_cells.csv")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
