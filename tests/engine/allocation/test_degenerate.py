"""Empty, infeasible, degenerate and contradictory problems have a stated answer, from optimiser and rule alike."""

import json
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from engine.allocation.baseline import nearest_then_cheapest
from engine.allocation.feasibility import violations
from engine.allocation.plan import Plan
from engine.allocation.planner import plan_batch
from engine.allocation.problem import AllocationPolicy, Problem
from tests.engine.allocation.worlds import NOW, carrier, order, quiet_night, sku

Change = Callable[[Problem], Problem]


def none_of(name: str, *more: str) -> Change:
    return lambda problem: replace(problem, **{each: problem.frame(each).clear() for each in (name, *more)})


def every(name: str, **values: object) -> Change:
    return lambda problem: replace(
        problem, **{name: problem.frame(name).with_columns(**{c: pl.lit(v) for c, v in values.items()})}
    )


def priced(**changes: float) -> Change:
    return lambda problem: replace(problem, policy=AllocationPolicy(now=NOW, **changes))  # type: ignore[arg-type]


INFEASIBLE: dict[str, tuple[Change, set[str]]] = {
    "no nodes": (none_of("nodes", "stock", "offers"), {"out_of_stock"}),
    "no stock": (none_of("stock"), {"out_of_stock"}),
    "no offers": (none_of("offers"), {"no_offer"}),
    "no carriers": (none_of("carriers", "offers"), {"no_offer"}),
    "nodes that send nothing": (every("nodes", throughput=0), {"nodes_full"}),
    "carriers that take nothing": (every("carriers", capacity=0), {"carriers_full"}),
    "more asked than there is": (every("stock", qty=0), {"out_of_stock"}),
    "everything about to expire": (
        lambda p: every("skus", shelf_life_days=30)(every("stock", expiry=NOW.date())(p)),
        {"near_expiry"},
    ),
}
ODD: dict[str, Change] = {
    "everything for nothing": every("offers", fixed_yuan=0.0, per_kg_yuan=0.0),
    "goods that weigh nothing": every("skus", weight_kg=0.0),
    "an order that is worth nothing": priced(unserved_yuan=0.0),
    "promises that are past": every("orders", promise_at=NOW.replace(year=2020)),
    "everybody at one place": every("nodes", lat=0.0, lon=0.0),
    "all equal": lambda p: every("offers", fixed_yuan=1.0, per_kg_yuan=0.0)(every("nodes", lat=0.0, lon=0.0)(p)),
}
CONTRADICTORY: dict[str, Change] = {
    "shares that sum to more than all": every("carriers", min_share=0.8),
    "shares that sum to less than all": every("carriers", max_share=0.3),
    "a share that the capacity forbids": lambda p: replace(
        p, carriers=pl.DataFrame([carrier("ZTO", min_share=0.9, capacity=1), carrier("SF")], schema=p.carriers.schema)
    ),
    "nobody may take anything": every("carriers", max_share=0.0),
}
PLANNERS = (plan_batch, nearest_then_cheapest)


def answered(problem: Problem, plan: Plan) -> Plan:
    """The plan, once it is known to be true, whole and fit for a file."""
    assert violations(problem, plan) == []
    summary = plan.summary
    assert summary.served + summary.unserved == problem.orders.height == plan.reasons.height
    assert plan.unserved["reason"].null_count() == 0
    if summary.gap is not None:
        assert summary.gap >= -1e-9
        assert summary.lower_bound_yuan is not None
    json.dumps(summary.as_dict(), allow_nan=False)
    return plan


@pytest.mark.parametrize("planner", PLANNERS)
def test_nothing_ordered_is_an_empty_plan_of_no_cost(planner: Callable[[Problem], Plan]) -> None:
    problem = none_of("orders", "lines")(quiet_night())
    plan = answered(problem, planner(problem))
    assert (plan.summary.cost_yuan, plan.picks.height, plan.parcels.height) == (0.0, 0, 0)
    bare = none_of("orders", "lines", "skus", "nodes", "stock", "offers", "carriers")(problem)
    assert answered(bare, planner(bare)).summary.cost_yuan == 0.0


@pytest.mark.parametrize("planner", PLANNERS)
@pytest.mark.parametrize("name", INFEASIBLE)
def test_what_cannot_be_is_unserved_for_the_right_reason(name: str, planner: Callable[[Problem], Plan]) -> None:
    change, reasons = INFEASIBLE[name]
    problem = change(quiet_night())
    plan = answered(problem, planner(problem))
    assert plan.summary.served == 0
    assert set(plan.unserved["reason"]) == reasons
    assert plan.summary.cost_yuan == 2 * problem.policy.unserved_yuan


@pytest.mark.parametrize("planner", PLANNERS)
@pytest.mark.parametrize("name", ODD)
def test_odd_figures_are_planned_like_others(name: str, planner: Callable[[Problem], Plan]) -> None:
    problem = ODD[name](quiet_night())
    plan = answered(problem, planner(problem))
    assert plan.summary.served == 2 or name == "an order that is worth nothing"


@pytest.mark.parametrize("planner", PLANNERS)
@pytest.mark.parametrize("name", CONTRADICTORY)
def test_what_contradicts_itself_gives_way_by_a_stated_amount(name: str, planner: Callable[[Problem], Plan]) -> None:
    problem = CONTRADICTORY[name](quiet_night())
    plan = answered(problem, planner(problem))
    assert plan.summary.served == 2
    assert plan.summary.relaxations


@pytest.mark.parametrize("planner", PLANNERS)
def test_an_order_larger_than_the_world_leaves_the_others_alone(planner: Callable[[Problem], Plan]) -> None:
    problem = quiet_night(
        orders=[order("HUGE", ("rice", 2**31 - 1)), order("SMALL", ("rice", 1), paid=1)],
        skus=[sku("rice", kg=5.0), sku("oil"), sku("fish", layer="chilled")],
        carriers=[carrier("ZTO"), carrier("SF")],
    )
    plan = answered(problem, planner(problem))
    assert plan.unserved["order_id"].to_list() == ["HUGE"]
