"""The lock-out gauge: counted by hand, then against an order-by-order simulation of the best possible shift."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.clocks import Cliff
from engine.rules.lockout import Day, at_least_missed, distance, least_pace
from tests.engine.rules.test_packs import AUGUST

RULES = {rule.cliff: rule for rule in AUGUST.cliffs}


def day(due: int, broken: int, *left: float) -> Day:
    return Day(due, broken, np.array(sorted(left), dtype=np.float64))


def test_a_shop_that_is_behind_is_told_the_pace_and_the_minute() -> None:
    """1,000 due, 100 late, 400 open and all due in 4 h: 300 would lock the shop, so 199 more may be late."""
    found = distance(RULES[Cliff.SHOP_DAY], day(1000, 100, *[4.0] * 400), per_hour=40)
    assert (found.least, found.room, found.reached) == (300, 199, False)
    assert found.needed_per_hour == pytest.approx(201 / 4)
    assert found.expected == 100 + 400 - 160
    assert found.crossing_hours == 4.0
    faster = distance(RULES[Cliff.SHOP_DAY], day(1000, 100, *[4.0] * 400), per_hour=51)
    assert faster.crossing_hours is None
    assert faster.expected_share == pytest.approx((500 - 204) / 1000)


def test_the_crossing_is_the_minute_in_which_the_last_order_that_may_be_late_is() -> None:
    """One order every tenth of an hour, nobody picks up, 200 late orders lock a small shop."""
    found = distance(RULES[Cliff.SHOP_DAY], day(300, 0, *(k / 10 for k in range(1, 301))), per_hour=0)
    assert found.crossing_hours == pytest.approx(20.0)


def test_both_the_share_and_the_count_must_be_reached() -> None:
    many_of_few = distance(RULES[Cliff.SHOP_DAY], day(199, 199), per_hour=0)
    few_of_many = distance(RULES[Cliff.SHOP_DAY], day(10_000, 2_999), per_hour=0)
    both = distance(RULES[Cliff.SHOP_DAY], day(10_000, 3_000), per_hour=0)
    assert (many_of_few.reached, few_of_many.reached, both.reached) == (False, False, True)
    assert (both.room, both.needed_per_hour, both.crossing_hours) == (0, None, 0.0)


def test_a_share_that_must_be_exceeded_is_not_reached_by_being_equal() -> None:
    rule = RULES[Cliff.TRACE_ANOMALY_DAY]
    assert not distance(rule, day(1000, 100), per_hour=0).reached
    assert distance(rule, day(1000, 101), per_hour=0).reached


def test_the_two_day_cliff_waits_for_the_day_before() -> None:
    rule = RULES[Cliff.SHOP_TWO_DAYS]
    bad, good = day(500, 250), day(500, 100)
    assert not distance(rule, bad, per_hour=0, before=[good]).reached
    assert not distance(rule, bad, per_hour=0, before=[good]).armed
    assert distance(rule, bad, per_hour=0, before=[bad]).reached


def test_a_day_without_orders_is_far_from_everything() -> None:
    found = distance(RULES[Cliff.SHOP_DAY], day(0, 0), per_hour=0)
    assert (found.reached, found.needed_per_hour, found.crossing_hours, found.share) == (False, 0.0, None, 0.0)


def missed_by_hand(left: list[int], pace: int) -> int:
    """Orders missed by the best shift that ends a pick-up every 1/pace hours: each slot takes the most urgent order
    that it can still keep."""
    waiting, kept = sorted(left), 0
    for slot in range(1, len(left) + 1):
        waiting = [hours for hours in waiting if hours * pace >= slot]
        if waiting:
            waiting.pop(0)
            kept += 1
    return len(left) - kept


LEFT = st.lists(st.integers(1, 12), max_size=25)


@given(left=LEFT, pace=st.integers(0, 8))
def test_no_shift_misses_fewer_than_the_formula_says(left: list[int], pace: int) -> None:
    hours = np.array(sorted(left), dtype=np.float64)
    told = at_least_missed(hours, pace)
    assert (int(told[-1]) if len(told) else 0) == missed_by_hand(left, pace)


@given(left=LEFT, room=st.integers(0, 10))
def test_the_least_pace_is_enough_and_a_little_less_is_not(left: list[int], room: int) -> None:
    hours = np.array(sorted(left), dtype=np.float64)
    pace = least_pace(hours, room)
    if pace > 0:
        assert at_least_missed(hours, pace * (1 + 1e-9))[-1] <= room
        assert at_least_missed(hours, pace * (1 - 1e-6))[-1] > room
    else:
        assert len(left) <= room
