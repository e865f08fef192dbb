"""Every check, in the order of its code.

A new check is one file, one row of codes.csv, one page and one line here.
"""

from collections.abc import Callable, Iterable

from forestall.checks import (
    contact_details,
    corridor_to_itself,
    dangling_reference,
    duplicate_key,
    figures_in_a_row,
    identifier,
    later_in_text,
    later_than_known,
    length_of_road,
    limits,
    missing_source,
    missing_unit,
    no_budget,
    options,
    options_that_fit,
    order_of_figures,
    overlapping_status,
    page_dated_later,
    point_in_country,
    population_and_movements,
    settings_that_fit,
    shares_above_one,
    supply_before_order,
    supply_unit,
    trigger_unit,
    unknown_indicator,
    unreached_place,
    unreadable_duration,
)
from forestall.core.errors import Finding
from forestall.crisis import Crisis

Check = Callable[[Crisis], Iterable[Finding]]

CHECKS: dict[str, Check] = {
    "E121": duplicate_key.find,
    "E122": dangling_reference.find,
    "E123": limits.finder("E123"),
    "E124": later_than_known.find,
    "E125": corridor_to_itself.find,
    "E126": limits.finder("E126"),
    "E127": limits.finder("E127"),
    "E128": order_of_figures.find,
    "E129": limits.finder("E129"),
    "E130": supply_before_order.find,
    "E131": missing_unit.find,
    "E132": limits.finder("E132"),
    "E133": limits.finder("E133"),
    "E141": unknown_indicator.find,
    "E142": unreadable_duration.find,
    "E143": shares_above_one.find,
    "E146": trigger_unit.find,
    "E134": identifier.find,
    "E135": settings_that_fit.find,
    "E114": options.find,
    "E136": options_that_fit.find,
    "W201": population_and_movements.find,
    "W202": overlapping_status.find,
    "W203": missing_source.find,
    "W204": later_than_known.find_events,
    "W205": unreached_place.find,
    "W207": later_than_known.find_announced,
    "W208": later_in_text.find,
    "W209": contact_details.find,
    "W212": supply_unit.find,
    "W213": no_budget.find,
    "W214": page_dated_later.find,
    "W241": length_of_road.find_length,
    "W242": length_of_road.find_hours,
    "W243": point_in_country.find_code,
    "W244": point_in_country.find_point,
    "W245": figures_in_a_row.find_people,
    "W246": figures_in_a_row.find_falling,
    "W247": figures_in_a_row.find_parts,
    "W248": figures_in_a_row.find_deaths,
}
