"""Every sentence of the article is decided by rows, shown by a view, or a judgement with the rows wanted."""

import re
from pathlib import Path

import pytest

from forestall.claims.judge import check_claims
from forestall.claims.options import ClaimsOptions
from forestall.cli.docs import all_commands
from forestall.crisis import open_crisis

PAGE = Path(__file__).parents[2] / "docs" / "sentences.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| CL")
]


@pytest.fixture(scope="module")
def verdicts() -> dict[str, tuple[str, int]]:
    judged = check_claims(open_crisis("karabakh-2023").everything(), ClaimsOptions(seconds=5.0)).tables
    counts = dict(judged["claims_rows"].group_by("claim").len().iter_rows())
    return {
        claim: (verdict, counts.get(claim, 0))
        for claim, verdict in judged["claims_verdicts"].select("claim", "verdict").iter_rows()
    }


def test_each_sentence_stands_on_the_page_once(verdicts: dict[str, tuple[str, int]]) -> None:
    named = [row[0] for row in ROWS]
    assert named == sorted(claim for claim in verdicts if claim.startswith("CL"))
    assert len(named) == 48


def test_what_rows_decide_is_decided_as_the_page_says(verdicts: dict[str, tuple[str, int]]) -> None:
    decided = [row for row in ROWS if row[2] == "claims"]
    assert len(decided) >= 20
    for name, _, _, there, _ in decided:
        verdict, _ = verdicts[name]
        assert verdict != "not testable", name
        assert there.startswith(verdict), f"{name}: {verdict}"


def test_what_no_row_decides_has_a_view_or_the_rows_wanted(verdicts: dict[str, tuple[str, int]]) -> None:
    commands = set(all_commands())
    for name, _, how, there, wanted in (row for row in ROWS if row[2] != "claims"):
        assert verdicts[name][0] == "not testable", f"{name} is decided by rows: say so"
        assert how in ("view", "judgement"), name
        if how == "judgement":
            assert len(wanted) > 20, name
        else:
            shown = re.findall(r"`(forestall [a-z]+(?: list)?)", there)
            assert shown, name
            assert set(shown) <= commands, name
