"""Every view answers its question with exact figures, on a world small enough to count by hand, on both databases."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from engine.store import tables
from engine.store.database import Database, as_json
from engine.store.screens import buyers as buyer_screens
from engine.store.screens import clocks as clock_screens
from engine.store.screens import floor as floor_screens
from engine.store.screens import notices as notice_screens
from engine.store.screens import room as screens
from engine.store.screens import routes as route_screens
from engine.store.screens import steering as steering_screens
from engine.store.screens import waybills as waybill_screens
from engine.store.shapes.every_view import SHAPES
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.orders.record_signals import Signal, record_signals
from engine.usecases.orders.review_holds import release_hold
from engine.usecases.room.room import Room
from engine.usecases.room.verify import record_report, verify
from tests.worlds import OPENING, SHOW, Clock, order, order_id, take

NOON = datetime.fromisoformat("2026-11-11T04:00:00+00:00")  # 12:00 in Beijing
QUESTIONS = [
    ask
    for module in (
        screens,
        steering_screens,
        floor_screens,
        buyer_screens,
        waybill_screens,
        clock_screens,
        route_screens,
        notice_screens,
    )
    for name, ask in vars(module).items()
    if inspect.isfunction(ask) and ask.__module__ == module.__name__ and not name.startswith("_") and name != "asked"
]


def asked(ask: Callable[..., pl.DataFrame], database: Database) -> pl.DataFrame:
    arguments: dict[str, Any] = {
        "as_of": NOON,
        "order_id": "nobody",
        "words": "nothing",
        "wave_id": "none",
        "link_id": "none",
    }
    arguments |= {"since": NOON, "from_hours": (0.0, 1.0), "timeout_hours": 24, "anomaly_hours": 48}
    first, *others = list(inspect.signature(ask).parameters.values())[1:] or [None]
    wanted = [p.name for p in others if p.default is p.empty] + ([first.name] if first is not None else [])
    return ask(database, **{name: arguments[name] for name in wanted if name in arguments})


def by(frame: pl.DataFrame, key: str, *columns: str) -> dict[Any, Any]:
    """`key` -> its column, or tuple of columns."""
    rows = {row[0]: row[1:] for row in frame.select(key, *columns).iter_rows()}
    return {k: v[0] if len(columns) == 1 else v for k, v in rows.items()}


# --- shapes --------------------------------------------------------------------------------------------------------


def test_every_question_can_be_put_to_an_empty_database(database: Database) -> None:
    for ask in QUESTIONS:
        _can_be_put(ask, database)


def _can_be_put(ask: Callable[..., pl.DataFrame], database: Database) -> None:
    answer = asked(ask, database)
    fixed = {
        "day_totals": 1,
        "promise_clock": 5,
        "road_totals": 1,
        "feed_ages": 6,
        "waiting_for_review": 1,
        "refund_requests": 2,
    }
    assert answer.height == fixed.get(ask.__name__, 0), ask.__name__


def test_every_view_is_asked_by_one_function() -> None:
    renamed = {"order_heads": "order_head", "node_reasons": "node_reason"}
    again = {"wave_head", "asked_for_orders"}  # one row of released_waves; asked_by_buyers of many orders
    assert {renamed.get(view, view) for view in SHAPES} | again == {ask.__name__ for ask in QUESTIONS}


# --- orders --------------------------------------------------------------------------------------------------------


def test_orders_are_counted_where_they_stand(room: Room, clock: Clock) -> None:
    take(room, order(1), order(2, ("RICE", 3)), order(3, ("OIL", 90)), order(4, status="unpaid", paid_at=None))
    change_orders(room, [OrderChange(order_id(2), "refunded", clock.at, "test")], actor="test")
    standing = by(screens.orders_by_status(room.database), "status", "orders", "cents")
    assert standing == {
        "reserved": (1, 2_900),
        "refunded": (1, 8_700),
        "sold_out": (1, 90 * 2_900),
        "unpaid": (1, 2_900),
    }
    shows = screens.orders_by_show(room.database)
    assert shows["show_id"].unique().to_list() == [SHOW]
    assert by(shows, "status", "orders") == {"reserved": 1, "refunded": 1, "sold_out": 1}


def test_an_unpaid_order_that_was_paid_is_counted_once(room: Room) -> None:
    take(room, order(1, status="unpaid", paid_at=None), order(2, status="unpaid", paid_at=None))
    take(room, order(1))
    assert by(screens.orders_by_status(room.database), "status", "orders") == {"reserved": 1, "unpaid": 1}


def test_a_day_begins_at_midnight_in_beijing(room: Room, clock: Clock) -> None:
    night = OPENING.replace(hour=15, minute=59)  # 23:59 in Beijing
    clock.at = night + timedelta(minutes=10)
    take(room, order(1, minute=239), order(2, minute=241))  # 23:59 and 00:01
    totals = screens.day_totals(room.database, clock.at).row(0, named=True)
    assert totals == {"orders": 2, "paid_orders": 1, "paid_cents": 2_900, "last_minute": 2}
    assert screens.day_totals(room.database, clock.at + timedelta(seconds=61))["last_minute"].item() == 0


def test_the_pulse_has_a_bucket_for_every_minute_and_the_mean_of_its_viewers(room: Room, clock: Clock) -> None:
    take(room, order(1), order(2))
    record_signals(room, [Signal(SHOW, clock.at, 100, 5), Signal(SHOW, clock.at + timedelta(seconds=10), 300, 5)])
    clock.pass_(minutes=3)
    take(room, order(3))
    pulse = screens.order_pulse(room.database, clock.at)
    assert pulse.height == 121
    assert pulse["bucket"][-1] == clock.at
    busy = pulse.filter(pl.col("orders") > 0)
    assert busy.select("orders", "cents", "viewers").rows() == [(2, 5_800, 200.0), (1, 2_900, None)]
    assert (busy["bucket"][1] - busy["bucket"][0]) == timedelta(minutes=3)
    assert screens.order_pulse(room.database, clock.at, seconds=10).height == 721


def test_an_old_show_keeps_its_pulse(room: Room, clock: Clock) -> None:
    take(room, order(1))
    last = clock.at
    pulse = screens.order_pulse(room.database, clock.at + timedelta(days=3))
    assert pulse["bucket"][-1] == last
    assert pulse["orders"].sum() == 1


def test_provinces_show_their_quota_and_their_place(room: Room) -> None:
    far = {"province": "新疆", "city": "乌鲁木齐市", "district": "天山区", "street": "x", "detail": "*"}
    take(room, order(1), order(2), order(3, address=far), order(4, ("GRAIN", 500)))
    rows = screens.orders_by_province(room.database)
    counted = by(rows.filter(pl.col("orders") > 0), "province", "orders", "quota", "quota_used")
    assert counted == {"上海市": (3, 1000, 2), "新疆维吾尔自治区": (1, 1000, 1)}  # sold out takes no place
    shanghai = rows.filter(pl.col("province") == "上海市").row(0, named=True)
    assert (round(shanghai["lat"]), round(shanghai["lon"])) == (31, 121)
    assert rows.filter(pl.col("orders") == 0)["quota"].min() == 1000  # quotas nobody used yet are there as well


def test_a_kit_counts_as_sold_and_not_as_its_parts(room: Room, clock: Clock) -> None:
    take(room, order(1, ("FAMILY", 2), ("RICE", 1)))
    assert by(screens.sold_today(room.database, clock.at), "sold_sku", "units", "cents") == {
        "FAMILY": (2, 17_400),
        "RICE": (1, 2_900),
    }
    assert screens.sold_today(room.database, clock.at + timedelta(days=1)).is_empty()


def test_the_newest_order_is_first_and_its_buyer_is_masked(room: Room) -> None:
    take(room, order(1))
    take(room, order(2, buyer={"name": "王小明", "phone": "13812345678"}))
    latest = screens.latest_orders(room.database, limit=1)
    assert latest.select("order_no", "buyer").rows() == [("N00000002", "王**5678")]


@pytest.mark.parametrize(("hours", "window"), [(0, "overdue"), (6, "6h"), (6.001, "12h"), (24, "24h"), (25, "later")])
def test_promises_fall_into_windows_of_hours(hours: float, window: str, room: Room, clock: Clock) -> None:
    deadline = clock.at + timedelta(hours=40)
    take(room, order(1, promise_at=deadline.isoformat()), order(2, ("OIL", 90)))  # the second is sold out: no promise
    clocked = screens.promise_clock(room.database, deadline - timedelta(hours=hours))
    assert by(clocked, "window_name", "orders") == {
        name: int(name == window) for name in ("overdue", "6h", "12h", "24h", "later")
    }
    assert clocked["window_name"].to_list() == ["overdue", "6h", "12h", "24h", "later"]


def test_an_order_keeps_its_promise_clock_until_its_last_parcel_is_picked_up(room: Room, clock: Clock) -> None:
    take(room, order(1, ("RICE", 1), ("BERRY", 1)))  # two layers, two parcels
    allocate_waiting(room)
    parcels = room.database.read("SELECT parcel_id FROM parcels ORDER BY parcel_id")["parcel_id"].to_list()
    assert len(parcels) == 2
    clock.pass_(hours=60)
    uploads = [Waybill(p, f"WB{n:08d}", clock.at - timedelta(hours=2)) for n, p in enumerate(parcels)]
    record_waybills(room, [replace(uploads[0], picked_up_at=clock.at), uploads[1]], actor="test")
    assert by(screens.promise_clock(room.database, clock.at), "window_name", "orders")["overdue"] == 1
    assert screens.road_totals(room.database, clock.at).row(0) == (0, _on_the_road(room))
    record_waybills(room, [replace(uploads[1], picked_up_at=clock.at)], actor="test")
    assert screens.promise_clock(room.database, clock.at)["orders"].sum() == 0
    assert by(screens.promise_clock(room.database, clock.at), "window_name", "orders")["overdue"] == 0
    assert screens.road_totals(room.database, clock.at).row(0) == (1, _on_the_road(room))
    assert screens.road_totals(room.database, clock.at + timedelta(days=1)).row(0) == (0, _on_the_road(room))
    assert screens.node_load(room.database)["parcels"].sum() == 0


def _on_the_road(room: Room) -> int:
    moving = ("picked_up", "in_transit", "arrived", "out_for_delivery", "locker")
    stages = room.database.read("SELECT stage FROM parcel_tracks WHERE parcel_id IS NOT NULL")["stage"].to_list()
    return sum(stage in moving for stage in stages)


def test_an_order_without_a_way_out_is_listed_until_it_finds_one(room: Room, clock: Clock) -> None:
    take(room, order(1), order(2))
    with room.database.transaction(actor="test", verb="test") as tx:
        reasons = [(order_id(n), as_json({"unserved": "no_offer", "detail": "ambient"})) for n in (1, 2)]
        tx.append(
            tables.allocation_reasons,
            pl.DataFrame(reasons, schema=["order_id", "detail"], orient="row").with_columns(
                decided_at=pl.lit(clock.at).dt.cast_time_unit("us")
            ),
            stamp=True,
        )
        tx.amend(tables.orders, pl.DataFrame({"order_id": [order_id(2)], "status": ["cancelled"]}), on=("order_id",))
    assert screens.unserved_orders(room.database)["order_id"].to_list() == [order_id(1)]


# --- review --------------------------------------------------------------------------------------------------------


def test_held_orders_wait_with_their_reasons_and_bad_rows_with_their_faults(room: Room, clock: Clock) -> None:
    vague = {"province": "上海市", "city": "上海市", "district": None, "street": None, "detail": "*"}
    take(room, order(1, address=vague), order(2, ("RICE", 0)), order(3))
    held = screens.hold_queue(room.database)
    assert held["order_id"].to_list() == [order_id(1)]
    assert by(screens.held_by_rule(room.database), "rule", "orders") == {"vague_address": 1}
    rows = screens.quarantine_queue(room.database)
    assert rows["order_id"].to_list() == [order_id(2)]
    assert "quantity" in rows["fault"].item()
    assert screens.waiting_for_review(room.database).row(0, named=True) == {
        "held": 1,
        "held_cents": 2_900,
        "held_since": clock.at,
        "quarantined": 1,
        "quarantined_since": clock.at,
    }
    batch = screens.latest_batches(room.database).row(0, named=True)
    assert (batch["read"], batch["accepted"], batch["quarantined"]) == (3, 2, 1)
    release_hold(room, [order_id(1)], actor="test", reason="called")
    assert screens.hold_queue(room.database).is_empty()


# --- stock ---------------------------------------------------------------------------------------------------------


def shelf(
    database: Database, *, life: int | None, expires: date | None, on_hand: int = 10, quarantined: int = 0
) -> None:
    """One SKU, one lot, one node."""
    with database.transaction(actor="test", verb="test") as tx:
        goods = {
            "sku": "S", "name_zh": "米", "name_en": "Rice", "category": "rice", "layer": "ambient", "packaging": "bag",
            "weight_kg": 1.0, "volume_l": 1.0, "shelf_life_days": life, "price_cents": 100, "cost_cents": 50,
            "supplier": "S",
        }  # fmt: skip
        place = {
            "node": "N", "name_zh": "仓", "name_en": "Node", "kind": "warehouse", "province": "上海市",
            "city": "上海市", "district": "徐汇区", "adcode": "310104", "lat": 31.0, "lon": 121.0, "priority": 1,
            "throughput_per_hour": 20, "cutoff": None, "layers": "ambient",
        }  # fmt: skip
        tx.append(tables.skus, pl.DataFrame([goods], schema_overrides={"shelf_life_days": pl.Int32}))
        tx.append(tables.nodes, pl.DataFrame([place], schema_overrides={"cutoff": pl.String}))
        lot = {"lot": "L", "sku": "S", "produced_on": date(2026, 1, 1), "expires_on": expires, "supplier": "S"}
        tx.append(tables.lots, pl.DataFrame([lot], schema_overrides={"expires_on": pl.Date}))
        level = {"node": "N", "sku": "S", "lot": "L", "on_hand": on_hand, "reserved": 0, "quarantined": quarantined}
        tx.append(tables.stock_balance, pl.DataFrame([level]))


@pytest.mark.parametrize(
    ("life", "limit"),
    [(400, 45), (365, 45), (364, 30), (180, 30), (179, 20), (90, 20), (89, 10), (30, 10), (29, 5), (15, 5), (14, 4)],
)
def test_goods_are_near_expiry_on_the_day_of_the_threshold_and_not_the_day_before(
    life: int, limit: int, duckdb_url: str
) -> None:
    database = Database.open(duckdb_url)
    shelf(database, life=life, expires=date(2026, 11, 11) + timedelta(days=limit))
    [today] = screens.lot_stock(database, NOON).rows(named=True)
    [yesterday] = screens.lot_stock(database, NOON - timedelta(days=1)).rows(named=True)
    assert (today["days_left"], today["near_expiry_at"], today["near_expiry"]) == (limit, limit, True)
    assert (yesterday["days_left"], yesterday["near_expiry"]) == (limit + 1, False)
    assert screens.sku_stock(database, NOON).select("near_expiry", "sellable").rows() == [(10, 0)]
    assert screens.sku_stock(database, NOON - timedelta(days=1)).select("near_expiry", "sellable").rows() == [(0, 10)]
    database.close()


def test_days_to_expiry_are_counted_in_beijing(database: Database) -> None:
    shelf(database, life=365, expires=date(2026, 12, 31))
    evening = datetime.fromisoformat("2026-11-11T15:59:00+00:00")
    assert screens.lot_stock(database, evening)["days_left"].item() == 50
    assert screens.lot_stock(database, evening + timedelta(minutes=1))["days_left"].item() == 49


@pytest.mark.parametrize(("life", "expires"), [(None, None), (365, None), (None, date(2026, 11, 12))])
def test_goods_without_shelf_life_or_expiry_never_come_near_it(
    life: int | None, expires: date | None, database: Database
) -> None:
    shelf(database, life=life, expires=expires, quarantined=4)
    row = screens.sku_stock(database, NOON).row(0, named=True)
    assert (row["on_hand"], row["quarantined"], row["available"], row["near_expiry"], row["sellable"]) == (
        10,
        4,
        6,
        0,
        6,
    )


def test_what_pools_and_orders_claim_is_not_free(room: Room, clock: Clock) -> None:
    before = by(screens.free_outside_pools(room.database, clock.at), "sku", "free_units")
    assert before["RICE"] == 1000 - 10 - 50
    take(room, order(1, ("RICE", 4)))
    assert by(screens.free_outside_pools(room.database, clock.at), "sku", "free_units")["RICE"] == before["RICE"]
    assert allocate_waiting(room).served == 1
    assert by(screens.free_outside_pools(room.database, clock.at), "sku", "free_units")["RICE"] == before["RICE"]


def test_a_pool_says_when_it_sells_out_and_what_it_needs_to_the_end(room: Room, clock: Clock) -> None:
    take(room, *(order(n) for n in range(1, 5)))
    clock.pass_(minutes=8)
    pools = {(r["show_id"], r["sku"]): r for r in screens.pool_clocks(room.database, clock.at).iter_rows(named=True)}
    rice = pools[SHOW, "RICE"]
    assert (rice["pool_left"], rice["recent_units"], rice["units_per_minute"]) == (6, 4, 0.5)
    assert rice["minutes_left"] == 12.0
    to_the_end = (OPENING + timedelta(minutes=180) - clock.at).total_seconds() / 60
    assert rice["top_up"] == to_the_end * 0.5 - 6
    oil = pools[SHOW, "OIL"]
    assert (oil["units_per_minute"], oil["minutes_left"], oil["top_up"]) == (None, None, 0)
    assert pools["shelf", "RICE"]["top_up"] == 0
    assert screens.pool_clocks(room.database, clock.at)["sku"][0] == "RICE"


def test_a_top_up_is_never_more_than_is_free_and_none_is_due_after_the_show(room: Room, clock: Clock) -> None:
    with room.database.transaction(actor="test", verb="test") as tx:
        level = pl.DataFrame({"node": ["WH"], "sku": ["RICE"], "lot": ["RICE-1"], "on_hand": [0]})
        tx.amend(tables.stock_balance, level, on=("node", "sku", "lot"))
        level = pl.DataFrame({"node": ["DP"], "sku": ["RICE"], "lot": ["RICE-1"], "on_hand": [67]})
        tx.amend(tables.stock_balance, level, on=("node", "sku", "lot"))
    take(room, order(1, ("RICE", 10)))
    clock.pass_(minutes=1)
    tight = screens.pool_clocks(room.database, clock.at).row(0, named=True)
    assert (tight["sku"], tight["minutes_left"], tight["free_units"], tight["top_up"]) == ("RICE", 0.0, 7, 7)
    clock.pass_(minutes=180)
    assert screens.pool_clocks(room.database, clock.at)["top_up"].sum() == 0


# --- nodes, carriers, shows ----------------------------------------------------------------------------------------


def test_planned_parcels_load_nodes_and_carriers(room: Room, clock: Clock) -> None:
    parcels = [("A", "WH", "FAST", "planned"), ("B", "WH", "FAST", "planned"), ("C", "DP", "CHEAP", "planned")]
    with room.database.transaction(actor="test", verb="test") as tx:
        tx.append(
            tables.parcels,
            pl.DataFrame(
                [*parcels, ("D", "DP", "CHEAP", "cancelled")],
                schema=["parcel_id", "node", "carrier", "status"],
                orient="row",
            ).with_columns(
                layer=pl.lit("ambient"),
                kg=pl.lit(1.0),
                cost_cents=pl.lit(500, dtype=pl.Int64),
                planned_at=pl.lit(clock.at).dt.cast_time_unit("us"),
            ),
            stamp=True,
        )
    assert by(screens.node_load(room.database), "node", "parcels", "hours") == {"WH": (2, 0.002), "DP": (1, 0.001)}
    mix = by(screens.carrier_mix(room.database), "carrier", "parcels", "cents", "share")
    assert mix == {"FAST": (2, 1_000, 2 / 3), "CHEAP": (1, 500, 1 / 3)}


@pytest.mark.parametrize(("minutes", "phase"), [(-1, "before"), (0, "live"), (179, "live"), (180, "over")])
def test_a_show_is_live_from_its_start_to_before_its_end(minutes: int, phase: str, room: Room) -> None:
    at = OPENING + timedelta(minutes=minutes)
    assert by(screens.show_phases(room.database, at), "show_id", "phase") == {SHOW: phase, "shelf": "always"}


def test_a_show_carries_its_newest_signal(room: Room, clock: Clock) -> None:
    record_signals(room, [Signal(SHOW, clock.at, 300, 9), Signal(SHOW, clock.at - timedelta(minutes=1), 100, 5)])
    row = screens.show_phases(room.database, clock.at).filter(pl.col("show_id") == SHOW).row(0, named=True)
    assert (row["viewers"], row["clicks"], row["seen_at"]) == (300, 9, clock.at)


# --- the room itself -----------------------------------------------------------------------------------------------


def test_a_feed_nobody_heard_of_has_no_age(room: Room, clock: Clock) -> None:
    silent = by(screens.feed_ages(room.database), "feed", "event_time", "ingest_time")
    assert silent["orders"] == silent["signals"] == silent["jobs"] == (None, None)
    take(room, order(1, minute=7))
    heard = by(screens.feed_ages(room.database), "feed", "event_time", "ingest_time")
    assert heard["orders"] == (OPENING + timedelta(minutes=7), clock.at)


def test_each_invariant_shows_its_latest_check(room: Room, clock: Clock) -> None:
    record_report(room.database, verify(room.database))
    clock.pass_(minutes=1)
    record_report(room.database, verify(room.database))
    states = screens.invariant_states(room.database)
    assert states["checked_at"].unique().to_list() == [clock.at]
    assert states["breaches"].sum() == 0
    assert states["invariant"].is_unique().all()


def test_jobs_show_their_latest_run_and_their_troubles(database: Database) -> None:
    for outcome, took in (("failed", 10), ("done", 30)):
        with database.transaction(actor="jobs", verb="record_job_runs") as tx:
            run = {"job": "allocate", "started_at": NOON, "took_ms": took, "outcome": outcome, "detail": "", "runs": 2}
            frame = pl.DataFrame([run], schema_overrides={"runs": pl.Int32})
            tx.append(
                tables.job_runs, frame.with_columns(pl.col("started_at").cast(pl.Datetime("us", "UTC"))), stamp=True
            )
    [state] = screens.job_states(database).rows(named=True)
    assert (state["outcome"], state["took_ms"], state["runs"], state["troubles"]) == ("done", 30, 4, 2)
    assert screens.latest_job_runs(database)["outcome"].to_list() == ["done", "failed"]
    assert screens.audit_tail(database, limit=1)["version"].to_list() == [2]


# --- one order -----------------------------------------------------------------------------------------------------


def test_an_order_tells_its_story_in_turn(room: Room, clock: Clock) -> None:
    take(room, order(1, ("FAMILY", 1)))
    assert allocate_waiting(room).served == 1
    clock.pass_(minutes=5)
    change_orders(room, [OrderChange(order_id(1), "refunded", clock.at, "changed their mind")], actor="desk")
    story = screens.order_story(room.database, order_id(1))
    assert story["kind"].to_list() == ["created", "paid", "received", "reserved", "allocated", "refunded"]
    assert story.row(-1, named=True)["reason"] == "changed their mind"
    head = screens.order_head(room.database, order_id(1)).row(0, named=True)
    assert (head["status"], head["outcome"], head["title_en"]) == ("refunded", "reserved", "Night")
    assert by(screens.order_goods(room.database, order_id(1)), "sku", "qty") == {"RICE": 1, "OIL": 2, "GRAIN": 1}
    picks = screens.order_picks(room.database, order_id(1))
    assert set(picks["sku"]) == {"RICE", "OIL", "GRAIN"}
    assert set(picks["parcel_status"]) == {"cancelled"}
    reason = screens.node_reason(room.database, order_id(1)).row(0, named=True)
    assert reason["node"] == picks["node"][0]
