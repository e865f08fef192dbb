"""Planning figures: how many people to plan for, by age and sex."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from forestall.core.arrays import Floats
from forestall.preparedness.people import Presence
from forestall.preparedness.quantiles import draw_quantiles
from forestall.schema.conventions import ALL


def peak_arrived(presence: Presence) -> dict[str, Floats]:
    """Return the largest number of people there at once among those who arrived, by place and over all.

    Returns
    -------
    dict
        Place to one number per draw.
    """
    arrived = [i for i, (_, who) in enumerate(presence.groups) if who == "arrived"]
    peaks = {presence.groups[i][0]: presence.people[:, i, :].max(axis=-1, initial=0.0) for i in arrived}
    total = presence.people[:, arrived, :].sum(axis=1)
    return {**peaks, ALL: total.max(axis=-1, initial=0.0)}


def age_and_sex(demography: pl.DataFrame) -> list[tuple[str, str, float]]:
    """Return (age group, sex, share) as newest known, with all/all = 1 first.

    The shares are those stated; no cross of age and sex is made up where none is stated.
    """
    newest = (
        demography.filter(pl.col("share").is_between(0, 1), pl.col("household_size").is_null())
        .sort("date")
        .group_by("age_group", "sex", maintain_order=True)
        .last()
        .filter((pl.col("age_group") != "all") | (pl.col("sex") != "all"))
        .sort("age_group", "sex")
    )
    return [("all", "all", 1.0), *newest.select("age_group", "sex", "share").iter_rows()]


def caseload_rows(
    presence: Presence, demography: pl.DataFrame, arm: str, figures: Sequence[tuple[str, float]]
) -> pl.DataFrame:
    """Return the rows of the table ``caseloads`` of one arm.

    Parameters
    ----------
    presence
        People present in the draws of the arm.
    demography
        Table ``demography``.
    arm
        Name of the arm.
    figures
        (figure, quantile) pairs: best, central, reasonable worst.
    """
    return pl.DataFrame(list(_rows(presence, age_and_sex(demography), arm, figures)))


def _rows(
    presence: Presence,
    shares: Sequence[tuple[str, str, float]],
    arm: str,
    figures: Sequence[tuple[str, float]],
) -> Iterator[dict[str, Any]]:
    for place, peak in peak_arrived(presence).items():
        people = draw_quantiles(peak, presence.weights, [q for _, q in figures])
        for (figure, quantile), count in zip(figures, people, strict=True):
            for age_group, sex, share in shares:
                yield {
                    "arm": arm,
                    "figure": figure,
                    "place": place,
                    "age_group": age_group,
                    "sex": sex,
                    "people": float(np.round(count * share)),
                    "quantile": quantile,
                }
