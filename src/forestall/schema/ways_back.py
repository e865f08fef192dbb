"""A two-way road given once: the way back is added, with a note."""

from collections.abc import Mapping

import polars as pl

from forestall.core.errors import Finding

MODES = ("road", "walk", "rail")
"""Means of travel that lead both ways unless a status says otherwise."""

SUFFIX = "-back"


def add_ways_back(
    tables: Mapping[str, pl.DataFrame], lines: Mapping[str, pl.Series]
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.Series], list[Finding]]:
    """Give every road that stands in one direction its way back, with the same figures and statuses.

    A corridor that has ever had the status ``one_way``, in the log that is given, stays as it is:
    a log cut at a moment gives what was known then.

    Parameters
    ----------
    tables, lines : mapping
        Tables as read or as known, and the lines of their rows where they are known.

    Returns
    -------
    tuple
        The tables and lines that changed, and a note where any did.
    """
    if "corridors" not in tables:
        return {}, {}, []
    corridors = _with_lines("corridors", tables, lines)
    status = tables.get("corridor_status")
    missing = _given_once(corridors, status, tables.get("places"))
    if not missing.height:
        return {}, {}, []
    back = missing.with_columns(
        pl.col("corridor") + SUFFIX,
        pl.col("to_place").alias("from_place"),
        pl.col("from_place").alias("to_place"),
    )
    changed = {"corridors": pl.concat([corridors, back])}
    if status is not None:
        log = _with_lines("corridor_status", tables, lines)
        copied = log.filter(pl.col("corridor").is_in(missing["corridor"].implode()))
        changed["corridor_status"] = pl.concat([log, copied.with_columns(pl.col("corridor") + SUFFIX)])
    note = _note(missing)
    frames = {name: table.drop("__line") for name, table in changed.items()}
    fresh = {name: table["__line"].alias("line") for name, table in changed.items() if name in lines}
    return frames, fresh, [note]


def _with_lines(
    name: str, tables: Mapping[str, pl.DataFrame], lines: Mapping[str, pl.Series]
) -> pl.DataFrame:
    """Return a table with the lines of its rows, none where they are not known."""
    table = tables[name]
    known = name in lines and lines[name].len() == table.height
    return table.with_columns((lines[name] if known else pl.lit(None, pl.Int64)).alias("__line"))


def _given_once(
    corridors: pl.DataFrame, status: pl.DataFrame | None, places: pl.DataFrame | None
) -> pl.DataFrame:
    """Return the sound corridors whose way back is not in the table and is not excluded."""
    if places is not None:
        known = places["place"].implode()
        corridors = corridors.filter(pl.col("from_place").is_in(known) & pl.col("to_place").is_in(known))
    there = corridors.select(
        pl.col("to_place").alias("from_place"), pl.col("from_place").alias("to_place"), "mode"
    )
    one_way = (
        status.filter(pl.col("status") == "one_way")["corridor"]
        if status is not None
        else pl.Series([], dtype=pl.String)
    )
    taken = corridors["corridor"]
    candidates = corridors.filter(
        pl.col("mode").is_in(MODES)
        & (pl.col("from_place") != pl.col("to_place"))
        & ~pl.col("corridor").is_in(one_way.implode())
        & ~(pl.col("corridor") + SUFFIX).is_in(taken.implode())
    )
    return candidates.join(there, on=["from_place", "to_place", "mode"], how="anti", maintain_order="left")


def _note(missing: pl.DataFrame) -> Finding:
    names = ", ".join(missing["corridor"].head(10).to_list()) + (" ..." if missing.height > 10 else "")
    message = f"{missing.height} roads stand in one direction only; their ways back were added"
    return Finding("N306", "note", message, table="corridors", value=names, next="forestall explain N306")
