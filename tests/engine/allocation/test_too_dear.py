"""An order that could ship for more than it is worth is told so, with what the cheapest way found would cost."""

import pytest

from engine.allocation.optimal import least_cost
from engine.allocation.problem import AllocationPolicy
from tests.engine.allocation.worlds import NOW, lot, order, quiet_night


@pytest.mark.parametrize(
    ("wanted", "stock"),
    [
        ([("rice", 1)], [lot("shanghai", "rice", 2)]),
        ([("rice", 1), ("oil", 1)], [lot("shanghai", "rice", 2), lot("hefei", "oil", 2)]),
    ],
)
def test_an_order_that_costs_more_than_it_is_worth_is_told_at_what_price(
    wanted: list[tuple[str, int]], stock: list[dict[str, object]]
) -> None:
    def plan(worth: float) -> tuple[float, list[tuple[str, str]]]:
        made = least_cost(
            quiet_night(
                orders=[order("O1", *wanted)], stock=stock, policy=AllocationPolicy(now=NOW, unserved_yuan=worth)
            )
        )
        return made.summary.cost_yuan, made.unserved.select("reason", "detail").rows()

    price, served = plan(200)
    assert served == []
    worth = round(price - 0.5, 2)
    cost, unserved = plan(worth)
    assert cost == pytest.approx(worth)
    told = f"the cheapest way found costs {price:.2f} yuan, an order is worth {worth:g} yuan"
    assert unserved == [("too_dear", told)]
