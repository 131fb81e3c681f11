"""A round weighs what waits, writes proposals that a middleware can act on, and says what it does not know."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from engine.store.screens import waybills as waybill_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.due_waybills import due_csv, due_waybills
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.clocks.time_waybills import time_waybills
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.stores.test_costs import HISTORY
from tests.worlds import Clock, order, order_id, small_brand, small_room, take


@pytest.fixture
def told(database_url: str, clock: Clock) -> Iterator[Room]:
    """The small world with a delay history, a collection at 18:00 and five planned orders, one of Kuaishou."""
    brand = replace(small_brand(rice=900, oil=900), delay_history=HISTORY)
    brand = replace(brand, nodes=brand.nodes.with_columns(cutoff=pl.lit("18:00")))
    made = small_room(database_url, clock, brand=brand)
    take(made, *(order(n) for n in range(1, 5)), order(5, platform="kuaishou"))
    assert allocate_waiting(made).served == 5
    yield made
    made.close()


def parcel_of(room: Room, number: int, platform: str = "douyin") -> str:
    wanted = order_id(number).replace("douyin", platform)
    rows = waybill_screens.to_upload(room.database).filter(pl.col("order_id") == wanted)
    return str(rows["parcel_id"].item())


def test_the_life_of_a_proposal(told: Room, clock: Clock) -> None:
    timing = time_waybills(told, actor="test")
    assert timing is not None
    assert (timing.parcels, timing.unknown) == (4, 1)  # nothing is known of the rules of Kuaishou
    assert timing.best_yuan <= min(timing.now_yuan, timing.pick_up_yuan) + 1e-9
    proposals = waybill_screens.upload_proposals(told.database)
    assert proposals["parcels"].sum() == 4
    [row] = proposals.rows(named=True)
    assert row["best_cents"] == sum(row[f"{part}_cents"] for part in ("refund", "trace", "late", "lock_out"))
    # It is 20:30 and nobody collects before tomorrow 18:00: uploaded now, the 24 h of 轨迹超时 would be nearly over
    # before the carrier came, so the waybill waits.
    assert row["upload_at"] is None or row["upload_at"] > clock.at
    assert due_waybills(told.database, now=clock.at).is_empty()
    assert verify(told.database).clean
    if row["upload_at"] is not None:
        clock.at = row["upload_at"] + timedelta(minutes=1)
        due = due_waybills(told.database, now=clock.at)
        assert due.height == 4
        assert due_csv(due).splitlines()[0] == "parcel_id,order_nos,platform,node,carrier,promise_at,upload_at"


def test_what_is_uploaded_or_refunded_is_proposed_no_more(told: Room, clock: Clock) -> None:
    time_waybills(told, actor="test")
    record_waybills(told, [Waybill(parcel_id=parcel_of(told, 1), number="SF1", uploaded_at=clock.at)], actor="test")
    change_orders(told, [OrderChange(order_id(2), "refunded", clock.at, "changed my mind")], actor="test")
    clock.pass_(hours=3)
    timing = time_waybills(told, actor="test")
    assert timing is not None
    assert timing.parcels == 2
    assert waybill_screens.upload_proposals(told.database)["parcels"].sum() == 2
    waiting = waybill_screens.uploaded_parcels(told.database, clock.at, timeout_hours=24, anomaly_hours=48)
    assert waiting.select("parcels", "soon", "past_timeout", "past_anomaly").rows() == [(1, 0, 0, 0)]
    clock.pass_(hours=24)
    waiting = waybill_screens.uploaded_parcels(told.database, clock.at, timeout_hours=24, anomaly_hours=48)
    assert waiting.select("soon", "past_timeout", "past_anomaly").rows() == [(0, 1, 0)]
    assert verify(told.database).clean


def test_the_risk_is_learned_from_orders_that_waited_and_were_asked_back(told: Room, clock: Clock) -> None:
    record_waybills(told, [Waybill(parcel_id=parcel_of(told, 1), number="SF1", uploaded_at=clock.at)], actor="test")
    clock.pass_(minutes=31)
    change_orders(told, [OrderChange(order_id(2), "refunded", clock.at, "no")], actor="test")
    clock.pass_(hours=9, minutes=29)
    learned = waybill_screens.refund_requests(
        told.database, clock.at, clock.at - timedelta(days=14), from_hours=(0.0, 1.0, 6.0, 24.0)
    )
    # Paid at 20:01: order 1 waited 29 minutes, order 2 an hour, the others 10 h 29. Nobody waited a day.
    assert learned["requests"].to_list() == [0, 1, 0, 0]
    assert learned["order_hours"].to_list() == pytest.approx([29 / 60 + 1 + 3, 3 * 5, 3 * (4 + 29 / 60), 0])
    assert time_waybills(told, actor="test") is not None
    assert waybill_screens.last_waybill_round(told.database)["requests"].item() == 1


def test_orders_due_late_and_without_a_scan_are_counted_by_day(told: Room, clock: Clock) -> None:
    name = parcel_of(told, 1)
    record_waybills(told, [Waybill(parcel_id=name, number="SF1", uploaded_at=clock.at)], actor="test")
    clock.pass_(hours=48, minutes=10)
    days = waybill_screens.due_days(told.database, clock.at, anomaly_hours=48).filter(pl.col("platform") == "douyin")
    assert days.select("due", "late", "anomalies").rows() == [(4, 4, 1)]


def test_without_a_history_and_without_forecasts_nothing_is_proposed(room: Room) -> None:
    assert time_waybills(room, actor="test") is None
    take(room, order(1))
    allocate_waiting(room)
    timing = time_waybills(room, actor="test")
    assert timing is not None
    assert (timing.parcels, timing.unknown) == (0, 1)
