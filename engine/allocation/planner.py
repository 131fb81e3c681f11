"""The one question that everybody asks of this package: how is this batch best shipped?"""

from engine.allocation.optimal import Bids, least_cost
from engine.allocation.plan import Plan
from engine.allocation.problem import Problem
from engine.allocation.reach import within_reach


def plan_batch(problem: Problem, *, bids: Bids | None = None, explain: bool = True) -> Plan:
    """Plan a checked problem at least cost, with a proven gap; `bids` as in optimal.Bids."""
    return least_cost(within_reach(problem), bids=bids, explain=explain)
