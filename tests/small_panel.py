"""A small made-up panel of monthly deaths, with wars that begin, last and end."""

import numpy as np
import polars as pl

from forestall.warning.countries import countries
from forestall.warning.panel import Panel

CODES = ("ARM", "AZE", "GEO", "TUR", "IRN", "RUS", "IRQ", "SYR", "UKR", "AFG", "PAK", "IND")


def small_deaths(months: int = 260, seed: int = 3) -> np.ndarray:
    """Deaths of twelve countries by month: rest, unrest and war follow each other."""
    generator = np.random.default_rng(seed)
    deaths = np.zeros((months, len(CODES)))
    state = generator.integers(0, 3, len(CODES))
    mean = np.array([0.05, 8.0, 160.0])
    for month in range(months):
        leave = generator.random(len(CODES)) < 0.06
        state = np.where(leave, generator.integers(0, 3, len(CODES)), state)
        deaths[month] = generator.negative_binomial(1, 1 / (1 + mean[state]))
    return deaths


def small_panel(months: int = 260, seed: int = 3, first_month: int = 121) -> Panel:
    """The deaths as a panel; each country borders the next."""
    borders = np.zeros((len(CODES), len(CODES)), dtype=bool)
    for index in range(len(CODES) - 1):
        borders[index, index + 1] = borders[index + 1, index] = True
    names = tuple(str(countries()[code].panel_id) for code in CODES)
    return Panel(first_month, names, small_deaths(months, seed), borders)


def panel_table(panel: Panel) -> pl.DataFrame:
    """The panel as the file people have: month_id, country_id, ged_sb."""
    rows = [
        (panel.first_month + row, int(name), float(panel.deaths[row, column]))
        for row in range(len(panel.deaths))
        for column, name in enumerate(panel.countries)
    ]
    return pl.DataFrame(rows, schema=["month_id", "country_id", "ged_sb"], orient="row")
