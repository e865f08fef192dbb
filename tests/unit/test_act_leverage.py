"""Leverage against cases that can be worked out by hand."""

import numpy as np
import pytest

from act_tables import ACTORS, at, crisis
from forestall.action.concentration import Partners
from forestall.action.leverage import channel_weights, leverage_tables, rank_shares
from forestall.action.ties import ties_compared
from forestall.options.act import ActOptions

SURE = ActOptions(year=2022, draws=2000, share_error={"high": 0.0, "medium": 0.0, "low": 0.0})


def tie(actor, partner, share, channel="trade", year=2022, **more):
    name = f"{actor}-{partner}-{channel}-{year}"
    return {
        "tie": name,
        "actor": actor,
        "partner": partner,
        "channel": channel,
        "year": year,
        "share": share,
        "of_what": channel,
        "known_at": at("2022-12-31"),
        **more,
    }


def tables(*ties, options=SURE):
    return leverage_tables(crisis(actors=ACTORS, ties=ties).everything(), options)


def test_two_actors_by_hand():
    found = tables(tie("ALP", "GAM", 0.6, concentration=0.52), tie("GAM", "ALP", 0.1, concentration=0.2))
    row = found["leverage"].row(0, named=True)
    assert row["net_median"] == pytest.approx(0.6 * 0.52 - 0.1 * 0.2)
    assert (row["net_q05"], row["unknown"]) == (pytest.approx(0.292), "")


def test_concentration_lies_between_the_bounds_the_shares_allow():
    found = tables(tie("ALP", "GAM", 0.6), tie("ALP", "DEL", 0.3), tie("GAM", "ALP", 0.0, concentration=1.0))
    row = found["leverage"].filter(actor="GAM").row(0, named=True)
    assert (row["party_concentration_low"], row["party_concentration_high"]) == (0.45, 0.46)
    assert 0.6 * 0.45 <= row["net_q05"] < row["net_q95"] <= 0.6 * 0.46
    assert Partners({}).bounds == (0.0, 1.0)


def test_unknown_is_never_nothing():
    found = tables(tie("ALP", "GAM", 0.6), tie("GAM", "ALP", None))
    row = found["leverage"].row(0, named=True)
    assert row["net_median"] is None
    assert row["unknown"] == "GAM on ALP"
    ranks = {r["actor"]: r for r in found["leverage_ranks"].filter(channel="ALL").iter_rows(named=True)}
    assert (ranks["GAM"]["ranked"], ranks["GAM"]["rank"], ranks["GAM"]["unknown_ties"]) == (False, None, 1)
    assert ranks["GAM"]["says"] == "GAM: not ranked over trade, 1 of 2 ties are not known"
    assert "DEL" not in ranks


def test_an_actor_with_few_unknown_ties_is_ranked_over_all_that_is_possible():
    known = [tie("ALP", "GAM", 0.5, c) for c in ("arms", "trade")]
    known += [tie("GAM", "ALP", 0.0, "arms", concentration=0.5)]
    found = tables(*known, options=SURE.model_copy(update={"ranked_unknown": 0.3}))
    row = found["leverage_ranks"].filter(party="ALP", actor="GAM", channel="ALL").row(0, named=True)
    assert (row["ties"], row["unknown_ties"], row["ranked"]) == (4, 1, True)
    assert row["net_q05"] < 0 < row["net_q95"]


def test_ranks_hold_in_the_share_of_draws_where_one_channel_outweighs_the_other():
    ties = [
        tie("ALP", "GAM", 0.5, "arms", concentration=1.0),
        tie("ALP", "GAM", 0.0, "trade", concentration=1.0),
        tie("ALP", "DEL", 0.0, "arms", concentration=1.0),
        tie("ALP", "DEL", 0.5, "trade", concentration=1.0),
        *(tie(a, "ALP", 0.0, c, concentration=1.0) for a in ("GAM", "DEL") for c in ("arms", "trade")),
    ]
    found = tables(*ties)["leverage_ranks"].filter(party="ALP", channel="ALL")
    assert found["rank_share"].to_list() == pytest.approx([0.5, 0.5], abs=0.05)
    assert found["net_median"].to_list() == pytest.approx([0.25, 0.25], abs=0.02)
    assert rank_shares([]) == []


def test_weights_are_dirichlet():
    weights = channel_weights(["arms", "energy", "trade"], ActOptions(draws=20_000))
    assert weights.mean(axis=0) == pytest.approx(np.full(3, 1 / 3), abs=0.01)
    assert weights.var(axis=0) == pytest.approx(np.full(3, 1 / 18), abs=0.005)
    fewer = channel_weights(["arms", "energy", "trade"], ActOptions(draws=10))
    assert (weights[:10] == fewer).all()


def test_a_new_supplier_beside_the_one_it_is_to_replace():
    gas = {"flow_unit": "bcm", "of_what": "gas demand", "channel": "energy"}
    found = ties_compared(
        crisis(
            ties=[
                tie("GAM", "BET", 11.4 / 352, year=2022, flow=11.4, total=352.0, **gas),
                tie("GAM", "DEL", 155 / 405, year=2021, flow=155.0, total=405.0, **gas),
                tie("GAM", "ALP", 0.01, year=2021, flow=4.0, total=405.0, **gas),
            ]
        ).everything()
    )
    row = found.filter(partner="BET").row(0, named=True)
    assert (row["compared_partner"], round(row["ratio"], 3), round(row["share"], 3)) == ("DEL", 0.074, 0.032)


def test_a_share_known_only_within_bounds_is_drawn_between_them():
    found = tables(
        tie("ALP", "GAM", None, low=0.0, high=0.2, concentration=1.0),
        tie("GAM", "ALP", 0.0, concentration=1.0),
    )
    row = found["leverage"].row(0, named=True)
    assert (row["unknown"], row["party_on_actor"]) == ("", pytest.approx(0.1))
    assert row["net_q05"] == pytest.approx(0.01, abs=0.005)
    assert row["net_q95"] == pytest.approx(0.19, abs=0.005)


def test_each_channel_has_ranks_of_its_own():
    ties = [tie("ALP", "GAM", 0.5), tie("GAM", "ALP", 0.1), tie("ALP", "GAM", None, "arms")]
    ranks = tables(*ties)["leverage_ranks"].filter(actor="GAM")
    assert dict(zip(ranks["channel"], ranks["ranked"], strict=True)) == {
        "ALL": False,
        "arms": False,
        "trade": True,
    }
