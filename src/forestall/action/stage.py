"""The stage act: what is known -> triggers, response, ties, leverage, ledger, provisions, risks."""

from datetime import datetime

import polars as pl

from forestall.action.due import actions_due
from forestall.action.ledger import ledger_status
from forestall.action.leverage import leverage_tables
from forestall.action.provisions import broken_before, implementation, provisions_status
from forestall.action.responses import response_gap, response_timeline
from forestall.action.risks import risks_register
from forestall.action.ties import ties_compared, ties_table
from forestall.action.triggers import activations
from forestall.core.moments import end_of_day
from forestall.crisis import Crisis
from forestall.options.act import ActOptions


def moment_of(crisis: Crisis) -> datetime:
    """Return the moment of knowledge, or the end of the period where nothing is hidden."""
    return crisis.as_of or end_of_day(crisis.settings.period.end, crisis.zone)


def act(crisis: Crisis, options: ActOptions) -> dict[str, pl.DataFrame]:
    """Return who can act, what was promised and what was done, as it stood at the moment.

    Parameters
    ----------
    crisis : Crisis
        As known at the moment, with the results of the earlier stages.
    options : ActOptions
        Rules, seed and draws.

    Returns
    -------
    dict of str to polars.DataFrame
        The tables activations, actions_due, response_timeline, response_gap, ties_table, ties_compared,
        leverage, leverage_ranks, ledger_status, provisions_status, implementation,
        broken_before and risks_register.

    Raises
    ------
    CrisisError
        For a trigger or a risk that cannot be evaluated.
    """
    moment = moment_of(crisis)
    activated, ledger = activations(crisis, moment), ledger_status(crisis, moment)
    provisions = provisions_status(crisis, options, moment)
    return {
        "activations": activated,
        "actions_due": actions_due(crisis, activated, ledger, moment),
        "response_timeline": response_timeline(crisis, options, moment),
        "response_gap": response_gap(crisis, options, moment),
        "ties_table": ties_table(crisis),
        "ties_compared": ties_compared(crisis),
        **leverage_tables(crisis, options),
        "ledger_status": ledger,
        "provisions_status": provisions,
        "implementation": implementation(provisions, options),
        "broken_before": broken_before(crisis, options, moment),
        "risks_register": risks_register(crisis, moment),
    }
