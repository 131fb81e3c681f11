"""Tracking on both databases: what carriers told, in any order and as often as they like, is in the room once."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from engine.intake.tracking_canonical import parse_canonical_tracking
from engine.intake.tracking_kuaidi100 import parse_kuaidi100_push
from engine.store import tables
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.road.track import TrackReceipt, track
from engine.usecases.road.tracks import track_known_waybills
from engine.usecases.room.room import Room
from tests.worlds import OPENING, Clock, order, take

NUMBER = "SF1000000001"


def told(scan: str, minute: float, *, number: str = NUMBER, **more: Any) -> dict[str, Any]:
    at = OPENING + timedelta(minutes=minute)
    return {"waybill_no": number, "scan": scan, "at": at.isoformat(), "said": f"{scan} 13812345678", **more}


def tell(room: Room, *events: dict[str, Any]) -> TrackReceipt:
    receipt = track(room, parse_canonical_tracking(events), actor="carrier")
    assert receipt.read == receipt.recorded + receipt.repeated + receipt.retracted + receipt.refused
    return receipt


def row(room: Room, number: str = NUMBER) -> dict[str, Any]:
    found = room.database.read("SELECT * FROM parcel_tracks WHERE waybill_no = $n", {"n": number})
    [only] = found.rows(named=True)
    return only


def stage(room: Room, number: str = NUMBER) -> str:
    return str(row(room, number)["stage"])


@pytest.fixture
def sent(room: Room, clock: Clock) -> Room:
    """One order, planned; its waybill was uploaded at minute 40."""
    take(room, order(1))
    allocate_waiting(room)
    clock.at = OPENING + timedelta(minutes=40)
    record_waybills(room, [Waybill(parcel(room), NUMBER, room.now())], actor="wms")
    clock.pass_(hours=80)
    return room


def parcel(room: Room) -> str:
    [name] = room.database.read("SELECT parcel_id FROM parcels")["parcel_id"].to_list()
    return str(name)


def test_an_uploaded_waybill_is_a_labelled_track(sent: Room) -> None:
    assert row(sent)["stage"] == "labelled"
    assert row(sent)["stage_at"] == OPENING + timedelta(minutes=40)
    assert (row(sent)["parcel_id"], row(sent)["events"], row(sent)["picked_up_at"]) == (parcel(sent), 0, None)


def test_events_in_any_order_and_twice_give_one_story(sent: Room) -> None:
    assert tell(sent, told("hub_in", 200)).picked_up == 0
    receipt = tell(sent, told("picked_up", 90), told("hub_in", 200), told("picked_up", 90))
    assert (receipt.recorded, receipt.repeated, receipt.picked_up) == (1, 2, 1)
    assert stage(sent) == "in_transit"
    assert row(sent)["picked_up_at"] == OPENING + timedelta(minutes=90)
    assert row(sent)["events"] == 2
    version = sent.database.data_version()
    tell(sent, told("picked_up", 90))
    assert sent.database.data_version() == version


def test_a_pick_up_scan_reaches_the_waybill_once(sent: Room) -> None:
    tell(sent, told("picked_up", 90))
    tell(sent, told("picked_up", 95), told("hub_out", 99))
    [scanned] = sent.database.read("SELECT picked_up_at FROM boards.waybill_states")["picked_up_at"].to_list()
    assert scanned == OPENING + timedelta(minutes=90)
    assert sent.database.read("SELECT count(*) FROM waybills").item() == 2


def test_events_come_before_their_waybill_and_find_it(room: Room, clock: Clock) -> None:
    take(room, order(1))
    allocate_waiting(room)
    clock.pass_(hours=10)
    assert tell(room, told("picked_up", 90), told("hub_in", 200)).unmatched == 1
    assert row(room)["parcel_id"] is None
    record_waybills(room, [Waybill(parcel(room), NUMBER, OPENING + timedelta(minutes=35))], actor="wms")
    assert (row(room)["parcel_id"], stage(room)) == (parcel(room), "in_transit")
    [scanned] = room.database.read("SELECT picked_up_at FROM boards.waybill_states")["picked_up_at"].to_list()
    assert scanned == OPENING + timedelta(minutes=90)


def test_what_is_taken_back_counts_no_more_and_may_be_told_anew(sent: Room) -> None:
    tell(sent, told("picked_up", 90), told("signed", 300))
    assert stage(sent) == "signed"
    assert tell(sent, told("signed", 300, retracted=True)).retracted == 1
    assert (stage(sent), row(sent)["events"]) == ("picked_up", 1)
    tell(sent, told("signed", 300))
    assert (stage(sent), row(sent)["events"]) == ("signed", 2)


def test_a_pick_up_that_the_carrier_takes_back_leaves_the_parcel_labelled(sent: Room) -> None:
    tell(sent, told("picked_up", 90))
    tell(sent, told("picked_up", 90, retracted=True))
    assert stage(sent) == "labelled"


def test_a_scan_that_the_warehouse_reported_counts_without_any_event(sent: Room) -> None:
    record_waybills(
        sent, [Waybill(parcel(sent), NUMBER, OPENING + timedelta(minutes=40), OPENING + timedelta(minutes=60))],
        actor="wms",
    )  # fmt: skip
    assert (stage(sent), row(sent)["picked_up_at"]) == ("picked_up", OPENING + timedelta(minutes=60))


def test_unknown_words_are_kept_as_notes_and_counted(sent: Room) -> None:
    receipt = tell(sent, told("teleported", 90))
    assert (receipt.recorded, receipt.unknown) == (1, {"teleported": 1})
    assert (stage(sent), row(sent)["events"]) == ("labelled", 1)


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (told("signed", 100_000), "has not come yet"),
        (told("signed", 100, number="x"), "is none: 6 to 40 letters"),
        ({**told("signed", 100), "at": "yesterday"}, "has the time yesterday, which is none"),
        ({**told("signed", 100), "at": None}, "has no time"),
        ({**told("signed", 100), "scan": None}, "has no code"),
        ({**told("signed", 100), "lon": 120.0}, "has half a position"),
        ({**told("signed", 100), "lon": 420.0, "lat": 30.0}, "lies nowhere on Earth"),
        ({**told("signed", 100), "place": 5}, "place of the event is no text"),
        ({"scan": "signed"}, "names no waybill"),
    ],
)
def test_what_cannot_be_true_is_answered_with_its_sentence(sent: Room, event: dict[str, Any], sentence: str) -> None:
    receipt = tell(sent, event, told("picked_up", 90))
    assert (receipt.recorded, receipt.refused) == (1, 1)
    assert sentence in receipt.faults[0]["fault"]


def test_a_pick_up_before_the_payment_is_stored_with_a_warning(sent: Room) -> None:
    receipt = tell(sent, told("picked_up", -30))
    assert receipt.recorded == 1
    assert "before its order was paid" in receipt.warnings[0]


# --- whole histories -----------------------------------------------------------------------------------------------


def push(room: Room, *scans: tuple[str, float], status: str = "polling", **more: Any) -> TrackReceipt:
    """kuaidi100's history of the waybill: (statusCode, minute) of each event."""
    data = [
        {"context": code, "ftime": f"{OPENING + timedelta(hours=8, minutes=minute):%Y-%m-%d %H:%M:%S}",
         "statusCode": code}
        for code, minute in sorted(scans, key=lambda scan: -scan[1])
    ]  # fmt: skip
    whole = {"status": status, "lastResult": {"nu": NUMBER, "state": "0", "data": data}, **more}
    return track(room, parse_kuaidi100_push(orjson.dumps(whole).decode(), now=room.now()), actor="kuaidi100")


def test_a_courier_who_was_told_to_come_is_no_pick_up(sent: Room) -> None:
    push(sent, ("101", 50), ("102", 60))
    assert (stage(sent), row(sent)["picked_up_at"]) == ("labelled", None)
    push(sent, ("101", 50), ("102", 60), ("103", 90))
    assert (stage(sent), row(sent)["picked_up_at"]) == ("picked_up", OPENING + timedelta(minutes=90))


def test_what_a_later_history_lacks_was_taken_back(sent: Room) -> None:
    push(sent, ("103", 90), ("3", 200), ("1002", 210))
    assert stage(sent) == "signed"
    assert push(sent, ("103", 90), ("1002", 210), ("1001", 300)).missing == 1
    assert (stage(sent), row(sent)["events"]) == ("arrived", 3)


def test_an_old_history_that_comes_late_takes_nothing_back_and_restores_nothing(sent: Room) -> None:
    push(sent, ("103", 90), ("3", 200), ("1002", 210))
    push(sent, ("103", 90), ("1002", 210), ("1001", 300))
    late = push(sent, ("103", 90), ("3", 200), ("1002", 205))
    assert (late.missing, late.recorded) == (0, 1)
    assert (stage(sent), row(sent)["events"]) == ("arrived", 4)


def test_a_history_takes_back_nothing_that_another_provider_told(sent: Room) -> None:
    tell(sent, told("hub_in", 150))
    push(sent, ("103", 90), ("1001", 300))
    assert row(sent)["events"] == 3


def test_a_provider_that_gave_up_and_looks_again_takes_that_back(sent: Room) -> None:
    push(sent, ("103", 90), ("1002", 210), status="abort", message="60天无变化")
    assert stage(sent) == "lost"
    push(sent, ("103", 90), ("1002", 210), comOld="yuantong", comNew="zhongtong")
    assert stage(sent) == "in_transit"
    assert push(sent, ("103", 90), ("1002", 210), ("5", 400)).missing == 0  # the carrier's change is told once
    assert (stage(sent), row(sent)["events"]) == ("out_for_delivery", 4)


def test_a_room_from_before_tracking_gets_its_tracks_at_the_start(sent: Room) -> None:
    with sent.database.transaction(actor="test", verb="forget") as tx:
        tx.execute(tables.parcel_tracks.delete())
    assert track_known_waybills(sent.database) == 1
    assert stage(sent) == "labelled"
    assert track_known_waybills(sent.database) == 0
