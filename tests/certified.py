"""A planner that proves something: the rule's plan with a certificate as the optimiser writes it, for tests."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.allocation.plan import Plan
from engine.allocation.planner import plan_batch
from engine.allocation.problem import Problem
from engine.usecases.allocation import allocate_orders, propose_delays

Planner = Callable[[Problem], Plan]

DEAR = {
    "throughput": {"WH": 12.0, "DP": 0.0},
    "capacity": {"CHEAP": 2.0},
    "share": {"FAST": 0.4},
    "stock": {"WH|RICE": 3.5},
}


def certified(prices: dict[str, dict[str, float]] = DEAR, *, share_of_cost: float = 0.998) -> Planner:
    """Plans by the rule; claims `share_of_cost` of its cost as the bound, and these prices."""

    def plan(problem: Problem, **_: object) -> Plan:
        made = plan_batch(problem)
        bound = made.summary.cost_yuan * share_of_cost
        summary = replace(made.summary, lower_bound_yuan=bound, gap=1 - share_of_cost, shadow_prices=prices)
        return replace(made, summary=summary)

    return plan


def use_planner(patch: pytest.MonkeyPatch, planner: Planner) -> None:
    """Let allocation and proposals plan by `planner`."""
    patch.setattr(allocate_orders, "plan_batch", planner)
    patch.setattr(propose_delays, "plan_batch", planner)
