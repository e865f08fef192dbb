"""The whole world at a glance: every country's odds, displacement, stocks, and how old the data are."""

from forestall.outlook.displaced import abroad_draws, inside_draws
from forestall.outlook.odds import world_outlooks
from forestall.outlook.scores import score_displaced
from forestall.outlook.table import dictionary, wide, world_table

__all__ = [
    "abroad_draws",
    "dictionary",
    "inside_draws",
    "score_displaced",
    "wide",
    "world_outlooks",
    "world_table",
]
