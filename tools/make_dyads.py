"""Make what is known of pairs of states: disputes and rivals by month, and two rates of the war.

Run ``python tools/make_dyads.py ../shared/data`` (folders ``peace/conflicts`` and ``ucdp``).  It writes
``evaluation/ladder.csv`` and the rows ``together`` and ``war between states`` of ``war/rates.csv``; rows of
other rates stay as they are.  Sources: Palmer and others (2022), The MID5 dataset 2011-2014,
https://doi.org/10.1177/0738894221995743; Thompson, Sakuwa and Suhas (2021), Analyzing strategic rivalries in
world politics, with the rivalries of Thompson and Dreyer (2012); UCDP/PRIO Armed Conflict Dataset 25.1,
https://doi.org/10.1177/0022343302039005007; UCDP GED as in the shipped deaths.
"""

import csv
import io
import sys
from collections import defaultdict
from operator import itemgetter
from pathlib import Path

import numpy as np

from forestall.core.arrays import Floats
from forestall.evaluation.panels import open_panel
from forestall.scoring.intervals import jeffreys_interval
from forestall.warning.countries import border_table, countries

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "forestall"
COW_CODES = {"255": "DEU", "345": "SRB", "679": "YEM"}
"""States whose number in the Correlates of War differs from that of Gleditsch and Ward."""
FIRST_YEAR = 1985
RIVALS_IN = 1990
FORCE = 4
"""Level of hostility from which force was used."""
FORCE_YEARS = range(1990, 2015)
STRATA = {"within a year": (1, 1), "within five years": (2, 5), "within ten years": (6, 10)}
FOUGHT_UNTIL = 2021
FEWEST_MONTHS = 12
ROUNDS = 2000
Pair = tuple[str, str]


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def pair_of(one: str, other: str) -> Pair:
    """Return two codes in order."""
    first, second = sorted((one, other))
    return first, second


def disputes(folder: Path, code: dict[str, str]) -> set[tuple[str, str, str]]:
    """Return pairs with the month in which a dispute between them began; who joined later is left out."""
    begun = {row["dispnum"]: (row["styear"], row["stmon"]) for row in rows_of(folder / "cow_mid_disps.csv")}
    found = set()
    for row in rows_of(folder / "cow_mid_dirdisps.csv"):
        year, month = begun[row["dispnum"]]
        a, b = code.get(row["ccode1"]), code.get(row["ccode2"])
        if a and b and row["year"] == year and int(year) >= FIRST_YEAR:
            found.add((*pair_of(a, b), f"{year}-{int(month):02d}"))
    return found


def rivals(folder: Path, code: dict[str, str]) -> set[Pair]:
    """Return pairs coded as rivals in 1990 by either coding."""
    found = set()
    for file, start, end in (
        ("tss_rivalries.csv", "start", "end"),
        ("td_rivalries.csv", "styear", "endyear"),
    ):
        for row in rows_of(folder / file):
            a, b = code.get(row["ccode1"]), code.get(row["ccode2"])
            if a and b and int(row[start]) <= RIVALS_IN <= int(row[end] or FOUGHT_UNTIL):
                found.add(pair_of(a, b))
    return found


def fought(folder: Path, code: dict[str, str]) -> dict[Pair, set[int]]:
    """Return the years in which two states fought each other with 25 deaths."""
    years: dict[Pair, set[int]] = defaultdict(set)
    for row in rows_of(folder / "ucdp_acd.csv"):
        if row["type_of_conflict"] == "interstate":
            sides = [[row[f"gwno_{s}"], *row[f"gwno_{s}_2nd"].replace(" ", "").split(",")] for s in "ab"]
            known = [[code[number] for number in side if number in code] for side in sides]
            for a in known[0]:
                for b in known[1]:
                    years[pair_of(a, b)].add(int(row["year"]))
    return years


def force(folder: Path, code: dict[str, str]) -> dict[Pair, set[int]]:
    """Return the years in which a pair that began a dispute used force against each other."""
    years: dict[Pair, set[int]] = defaultdict(set)
    for row in rows_of(folder / "cow_mid_dirdisps.csv"):
        a, b = code.get(row["ccode1"]), code.get(row["ccode2"])
        first = row["orig1"] == "1" == row["orig2"]
        if a and b and first and max(int(row["hostlev1"]), int(row["hostlev2"])) >= FORCE:
            years[pair_of(a, b)].add(int(row["year"]))
    return years


def war_rates(wars: dict[Pair, set[int]], used: dict[Pair, set[int]]) -> list[list[str]]:
    """Count how often war between two states began in a year, by how long ago force was last used."""
    counts = {name: [0, 0] for name in STRATA}
    for pair, years in used.items():
        for year in FORCE_YEARS:
            ago = min((year - other for other in years if other < year), default=0)
            name = next((n for n, (low, high) in STRATA.items() if low <= ago <= high), None)
            if name and year - 1 not in wars.get(pair, ()):
                counts[name][0] += 1
                counts[name][1] += year in wars.get(pair, ())
    rows = []
    for name, (issued, began) in counts.items():
        low, high = jeffreys_interval(began, issued)
        chance = (began + 0.5) / (issued + 1)
        words = (
            "War between two states (25 deaths in the year, UCDP/PRIO) that had not fought before, "
            f"force used between them last {name} (Correlates of War, MID 5): {began} of {issued:,} "
            "pair-years 1990-2014, with half a case added"
        )
        figures = [f"{chance:.4f}", f"{low:.4f}", f"{high:.4f}"]
        rows.append(["war between states", name, *figures, "probability", "2015-06-30", "counted", words])
    return rows


def series() -> tuple[dict[str, Floats], int]:
    """Return monthly deaths by ISO3 code, and the year of the first month."""
    panel, _ = open_panel()
    numbers = {str(country.panel_id): code for code, country in countries().items()}
    columns = {numbers[name]: panel.deaths[:, at] for at, name in enumerate(panel.countries)}
    return columns, 1980 + (panel.first_month - 1) // 12


def neighbours() -> set[frozenset[str]]:
    """Return pairs with a land border: without one a war is hardly fought in both countries."""
    numbers = {str(country.panel_id): code for code, country in countries().items()}
    return {
        frozenset((numbers[a], numbers[b]))
        for a, b in border_table().select("where", "neighbour").iter_rows()
        if a in numbers and b in numbers
    }


def shared_months(deaths: dict[str, Floats], pair: Pair, inside: list[bool]) -> Floats:
    """Return the log deaths of both in the months given that both are known, shape (2, months)."""
    logs: list[Floats] = [np.log1p(deaths[code][np.array(inside)]) for code in pair]
    known = ~np.isnan(logs[0] + logs[1])
    return np.stack([one[known] for one in logs])


def together(wars: dict[Pair, set[int]]) -> list[list[str]]:
    """Pool the correlation of log deaths of two states at war, months of the war and a year around it."""
    deaths, first = series()
    scores, borders = [], neighbours()
    for pair in sorted(wars):
        past = {year for year in wars[pair] if first <= year <= FOUGHT_UNTIL}
        if not past or frozenset(pair) not in borders or any(code not in deaths for code in pair):
            continue
        years = {year + step for year in past for step in (-1, 0, 1)} & set(range(first, FOUGHT_UNTIL + 1))
        months = len(deaths[pair[0]])
        both = shared_months(deaths, pair, [first + row // 12 in years for row in range(months)])
        if both.shape[1] >= FEWEST_MONTHS and min(np.ptp(both, axis=1)) > 0:
            scores.append(float(np.arctanh(np.corrcoef(both)[0, 1])))
    drawn = np.random.default_rng(1).choice(scores, (ROUNDS, len(scores))).mean(axis=1)
    spread = float(np.std(scores, ddof=1))
    middle = np.tanh(np.mean(scores))
    low, high = np.tanh(np.quantile(drawn, (0.05, 0.95)))
    words = (
        "Correlation of the log of monthly state-based deaths in the countries of two neighbours at war with "
        f"each other, in the years of the war and one around them: mean over {len(scores)} pairs, "
        f"1990-{FOUGHT_UNTIL} (UCDP/PRIO, UCDP GED); pairs resampled"
    )
    figures = [f"{middle:.3f}", f"{max(low, 0.0):.3f}", f"{high:.3f}"]
    known = f"{FOUGHT_UNTIL + 1}-06-30"
    apart = ["together", "spread", f"{spread:.3f}", "", "", "Fisher z", known, "counted"]
    return [
        ["together", "sides of one war", *figures, "correlation", known, "counted", words],
        [*apart, "Standard deviation over the same pairs"],
    ]


def replace_rates(path: Path, rows: list[list[str]]) -> None:
    """Put rows in the place of those of the same rates, at the end of the table."""
    names = {row[0] for row in rows}
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if line.split(",")[0] not in names]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    path.write_text("\n".join(kept) + "\n" + out.getvalue(), encoding="utf-8")


def main() -> None:
    """Write both tables."""
    data = Path(sys.argv[1])
    folder = data / "peace" / "conflicts"
    code = {row["gwcode"]: row["iso3"] for row in rows_of(data / "ucdp" / "countries.csv") if row["iso3"]}
    cow = code | COW_CODES
    lines = [(a, b, month, "dispute", "Correlates of War MID 5") for a, b, month in disputes(folder, cow)]
    lines += [(a, b, "", "rivals", "Thompson rivalries") for a, b in rivals(folder, cow)]
    with (PACKAGE / "evaluation" / "ladder.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("iso3_a", "iso3_b", "month", "kind", "source"))
        writer.writerows(sorted(lines, key=itemgetter(3, 0, 1, 2)))
    wars = fought(folder, code)
    replace_rates(PACKAGE / "war" / "rates.csv", [*together(wars), *war_rates(wars, force(folder, cow))])


if __name__ == "__main__":
    main()
