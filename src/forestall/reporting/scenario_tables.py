"""Results that no stage makes: options compared, and what earlier action would have averted."""

from collections.abc import Sequence

from forestall.crisis import Crisis


def with_scenarios(
    crisis: Crisis,
    whole: Crisis,
    *,
    options: Sequence[str] = (),
    earlier: bool = False,
    draws: int | None = None,
    seed: int | None = None,
) -> Crisis:
    """Return the crisis with the tables of options compared and of earlier action.

    Parameters
    ----------
    crisis : Crisis
        At its moment, with the results of its stages.
    whole : Crisis
        As opened. Earlier action is judged on trigger dates of the whole period: with hindsight, and the
        brief says so.
    options : sequence of str
        Options to compare on the same draws, as ``forestall compare`` reads them.
    earlier : bool
        Whether to work out what earlier action would have averted.
    draws, seed : int, optional
        Else what crisis.toml says.

    Raises
    ------
    UsageError
        For an option that is unknown; the nearest name is given.
    """
    from forestall.scenarios.compare import compare
    from forestall.scenarios.earlier import earlier as averted

    known = whole.at(crisis.moment)
    if options:
        crisis = crisis.with_tables(compare(known, options, draws=draws, seed=seed))
    if earlier:
        crisis = crisis.with_tables(averted(whole, draws=draws, seed=seed))
    return crisis
