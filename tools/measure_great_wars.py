"""Measure what treating great wars apart does to the scores of the default model.

Run ``python tools/measure_great_wars.py 2010 2017``: the years of development.  Each variant changes the
draws of the default model; mean CRPS, log CRPS and IGN over the years are printed.
"""

import sys

import numpy as np

from forestall.core.arrays import Floats
from forestall.evaluation.backtest import ORIGIN_MONTH, YEAR_HORIZONS
from forestall.evaluation.panels import open_panel
from forestall.scoring.forecasts import crps, ignorance, log_crps
from forestall.warning.baselines import Analogue
from forestall.warning.panel import Panel
from forestall.warning.pool import Pool

DRAWS = 1000
GREAT = 2500
TAIL = 1000.0


def mixed(draws: Floats, other: Floats, share: float) -> Floats:
    """Return draws of which a share come from another forecast, both thinned evenly."""
    count = round(DRAWS * share)
    parts = [(draws, DRAWS - count), (other, count)]
    thinned = [one[..., np.linspace(0, DRAWS - 1, n).round().astype(int)] for one, n in parts if n]
    return np.sort(np.concatenate(thinned, axis=-1), axis=-1)


def variants(known: Panel, draws: Floats, analogue: Floats) -> dict[str, Floats]:
    """Return the draws of each variant, shape (horizons, countries, draws)."""
    recent = np.nan_to_num(known.deaths[-12:])
    great = (recent.sum(axis=0) >= GREAT)[None, :, None]
    made = {"default": draws}
    for share in (0.25, 0.5, 1.0):
        made[f"analogue {share}"] = np.where(great, mixed(draws, analogue, share), draws)
    for power in (0.8, 0.9, 0.95, 1.05, 1.1):
        bent = TAIL * (np.maximum(draws, 1.0) / TAIL) ** power
        made[f"power {power}"] = np.where(draws > TAIL, bent, draws)
    for times in (1, 2, 5):
        cap = np.maximum(times * recent.max(axis=0), TAIL)[None, :, None]
        made[f"cap {times}"] = np.minimum(draws, cap)
    return made


def main() -> None:
    """Print the scores of each variant over the years."""
    first, last = int(sys.argv[1]), int(sys.argv[2])
    panel, _ = open_panel()
    scores: dict[str, list[list[float]]] = {}
    for year in range(first, last + 1):
        origin = (year - 1 - 1980) * 12 + ORIGIN_MONTH
        known = panel.cut(origin)
        draws = Pool().fit(known, YEAR_HORIZONS).predict(known, YEAR_HORIZONS, DRAWS)
        analogue = Analogue().fit(known, YEAR_HORIZONS).predict(known, YEAR_HORIZONS, DRAWS)
        observed = np.stack([panel.deaths[origin - panel.first_month + ahead] for ahead in YEAR_HORIZONS])
        for name, made in variants(known, draws, analogue).items():
            row = [float(np.nanmean(score(made, observed))) for score in (crps, log_crps, ignorance)]
            scores.setdefault(name, []).append(row)
    for name, rows in scores.items():
        low, log, bits = np.mean(rows, axis=0)
        sys.stdout.write(f"{name:14} CRPS {low:.2f}  log CRPS {log:.4f}  IGN {bits:.4f}\n")


if __name__ == "__main__":
    main()
