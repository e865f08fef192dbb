"""What the rows say of a claim together, by one rule for every voice."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from forestall.claims.compare import Expected, Says, floor_says, row_says

NOT_TESTABLE = "not testable"
PARTY = "party"
_ROWS_COUNTED = re.compile(r"\bcount(?:_?if)?\s*\((?:[^()]|\([^()]*\))*\)\s*as\s+value\b", re.IGNORECASE)
Row = Mapping[str, Any]


def counts_rows(query: str) -> bool:
    """Return whether the value of a query is a number of rows of the record.

    Examples
    --------
    >>> counts_rows("SELECT count(*) AS value FROM events"), counts_rows("SELECT max(value) FROM counts")
    (True, False)
    """
    return _ROWS_COUNTED.search(query) is not None


def says_of(row: Row, expected: Expected | None, *, counted: bool) -> Says:
    """Return what one row says; a number of rows is a floor, for nothing recorded is not nothing done.

    Parameters
    ----------
    row : mapping
        ``value``, and ``low`` and ``high`` where there are any.
    expected : Expected or None
        What the claim allows; None where nothing is compared.
    counted : bool
        Whether the value is a number of rows of the record.

    Examples
    --------
    >>> from forestall.claims.compare import expected_of
    >>> [says_of({"value": n}, expected_of("=", "0"), counted=True) for n in (0, 2)]
    ['open', 'against']
    """
    if expected is None:
        return "shown"
    return floor_says(row, expected) if counted else row_says(row, expected)


def parties_of(actors: pl.DataFrame) -> list[str]:
    """Return the names of the parties to a conflict, from its table of actors."""
    return [name.casefold() for name in actors.filter(pl.col("role") == PARTY)["name"]]


def whose_word(row: Row, parties: Sequence[str]) -> set[str]:
    """Return the parties whose word a row is, by its column ``who``; none for anybody else's.

    Examples
    --------
    >>> whose_word({"who": "Government of Alpland"}, ["alpland", "betaland"])
    {'alpland'}
    """
    text = str(row.get("who") or "").casefold()
    return {name for name in parties if name in text}


def verdict_of(
    kind: str, expected: Expected | None, says: Sequence[str], words: Sequence[str] | None = None
) -> tuple[str, str]:
    """Return the verdict on what the rows say, and why.

    A party to the conflict can contest a claim and, where the claim is its own, speak against
    itself; no party's word supports a claim or refutes another's. The rule is the same for all.

    Parameters
    ----------
    kind : str
        Kind of claim.
    expected : Expected or None
        What the claim allows; None where nothing is compared.
    says : sequence of {"for", "against", "open", "shown"}
        What each row says.
    words : sequence of {"", "own", "party"}, optional
        Whose word each row is: nobody's of the conflict, that of the voice itself, that of another
        party. Without it every row is nobody's.

    Examples
    --------
    >>> claimed = Expected(4.5, 5.5, centre=5.0)
    >>> verdict_of("count", claimed, ["for", "against"])[0]
    'contested'
    >>> verdict_of("count", claimed, ["against"], ["party"])[0], verdict_of("count", claimed, ["against"])[0]
    ('contested', 'contradicted')
    >>> verdict_of("count", claimed, ["for"], ["own"])[0]
    'not testable'
    """
    if kind == "judgement":
        return NOT_TESTABLE, "a judgement is not scored true or false; these are the rows a reader would want"
    if expected is None:
        return NOT_TESTABLE, "nothing is compared; these are the rows a reader would want"
    rows = list(zip(says, words or [""] * len(says), strict=True))
    agree = sum(said == "for" and not word for said, word in rows)
    disagree = sum(said == "against" and word != PARTY for said, word in rows)
    rivals = sum(said == "against" and word == PARTY for said, word in rows)
    undecided = sum(said == "open" and not word for said, word in rows)
    return _weighed(agree, disagree, rivals, undecided, sum(said != "shown" for said in says))


def _weighed(agree: int, disagree: int, rivals: int, undecided: int, all_rows: int) -> tuple[str, str]:
    """Return the verdict on numbers of rows."""
    counts = f"{agree} for, {disagree} against, {undecided} open"
    counts += f"; {rivals} against by another party" if rivals else ""
    if agree and not disagree + rivals:
        return "supported", f"rows agree: {counts}"
    if disagree and not agree + undecided:
        return "contradicted", f"rows disagree: {counts}"
    if agree + disagree + rivals:
        return "contested", f"rows differ or leave it open: {counts}"
    if undecided:
        return NOT_TESTABLE, f"no row decides it, nothing recorded is not nothing done: {counts}"
    if all_rows:
        return (
            NOT_TESTABLE,
            f"only the word of parties to the conflict: {all_rows} rows, none of anybody else",
        )
    return NOT_TESTABLE, "no row of the tables decides it"
