"""Why not elsewhere? Each obstacle in a world made for it, with what it would have cost more."""

from typing import Any

import pytest

from engine.allocation.optimal import least_cost
from tests.engine.allocation.worlds import lot, node, offer, order, quiet_night

ONE = {"orders": [order("O1", ("rice", 1))], "nodes": [node("near"), node("far")]}
OFFERS = [offer("near", "ZTO", fixed=3.0, per_kg=0.0), offer("far", "ZTO", fixed=5.0, per_kg=0.0)]
BOTH = [lot("near", "rice", 5), lot("far", "rice", 5)]


Told = tuple[str, str, float, str, str]
"""Node, carrier, yuan more, why, figures."""


def rejected(**changes: Any) -> list[Told]:
    """What the orders are told of the node `near`, or of `far` where all leave from near."""
    world = ONE | {"offers": OFFERS, "stock": BOTH} | changes
    reasons = least_cost(quiet_night(**world)).reasons
    said = [tuple(told.values()) for every in reasons["rejected"].to_list() for told in every]
    return [told for told in said if told[0] == "near"] or said


def test_a_dearer_node_is_said_to_be_dearer_and_by_how_much() -> None:
    assert rejected() == [("far", "ZTO", 2.0, "dearer", "")]


TWO = [order("O1", ("rice", 1)), order("O2", ("rice", 1), paid=1)]


def test_a_node_whose_units_went_to_another_order_is_short_of_stock() -> None:
    [said] = rejected(orders=TWO, stock=[lot("near", "rice", 1), lot("far", "rice", 5)])
    assert said == ("near", "ZTO", -2.0, "short_of_stock", "rice: 0 left of 1")


def test_a_node_whose_parcels_went_to_another_order_is_full() -> None:
    [said] = rejected(orders=TWO, nodes=[node("near", throughput=1), node("far")])
    assert said == ("near", "ZTO", -2.0, "node_full", "all 1 parcels given away")


@pytest.mark.parametrize("missing", ["stock", "offers"])
def test_an_order_nobody_can_ship_is_unserved_with_a_reason(missing: str) -> None:
    plan = least_cost(quiet_night(**(ONE | {"offers": OFFERS, "stock": BOTH} | {missing: []})))
    assert plan.unserved["reason"].to_list() == [{"stock": "out_of_stock", "offers": "no_offer"}[missing]]
