"""Amounts of money that options hold."""

from forestall.core.units import parse_amount


def usd(text: str) -> str:
    """Return an amount in USD as it is written.

    Raises
    ------
    ValueError
        Where it is no amount, or one of another currency.

    Examples
    --------
    >>> usd("5 MUSD")
    '5 MUSD'
    """
    if parse_amount(text)[1] != "USD":
        raise ValueError(
            f"{text!r}: prices are in USD and no rate of exchange is known; give the budget in USD"
        )
    return text
