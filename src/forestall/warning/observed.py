"""What the tables of a crisis say of monthly deaths, as a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forestall.warning.countries import countries as world
from forestall.warning.months import month_id
from forestall.warning.panel import Panel, panel_from_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

RECENT_YEAR = 12


def monthly_deaths(deaths: pl.DataFrame) -> pl.DataFrame:
    """Pick one figure a country and month: state-based, best, from the newest vintage known.

    Parameters
    ----------
    deaths
        The table ``deaths`` of a crisis, already cut at the moment.

    Returns
    -------
    polars.DataFrame
        Columns month (number), where, deaths; a missing or negative figure is null.
    """
    rows = deaths.filter(
        (pl.col("where_kind") == "country")
        & (pl.col("period") == "month")
        & (pl.col("violence") == "state-based")
    )
    order = [name for name in ("known_at", "vintage") if name in rows.columns]
    newest = rows.sort(order, maintain_order=True).unique(
        subset=["where", "start"], keep="last", maintain_order=True
    )
    month = pl.Series("month", [month_id(day) for day in newest["start"]], dtype=pl.Int64)
    figure = pl.when(pl.col("best") >= 0).then(pl.col("best").cast(pl.Float64)).alias("deaths")
    return newest.with_columns(month, figure).select("month", "where", "deaths")


def crisis_panel(deaths: pl.DataFrame, countries: Sequence[str]) -> Panel:
    """Make the panel of a crisis: its countries first, then the others of the table.

    Countries border each other as in our own table of countries; a code that the table does
    not know borders every other country of the crisis.

    Parameters
    ----------
    deaths
        The table ``deaths``, already cut at the moment.
    countries
        ISO3 codes of the crisis.
    """
    tidy = monthly_deaths(deaths)
    others = [code for code in tidy["where"].unique().sort() if code not in countries]
    names = [*countries, *others]
    known = world()
    pairs = [
        (one, other)
        for one in names
        for other in names
        if one != other and (one not in known or other in known[one].land_borders)
    ]
    borders = pl.DataFrame(pairs, schema={"where": pl.String, "neighbour": pl.String}, orient="row")
    return panel_from_frame(tidy, borders, names)


def knows_neighbours(panel: Panel, country: int) -> bool:
    """Tell whether the last year of every bordering country is in the panel.

    Parameters
    ----------
    panel
        Panel of a crisis.
    country
        Column of the country.
    """
    listed = world().get(panel.countries[country])
    if listed is None:
        return False
    column = {code: index for index, code in enumerate(panel.countries)}
    return all(
        code in column and not np.isnan(panel.deaths[-RECENT_YEAR:, column[code]]).all()
        for code in listed.land_borders
    )
