"""Any prices prove a bound; whole numbers keep their totals; bids, merging and splits do what they cost."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.allocation.consignments import demand_of
from engine.allocation.grounds import grounds_of
from engine.allocation.market import Market, State
from engine.allocation.optimal import Bids, least_cost
from engine.allocation.problem import AllocationPolicy
from engine.allocation.rounding import apportioned
from engine.allocation.ways import Finder
from tests.engine.allocation.tiny_worlds import tiny
from tests.engine.allocation.worlds import NOW, lot, order, quiet_night
from tests.reference.optimal_allocation import BruteForce


@given(seed=st.integers(0, 5000), luck=st.integers(0, 2**32 - 1), dear=st.sampled_from([1.0, 10.0, 60.0]))
@settings(max_examples=150, deadline=None)
def test_whatever_the_prices_the_bound_is_below_every_plan(seed: int, luck: int, dear: float) -> None:
    problem = tiny(seed)
    grounds = grounds_of(problem)
    market = Market(Finder(grounds, demand_of(grounds, problem.lines, merge=problem.policy.merge)), problem.policy)
    random = np.random.default_rng(luck)
    carriers = len(grounds.carrier_ids)
    # The price of a share is at most what a parcel off it is charged.
    state = State(
        random.exponential(dear, market.resources.count) * (random.random(market.resources.count) < 0.5),
        random.random(carriers) * problem.policy.max_share_yuan,
        random.random(carriers) * problem.policy.min_share_yuan,
        parcels=5.0,
    )
    assert market.bound(state) <= BruteForce(problem).least() + 1e-6


@given(
    groups=st.lists(st.lists(st.floats(0, 5), min_size=1, max_size=4), min_size=1, max_size=5),
    shift=st.lists(st.integers(-3, 3), min_size=5, max_size=5),
)
def test_whole_numbers_keep_the_total_of_their_group(groups: list[list[float]], shift: list[int]) -> None:
    totals = np.array([max(0, round(sum(g)) + by) for g, by in zip(groups, shift, strict=False)], dtype=np.int64)
    group = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
    whole = apportioned(np.array([share for g in groups for share in g]), group, totals=totals)
    assert np.bincount(group, whole, minlength=len(groups)).tolist() == totals.tolist()
    assert (whole >= 0).all()


def bids(*, nodes: dict[str, float]) -> Bids:
    return Bids(
        stock=pl.DataFrame(schema={"node": pl.String, "sku": pl.String, "yuan": pl.Float64}),
        nodes=pl.DataFrame({"node": list(nodes), "yuan": list(nodes.values())}),
        carriers=pl.DataFrame(schema={"carrier": pl.String, "yuan": pl.Float64}),
    )


def test_a_bid_on_a_node_moves_the_choice_away_and_is_no_cost() -> None:
    problem = quiet_night()
    plain = least_cost(problem)
    [used] = plain.parcels["node"].unique()
    bid = least_cost(problem, bids=bids(nodes={used: 2.0, "a node nobody has": 9.0}))
    assert used not in set(bid.parcels["node"])
    assert bid.summary.cost_yuan == pytest.approx(plain.summary.cost_yuan)


def test_orders_of_one_buyer_share_a_parcel_where_they_may_and_it_is_cheaper() -> None:
    orders = [order("O1", ("rice", 1), buyer="anna"), order("O2", ("oil", 1), buyer="anna", paid=1)]
    together = least_cost(quiet_night(orders=orders))
    apart = least_cost(quiet_night(orders=orders, policy=AllocationPolicy(now=NOW, merge=False)))
    assert (together.parcels.height, apart.parcels.height) == (1, 2)
    assert together.summary.cost_yuan == pytest.approx(apart.summary.cost_yuan - 3.0)


def test_a_loose_line_is_torn_where_no_node_holds_it_whole_but_a_kit_is_not() -> None:
    stock = [lot("shanghai", "rice", 2), lot("hefei", "rice", 1)]
    loose = least_cost(quiet_night(orders=[order("O1", ("rice", 3))], stock=stock))
    assert sorted(loose.picks.select("node", "qty").rows()) == [("hefei", 1), ("shanghai", 2)]
    kit = least_cost(quiet_night(orders=[order("O1", ("rice", 3, "K"))], stock=stock))
    assert kit.unserved.select("order_id", "reason").rows() == [("O1", "kit_not_together")]
