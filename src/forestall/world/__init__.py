"""The world as tables of our own: countries, areas, towns, borders, deaths and displaced people."""

from forestall.world.read import (
    DISCLAIMER,
    load_abroad,
    load_areas,
    load_changes,
    load_counted_with,
    load_countries,
    load_deaths,
    load_displaced,
    load_inside,
    load_neighbours,
    load_outlines,
    load_risk,
    load_sources,
    load_town_names,
    load_towns,
    load_worldview,
)

__all__ = [
    "DISCLAIMER",
    "load_abroad",
    "load_areas",
    "load_changes",
    "load_counted_with",
    "load_countries",
    "load_deaths",
    "load_displaced",
    "load_inside",
    "load_neighbours",
    "load_outlines",
    "load_risk",
    "load_sources",
    "load_town_names",
    "load_towns",
    "load_worldview",
]
