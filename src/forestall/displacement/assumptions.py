"""What a forecast rests on: every prior and assumption as a row, with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from forestall.displacement.forecast import Forecast
from forestall.displacement.network import joined
from forestall.displacement.priors import Prior
from forestall.displacement.scale import law_at
from forestall.displacement.unrest import MONTH_HOURS
from forestall.displacement.worlds import planning_people
from forestall.roads import unknown_roads, without_status
from forestall.schema import frame
from forestall.schema.conventions import BAND

if TYPE_CHECKING:
    import polars as pl

KNOWN_LATER = "hindsight at this moment, public only from"
"""Begins the column ``known`` of a prior that rests on cases later than the moment."""

FEW_MOVES = 0.03
"""Share of moves accepted below which the fit to the counts is said to have failed."""
FEW_DISTINCT = 0.2
"""Share of particles that differ after the fit below which there are too few."""
TOO_FEW, BEYOND_LIMIT = "too few effective draws", "limit of a place passed"

Row = tuple[str, str, str, str, str, str]


def assumptions(forecast: Forecast) -> pl.DataFrame:
    """Return the table of assumptions of a forecast."""
    rows = [
        *prior_rows(
            forecast.environment.options.fixed,
            forecast.environment.crisis.local_date(),
            forecast.environment.priors,
        ),
        *estimate_rows(forecast),
        *network_rows(forecast),
        *place_rows(forecast),
        *reach_rows(forecast),
        *scale_rows(forecast),
        *fit_rows(forecast),
        *limit_rows(forecast),
        *error_rows(forecast),
    ]
    names = ("name", "distribution", "value", "unit", "source", "known")
    columns: dict[str, list[str]] = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    return frame("assumptions", {**columns, "stage": ["displace"] * len(rows)})


def prior_rows(fixed: Mapping[str, float], day: date, priors: Mapping[str, Prior]) -> Iterator[Row]:
    """Yield a row per prior with its central value; one that is fixed or was not known by then says so."""
    for prior in priors.values():
        if prior.name in fixed:
            yield (
                prior.name,
                "fixed",
                f"{fixed[prior.name]:g}",
                prior.unit,
                "option fixed of [displace]",
                "chosen by hand",
            )
            continue
        centre = float(prior.quantile(np.zeros(1))[0])
        low, high = prior.quantile(np.array([-1.6449, 1.6449]))
        value = f"{centre:.3g} (90 %: {low:.3g} to {high:.3g})"
        known = prior.known if prior.known_from <= day else f"{KNOWN_LATER} {prior.known_from}: {prior.known}"
        yield prior.name, prior.in_words(), value, prior.unit, prior.source, known


def estimate_rows(forecast: Forecast) -> Iterator[Row]:
    """Yield a row per competing estimate of the exposed people, and one for places without any."""
    exposure = forecast.environment.exposure
    total = sum(e.weight for e in exposure.estimates)
    for estimate in exposure.estimates:
        share = (
            f"uniform from {estimate.low:,.0f} to {estimate.high:,.0f}, weight {estimate.weight / total:.2f}"
        )
        yield (
            f"people: {estimate.who}",
            share,
            f"{(estimate.low + estimate.high) / 2:,.0f}",
            "people",
            "table population; halved with age",
            "row known by the moment",
        )
    if exposure.unknown:
        yield (
            "people: not assessed",
            "not assessed",
            joined(exposure.unknown),
            "places",
            "their last figure is older than who holds them; add a newer one",
            "rows known by the moment",
        )


def network_rows(forecast: Forecast) -> Iterator[Row]:
    """Yield rows on capacity and storage that the tables do not give."""
    environment = forecast.environment
    network, lanes = (
        environment.network,
        sorted({lane % len(environment.network.corridors) for lane in environment.forest.lane}),
    )
    unknown = [
        network.corridors[c]
        for c in lanes
        if np.isnan(network.vehicles_per_hour[c]) and not network.on_foot[c]
    ]
    if unknown:
        yield (
            "capacity unknown",
            "drawn from the prior of the road class",
            f"{len(unknown)} of {len(lanes)} corridors in use: {joined(unknown)}",
            "corridors",
            "corridors.csv gives no vehicles_per_hour",
            "road geometry",
        )
    point = [
        network.corridors[c]
        for c in lanes
        if np.isnan(network.storage_vehicles[c]) and np.isnan(network.km[c] * network.lanes[c])
    ]
    if point:
        yield (
            "storage unknown",
            "point queue",
            f"{len(point)} corridors: {joined(point)}",
            "corridors",
            "neither storage_vehicles nor lanes are known",
            "road geometry",
        )


def place_rows(forecast: Forecast) -> Iterator[Row]:
    """Yield rows on roads not known, on places that are cut off, and on the spread over hosts."""
    environment = forecast.environment
    crisis = environment.crisis
    unknown = without_status(crisis["corridors"], crisis.status("corridor_status"))
    if unknown:
        yield (
            "corridors of which no status is known",
            f"use by people drawn in {environment.patterns} patterns: {unknown_roads().words}",
            f"{len(unknown)} of {crisis['corridors'].height}: {joined(unknown)}",
            "corridors",
            "no row of corridor_status known by the moment",
            "own judgement (roads.csv)",
        )
    if environment.cut_off:
        yield (
            "shut in at the moment",
            "people leave once a corridor opens",
            joined(environment.cut_off),
            "places",
            "no open route to a place of reception",
            "corridor_status known by the moment",
        )
    if environment.never_joined:
        yield (
            "no route at all",
            "people stay and are counted inside",
            joined(environment.never_joined),
            "places",
            "no corridors join the place with reception, open or shut",
            "corridors.csv",
        )
    yield (
        "spread over hosts",
        "Dirichlet around the expected shares",
        ", ".join(f"{h} {s:.2f}" for h, s in zip(environment.hosts, environment.host_share, strict=True))[
            :300
        ],
        "share",
        environment.host_share_source,
        "row known by the moment",
    )


def scale_rows(forecast: Forecast) -> Iterator[Row]:
    """Yield the law that bounds how many leave before anybody is counted, or why there is none."""
    law = law_at(forecast.environment.crisis.local_date())
    if law is None:
        words = "none was known by the moment: any share of the exposed people may leave"
        yield "scale of flight", "no bound", words, "people", "scale.csv", "law known from later years only"
        return
    yield (
        "scale of flight",
        f"lognormal, sigma {law.sigma:.2f}",
        f"exp({law.intercept:.2f}) x deaths in a year ^ {law.slope:.2f}",
        "people",
        f"{law.country_years} country-years with violence (UCDP, IDMC, UNHCR), where nobody was counted",
        f"fitted on years known by {law.known_from}",
    )


def reach_rows(forecast: Forecast) -> Iterator[Row]:
    """Yield the rows on why violence starts in a draw."""
    if forecast.onsets.ongoing:
        yield (
            "violence has started",
            "in every draw",
            forecast.onsets.event,
            "event",
            "events known by the moment",
            "row known by the moment",
        )
    else:
        yield (
            "onset",
            "evenly within the first month with an event in the draw's outlook",
            f"{forecast.happens.mean():.2f}",
            "share of draws",
            "table outlook and the prior reaches_area",
            "outlook made at the moment",
        )
    event = forecast.environment.control_given_up
    if event is not None:
        yield (
            "control given up",
            "the share that leaves has a prior of its own, for every place of those who give it up",
            event,
            "event",
            "events known by the moment; share_leaving_lost",
            "row known by the moment",
        )
    yield from unrest_rows(forecast)


def unrest_rows(forecast: Forecast) -> Iterator[Row]:
    """Yield the pace at which people leave where no wave is under way, and why."""
    pace = forecast.futures.unrest
    if pace is None or not forecast.steady.any():
        yield (
            "no wave, no flight",
            "where no wave begins nobody is moved",
            "0",
            "people",
            "neither violence of late nor a closure is known; everyday movement is not modelled",
            "rows known by the moment",
        )
        return
    found = -np.expm1(-pace[forecast.steady] * MONTH_HOURS)
    low, middle, high = np.quantile(found, BAND)
    yield (
        "leaving without a wave",
        "steady pace by place: raids and insecurity around, a closure without fighting, or both",
        f"{middle:.2%} (90 %: {low:.2%} to {high:.2%})",
        "share of a place's people per month",
        "paces.csv, cases.csv, else the priors raids_share and closure_share",
        "wars and cases over and public by the moment",
    )


def fit_rows(forecast: Forecast) -> Iterator[Row]:
    """Yield a row on the fit to counts."""
    fit, counted = forecast.fit, forecast.counted
    for some in counted.unused:
        yield (
            "counts not used",
            some.why,
            f"{some.rows} of {some.what} at {some.place}",
            "counts",
            "table counts",
            "rows known by the moment",
        )
    if fit is None:
        why = f"{counted.names}: no flight is under way" if counted.any else "no count known by the moment"
        yield "counts", "none used", "0", "counts", why, "table counts"
        return
    particles, distinct = forecast.environment.options.particles, fit.distinct
    yield (
        "counts",
        f"tempered sequential Monte Carlo, {fit.stages} stages, {fit.acceptance:.0%} of moves accepted",
        f"{fit.prior_effective:.1f} of {particles} draws from the priors agreed, {distinct} after the fit",
        "effective draws",
        f"counts at {counted.names}",
        "rows known by the moment",
    )
    if fit.acceptance < FEW_MOVES or fit.distinct < FEW_DISTINCT * particles:
        yield (
            TOO_FEW,
            f"at least {FEW_DISTINCT:.0%} different draws, {FEW_MOVES:.0%} of moves accepted",
            f"{fit.distinct} of {particles} differ, {fit.acceptance:.0%} of moves accepted",
            "effective draws",
            f"counts at {counted.names}: the forecast hardly follows them",
            "rows known by the moment",
        )


def error_rows(forecast: Forecast) -> Iterator[Row]:
    """Yield the Monte Carlo error of the median of people who arrive within the planning window.

    Half the distance between the order statistics one standard error of the rank away from the middle.
    """
    people = planning_people(forecast)
    half = 0.5 / np.sqrt(len(people))
    low, middle, high = np.quantile(people, (max(0.5 - half, 0.0), 0.5, min(0.5 + half, 1.0)))
    error = (high - low) / 2
    share = f", {error / middle:.1%} of it" if middle > 0 else ""
    yield (
        "Monte Carlo error",
        f"standard error of a median over {len(people)} draws",
        f"{error:,.0f}{share}",
        "people",
        "another seed moves the median of the planning figure by about so much",
        "holds for these draws",
    )


def limit_rows(forecast: Forecast) -> Iterator[Row]:
    """Yield the places at which most draws end above what open sites can take, where counts lead."""
    exodus, environment = forecast.exodus, forecast.environment
    if forecast.fit is None or exodus is None:
        return
    for place, limit, people in zip(
        environment.reception, environment.site_limit, exodus.record.at_site[:, -1].T, strict=True
    ):
        middle = float(np.median(people))
        if 0 <= limit < middle:
            yield (
                BEYOND_LIMIT,
                f"{limit:,} at most; limits hold nobody back where counts lead",
                f"{middle:,.0f} at {place} in the middle of the draws",
                "people",
                "sites and site_status",
                "rows known by the moment",
            )
