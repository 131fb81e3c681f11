"""What lateness probably costs: every clause by its chance, order by order, against a sum written out."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.lateness import HOUR, Lateness, expected_lateness, stakes_of
from engine.rules.penalties import Clause, penalty_yuan
from tests.engine.rules.test_handover import POLICY, times
from tests.engine.rules.test_penalties import LADDER, RICE
from tests.reference import waiting

NOW = 29_929_980.0  # a Beijing minute, on the hour
TODAY = date(2026, 11, 27)
LADDERS = {"douyin": LADDER}
FREE = replace(POLICY, late_order_yuan=0)


def orders(*rows: tuple[str, int, float, float]) -> pl.DataFrame:
    """(platform, cents, hours from now to the promise, hours from payment to the promise)."""
    return pl.DataFrame(
        [(p, cents, NOW + left * HOUR, NOW + (left - promised) * HOUR) for p, cents, left, promised in rows],
        schema={"platform": pl.String, "amount_cents": pl.Int64, "promise": pl.Float64, "paid": pl.Float64},
        orient="row",
    )


def priced(
    batch: pl.DataFrame, counts: tuple[int, ...], *, pick_up: float = 0.0, today: date = TODAY, policy: Any = FREE
) -> Lateness:
    """One pair whose carrier has these delay counts, with a predicted pick-up some hours from now."""
    return expected_lateness(
        times(("A", "*", "*", "*", counts)),
        stakes_of(batch, LADDERS, today=today),
        carriers=["A"],
        origins=["310104"],
        pick_up=np.array([NOW + pick_up * HOUR]),
        now=NOW,
        policy=policy,
    )


ON_TIME, NEVER_IN_48 = (1000, 0, 0, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0, 0, 1000)
AFTER_A_DAY = (0, 0, 0, 0, 0, 0, 1000, 0)  # between 24 and 48 h


def test_a_carrier_that_is_always_on_time_costs_nothing() -> None:
    late = priced(orders(("douyin", RICE, 47, 48)), ON_TIME)
    assert (late.yuan.tolist(), late.share.tolist(), late.spread_yuan) == ([0.0], [0.0], 0.0)


def test_a_bag_of_rice_that_is_surely_late_by_a_day_costs_the_trace_clause_and_no_more() -> None:
    """Late by up to 48 h is free on a short promise; no scan 24 h after the upload is 3 yuan."""
    late = priced(orders(("douyin", RICE, 0, 48)), AFTER_A_DAY)
    assert late.share.tolist() == [1.0]
    # Uploaded now (the pick-up is now, so there are no two hours of lead): nobody passes 48 h after it.
    assert late.yuan.tolist() == pytest.approx([3.0])


def test_the_longer_trace_clause_replaces_the_shorter_and_late_beyond_replaces_late() -> None:
    """All out for more than 48 h, and the tail halves every 24 h: half is still out after 72."""
    late = priced(orders(("douyin", RICE, -24, 48)), NEVER_IN_48)
    # Due a day ago, so more than 48 h late means out for more than 24 h: all of them, 2 yuan. No scan for 48 h: 7.
    assert late.yuan.tolist() == pytest.approx([2 + 7])
    late = priced(orders(("douyin", RICE, 24, 48)), NEVER_IN_48)
    assert late.yuan.tolist() == pytest.approx([0.5 * 2 + 7])
    assert late.share.tolist() == [1.0]


def test_the_waybill_is_uploaded_before_the_pick_up_but_never_before_now() -> None:
    late_by = {lead: priced(orders(("douyin", RICE, 100, 100)), AFTER_A_DAY, pick_up=lead) for lead in (0, 1, 5)}
    # 5 % of a bag of rice, at least 5 yuan, in the band up to 240 h; 25 % is 7 yuan.
    assert late_by[0].yuan.tolist() == pytest.approx([5.0])
    assert late_by[1].yuan.tolist() == pytest.approx([5 * 23 / 24 + 7 / 24])  # 48 h after the upload is 47 h late
    assert late_by[5].yuan.tolist() == pytest.approx([5 * 22 / 24 + 7 * 2 / 24]), "two hours of lead, not five"


def test_a_late_order_costs_its_contact_on_every_platform() -> None:
    batch = orders(("kuaishou", RICE, 0, 48))
    assert priced(batch, AFTER_A_DAY, policy=POLICY).yuan.tolist() == [1.0]


def test_a_platform_without_a_ladder_costs_nothing_and_says_why() -> None:
    batch = orders(("kuaishou", RICE, -50, 48), ("douyin", RICE, -50, 48))
    stakes = stakes_of(batch, LADDERS, today=TODAY)
    assert stakes.reasons == {"kuaishou": "no penalty ladder is known for this platform"}
    assert priced(batch, NEVER_IN_48).yuan.tolist() == pytest.approx([(2 + 7) / 2])


def test_a_ladder_costs_nothing_before_it_takes_effect_and_says_so() -> None:
    batch = orders(("douyin", RICE, -50, 48))
    before = date(2026, 8, 9)
    assert priced(batch, NEVER_IN_48, today=before).yuan.tolist() == [0.0]
    assert stakes_of(batch, LADDERS, today=before).reasons == {
        "douyin": "the ladder 2026-08-10 takes effect on 2026-08-10"
    }
    assert priced(batch, NEVER_IN_48, today=LADDER.effective_from).yuan.tolist() != [0.0]


def test_a_pair_that_never_meets_is_late_for_sure() -> None:
    late = priced(orders(("douyin", RICE, 47, 48)), ON_TIME, pick_up=np.inf)
    assert (late.share.tolist(), late.yuan.tolist()) == ([1.0], [9.0])


def test_the_spread_says_how_far_the_mean_is_off_for_one_order() -> None:
    batch = orders(("douyin", RICE, -100, 48), ("douyin", RICE, 500, 500))
    late = priced(batch, ON_TIME)
    assert late.share.tolist() == [0.5]
    assert late.yuan.tolist() == pytest.approx([1.0])
    assert late.spread_yuan == pytest.approx(1.0), "2 yuan for the one, nothing for the other"


@given(
    counts=st.lists(st.integers(0, 300), min_size=8, max_size=8).filter(lambda c: sum(c) > 0).map(tuple),
    # Whole hours, so that putting promises together by the hour changes nothing.
    batch=st.lists(
        st.tuples(
            st.sampled_from(["douyin", "kuaishou"]), st.integers(1, 60_000), st.integers(-80, 300), st.integers(1, 400)
        ),
        min_size=1,
        max_size=12,
    ),
    pick_up=st.integers(0, 30),
    contact=st.sampled_from([0.0, 1.0, 2.5]),
)
def test_the_mean_over_the_batch_is_the_sum_over_its_orders(
    counts: tuple[int, ...], batch: list[tuple[str, int, float, float]], pick_up: int, contact: float
) -> None:
    policy = replace(POLICY, late_order_yuan=contact)
    found = priced(orders(*batch), counts, pick_up=pick_up, policy=policy)

    def chance(hours: float) -> float:
        return waiting.still_out(counts, hours, half_life=24)

    lead = min(2, pick_up)
    total = share = 0.0
    for platform, cents, left, promised in batch:
        late, beyond = chance(left - pick_up), chance(left - pick_up + 48)
        timeout, anomaly = chance(24 - lead), chance(48 - lead)
        share += late
        total += contact * late
        if platform == "douyin":
            take = {clause: penalty_yuan(LADDER, clause, cents, promised) for clause in Clause}
            total += take[Clause.LATE] * (late - beyond) + take[Clause.LATE_BEYOND] * beyond
            total += take[Clause.TRACE_TIMEOUT] * (timeout - anomaly) + take[Clause.TRACE_ANOMALY] * anomaly
    assert found.yuan.tolist() == pytest.approx([total / len(batch)], abs=1e-6)
    assert found.share.tolist() == pytest.approx([share / len(batch)], abs=1e-9)


def test_putting_promises_together_by_the_hour_moves_little() -> None:
    """The claim at PROMISE_STEP: a mean over an hour against each minute of it, in the steepest bucket there is."""
    steep = (700, 200, 50, 20, 10, 20, 0, 0)
    minutes = [(NOW + 60 + minute) for minute in range(60)]
    each = [priced(orders(("douyin", RICE, (m - NOW) / 60, 48)), steep).share[0] for m in minutes]
    [together] = priced(orders(*(("douyin", RICE, (m - NOW) / 60, 48) for m in minutes)), steep).share
    assert max(abs(one - together) for one in each) <= 0.055
    assert np.mean(each) == pytest.approx(together, abs=0.005)
