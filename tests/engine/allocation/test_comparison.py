"""Two plans side by side: the figures are those of the plans, what moved is counted, what is unknown says so."""

from dataclasses import replace

import orjson
import polars as pl
import pytest
from hypothesis import given, settings

from engine.allocation.baseline import nearest_then_cheapest
from engine.allocation.comparison import Comparison, Moved, PriceMove, compare
from engine.allocation.on_time import late_share_of_parcels, on_time
from engine.allocation.plan import Plan
from engine.allocation.planner import plan_batch
from engine.allocation.problem import Problem
from engine.allocation.what_if import Amount, CarrierCapacity, Change, How, NodeClosed, Stock, apply
from tests.engine.allocation.worlds import lot, offer, order, problems, quiet_night


def compared(problem: Problem, *changes: Change) -> Comparison:
    changed = apply(problem, changes)
    return compare(problem, plan_batch(problem), changed=changed, after=plan_batch(changed))


def priced(plan: Plan, prices: dict[str, dict[str, float]] | None) -> Plan:
    return replace(plan, summary=replace(plan.summary, shadow_prices=prices))  # type: ignore[arg-type]


def test_without_a_change_nothing_differs() -> None:
    told = compared(quiet_night())
    assert told.before == told.after
    assert (told.rerouted, told.newly_served, told.newly_unserved) == (0, 0, 0)
    assert told.carriers == (Moved("ZTO", 2, 2),)
    assert told.nodes == (Moved("shanghai", 2, 2),)


def test_a_closed_node_moves_its_parcels() -> None:
    told = compared(quiet_night(), NodeClosed("shanghai"))
    # Hefei and Chengdu cost the same: which of them takes over is nobody's promise.
    assert told.nodes in [(Moved("shanghai", 2, 0), Moved(other, 0, 2)) for other in ("hefei", "chengdu")]
    assert told.carriers == (Moved("ZTO", 2, 2),)
    assert told.rerouted == 2


def test_the_figures_are_those_of_the_plans() -> None:
    told = compared(quiet_night(), CarrierCapacity("ZTO", Amount(How.TO, 1)))
    # One of the two must take SF. O2 is the heavier: it keeps ZTO, 3 + 0.5 x 12 kg, and O1 pays SF 9 + 1 x 5 kg.
    assert told.before.cost_yuan == pytest.approx(14.5)
    assert told.after.cost_yuan == pytest.approx(9.0 + 14.0)
    assert told.after.yuan_per_order == pytest.approx(11.5)
    assert told.carriers == (Moved("ZTO", 2, 1), Moved("SF", 0, 1))
    assert told.rerouted == 1


def test_an_order_that_finds_no_way_out_any_more_is_counted() -> None:
    problem = quiet_night(stock=[lot("shanghai", "rice", 3), lot("shanghai", "oil", 1)])
    told = compared(problem, Stock("rice", "shanghai", Amount(How.TO, 1)))
    assert (told.before.unserved, told.after.unserved) == (0, 1)
    assert (told.newly_unserved, told.newly_served, told.rerouted) == (1, 0, 0)
    assert told.after.cost_yuan == pytest.approx(5.5 + 200)
    back = compared(
        apply(problem, [Stock("rice", "shanghai", Amount(How.TO, 1))]), Stock("rice", "shanghai", Amount(How.BY, 2))
    )
    assert (back.newly_unserved, back.newly_served) == (0, 1)


def test_nothing_to_plan_has_no_cost_per_order() -> None:
    empty = quiet_night()
    empty = replace(empty, orders=empty.orders.clear(), lines=empty.lines.clear())
    told = compared(empty)
    assert told.before.yuan_per_order is None
    assert told.carriers == ()


# --- in time -------------------------------------------------------------------------------------------------------


def with_late(problem: Problem, late: list[float | None]) -> Problem:
    return replace(problem, offers=problem.offers.with_columns(pl.Series("late_share", late, dtype=pl.Float64)))


def test_every_parcel_counts_once_for_being_in_time() -> None:
    offers = [offer("shanghai", "ZTO"), offer("shanghai", "ZTO", region="51")]
    orders = [order("O1", ("rice", 1)), order("O2", ("rice", 1), buyer="b"), order("O3", ("oil", 1), region="510104")]
    problem = with_late(quiet_night(offers=offers, orders=orders), [0.1, 0.4])
    plan = plan_batch(problem)
    assert late_share_of_parcels(problem, plan.parcels).to_list() == [0.1, 0.1, 0.4]  # the longest prefix wins
    told = on_time(problem, plan)
    assert (told.share, told.known, told.parcels) == (pytest.approx(0.8), 3, 3)


def test_an_offer_that_does_not_say_is_left_out_and_counted() -> None:
    offers = [offer("shanghai", "ZTO"), offer("shanghai", "ZTO", region="51")]
    orders = [order("O1", ("rice", 1)), order("O2", ("oil", 1), region="510104")]
    problem = with_late(quiet_night(offers=offers, orders=orders), [0.1, None])
    told = on_time(problem, plan_batch(problem))
    assert (told.share, told.known, told.parcels) == (pytest.approx(0.9), 1, 2)


def test_without_late_shares_nothing_is_claimed() -> None:
    told = compared(quiet_night())
    assert (told.before.on_time, told.before.on_time_known) == (None, 0)
    nobody = with_late(quiet_night(), [None] * quiet_night().offers.height)
    assert on_time(nobody, plan_batch(nobody)).share is None


@settings(max_examples=60, deadline=None)
@given(problems())
def test_each_parcel_finds_the_offer_that_priced_it(problem: Problem) -> None:
    """Let late_share be the offer's own price: it must then be what the parcel cost."""
    own = problem.offers.with_columns(late_share=pl.col("fixed_yuan") + pl.col("late_yuan"), per_kg_yuan=pl.lit(0.0))
    problem = replace(problem, offers=own)
    plan = plan_batch(problem)
    if plan.parcels.is_empty():
        return
    cost = plan.parcels["cost_yuan"] - problem.policy.handling_yuan_per_parcel
    assert late_share_of_parcels(problem, plan.parcels).to_list() == pytest.approx(cost.to_list())


# --- shadow prices -------------------------------------------------------------------------------------------------


def test_a_rule_without_prices_has_none_to_compare() -> None:
    rule = nearest_then_cheapest(quiet_night())
    assert compare(quiet_night(), rule, changed=quiet_night(), after=rule).prices is None


def test_prices_that_changed_are_told_the_greatest_first() -> None:
    problem = quiet_night()
    plan = plan_batch(problem)
    before = priced(plan, {"throughput": {"shanghai": 0.4}, "stock": {"hefei|rice": 1.0}, "capacity": {"SF": 2.0}})
    after = priced(plan, {"throughput": {"shanghai": 2.9}, "stock": {"hefei|rice": 1.001}})
    told = compare(problem, before, changed=problem, after=after)
    assert told.prices == (PriceMove("throughput", "shanghai", 0.4, 2.9), PriceMove("capacity", "SF", 2.0, 0.0))


def test_a_comparison_survives_json() -> None:
    problem = quiet_night()
    plan = priced(plan_batch(problem), {"throughput": {"shanghai": 0.4}})
    told = compare(problem, plan, changed=problem, after=priced(plan, {}))
    assert Comparison.from_dict(orjson.loads(orjson.dumps(told.as_dict()))) == told
    bare = compared(problem)
    assert Comparison.from_dict(orjson.loads(orjson.dumps(bare.as_dict()))) == bare
