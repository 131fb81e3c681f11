"""Who must move, who may, in which goods, and what it costs: told on pieces small enough to count by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from engine.allocation.move_costs import move_costs
from engine.allocation.reallocation import PICKS, dead_parcels, judge, lines_of, whole_orders
from engine.allocation.steering import Change, ChangeKind
from engine.allocation.window import WindowPolicy, policy_from
from engine.errors import BadRequest, BadSetting

NIGHT = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)
POLICY, NEVER = WindowPolicy(), WindowPolicy(allowed=False)
CLOSED = Change(kind=ChangeKind.NODE_CLOSED, node="N")


def pick(order: str, parcel: str, sku: str = "RICE", qty: int = 1, **changed: Any) -> dict[str, Any]:
    return {
        "order_id": order, "parcel_id": parcel, "sku": sku, "qty": qty, "node": "N", "lot": "L", "carrier": "C",
        "region": "310115", "paid_at": NIGHT, "amount_cents": 2_990, "layer": "ambient", "cost_cents": 1_000,
        "planned_at": NIGHT, "uploaded_at": None, "picked_up_at": None,
    } | changed  # fmt: skip


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(PICKS))


def pieces(table: pl.DataFrame) -> set[tuple[str, str]]:
    return set(table.select("order_id", "parcel_id").iter_rows())


def test_a_parcel_may_change_until_its_scan_and_after_the_upload_only_where_edits_are_allowed() -> None:
    picks = frame(
        pick("free", "P1"),
        pick("labelled", "P2", uploaded_at=NIGHT),
        pick("gone", "P3", uploaded_at=NIGHT, picked_up_at=NIGHT),
        pick("elsewhere", "P4", node="M"),
    )
    assert pieces(judge(picks, CLOSED, POLICY).leaving) == {("free", "P1"), ("labelled", "P2")}
    forbidden = judge(picks, CLOSED, NEVER)
    assert pieces(forbidden.leaving) == {("free", "P1")}
    assert forbidden.stuck.rows() == [("labelled", "P2", "waybill_uploaded")]
    lot = Change(kind=ChangeKind.LOT_QUARANTINED, lot="L")
    assert ("gone", "P3", "picked_up") in judge(picks, lot, POLICY).stuck.rows()
    assert whole_orders(picks, CLOSED, NEVER) == {"free", "elsewhere"}


def test_a_count_moves_no_more_orders_than_it_must_the_latest_paid_first() -> None:
    picks = frame(*(pick(f"O{n}", f"P{n}", qty=2, paid_at=NIGHT + timedelta(minutes=n)) for n in range(4)))
    counted = Change(kind=ChangeKind.STOCK_COUNTED, node="N", lot="L", units=5)
    assert pieces(judge(picks, counted, POLICY, missing=3).leaving) == {("O3", "P3"), ("O2", "P2")}
    assert judge(picks, counted, POLICY, missing=0).leaving.is_empty()
    barred = judge(picks, counted, POLICY, missing=3, barred=["O3"])
    assert pieces(barred.leaving) == {("O2", "P2"), ("O1", "P1")}


def test_a_whole_order_keeps_its_lines_and_a_part_keeps_the_kits_it_holds() -> None:
    lines = pl.DataFrame(
        [("A", "RICE", 1, "KIT"), ("A", "OIL", 2, "KIT"), ("A", "RICE", 3, None), ("B", "OIL", 1, None)],
        schema=["order_id", "sku", "qty", "kit"],
        orient="row",
    )
    leaving = frame(pick("A", "P1", "RICE", 2), pick("A", "P1", "OIL", 2), pick("B", "P2", "OIL"))
    assert sorted(lines_of(leaving, lines).rows(), key=str) == [
        ("A", "OIL", 2, "KIT"), ("A", "RICE", 1, "KIT"), ("A", "RICE", 1, None), ("B", "OIL", 1, None),
    ]  # fmt: skip


def test_a_parcel_is_dead_only_when_nobody_is_left_in_it() -> None:
    picks = frame(pick("A", "P1"), pick("B", "P1"), pick("C", "P2"))
    ended = picks.filter(pl.col("order_id") != "B").select("order_id", "parcel_id")
    assert dead_parcels(picks, ended)["parcel_id"].to_list() == ["P2"]


@pytest.mark.parametrize(("leavers", "before"), [(("A",), {"A": 300}), (("A", "B"), {"A": 250, "B": 750})])
def test_who_leaves_others_behind_saves_only_its_kilograms(leavers: tuple[str, ...], before: dict[str, int]) -> None:
    """A parcel of 10 yuan: order A has 1 kg of it, order B 3 kg; the tariff asks 3 yuan a kilogram."""
    picks = frame(pick("A", "P1", qty=1), pick("B", "P1", qty=3))
    leaving = pl.DataFrame({"order_id": leavers, "parcel_id": ["P1"] * len(leavers), "window": ["edit"] * len(leavers)})
    moved = move_costs(
        picks=picks,
        leaving=leaving,
        ended=leaving.select("order_id", "parcel_id"),
        new_picks=pl.DataFrame(
            {"order_id": leavers, "parcel_id": ["Q"] * len(leavers), "sku": ["RICE"] * len(leavers),
             "qty": [{"A": 1, "B": 3}[o] for o in leavers]}
        ),
        new_parcels=pl.DataFrame({"parcel_id": ["Q"], "cost_yuan": [12.0]}),
        skus=pl.DataFrame({"sku": ["RICE"], "weight_kg": [1.0]}),
        offers=pl.DataFrame(
            {"node": ["N", "N"], "carrier": ["C", "C"], "layer": ["ambient"] * 2, "region": ["", "31"],
             "per_kg_yuan": [9.0, 3.0]}
        ),
        policy=POLICY,
    )  # fmt: skip
    assert dict(moved.select("order_id", "before_cents").iter_rows()) == before
    assert moved["after_cents"].sum() == 1_200
    assert moved["edit_risk_cents"].to_list() == [POLICY.edit_risk_cents(2_990)] * len(leavers)


def test_the_risk_of_an_edit_is_a_share_of_a_quarter_of_the_order_within_5_and_100_yuan() -> None:
    policy = WindowPolicy(risk=0.1)
    assert [policy.edit_risk_cents(cents) for cents in (100, 10_000, 9_999_900)] == [50, 250, 1_000]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({}, "one table"),
        ({"after_upload": {"alowed": True}}, "alowed is not a key"),
        ({"after_upload": {"allowed": 1}}, "allowed is 1"),
        ({"after_upload": {"risk": True}}, "risk is True"),
        ({"after_upload": {"risk": 2}}, "between 0 and 1"),
        ({"after_upload": {"penalty_min_yuan": 200}}, "penalty_max_yuan"),
    ],
)
def test_wrong_rules_stop_with_a_sentence(rules: dict[str, Any], words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        policy_from(rules)


@pytest.mark.parametrize(
    ("kind", "named", "words"),
    [
        ("node_closed", {}, "needs node"),
        ("node_closed", {"node": "N", "lot": "L"}, "takes no lot"),
        ("carrier_stopped", {"carrier": "C", "region": "3"}, "0, 2, 4 or 6 digits"),
        ("carrier_stopped", {"carrier": "C", "region": "沪"}, "0, 2, 4 or 6 digits"),
        ("stock_counted", {"node": "N", "lot": "L", "units": -1}, "the least is 0"),
    ],
)
def test_a_change_that_makes_no_sense_cannot_be_said(kind: str, named: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        Change(kind=ChangeKind(kind), **named)
