"""Shares of goods that break, which change saves most, and what a low rating is laid to; no database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from engine.aftersales.improvement import Choice, Trouble, best, judge
from engine.aftersales.low_ratings import LEGS, Failed, trace
from engine.aftersales.returns import CELLS, over_limit, rates
from engine.aftersales.returns_policy import policy_from
from engine.errors import BadSetting
from engine.model.improvements import IMPROVEMENT_TRANSITIONS, ImprovementKind, ImprovementState
from engine.model.shares import wilson
from engine.model.tickets import Complaint
from engine.usecases.room.rule_files import RULES, parsed_rules

PARSED = parsed_rules(RULES / "returns.toml", "rules of returns")
POLICY = policy_from(PARSED)


def cells(*rows: tuple[str, str, int, int]) -> pl.DataFrame:
    """(carrier, area, units, damaged) of one bottle in one carton."""
    made = [
        {"sku": "OIL", "packaging": "glass", "material": "CARTON", "carrier": c, "node": "WH", "area": a, "parcels": n,
         "units": n, "damaged": d, "returned": 0, "wrong_item": 0, "quality": 0, "not_received": 0}
        for c, a, n, d in rows
    ]  # fmt: skip
    return pl.DataFrame(made, schema=CELLS)


@given(
    st.lists(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=8)
)
def test_the_range_of_a_share_is_wilsons(counts: list[tuple[int, int]]) -> None:
    hits, units = (np.array(part, dtype=float) for part in zip(*counts, strict=True))
    low, high = wilson(hits, units, interval=0.9)
    for n, (k, of) in enumerate(counts):
        known = binomtest(k, of).proportion_ci(confidence_level=0.9, method="wilson")
        assert (low[n], high[n]) == pytest.approx((known.low, known.high), abs=1e-9)


def test_a_small_cell_is_drawn_to_everybodys_share_and_says_so() -> None:
    found = rates(cells(("A", "31", 4000, 40), ("A", "33", 4, 2)), ("area",), "damaged", POLICY.rates)
    by = {row["area"]: row for row in found.iter_rows(named=True)}
    assert by["33"]["share"] == 0.5
    assert by["33"]["drawn"] < 0.04
    assert (by["33"]["small"], by["31"]["small"]) == (True, False)


def test_a_bottle_that_leaks_on_one_route_is_found_there_and_nowhere_else() -> None:
    fine = [("A", f"{n}", 500, 10) for n in range(11, 16)]
    leaks = cells(*fine, ("A", "31", 400, 60), ("B", "31", 500, 12), ("A", "37", 30, 10), ("A", "33", 400, 36))
    found = over_limit(leaks, POLICY)
    assert found.select("carrier", "area").rows() == [("A", "31")], "30 units are too few, and 9 % may well be 8 %"
    assert over_limit(cells(), POLICY).is_empty()


@given(st.floats(0.01, 0.5), st.lists(st.tuples(st.floats(0, 1), st.floats(-3, 5)), min_size=1, max_size=5))
def test_of_all_changes_the_one_that_saves_most_is_chosen(share: float, made: list[tuple[float, float]]) -> None:
    trouble = Trouble(share=share, qty=2, cost_yuan=30, event_yuan=20, parcels_month=100)
    choices = [
        Choice(kind=ImprovementKind.PACKAGING, subject=f"M{n}", share_after=share * keep, extra_yuan=extra)
        for n, (keep, extra) in enumerate(made)
    ]

    def total(after: float) -> float:
        return 2 * after * 30 + (1 - (1 - after) ** 2) * 20

    savings = [100 * (total(share) - total(c.share_after) - c.extra_yuan) for c in choices]
    found = best(judge(trouble, choices, POLICY.improve), POLICY.improve)
    most = max(savings)
    assert (found is None) == (most < POLICY.improve.least_yuan_month)
    if found:
        assert found.saving_month == pytest.approx(most)


def test_a_surcharge_is_what_breaks_more_and_never_a_hidden_stop() -> None:
    trouble = Trouble(share=0.5, qty=1, cost_yuan=100, event_yuan=20, parcels_month=100)
    other = Choice(kind=ImprovementKind.SURCHARGE, subject="B", share_after=0.0, extra_yuan=1.0, weight=0.05)
    [judged] = judge(trouble, [other], POLICY.improve)
    assert judged.surcharge_yuan == pytest.approx(0.05 * 60), "one parcel in twenty holds the bottle"
    [all_of_them] = judge(trouble, [replace(other, weight=1.0)], POLICY.improve)
    assert all_of_them.surcharge_yuan == POLICY.improve.most_surcharge_yuan


def test_a_low_rating_is_laid_to_what_the_buyer_said_then_to_the_promise_then_to_the_slowest_leg() -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    names = ["paid_at", *(end for _, end, _ in LEGS.values())]
    way = {name: start + timedelta(hours=6 * n) for n, name in enumerate(names)}
    way["promise_at"] = start + timedelta(hours=48)
    usual = dict.fromkeys(LEGS, 8.0)
    assert trace(way, None, usual).failed is Failed.UNKNOWN
    assert trace(way, Complaint.DAMAGED, usual).failed is Failed.PACKING
    assert trace(way, Complaint.WRONG_ITEM, usual).failed is Failed.PICKING
    slow = trace(way, None, usual | {"hub": 5.0, "door": 1.0})
    assert (slow.failed, slow.leg, slow.hours, slow.usual) == (Failed.LAST_MILE, "door", 6.0, 1.0)
    late = trace(way | {"promise_at": start + timedelta(hours=10)}, None, usual | {"label": 4.0, "door": 1.0})
    assert (late.failed, late.by, late.leg) == (Failed.PROCESSING, "late", "label")
    assert trace(dict.fromkeys(way), Complaint.NOT_RECEIVED, {}).failed is Failed.LAST_MILE


def test_states_of_a_change_are_a_table_and_wrong_rules_are_told() -> None:
    assert set(IMPROVEMENT_TRANSITIONS) == set(ImprovementState)
    for section, name, value in (
        ("rates", "sure", 2.0),
        ("limit", "glass", 0),
        ("effect", "weeks", 0),
        ("look", "x", 1),
    ):
        wrong = {**PARSED, section: {**PARSED[section], name: value}}
        with pytest.raises(BadSetting, match=name):
            policy_from(wrong)
