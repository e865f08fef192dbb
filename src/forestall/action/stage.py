"""The stage act: what is known -> triggers, response, ties."""

from datetime import datetime

import polars as pl

from forestall.action.options import ActOptions
from forestall.action.responses import response_gap, response_timeline
from forestall.action.ties import ties_table
from forestall.action.triggers import activations
from forestall.core.moments import end_of_day
from forestall.crisis import Crisis


def moment_of(crisis: Crisis) -> datetime:
    """Return the moment of knowledge, or the end of the period where nothing is hidden."""
    return crisis.as_of or end_of_day(crisis.settings.period.end, crisis.zone)


def act(crisis: Crisis, options: ActOptions) -> dict[str, pl.DataFrame]:
    """Return triggers, responses and ties as they stood at the moment.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment, with the results of the earlier stages.
    options : ActOptions
        Rules, seed and draws.

    Returns
    -------
    dict of str to polars.DataFrame
        The tables activations, response_timeline, response_gap and ties_table.

    Raises
    ------
    CrisisError
        For a trigger that cannot be evaluated.
    """
    moment = moment_of(crisis)
    return {
        "activations": activations(crisis, moment),
        "response_timeline": response_timeline(crisis, options, moment),
        "response_gap": response_gap(crisis, options, moment),
        "ties_table": ties_table(crisis),
    }
