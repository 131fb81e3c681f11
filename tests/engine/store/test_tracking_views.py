"""What the logistics board and an order's page ask about parcels on their way, with exact figures, on both stores."""

import inspect
from datetime import timedelta

import polars as pl
import pytest

from dashboard.boards.logistics import bottleneck_shares, by_carrier
from engine.intake.tracking_canonical import parse_canonical_tracking
from engine.intake.tracking_codes import known_codes
from engine.store.screens import tracking as asks
from engine.store.shapes.tracking import SHAPES
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.road.track import track
from engine.usecases.room.room import Room
from tests.worlds import Clock, order, order_id, take


@pytest.fixture
def four(room: Room, clock: Clock) -> Room:
    """Four parcels of CHEAP, planned 29 minutes after the payment: signed, signed late, quiet for 30 h, no waybill."""
    take(room, *(order(n) for n in range(1, 5)))
    allocate_waiting(room)
    parcels = room.database.read("SELECT parcel_id FROM allocations ORDER BY order_id")["parcel_id"].to_list()
    start = clock.at
    record_waybills(room, [Waybill(p, f"YT000000{n}", start) for n, p in enumerate(parcels[:3])], actor="wms")
    ways = {
        0: (("picked_up", 2), ("hub_in", 4), ("arrived_city", 14), ("out_for_delivery", 16), ("signed", 20)),
        1: (("picked_up", 2), ("hub_in", 4), ("arrived_city", 24), ("out_for_delivery", 26), ("signed", 30)),
        2: (("picked_up", 10),),
    }
    clock.pass_(hours=40)
    events = [
        {"waybill_no": f"YT000000{n}", "scan": scan, "at": (start + timedelta(hours=hours)).isoformat(),
         "said": "快递员13812345678", "place": "杭州 0571-88881234"}
        for n, way in ways.items() for scan, hours in way
    ]  # fmt: skip
    events.append({"waybill_no": "YT9999999", "scan": "warp", "at": start.isoformat()})
    track(room, parse_canonical_tracking(events), actor="carrier")
    return room


def test_every_view_is_asked_by_one_function() -> None:
    asked = {name for name, ask in vars(asks).items() if inspect.isfunction(ask) and ask.__module__ == asks.__name__}
    assert asked - {"_asked"} == set(SHAPES)


def test_parcels_are_counted_by_carrier_and_stage(four: Room, clock: Clock) -> None:
    counts = asks.stage_counts(four.database, clock.at)
    assert sorted(counts.select("carrier", "stage", "parcels", "silent_12", "silent_24").rows(), key=str) == [
        ("CHEAP", "picked_up", 1, 1, 1),
        ("CHEAP", "planned", 1, 0, 0),
        ("CHEAP", "signed", 2, 0, 0),
        (None, "labelled", 1, 1, 1),
    ]
    [row] = by_carrier(counts).rows(named=True)
    assert (row["carrier"], row["parcels"], row["moving"], row["signed"], row["silent_24"]) == ("CHEAP", 3, 1, 2, 1)
    assert row["delivered_hours"] == 23.0


def test_legs_and_where_their_delay_comes_from(four: Room) -> None:
    legs = asks.leg_durations(four.database)
    told = {leg: (parcels, p50) for leg, parcels, p50 in legs.select("leg", "parcels", "p50_hours").iter_rows()}
    assert told["pick_up"] == (3, 2.0)
    assert told["line_haul"] == (2, 15.0)
    assert told["door"] == (2, 4.0)
    shares = bottleneck_shares(legs)
    assert dict(shares.select("part", "delay_share").iter_rows()) == pytest.approx(
        {"processing": 0.0, "transit": 1.0, "last_mile": 0.0}
    )
    assert shares["time_share"].sum() == pytest.approx(1.0)
    assert bottleneck_shares(legs.clear()).is_empty()


def test_who_is_silent_for_longest_comes_first_without_telephone_numbers(four: Room, clock: Clock) -> None:
    [row] = asks.silent_parcels(four.database, clock.at).rows(named=True)
    assert (row["waybill_no"], row["hours"], row["order_id"]) == ("YT0000002", 30.0, order_id(3))
    assert row["last_place"] == "杭州 0571-****234"


def test_feeds_unknown_codes_and_the_events_of_an_order(four: Room, clock: Clock) -> None:
    [feed] = asks.tracking_feeds(four.database, clock.at).rows(named=True)
    assert (feed["provider"], feed["events"], feed["last_hour"]) == ("canonical", 12, 12)
    unknown = asks.unknown_codes(four.database, known_codes())
    assert unknown.select("provider", "raw_code", "events").rows() == [("canonical", "warp", 1)]
    told = asks.order_tracking(four.database, order_id(1))
    assert told["scan"].to_list()[0] == "signed"
    assert told["said"].unique().to_list() == ["快递员138****5678"]
    assert told.filter(pl.col("retracted")).is_empty()
