"""Planned parcels become waves, on both databases: each parcel once, nothing lost, what changed meanwhile respected."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from engine.errors import NotAllowed, NotFound
from engine.floor.policy import FloorPolicy, WavePolicy, WaveReason
from engine.floor.waves import Route, Wave
from engine.store import tables
from engine.store.screens import floor as floor_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.floor import release_waves as use_case
from engine.usecases.floor.floor_work import open_work
from engine.usecases.floor.release_waves import Release, release_due, release_waves
from engine.usecases.floor.wave_sheet import wave_sheet
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.worlds import Clock, order, order_id, small_brand, small_room, take

POLICY = FloorPolicy()
ZHEJIANG = {"province": "浙江省", "city": "杭州市", "district": "西湖区", "street": "北山街道", "detail": "******"}


def planned(room: Room, *orders: Any) -> None:
    take(room, *orders)
    assert allocate_waiting(room).served == len(orders)


def release(room: Room, node: str = "WH", **choice: Any) -> Release:
    return release_waves(room.database, node, POLICY, actor="operator", **choice)


def cancel(room: Room, *numbers: int) -> None:
    change_orders(room, [OrderChange(order_id(n), "cancelled", room.now(), "buyer") for n in numbers], actor="test")


def open_ids(room: Room) -> set[str]:
    return set(floor_screens.open_parcels(room.database)["parcel_id"])


def test_a_release_is_one_commit_with_its_audit(room: Room, clock: Clock) -> None:
    planned(room, order(1), order(2), order(3, ("BERRY", 1)))
    before = room.database.data_version()
    done = release(room)
    assert (len(done.wave_ids), done.parcels, done.left) == (2, 3, 0)
    assert room.database.data_version() == before + 1
    [audit] = room.database.read("SELECT actor, verb, subject, detail FROM audit ORDER BY version DESC LIMIT 1").rows()
    assert audit[:3] == ("operator", "release_waves", "WH")
    assert '"parcels":3' in audit[3]
    heads = floor_screens.released_waves(room.database)
    assert heads.select("carrier", "area", "layer", "parcels", "orders", "units", "reason", "released_by").rows() == [
        ("CHEAP", "31", "ambient", 2, 2, 2, "waiting", "operator"),
        ("CHEAP", "31", "chilled", 1, 1, 1, "waiting", "operator"),
    ]
    assert heads["province"].to_list() == ["上海市"] * 2
    assert heads["released_at"].to_list() == [clock.at] * 2
    assert heads["leaves_at"].to_list() == [clock.at + timedelta(minutes=45)] * 2
    assert open_ids(room) == set()
    assert verify(room.database).clean


def test_the_earliest_promise_stands_in_the_first_slot(room: Room) -> None:
    planned(room, order(1, minute=20), order(2, minute=5), order(3, minute=10))
    [wave_id] = release(room).wave_ids
    lines = floor_screens.wave_lines(room.database, wave_id)
    assert dict(lines.select("slot", "order_id").rows()) == {1: order_id(2), 2: order_id(3), 3: order_id(1)}


def test_only_the_chosen_route_goes(room: Room) -> None:
    planned(room, order(1), order(2, ("BERRY", 1)), order(3, address=ZHEJIANG))
    done = release(room, routes=[Route("CHEAP", "31", "chilled")])
    assert (done.parcels, done.left) == (1, 2)
    work = open_work(room.database, POLICY, now=room.now())
    assert sorted(work.select("area", "layer", "parcels").rows()) == [("31", "ambient", 1), ("33", "ambient", 1)]


def test_a_second_release_finds_nothing_and_says_so(room: Room) -> None:
    planned(room, order(1))
    release(room)
    version = room.database.data_version()
    with pytest.raises(NotAllowed, match="Nothing of what was chosen is open at WH any more"):
        release(room)
    with pytest.raises(NotFound, match="There is no node MOON"):
        release(room, node="MOON")
    with pytest.raises(NotFound, match="There is no wave w0"):
        wave_sheet(room.database, "w0", POLICY)
    assert room.database.data_version() == version


def test_work_is_pressed_when_its_last_pick_up_is_near(room: Room, clock: Clock) -> None:
    clock.pass_(hours=5)
    planned(room, order(1, minute=0), order(2, minute=300))

    def pressure() -> list[tuple[int, int]]:
        return open_work(room.database, POLICY, now=clock.at).select("late", "pressed").rows()

    assert pressure() == [(0, 0)]
    clock.pass_(hours=40)  # order 1 has 2.5 hours left, order 2 has 7.5
    assert pressure() == [(0, 1)]
    clock.pass_(hours=2)  # order 1 has half an hour left, less than a wave takes
    assert pressure() == [(1, 0)]


def test_the_job_releases_what_must_go_and_leaves_the_rest(room: Room, clock: Clock) -> None:
    clock.pass_(hours=5)
    planned(room, order(1, ("BERRY", 1), minute=0), order(2, minute=300))
    assert release_due(room.database, POLICY, actor="waves") == []
    clock.pass_(hours=40)
    [done] = release_due(room.database, POLICY, actor="waves")
    assert (done.parcels, done.left) == (1, 1)
    assert floor_screens.released_waves(room.database)["reason"].to_list() == ["pressed"]
    assert release_due(room.database, POLICY, actor="waves") == []
    assert release_due(room.database, FloorPolicy(wave=WavePolicy(automatic=())), actor="waves") == []
    small = FloorPolicy(wave=WavePolicy(max_parcels=1, min_parcels=1, automatic=(WaveReason.FULL,)))
    [full] = release_due(room.database, small, actor="waves")
    assert (full.parcels, full.left) == (1, 0)


def test_an_order_cancelled_on_the_floor_becomes_a_pick_stop(room: Room) -> None:
    planned(room, order(1, ("RICE", 2)), order(2), order(3, ("OIL", 1)))
    [wave_id] = release(room).wave_ids
    cancel(room, 1)
    sheet = wave_sheet(room.database, wave_id, POLICY)
    assert [(line.order_id, line.sku, line.qty) for line in sheet.stopped] == [(order_id(1), "RICE", 2)]
    assert [(stop.sku, stop.qty) for stop in sheet.stops] == [("RICE", 1), ("OIL", 1)]
    assert [slot.live for slot in sheet.slots] == [False, True, True]
    assert floor_screens.wave_head(room.database, wave_id).select("parcels", "stopped").rows() == [(3, 2)]
    assert open_ids(room) == set()
    assert verify(room.database).clean


def test_of_two_orders_in_a_parcel_only_the_cancelled_one_stops(room: Room) -> None:
    same = {"buyer": {"name": "赵**", "phone": "136****1111"}}
    planned(room, order(1, **same), order(2, ("OIL", 1), **same))
    [wave_id] = release(room).wave_ids
    cancel(room, 2)
    [slot] = wave_sheet(room.database, wave_id, POLICY).slots
    assert slot.live
    assert sorted((goods.sku, goods.live) for goods in slot.goods) == [("OIL", False), ("RICE", True)]
    assert slot.kg == 5.0


def after_planning(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let `act` happen between planning and writing."""
    plan = use_case.planned_waves

    def slowly(*arguments: Any, **named: Any) -> tuple[Wave, ...]:
        waves = plan(*arguments, **named)
        monkeypatch.setattr(use_case, "planned_waves", plan)
        act()
        return waves

    monkeypatch.setattr(use_case, "planned_waves", slowly)


def test_an_order_cancelled_while_its_wave_is_planned_stays_off_the_floor(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(room, order(1), order(2), order(3, ("BERRY", 1)))
    after_planning(monkeypatch, lambda: cancel(room, 1, 3))
    [wave_id] = release(room).wave_ids
    lines = floor_screens.wave_lines(room.database, wave_id)
    assert lines.select("slot", "order_id").rows() == [(1, order_id(2))]
    assert verify(room.database).clean


def test_of_two_operators_who_release_the_same_only_one_does(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(room, order(1), order(2))
    after_planning(monkeypatch, lambda: release(room))
    with pytest.raises(NotAllowed, match="somebody was faster"):
        release(room)
    assert floor_screens.released_waves(room.database)["parcels"].to_list() == [2]
    assert verify(room.database).clean


@pytest.mark.parametrize("again", [{"wave_id": "w9-001", "slot": 1}, {"parcel_id": "other", "slot": 1}])
def test_the_database_itself_refuses_a_parcel_twice_and_a_slot_twice(room: Room, again: dict[str, Any]) -> None:
    planned(room, order(1))
    [wave_id] = release(room).wave_ids
    [parcel_id] = room.database.read("SELECT parcel_id FROM wave_parcels")["parcel_id"]
    row = pl.DataFrame([{"parcel_id": parcel_id, "wave_id": wave_id} | again]).with_columns(
        pl.col("slot").cast(pl.Int32)
    )
    with (
        pytest.raises(Exception, match=r"(?i)unique|duplicate"),
        room.database.transaction(actor="vandal", verb="plant") as tx,
    ):
        tx.append(tables.wave_parcels, row, stamp=True)


def test_a_wave_tells_how_its_kits_are_packed(room: Room) -> None:
    planned(room, order(1, ("FAMILY", 2)), order(2, ("FAMILY", 1)), order(3, ("RICE", 1)))
    [wave_id] = release(room).wave_ids
    cancel(room, 2)
    [kit] = wave_sheet(room.database, wave_id, POLICY).kits
    assert (kit.box.kit, kit.kits, kit.apart) == ("FAMILY", 2, 0)
    assert sorted((step.sku, step.qty) for step in kit.box.steps) == [("GRAIN", 1), ("OIL", 2), ("RICE", 1)]


def test_a_wave_tells_the_box_of_each_parcel_and_what_to_fetch(room: Room) -> None:
    planned(room, order(1), order(2, ("RICE", 9)), order(3, ("BERRY", 1)))
    sheets = [wave_sheet(room.database, wave_id, POLICY) for wave_id in release(room).wave_ids]
    assert [sheet.materials() for sheet in sheets] == [{"CARTON": 3}, {"COOL": 1}]
    [one, nine] = sheets[0].slots
    assert one.advice is not None
    assert nine.advice is not None
    best = one.advice.best
    assert best is not None
    # 1 % of 20 yuan of goods, and of a complaint with a second shipment (12 + 10.10 yuan): 0.42, not worth 3 yuan more.
    assert (best.material, best.over_limit, round(best.damage_yuan, 2)) == ("CARTON", False, 0.42)
    assert best.rate.units == 10_000
    assert nine.advice.best is not None
    assert nine.advice.best.pieces == 2  # 45 kg, 25 a box


def test_the_walk_goes_by_bins_and_what_has_none_comes_last(room: Room) -> None:
    planned(room, order(1, ("FAMILY", 1)))
    [wave_id] = release(room).wave_ids
    sheet = wave_sheet(room.database, wave_id, POLICY)
    assert [(stop.sku, str(stop.place)) for stop in sheet.stops] == [
        ("RICE", "01-01-1"), ("OIL", "01-04-1"), ("GRAIN", "None"),
    ]  # fmt: skip
    assert sheet.metres == pytest.approx(2 * 4 * 1.4)


def test_a_room_seeded_without_bins_and_materials_still_works(duckdb_url: str, clock: Clock) -> None:
    room = small_room(duckdb_url, clock, brand=small_brand(floor=False))
    planned(room, order(1, ("OIL", 1)), order(2))
    [wave_id] = release(room).wave_ids
    sheet = wave_sheet(room.database, wave_id, POLICY)
    assert (sheet.metres, sheet.materials_known) == (None, False)
    assert [stop.sku for stop in sheet.stops] == ["OIL", "RICE"]
    assert all(slot.live and slot.advice is None for slot in sheet.slots)
    room.close()


@pytest.mark.parametrize("seed", range(3))
def test_every_planned_parcel_is_always_in_one_wave_or_open(room: Room, clock: Clock, seed: int) -> None:
    chance = random.Random(seed)
    number = 0
    for _ in range(8):
        size = chance.randint(1, 4)
        fresh = [
            order(
                number + i,
                (chance.choice(["RICE", "OIL", "GRAIN", "BERRY", "FAMILY"]), 1),
                **({"address": ZHEJIANG} if chance.random() < 0.3 else {}),
            )
            for i in range(1, size + 1)
        ]
        take(room, *fresh)
        number += size
        allocate_waiting(room)
        if chance.random() < 0.6:
            small = FloorPolicy(wave=WavePolicy(max_parcels=chance.randint(1, 5), min_parcels=1))
            use_case.release_open(room.database, chance.choice(["WH", "DP"]), small, actor="test")
        elif chance.random() < 0.5:
            commits = room.database.data_version()
            use_case.release_everywhere(room.database, POLICY, actor="test")
            assert open_ids(room) == set() and room.database.data_version() <= commits + 1
        if chance.random() < 0.5:
            cancel(room, chance.randint(1, number))
        clock.pass_(hours=chance.choice([0, 1, 12]))
        release_due(room.database, POLICY, actor="waves")
        on_floor = Counter(room.database.read("SELECT parcel_id FROM wave_parcels")["parcel_id"])
        going = set(room.database.read("SELECT parcel_id FROM parcels WHERE status = 'planned'")["parcel_id"])
        assert max(on_floor.values(), default=1) == 1
        assert open_ids(room) == going - set(on_floor)
        elsewhere = "SELECT 1 FROM waves w JOIN wave_parcels USING (wave_id) JOIN parcels p USING (parcel_id)"
        assert room.database.read(f"{elsewhere} WHERE p.node <> w.node").is_empty()
        assert verify(room.database).clean


def test_a_wave_that_was_cancelled_altogether_leaves_only_pick_stops(room: Room) -> None:
    planned(room, order(1, ("FAMILY", 1)), order(2))
    [wave_id] = release(room).wave_ids
    cancel(room, 1, 2)
    sheet = wave_sheet(room.database, wave_id, POLICY)
    assert (sheet.stops, sheet.kits, sheet.units, sheet.metres, sheet.materials()) == ((), (), 0, 0.0, {})
    assert [line.qty for line in sheet.stopped] == [1, 2, 1, 1]
    assert floor_screens.wave_head(room.database, wave_id)["stopped"].to_list() == [5]
    assert open_ids(room) == set()
    assert verify(room.database).clean
