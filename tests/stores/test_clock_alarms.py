"""From orders to clocks, cliffs and alarms on both databases, with a clock that the test moves."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from engine.errors import BadRequest, NotFound
from engine.model.alarms import AlarmState
from engine.model.clocks import Cliff
from engine.model.clocks import Clock as PromiseClock
from engine.store.screens import clocks as clock_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.alarm_policy import load_alarm_policy
from engine.usecases.clocks.judge_clocks import Standing, heat, judge_clocks, lockout_gauges
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.clocks.replay_rules import replay_rules
from engine.usecases.clocks.settle_alarms import AlarmRun, settle_alarms
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.worlds import OPENING, Clock, order, order_id, take

ORDERS = range(1, 13)


@pytest.fixture
def labelled(room: Room, clock: Clock) -> dict[str, Any]:
    """Twelve orders of grain in a parcel each, whose waybills were uploaded an hour after the planning; one of another
    platform, one that is sold out."""
    clock.at = OPENING + timedelta(minutes=30)
    take(room, *(order(n, ("GRAIN", 1)) for n in ORDERS))
    clock.pass_(minutes=1)
    assert allocate_waiting(room).served == len(ORDERS)
    take(room, order(90, ("GRAIN", 1), platform="kuaishou", show_id="shelf"), order(91, ("OIL", 90)))
    clock.pass_(hours=1)
    parcels = room.database.read("SELECT DISTINCT parcel_id FROM allocations ORDER BY parcel_id")["parcel_id"].to_list()
    record_waybills(room, [Waybill(p, f"W-{p}", clock.at) for p in parcels], actor="wms")
    return {"room": room, "clock": clock, "parcels": parcels, "uploaded": clock.at}


def standing(room: Room) -> Standing:
    return judge_clocks(room.database, room.rules.platforms, now=room.now(), fresh=True)


def states(found: Standing) -> dict[tuple[str, str], int]:
    return {
        (clock.value, state): count
        for clock in PromiseClock
        for state, count in found.book.at(clock, now=found.as_of).group_by("state").len().iter_rows()
    }


def picked_up(world: dict[str, Any], parcels: list[str]) -> None:
    room, uploaded = world["room"], world["uploaded"]
    scans = [Waybill(p, f"W-{p}", uploaded, room.now()) for p in parcels]
    assert record_waybills(room, scans, actor="carrier").recorded == len(parcels)


def test_clocks_follow_the_tables_and_what_has_no_rules_is_counted_apart(labelled: dict[str, Any]) -> None:
    room = labelled["room"]
    found = standing(room)
    counts = states(found)
    assert counts["no_pick_up", "running"] == 12
    assert counts["late", "running"] == 13, "the one that is sold out as well"
    assert found.book.versions == {("douyin", "2026-08-10"): 13}
    assert found.book.unjudged["kuaishou"] == 1
    picked_up(labelled, labelled["parcels"][:4])
    change_orders(room, [OrderChange(order_id(91), "refunded", room.now())], actor="test")
    found = standing(room)
    counts = states(found)
    assert (counts["late", "kept"], counts["late", "running"]) == (4, 8)
    assert counts["no_hub", "running"] == 4
    heated = heat(found, load_alarm_policy().t_minus_hours)
    assert heated.filter(pl.col("clock") == "no_pick_up").select("orders", "yuan").rows() == [(8, 24.0)]


def test_one_cause_is_one_alarm_from_the_warning_to_its_end(labelled: dict[str, Any]) -> None:
    room, clock = labelled["room"], labelled["clock"]
    runs: list[AlarmRun] = []

    def tick(**time: float) -> AlarmRun:
        clock.pass_(**time)
        runs.append(settle_alarms(room))
        return runs[-1]

    assert not tick(hours=17).any, "24 h are 7 h away: no warning yet"
    assert tick(hours=1.5).raised == 1
    version = room.database.data_version()
    for _ in range(5):
        assert not tick(minutes=3).any
    assert room.database.data_version() == version, "an alarm that stands writes nothing"
    assert tick(hours=3.5).escalated == 1
    listed = clock_screens.clock_alarm_list(room.database, clock.at).filter(pl.col("watch") == "no_pick_up")
    row = listed.row(0, named=True)
    assert (row["place"], row["orders"], row["pressing"], row["cents"], row["desk"]) == ("WH", 12, 12, 3600, "carrier")
    picked_up(labelled, labelled["parcels"])
    assert not tick(minutes=1).any, "quiet, but not for long enough"
    assert not tick(minutes=10).any
    assert tick(minutes=10).cleared == 1
    events = room.database.read(
        "SELECT e.kind FROM clock_alarm_events e JOIN clock_alarms a USING (alarm_id) "
        "WHERE a.watch = 'no_pick_up' ORDER BY e.version"
    )["kind"]
    assert events.to_list() == [AlarmState.RAISED, AlarmState.ESCALATED, AlarmState.CLEARED]
    assert verify(room.database).clean


def test_the_gauge_counts_the_orders_of_the_day_and_takes_both_conditions(labelled: dict[str, Any]) -> None:
    room, clock = labelled["room"], labelled["clock"]
    clock.at = OPENING + timedelta(hours=49)
    picked_up(labelled, labelled["parcels"][:2])
    gauges = lockout_gauges(standing(room), room.rules.platforms)
    assert {gauge.platform for gauge in gauges} == {"douyin"}
    [day] = [gauge.distance for gauge in gauges if gauge.distance.rule.cliff is Cliff.SHOP_DAY]
    assert (day.due, day.broken, day.least, day.reached) == (13, 13, 200, False), "all are late, but they are few"
    assert day.per_hour == 2.0


def replayed(room: Room, **changes: Any) -> Any:
    plain = {"platform": "douyin", "version": "2026-06-02", "against": "2026-08-10", "now": room.now()}
    return replay_rules(room.database, room.rules.platforms, **(plain | changes))


def test_past_orders_are_judged_by_another_version(labelled: dict[str, Any]) -> None:
    room, clock = labelled["room"], labelled["clock"]
    clock.at = OPENING + timedelta(hours=100)
    found = replayed(room)
    told = {one.clock: one for one in found.clauses}
    assert found.orders == 13
    late = told["late"]
    assert (late.version.broken, late.version.unpriced, late.against.unpriced, late.orders) == (13, 13, 0, 0)
    assert late.yuan is None, "what June took for it is not known, and so is the difference"
    assert told["no_pick_up_long"].against.yuan == 12 * 4.0
    cliffs = {cliff.cliff: cliff for cliff in found.cliffs}
    assert (cliffs["shop_day"].version, cliffs["shop_day"].against) == (None, [])
    assert (found.first_day, found.last_day) == ("2026-11-11", "2026-11-11")
    assert replayed(room, first_day=(OPENING + timedelta(days=1)).date()).orders == 0
    assert replayed(room, last_day=OPENING.date()).orders == 13


def test_a_replay_that_makes_no_sense_is_refused(labelled: dict[str, Any]) -> None:
    room = labelled["room"]
    with pytest.raises(NotFound, match="There is no version '2025-01-01' of the rules of douyin"):
        replayed(room, version="2025-01-01")
    with pytest.raises(NotFound, match="There is no version '2026-06-02' of the rules of kuaishou; there are: none"):
        replayed(room, platform="kuaishou")
    with pytest.raises(NotFound, match="Nothing is known of the rules of 'other'"):
        replayed(room, platform="other")
    with pytest.raises(BadRequest, match="lies before the first"):
        replayed(room, first_day=OPENING.date(), last_day=(OPENING - timedelta(days=1)).date())
