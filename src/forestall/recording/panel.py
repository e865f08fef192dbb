"""Read a panel of monthly deaths by country, and say what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl

from forestall.core.errors import CrisisError, Finding
from forestall.core.names import nearest

COLUMNS = ("month_id", "country_id", "ged_sb")
BORDER_COLUMNS = ("country_id", "neighbour_id")
_SHARE_COMPLETE = 0.5
_EARLIER_MONTHS = 12


class PanelFile(NamedTuple):
    """A panel as a tidy table (month, where, deaths), with what was found in it."""

    table: pl.DataFrame
    findings: list[Finding]


def read_panel(path: Path) -> PanelFile:
    """Read a panel: one row per month and country, deaths null where not known.

    What cannot be a count of deaths becomes unknown, never zero: negative, not finite, or two
    figures for one cell that contradict each other. Fractions are rounded. A last month that
    is not complete is left out.

    Parameters
    ----------
    path
        Parquet or CSV with month_id (1 = January 1980), country_id and ged_sb.

    Returns
    -------
    PanelFile
        Columns month (number), where (text), deaths (number or null), sorted.

    Raises
    ------
    CrisisError
        Where a column is missing or is not a number.
    """
    raw = _read(path)
    _require(raw, COLUMNS, path)
    findings: list[Finding] = []
    table = raw.select(
        pl.col("month_id").cast(pl.Int64).alias("month"),
        pl.col("country_id").cast(pl.Int64).cast(pl.String).alias("where"),
        pl.col("ged_sb").cast(pl.Float64).alias("deaths"),
    ).drop_nulls(["month", "where"])
    for step in (_one_figure_a_cell, _only_counts, _complete_end):
        table = step(table, findings, path.name)
    _note_gaps(table, findings, path.name)
    return PanelFile(table.sort("month", "where"), findings)


def read_borders(path: Path) -> pl.DataFrame:
    """Read a table of borders: columns where and neighbour, both ways or one.

    Parameters
    ----------
    path
        CSV or Parquet with country_id and neighbour_id.

    Raises
    ------
    CrisisError
        Where a column is missing.
    """
    raw = _read(path)
    _require(raw, BORDER_COLUMNS, path)
    return raw.select(
        pl.col("country_id").cast(pl.Int64).cast(pl.String).alias("where"),
        pl.col("neighbour_id").cast(pl.Int64).cast(pl.String).alias("neighbour"),
    ).drop_nulls()


def compare_vintages(ours: pl.DataFrame, other: pl.DataFrame) -> Finding:
    """Say by how much another release revises the past.

    Parameters
    ----------
    ours, other
        Tables of :func:`read_panel`.

    Returns
    -------
    Finding
        A note with the number of cells that differ and both sums over the cells in common.
    """
    both = ours.join(other, on=["month", "where"], suffix="_other").drop_nulls()
    changed = both.filter(pl.col("deaths") != pl.col("deaths_other")).height
    sums = f"{both['deaths'].sum():,.0f} and {both['deaths_other'].sum():,.0f} deaths"
    message = f"{changed} of {both.height} cells differ between the two releases: {sums}"
    return Finding("N333", "note", message, table="panel", column="ged_sb", value=str(changed))


def _read(path: Path) -> pl.DataFrame:
    if not path.is_file():
        finding = Finding("E151", "error", "there is no such file", table=str(path))
        raise CrisisError([finding])
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        return pl.read_csv(path, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        message = "the file is neither Parquet nor CSV that can be read"
        finding = Finding("E152", "error", message, table=path.name, value=str(error)[:120])
        raise CrisisError([finding]) from error


def _require(raw: pl.DataFrame, columns: tuple[str, ...], path: Path) -> None:
    """Raise with every column that is missing or is not a number."""
    findings = []
    for name in columns:
        if name not in raw.columns:
            hint = nearest(name, raw.columns) or ""
            message = "a column is missing"
            findings.append(Finding("E153", "error", message, table=path.name, column=name, nearest=hint))
        elif not raw[name].dtype.is_numeric():
            found = str(raw[name].dtype)
            message = "a column is not a number"
            findings.append(Finding("E154", "error", message, table=path.name, column=name, value=found))
    if findings:
        raise CrisisError(findings)


def _one_figure_a_cell(table: pl.DataFrame, findings: list[Finding], name: str) -> pl.DataFrame:
    """Keep one row a cell; figures that contradict each other become unknown."""
    repeated = table.height - table.unique(["month", "where"]).height
    if not repeated:
        return table
    different = table.unique().filter(pl.struct("month", "where").is_duplicated())
    cells = different.unique(["month", "where"]).height
    message = f"{repeated} rows repeat a month and country; kept once"
    findings.append(Finding("N331", "note", message, table=name, value=str(repeated)))
    if cells:
        message = f"{cells} cells have two figures that contradict each other; now unknown"
        findings.append(Finding("W231", "warning", message, table=name, value=str(cells)))
    agreed = pl.when(pl.col("deaths").n_unique() == 1).then(pl.col("deaths").first())
    return table.group_by("month", "where", maintain_order=True).agg(agreed.alias("deaths"))


def _only_counts(table: pl.DataFrame, findings: list[Finding], name: str) -> pl.DataFrame:
    """Make unknown what cannot be a count, and round fractions."""
    value = pl.col("deaths")
    bad = table.filter(value.is_not_null() & (~value.is_finite() | (value < 0)))
    if bad.height:
        cell = bad.row(0, named=True)
        message = f"{bad.height} figures are negative or not finite; now unknown"
        where = f"month {cell['month']}, country {cell['where']}: {cell['deaths']}"
        findings.append(Finding("W232", "warning", message, table=name, column="ged_sb", value=where))
    table = table.with_columns(pl.when(value.is_finite() & (value >= 0)).then(value))
    broken = table.filter(value != value.round()).height
    if broken:
        message = f"{broken} figures are not whole; rounded"
        findings.append(Finding("N332", "note", message, table=name, column="ged_sb"))
    return table.with_columns(value.round())


def _complete_end(table: pl.DataFrame, findings: list[Finding], name: str) -> pl.DataFrame:
    """Leave out last months in which far fewer countries report deaths than before."""
    by_month = (
        table.group_by("month")
        .agg(
            pl.col("deaths").is_not_null().sum().alias("known"), (pl.col("deaths") > 0).sum().alias("at_war")
        )
        .sort("month")
    )
    while by_month.height > _EARLIER_MONTHS:
        last, before = by_month[-1], by_month[-1 - _EARLIER_MONTHS : -1]
        columns = ("known", "at_war")
        short = [float(str(before[c].mean())) * _SHARE_COMPLETE > last[c].item() for c in columns]
        if not any(short):
            break
        month = last["month"].item()
        message = f"month {month} is not complete: {last['at_war'].item()} countries with deaths; left out"
        findings.append(Finding("W233", "warning", message, table=name, value=str(month)))
        table, by_month = table.filter(pl.col("month") < month), by_month[:-1]
    return table


def _note_gaps(table: pl.DataFrame, findings: list[Finding], name: str) -> None:
    """Say which months are missing inside a country's span and which countries begin or end."""
    span = table.group_by("where").agg(
        pl.col("month").min().alias("first"), pl.col("month").max().alias("last"), pl.len().alias("rows")
    )
    gaps = span.filter(pl.col("last") - pl.col("first") + 1 > pl.col("rows")).sort("where")
    for row in gaps.iter_rows(named=True):
        count = row["last"] - row["first"] + 1 - row["rows"]
        message = f"country {row['where']} lacks {count} months between its first and last; unknown"
        findings.append(Finding("W234", "warning", message, table=name, value=row["where"]))
    if table.height:
        begin, end = table["month"].min(), table["month"].max()
        late = span.filter(pl.col("first") > begin)["where"].sort().to_list()
        gone = span.filter(pl.col("last") < end)["where"].sort().to_list()
        if late or gone:
            message = (
                f"{len(late)} countries begin and {len(gone)} end inside the panel (states that "
                "split or merged); their months outside are unknown"
            )
            listed = ", ".join([*late, *gone][:12])
            findings.append(Finding("N334", "note", message, table=name, value=listed))
