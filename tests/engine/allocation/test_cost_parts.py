"""The parts of a parcel's cost are those of the offer it travels under, and add up to what the plan says it costs."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings

from engine.allocation.baseline import nearest_then_cheapest
from engine.allocation.cost_parts import PARTS, cost_parts
from engine.allocation.planner import plan_batch
from engine.allocation.problem import Problem
from tests.engine.allocation.worlds import lot, offer, order, problems, quiet_night


def test_a_parcel_is_priced_by_the_longest_prefix_of_its_destination_dearer_or_not() -> None:
    offers = [
        offer("shanghai", "ZTO", fixed=3.0, per_kg=1.0, late=0.1),
        offer("shanghai", "ZTO", region="31", fixed=4.0, per_kg=2.0, late=0.2),
        offer("shanghai", "ZTO", region="310115", fixed=5.0, per_kg=3.0, late=0.3),
    ]
    orders = [order("O1", ("rice", 2), region="310115"), order("O2", ("rice", 1), region="310101")]
    problem = quiet_night(
        orders=[*orders, order("O3", ("rice", 1), region="440305")], stock=[lot("shanghai", "rice", 9)], offers=offers
    )
    problem = replace(problem, policy=replace(problem.policy, handling_yuan_per_parcel=1.5))
    parcels = nearest_then_cheapest(problem).parcels
    parts = cost_parts(problem, parcels)
    assert parts["parcel_id"].to_list() == parcels["parcel_id"].to_list()
    by_order = dict(zip(parcels["orders"].list.first(), parts.select(PARTS).rows(), strict=True))
    kg = dict(zip(parcels["orders"].list.first(), parcels["kg"], strict=True))
    assert by_order["O1"] == pytest.approx((1.5, 5.0, 3.0 * kg["O1"], 0.3))
    assert by_order["O2"] == pytest.approx((1.5, 4.0, 2.0 * kg["O2"], 0.2))
    assert by_order["O3"] == pytest.approx((1.5, 3.0, 1.0 * kg["O3"], 0.1))


def test_a_way_that_no_offer_knows_has_no_parts() -> None:
    problem = quiet_night(orders=[order("O1", ("rice", 1))], stock=[lot("shanghai", "rice", 9)])
    parcels = nearest_then_cheapest(problem).parcels
    for offers in (problem.offers.clear(), problem.offers.with_columns(region=pl.lit("99"))):
        [(_, fixed, weight, late)] = cost_parts(replace(problem, offers=offers), parcels).select(PARTS).rows()
        assert (fixed, weight, late) == (None, None, None)


@settings(deadline=None, max_examples=60)
@given(problems())
def test_the_parts_add_up_to_the_cost_of_every_parcel(problem: Problem) -> None:
    for plan in (nearest_then_cheapest(problem), plan_batch(problem)):
        parts = cost_parts(problem, plan.parcels)
        whole = parts.select(pl.sum_horizontal(PARTS)).to_series().to_list()
        assert whole == pytest.approx(plan.parcels["cost_yuan"].to_list())
