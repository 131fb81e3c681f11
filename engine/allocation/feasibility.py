"""Does a plan keep every hard rule, and are its figures true? Asked of any plan, whoever made it.

Written apart from the rules that plan and sharing none of their code, so that one mistake cannot hide in
both. Says what is wrong in sentences; says nothing about whether a plan is good.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from engine.allocation.figure_checks import (
    carriers_reach,
    limits_hold,
    merging_is_allowed,
    parcels_cost_what_they_say,
    shares_hold_or_are_stated,
    summary_is_true,
)
from engine.allocation.goods_checks import (
    kits_travel_together,
    layers_are_right,
    orders_are_whole,
    parcels_match_picks,
    references,
)
from engine.allocation.lot_checks import lots_are_fresh_and_first, stock_is_there
from engine.allocation.numbered import Numbered, numbered
from engine.allocation.plan import Plan
from engine.allocation.problem import Problem

MOST_PER_RULE = 20
"""Sentences per rule: enough to see the pattern, few enough to read."""

_RULES: tuple[Callable[[Numbered], Iterator[str]], ...] = (
    parcels_match_picks,
    orders_are_whole,
    kits_travel_together,
    layers_are_right,
    stock_is_there,
    lots_are_fresh_and_first,
    limits_hold,
    carriers_reach,
    shares_hold_or_are_stated,
    merging_is_allowed,
    parcels_cost_what_they_say,
    summary_is_true,
)


def violations(problem: Problem, plan: Plan) -> list[str]:
    """Everything that is wrong with the plan; empty when it may be carried out. The problem has been
    checked."""
    both = numbered(problem, plan)
    dangling = list(islice(references(both), MOST_PER_RULE))
    if dangling:
        return dangling  # what follows counts by these ids
    found: list[str] = []
    for rule in _RULES:
        said = list(rule(both))
        found += said[:MOST_PER_RULE]
        if len(said) > MOST_PER_RULE:
            found.append(f"... and {len(said) - MOST_PER_RULE} more like this.")
    return found
