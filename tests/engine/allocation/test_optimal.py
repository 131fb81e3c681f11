"""The optimiser keeps every rule and never claims more than it proves, whatever it is asked to plan."""

import math
from dataclasses import replace

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.allocation.feasibility import violations
from engine.allocation.optimal import least_cost
from engine.allocation.plan import Plan
from engine.allocation.problem import AllocationPolicy, Problem
from tests.engine.allocation.worlds import policies, problems
from tests.reference.allocation import keeps_every_rule

SLACK_YUAN = 1e-6


def objective(plan: Plan) -> float:
    """What the planner makes least: cost and the charges for shares that gave way (no bids here)."""
    return plan.summary.cost_yuan + math.fsum(r.charged_yuan for r in plan.summary.relaxations)


def passed_over(problem: Problem, plan: Plan) -> list[tuple[str, str]]:
    """(unserved, served) of equal orders for one region where the later paid one was served. Only orders that are
    alone in their household: what merges depends on the others in it."""
    baskets: dict[str, list[tuple[str, int, str]]] = {}
    for order, sku, qty, kit in problem.lines.select("order_id", "sku", "qty", "kit").iter_rows():
        baskets.setdefault(order, []).append((sku, qty, kit or ""))
    alone = problem.orders.filter(pl.len().over("buyer", "region") == 1) if problem.policy.merge else problem.orders
    unserved = set(plan.unserved["order_id"])
    rows = alone.sort("paid_at", "order_id").select("order_id", "region").rows()
    return [
        (first, second)
        for i, (first, here) in enumerate(rows)
        for second, there in rows[i + 1 :]
        if here == there and sorted(baskets[first]) == sorted(baskets[second])
        if first in unserved and second not in unserved
    ]


def check(problem: Problem) -> None:
    """Everything that must hold of any plan."""
    plan = least_cost(problem)
    assert violations(problem, plan) == []
    assert keeps_every_rule(problem, plan)
    summary = plan.summary
    assert summary.lower_bound_yuan is not None
    assert summary.gap is not None
    assert summary.lower_bound_yuan <= summary.cost_yuan + SLACK_YUAN
    assert summary.gap >= 0
    orders = set(problem.orders["order_id"])
    assert set(plan.picks["order_id"]) | set(plan.unserved["order_id"]) == orders
    assert not set(plan.picks["order_id"]) & set(plan.unserved["order_id"])
    assert sorted(plan.reasons["order_id"]) == sorted(orders)
    assert passed_over(problem, plan) == []


@given(problem=problems())
@settings(max_examples=120, deadline=None)
def test_a_plan_of_a_scarce_world_keeps_every_rule_and_proves_what_it_claims(problem: Problem) -> None:
    check(problem)


@given(problem=problems(), policy=policies())
@settings(max_examples=150, deadline=None)
def test_whatever_the_policy_says_orders_and_shares_are_worth(problem: Problem, policy: AllocationPolicy) -> None:
    check(replace(problem, policy=policy))


@given(problem=problems(), keep=st.sampled_from(["orders", "lines", "nodes", "stock", "offers", "carriers"]))
@settings(max_examples=60, deadline=None)
def test_a_world_from_which_something_is_missing_altogether_is_planned_too(problem: Problem, keep: str) -> None:
    check(without(problem, keep))


def without(problem: Problem, name: str) -> Problem:
    """The problem without the rows of a frame, and without what refers to them."""
    empty = {
        "orders": ("orders", "lines"),
        "lines": ("orders", "lines"),
        "nodes": ("nodes", "stock", "offers"),
        "stock": ("stock",),
        "offers": ("offers",),
        "carriers": ("carriers", "offers"),
    }[name]
    return replace(problem, **{frame: problem.frame(frame).clear() for frame in empty})
