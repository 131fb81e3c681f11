"""One box: what is meant by some words, and the story of what it finds, on both databases."""

import polars as pl
import pytest

from dashboard.boards.search import Meant, find, trail
from engine.store import tables
from engine.store.screens import search as search_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.room.room import Room
from engine.usecases.stock.top_up_pool import top_up_pool
from tests.worlds import SHOW, Clock, order, order_id, take

KNOWN = order_id(1)


@pytest.fixture
def told(room: Room, clock: Clock) -> Room:
    """Order 1 is planned, labelled and scanned, its buyer complains; the lot it came from was topped up for."""
    take(room, order(1, buyer={"name": "赵**", "phone": "136****0042"}), order(2))
    allocate_waiting(room)
    [parcel] = room.database.read(f"SELECT DISTINCT parcel_id FROM allocations WHERE order_id = '{KNOWN}'").rows()[0]
    record_waybills(room, [Waybill(parcel, "YT1", uploaded_at=clock.at)], actor="api:wms")
    clock.pass_(hours=1)
    top_up_pool(room, SHOW, "RICE", 3, actor="值班员", reason="sells well")
    with room.database.transaction(actor="api:kuaidi100", verb="track", subject="YT1") as tx:
        scan = {"event_key": "k", "provider": "kuaidi100", "waybill_no": "YT1", "scan": "picked_up", "raw_code": "103",
                "event_time": clock.at, "ingest_time": clock.at, "place": "上海",
                "said": "已揽收 13812345678"}  # fmt: skip
        tx.append(tables.tracking_events, pl.DataFrame([scan]), stamp=True)
    return room


def ids(things: pl.DataFrame) -> set[tuple[str, str]]:
    return set(things.select("thing", "id").rows())


def test_whatever_is_known_of_an_order_finds_it(told: Room) -> None:
    database = told.database
    [parcel] = database.read(f"SELECT DISTINCT parcel_id FROM allocations WHERE order_id = '{KNOWN}'").rows()[0]
    for words, thing in (("N00000001", "order"), (KNOWN, "order"), (parcel, "parcel"), ("YT1", "waybill")):
        found = find(database, words)
        assert found.how is Meant.EXACTLY, words
        assert found.things.select("thing", "order_id").rows() == [(thing, KNOWN)], words
    assert find(database, "0042").things["order_id"].to_list() == [KNOWN]
    assert ids(find(database, "RICE").things) == {("sku", "RICE")}
    assert ids(find(database, "RICE-1").things) == {("lot", "RICE-1")}
    beginning = find(database, "N000000")
    assert beginning.how is Meant.BEGINNING
    assert {KNOWN, order_id(2)} <= set(beginning.things["id"])
    for nothing in ("' OR 1=1 --", "%", "9999", "N0", "_" * 80):
        assert find(database, nothing).how is Meant.NOTHING, nothing


def test_the_story_of_an_order_has_its_parcels_its_scans_and_whoever_acted(told: Room, clock: Clock) -> None:
    database = told.database
    parcels = search_screens.parcel_trail(database, KNOWN)
    assert set(parcels["source"]) >= {"planned", "waybill"}
    scans = search_screens.scan_trail(database, KNOWN)
    assert scans.select("kind", "subject", "words").rows() == [("picked_up", "YT1", "上海 已揽收 13812345678")]
    assert scans["at"].to_list() == [clock.at]
    assert search_screens.buyer_trail(database, KNOWN).is_empty(), "nobody has told the buyer anything"
    assert search_screens.scan_trail(database, order_id(2)).is_empty(), "nor anything of another order"


def test_goods_and_cards_have_stories_of_their_own(told: Room, clock: Clock) -> None:
    database = told.database
    rice = trail(database, "sku", "RICE")
    assert set(rice["source"]) == {"movement", "pool"}
    assert rice["at"].is_sorted(descending=True)
    assert set(trail(database, "lot", "RICE-1")["source"]) == {"movement"}
    with database.transaction(actor="li@brand.cn", verb="propose_action", subject="A-1") as tx:
        step = {"action_id": "A-1", "step": 1, "at": clock.at, "state": "proposed", "reason": "asked for",
                "actor": "li@brand.cn", "detail": "{}"}  # fmt: skip
        tx.append(tables.action_events, pl.DataFrame([step]), stamp=True)
    card = trail(database, "action", "A-1")
    assert set(card["source"]) == {"action", "audit"}, "its steps, and the commits about it"
