"""Groups that share a day share its cliff: the price of one more 轨迹异常, and what it makes of their moments."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rules.lock_out_price import LockOut, lock_out
from engine.rules.upload_choice import choose_moments
from engine.usecases.room.rules import load_rules

CLIFF = LockOut(orders=20.0, yuan=1000.0, sharpness=4.0)
rows = st.lists(st.lists(st.floats(0, 100), min_size=3, max_size=3), min_size=1, max_size=4)


def total(yuan: np.ndarray, broken: np.ndarray, moment: tuple[int, ...], before: float) -> float:
    each = range(len(moment))
    return sum(yuan[i, moment[i]] for i in each) + CLIFF.cost(before + sum(broken[i, moment[i]] for i in each))


@settings(max_examples=30, deadline=None)
@given(st.data(), rows, st.floats(0, 25))
def test_no_choice_is_cheaper_by_more_than_one_group_s_part(
    data: st.DataObject, costs: list[list[float]], before: float
) -> None:
    yuan = np.array(costs)
    broken = np.array([data.draw(st.lists(st.floats(0, 6), min_size=3, max_size=3)) for _ in costs])
    choice = choose_moments(yuan, broken, day=np.zeros(len(yuan), dtype=np.int64), cliffs=[CLIFF], already=[before])
    ours = total(yuan, broken, tuple(choice.moment), before)
    best = min(total(yuan, broken, moment, before) for moment in product(range(3), repeat=len(yuan)))
    spread = float((broken.max(axis=1) - broken.min(axis=1)).max(initial=0)) * CLIFF.price(CLIFF.orders)
    assert best - 1e-6 <= ours <= best + spread + 1e-6


def test_far_from_the_cliff_each_takes_its_cheapest_and_near_it_they_stand_back() -> None:
    yuan, broken = np.array([[1.0, 3.0], [1.0, 3.0]]), np.array([[2.0, 0.0], [2.0, 0.0]])
    day = np.zeros(2, dtype=np.int64)
    calm = choose_moments(yuan, broken, day=day, cliffs=[CLIFF], already=[0.0])
    near = choose_moments(yuan, broken, day=day, cliffs=[CLIFF], already=[19.0])
    assert calm.moment.tolist() == [0, 0]
    assert near.moment.tolist() == [1, 1]
    assert calm.price[0] < 2 < 100 < near.price[0]


def test_another_day_s_backlog_costs_this_day_nothing() -> None:
    yuan, broken = np.array([[1.0, 3.0], [1.0, 3.0]]), np.array([[2.0, 0.0], [2.0, 0.0]])
    choice = choose_moments(yuan, broken, day=np.array([0, 1]), cliffs=[CLIFF, CLIFF], already=[0.0, 19.0])
    assert choice.moment.tolist() == [0, 1]


def test_a_cliff_needs_its_share_and_its_number() -> None:
    [rule] = [rule for rule in load_rules().platforms["douyin"].versions[-1].cliffs if rule.cliff == "shop_day"]
    assert lock_out(rule, 100, yuan=1000, sharpness=4).orders == 200
    assert lock_out(rule, 10_000, yuan=1000, sharpness=4).orders == 3000
    cliff = lock_out(rule, 100, yuan=1000, sharpness=4)
    assert cliff.cost(200) == 1000
    assert cliff.price(100) == pytest.approx(cliff.price(200) / 8)
    assert cliff.cost(210) == pytest.approx(1000 + 10 * cliff.price(200))
    assert lock_out(None, 100, yuan=1000, sharpness=4).price(500) == 0
