"""How many people to plan for, by age and sex."""

from collections.abc import Sequence
from functools import partial

import polars as pl
from markupsafe import Markup

from forestall.reporting.blocks import Block, Figure, Table, missing, text
from forestall.reporting.charts.bars import Row, draw_pyramid, draw_rows
from forestall.reporting.desk import Desk, arms_apart
from forestall.reporting.writing import percent, rounded, sentence
from forestall.schema.conventions import ALL

FIGURES = ("best", "central", "reasonable worst")


def show_caseloads(desk: Desk) -> Sequence[Block]:
    """Return the planning figures, in total and by age and sex."""
    blocks: list[Block] = [
        text(
            "Three figures to plan with, each a quantile of the people who would have arrived: best, "
            "central and reasonable worst."
        )
    ]
    for arm in arms_apart(desk, "caseloads"):
        rows = desk.arm("caseloads", arm).filter(pl.col("place") == ALL)
        blocks.append(_totals(arm, rows))
    rows = desk.arm("caseloads", "if it happens").filter(pl.col("place") == ALL)
    central = rows.filter(pl.col("figure") == "central")
    return [*blocks, *(_pyramid(central) or _ages(rows)), *_no_demography(central)]


def _ages(rows: pl.DataFrame) -> list[Block]:
    """Return the planning figures by age where age and sex are not known together."""
    ages = rows.filter((pl.col("age_group") != "all") & (pl.col("sex") == "all"))
    if ages.is_empty():
        return []
    found = {
        (age, figure): people
        for age, figure, people in ages.select("age_group", "figure", "people").iter_rows()
    }
    groups = sorted({age for age, _ in found}, key=_first_age)
    bars = [
        Row(
            f"{age} years",
            found.get((age, "central")),
            found.get((age, "best")),
            found.get((age, "reasonable worst")),
        )
        for age in groups
    ]
    name, saying = (
        "Planning figures by age, if it happens",
        "Central figure, with a line from best to reasonable worst.",
    )
    body = tuple((age, *(rounded(found.get((age, f))) for f in FIGURES)) for age in groups)
    table = Table(name, ("Age", "Best", "Central", "Reasonable worst"), body, numeric=(1, 2, 3), folded=True)
    key = (("disc", "central"), ("whisker", "best to reasonable worst"))
    return [Figure(name, partial(_draw_ages, bars, name, saying), saying, key, table)]


def _draw_ages(bars: Sequence[Row], name: str, saying: str, width: float) -> Markup:
    """Draw planning figures by age at a width."""
    return draw_rows(bars, width, title=name, text=saying, label_width=110)


def _totals(arm: str, rows: pl.DataFrame) -> Block:
    """Return the three figures of one arm by sex."""
    body = []
    for figure in FIGURES:
        part = rows.filter((pl.col("figure") == figure) & (pl.col("age_group") == "all"))
        people = dict(part.select("sex", "people").iter_rows())
        level = part["quantile"].to_list()
        body.append(
            (
                sentence(figure),
                _people(people, "all"),
                _people(people, "female"),
                _people(people, "male"),
                percent(level[0]) if level else None,
            )
        )
    head = ("Planning figure", "People", "Women and girls", "Men and boys", "Quantile of the draws")
    return Table(f"People to plan for, {arm}", head, tuple(body), numeric=(1, 2, 3, 4))


def _people(people: dict[str, float], sex: str) -> str | None:
    """Return people of one sex, None where not told apart."""
    return rounded(people[sex]) if people.get(sex) is not None else None


def _pyramid(rows: pl.DataFrame) -> list[Block]:
    """Return the central figure by age and sex."""
    ages = rows.filter((pl.col("age_group") != "all") & pl.col("sex").is_in(["female", "male"]))
    if ages.is_empty():
        return []
    found = {
        key: float(people)
        for *key_, people in ages.select("age_group", "sex", "people").iter_rows()
        if (key := tuple(key_))
    }
    groups = sorted({str(a) for a, _ in found}, key=_first_age)
    bars = [(age, found.get((age, "female")), found.get((age, "male"))) for age in groups]
    name = "Central planning figure by age and sex, if it happens"
    saying = "People by age group, women and girls at the left, men and boys at the right."
    body = tuple(
        (age, rounded(f) if f is not None else None, rounded(m) if m is not None else None)
        for age, f, m in bars
    )
    table = Table(name, ("Age", "Women and girls", "Men and boys"), body, numeric=(1, 2), folded=True)
    return [Figure(name, partial(_draw_pyramid, bars, name, saying), saying, (), table)]


def _draw_pyramid(
    bars: Sequence[tuple[str, float | None, float | None]], name: str, saying: str, width: float
) -> Markup:
    """Draw the pyramid at a width."""
    return draw_pyramid(bars, width, title=name, text=saying)


def _first_age(group: str) -> int:
    """Return the first number of an age group, for the order.

    Examples
    --------
    >>> _first_age("18-59"), _first_age("60+")
    (18, 60)
    """
    digits = "".join(c if c.isdigit() else " " for c in group).split()
    return int(digits[0]) if digits else 0


def _no_demography(rows: pl.DataFrame) -> list[Block]:
    """Return a remark where age and sex are not known."""
    if rows.filter(pl.col("age_group") != "all").height:
        return []
    return [missing("Not assessed", "No split by age and sex was known at the moment.")]
