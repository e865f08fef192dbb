"""The verdicts on the shipped claims are those that were last looked at."""

import polars as pl

from golden.golden import FOLDER, claims_verdicts


def test_verdicts_are_those_last_looked_at():
    held = pl.read_csv(FOLDER / "claims.csv")
    fresh = claims_verdicts()
    assert fresh.rows() == held.rows(), "a verdict changed; `make golden`, and name it in CHANGELOG.md?"


def test_the_verdicts_that_must_hold():
    verdicts = dict(claims_verdicts().select("claim", "verdict").iter_rows())
    assert len([name for name in verdicts if name.startswith("CL")]) == 48
    assert verdicts["CL07"] == "contested"  # 120,000 residents: 17.6 % above what was seen
    assert verdicts["CL17"] == "contradicted"  # not thousands displaced in the 1990s, but 500,000 to 700,000
    assert verdicts["CL36"] == verdicts["CL37"] == "supported"  # 3.2 % of demand, 7.4 % of Russia in 2021
    assert verdicts["AZ01"] == "contradicted"  # that there was no closure
    assert verdicts["AZ04"] == "contradicted"  # at most 25,000 residents
    assert {verdicts[name] for name in ("CL16", "CL18", "CL28", "AZ07", "AM04")} == {"not testable"}
