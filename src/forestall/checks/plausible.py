"""From which figure on something is doubted: thresholds with their reasons, and likely causes."""

import csv
from functools import cache
from importlib.resources import files

CAUSES = ((10.0, "times ten"), (100.0, "times a hundred"), (1000.0, "times a thousand"))
NEAR = 1.6


@cache
def threshold(name: str) -> float:
    """Return a threshold of plausible.csv.

    Examples
    --------
    >>> threshold("longest_over_line")
    4.0
    """
    text = files("forestall.checks").joinpath("plausible.csv").read_text(encoding="utf-8")
    return {row["name"]: float(row["value"]) for row in csv.DictReader(text.splitlines())}[name]


def likely_cause(unit: str, ratio: float, otherwise: str) -> str:
    """Return the likely cause of a figure that is so many times what was expected.

    Examples
    --------
    >>> likely_cause("kilometres", 12.0, "another road")
    'looks like kilometres times ten'
    >>> likely_cause("people", 0.09, "another place")
    'looks like people divided by ten'
    """
    for factor, words in CAUSES:
        for value, told in ((factor, words), (1 / factor, words.replace("times", "divided by"))):
            if value / NEAR <= ratio <= value * NEAR:
                return f"looks like {unit} {told}"
    return otherwise
