"""The one question that everybody asks of this package: how is this batch best shipped?"""

from engine.allocation.baseline import nearest_then_cheapest
from engine.allocation.plan import Plan
from engine.allocation.problem import Problem


def plan_batch(problem: Problem) -> Plan:
    """Plan a checked problem; for now by the rule."""
    return nearest_then_cheapest(problem)
