"""Every hostile query on record: refused, or answered without a way out."""

from collections.abc import Iterator
from pathlib import Path

from until import Until

from forestall.claims.ask import Locked, tables_on_disk
from unit.test_claims import QUICK, TABLE, test_refused


def hostile(_base: Path, until: Until, _short: bool) -> Iterator[tuple[str, str]]:
    """Ask each query that is to be refused; then the tables must be as they were."""
    asked = test_refused.pytestmark[0].args[1]
    with tables_on_disk({"counts": TABLE}) as folder, Locked(folder, QUICK) as locked:
        for query, kind in asked:
            if until.over():
                return
            found = locked.ask(query)
            whole = locked.ask("SELECT sum(people) AS value FROM counts").records() == [{"value": 7}]
            held = found.refused and not found.rows and whole
            yield f"{kind}: {query[:60]}", "" if held else f"answered: {found.rows or found.kind}"[:150]
