"""Bid prices: what later orders will pay for what an early one takes."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.allocation.lookahead import bids_for, expected_orders, future_weights, still_expected
from engine.allocation.planner import plan_batch
from engine.allocation.problem import Problem
from tests.engine.allocation.worlds import carrier, lot, node, offer, order, sku, world


def two_towns(*orders: dict[str, object]) -> Problem:
    """The north is dear to reach from the south, and only ten units lie there; the south has plenty, a yuan dearer."""
    return world(
        orders=orders,
        skus=[sku("rice")],
        nodes=[node("north"), node("south")],
        stock=[lot("north", "rice", 10), lot("south", "rice", 100)],
        offers=[
            offer("north", "ZTO", region="11", fixed=4.0, per_kg=0.0),
            offer("north", "ZTO", region="44", fixed=4.0, per_kg=0.0),
            offer("south", "ZTO", region="44", fixed=5.0, per_kg=0.0),
            offer("south", "ZTO", region="11", fixed=20.0, per_kg=0.0),
        ],
        carriers=[carrier("ZTO", capacity=1000)],
    )


def southerner(number: int) -> dict[str, object]:
    return order(f"S{number:02d}", ("rice", 1), region="440100")


def northerner(number: int) -> dict[str, object]:
    return order(f"N{number:02d}", ("rice", 1), region="110100")


def test_an_early_order_leaves_near_stock_to_those_who_need_it_more() -> None:
    early = two_towns(*(southerner(i) for i in range(10)))
    later = two_towns(*(northerner(i) for i in range(10)))
    alone = plan_batch(early)
    assert set(alone.picks["node"]) == {"north"}  # a yuan cheaper for each
    bids = bids_for(later, each=2.0)  # twenty northerners are expected for ten units
    assert bids.stock.filter(node="north").height == 1
    looking_ahead = plan_batch(early, bids=bids)
    assert set(looking_ahead.picks["node"]) == {"south"}
    assert looking_ahead.summary.cost_yuan == pytest.approx(10 * 5.0)  # bids are no cost


def test_what_is_plenty_for_all_to_come_has_no_bid() -> None:
    assert bids_for(two_towns(northerner(1)), each=2.0).stock.is_empty()


def test_a_sku_that_sells_out_everywhere_bids_no_order_away() -> None:
    """An accepted order is served although the forecast says that others will want its units too."""
    problem = two_towns(*(southerner(i) for i in range(30)))
    bids = bids_for(problem, each=100.0)
    assert plan_batch(two_towns(southerner(1)), bids=bids).summary.unserved == 0


def test_the_future_is_drawn_by_weight_under_names_of_its_own() -> None:
    problem = two_towns(southerner(1), northerner(1))
    orders, lines = expected_orders(problem.orders, problem.lines, weights=pl.Series([3.0, 1.0]), number=400, seed=1)
    counts = dict(orders["region"].value_counts().iter_rows())
    assert (counts["440100"], counts["110100"]) == (300, 100)
    assert orders["order_id"].n_unique() == orders["buyer"].n_unique() == 400
    assert lines["order_id"].to_list() == orders["order_id"].to_list()
    again = expected_orders(problem.orders, problem.lines, weights=pl.Series([3.0, 1.0]), number=400, seed=1)
    assert again[0].equals(orders)


def test_no_weight_draws_no_future() -> None:
    problem = two_towns(southerner(1))
    orders, lines = expected_orders(problem.orders, problem.lines, weights=pl.Series([0.0]), number=5, seed=1)
    assert orders.is_empty()
    assert lines.is_empty()


def test_weights_follow_what_is_still_expected() -> None:
    weights = future_weights(
        pl.Series(["rice", "rice", "oil"]), pl.Series([1.0, 3.0, 1.0]), remaining={"rice": 8.0, "oil": 5.0}
    )
    assert weights.to_list() == [2.0, 6.0, 5.0]


def test_the_plan_counts_at_the_start_and_the_pace_soon() -> None:
    assert still_expected({"rice": 100.0}, {}, progress=0.0) == {"rice": 100.0}
    assert still_expected({"rice": 100.0}, {"rice": 80.0}, progress=0.8) == {"rice": pytest.approx(20.0)}
    # Sold twice as well as planned: after 2 orders hardly believed, after 200 nearly the whole of it.
    assert still_expected({"rice": 10.0}, {"rice": 2.0}, progress=0.1)["rice"] == pytest.approx(9.0 * 8.25 / 7.25)
    assert still_expected({"rice": 1000.0}, {"rice": 200.0}, progress=0.1)["rice"] == pytest.approx(1747.1, abs=0.1)


def test_what_nobody_planned_is_expected_at_the_pace_it_sells() -> None:
    assert still_expected({}, {"rice": 50.0}, progress=0.5) == {"rice": pytest.approx(50.0)}


def test_what_was_not_shown_yet_is_expected_as_planned() -> None:
    assert still_expected({"oil": 50.0}, {"rice": 80.0}, progress=0.8)["oil"] == 50.0


@given(
    planned=st.dictionaries(st.sampled_from("abc"), st.floats(0, 1e4)),
    seen=st.dictionaries(st.sampled_from("abc"), st.floats(0, 1e4)),
    progress=st.floats(0, 1, allow_subnormal=False).map(lambda p: p if p > 1e-6 else 0.0),
)
def test_what_is_expected_is_never_negative_and_names_every_sku(
    planned: dict[str, float], seen: dict[str, float], progress: float
) -> None:
    found = still_expected(planned, seen, progress=progress)
    assert set(found) == set(planned) | set(seen)
    assert all(units >= 0 for units in found.values())


def test_bids_for_ids_that_the_problem_does_not_know_are_ignored() -> None:
    bids = bids_for(two_towns(*(northerner(i) for i in range(10))), each=2.0)
    strange = replace(bids, stock=pl.DataFrame({"node": ["moon"], "sku": ["cheese"], "yuan": [9.0]}))
    assert plan_batch(two_towns(southerner(1)), bids=strange).summary.cost_yuan == pytest.approx(4.0)
