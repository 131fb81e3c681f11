"""The board of promise clocks: what it says of packs, gauges and alarms, and its forms, through the real router."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from dashboard.wording import words
from engine.model.clocks import Clock as PromiseClock
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.judge_clocks import judge_clocks
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.clocks.settle_alarms import settle_alarms
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.dashboard.test_pages import opened, press, sound, tables_of, text_of
from tests.worlds import Clock, order, small_room, take

T = words("en")


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    """Twelve orders whose waybills were uploaded 23 hours ago and are not picked up; one of Kuaishou."""
    here = small_room(duckdb_url, clock)
    take(here, *(order(n, ("GRAIN", 1)) for n in range(1, 13)), order(50, platform="kuaishou", show_id="shelf"))
    clock.pass_(minutes=1)
    allocate_waiting(here)
    parcels = here.database.read("SELECT DISTINCT parcel_id FROM allocations")["parcel_id"].to_list()
    record_waybills(here, [Waybill(p, f"W-{p}", clock.at) for p in parcels], actor="wms")
    clock.pass_(hours=23)
    assert settle_alarms(here).raised >= 1
    with use_room(here):
        yield here
    here.close()


def test_the_board_says_what_judged_and_what_is_empty_and_lists_one_alarm_a_cause(room: Room) -> None:
    app = sound(opened("clocks"))
    told = text_of(app)
    assert "2026-08-10" in told
    assert T("clocks.empty_pack", n="1") in told, "Kuaishou's pack is empty, and the board says so"
    assert T("watch.no_pick_up") in tables_of(app)
    # One row for twelve parcels; the room judges Kuaishou's order by nothing.
    assert tables_of(app).count(T("watch.no_pick_up")) == 1


def test_a_promise_is_logged_on_the_page_and_taken_back(room: Room, clock: Clock) -> None:
    app = sound(opened("clocks", panel="promises"))
    app.text_input(key="promise-words").set_value("今晚24小时内发货")
    app.checkbox(key="promise-whole").check()
    app = sound(press(app, T("promises.log")))
    [done] = [message.value.replace("\\", "") for message in app.success]
    assert "12 orders promise an earlier time" in done
    assert "今晚24小时内发货" in tables_of(app)
    hours = room.database.read("SELECT DISTINCT epoch(promise_at - paid_at) / 3600 AS h FROM orders ORDER BY h")["h"]
    assert hours.to_list() == [24, 48], "the shelf's order keeps its own"
    app.text_input(key="promise-why").set_value("misheard")
    app = sound(press(app, T("promises.withdraw")))
    assert any("12 orders have their time back" in message.value for message in app.success)


def test_a_promise_without_words_is_refused_in_the_readers_language(room: Room) -> None:
    app = sound(opened("clocks", "zh", panel="promises"))
    app = sound(press(app, words("zh")("promises.log")))
    assert any("请写下主播原话" in message.value for message in app.error)


def test_a_notice_is_entered_on_the_page_and_the_clocks_it_exempts_cost_nothing(room: Room, clock: Clock) -> None:
    clock.pass_(hours=60)
    app = sound(opened("clocks", panel="exemptions"))
    app = sound(press(app, T("exemptions.enter")))
    assert any("where the notice can be read" in message.value for message in app.error)
    app.text_input(key="exemption-notice").set_value("公告：暴雪")
    app.multiselect(key="exemption-regions").set_value(["", "41"])
    app.date_input(key="exemption-since").set_value((clock.at - timedelta(days=3)).date())
    app = sound(press(app, T("exemptions.enter")))
    assert any("is entered" in message.value for message in app.success)
    assert T("exemptions.country") in tables_of(app)
    found = judge_clocks(room.database, room.platforms, now=clock.at).book.at(PromiseClock.LATE, now=clock.at)
    assert set(found["state"].to_list()) == {"exempt"}
    app.text_input(key="exemption-why").set_value("taken back")
    app = sound(press(app, T("promises.withdraw")))
    assert any("exempts nothing any more" in message.value for message in app.success)


def test_past_orders_are_replayed_on_the_page(room: Room, clock: Clock) -> None:
    clock.pass_(hours=80)
    app = sound(press(sound(opened("clocks", panel="replay")), T("replay.go")))
    assert T("clock.no_pick_up_long") in tables_of(app)
    assert T("clocks.unpriced") in tables_of(app), "the text of June was not read"
