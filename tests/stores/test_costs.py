"""Offers are priced from the delay history, and limits end with the batch's promises, on both databases."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import orjson
import polars as pl
import pytest

from engine.allocation.problem import NEAR_EXPIRY_DAYS, Problem, check_problem
from engine.intake.brand import Brand, load_brand
from engine.rules.hours import beijing_minutes, moment_of
from engine.settings import DATA
from engine.store import tables
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.allocation.allocation_problem import gather_problem, waiting_orders
from engine.usecases.allocation.moment_limits import MOST_PROMISES, promises_of, shares_left
from engine.usecases.allocation.offers_now import late_basis
from engine.usecases.allocation.stock_bids import stock_bids
from engine.usecases.room.room import Room
from engine.usecases.room.rules import load_rules
from engine.usecases.room.verify import verify
from tests.engine.rules.test_handover import PUNCTUAL, SLOW, history
from tests.worlds import OPENING, Clock, frame, node, opened, order, small_brand, small_room, take

HISTORY = history(
    ("FAST", "*", "*", "*", tuple(100 * c for c in PUNCTUAL)), ("CHEAP", "*", "*", "*", tuple(100 * c for c in SLOW))
)

ALWAYS_ON_TIME = (1000, 0, 0, 0, 0, 0, 0, 0)
PUNCTUAL_CITY = history(("CLERK", "*", "*", "*", ALWAYS_ON_TIME), ("VAN", "*", "*", "*", ALWAYS_ON_TIME))


def problem(room: Room, limit: int = 1000) -> Problem:
    """What the room would plan now, checked."""
    now = room.now()
    made = gather_problem(room, waiting_orders(room, now=now, limit=limit), now=now)
    check_problem(made)
    return made


def throughput(made: Problem) -> dict[str, int]:
    return dict(made.nodes.select("node", "throughput").rows())


def capacity(made: Problem) -> dict[str, int]:
    return dict(made.carriers.select("carrier", "capacity").rows())


def van_late(room: Room) -> float:
    """Share of the batch that the van picks up late at the store."""
    offers = problem(room).offers.filter(
        pl.col("node") == "WH", pl.col("layer") == "ambient", pl.col("carrier") == "VAN"
    )
    return float(offers["late_share"].item())


def promised(hours: float, *, from_: datetime = OPENING) -> dict[str, Any]:
    return {"promise_at": (from_ + timedelta(hours=hours)).isoformat()}


def city_brand(*, cutoff: str | None = None) -> Brand:
    """A store with clerks (09:30-11:00, 13:30-16:30 in Beijing) and a van (08:00-23:30)."""
    brand = small_brand(rice=900)
    store = node("WH", "store", "310104", 31.19, 121.43) | {"throughput_per_hour": 60, "cutoff": cutoff}
    carriers = brand.carriers.with_columns(
        carrier=pl.Series(["CLERK", "VAN"]),
        kind=pl.Series(["store_clerk", "parcel"]),
        max_km=pl.Series([50.0, None]),
        capacity_per_day=pl.Series([270, 900]),
        hours=pl.Series(["09:30-11:00|13:30-16:30", "08:00-23:30"]),
    )
    tariffs = brand.tariffs.with_columns(
        carrier=pl.col("carrier").replace({"FAST": "VAN", "CHEAP": "CLERK"}), destination=pl.lit("310104")
    )
    nodes = pl.concat([frame("nodes", [store]), brand.nodes.filter(pl.col("node") == "DP")])
    return replace(brand, nodes=nodes, carriers=carriers, tariffs=tariffs)


@pytest.fixture
def clock() -> Clock:
    return Clock(OPENING + timedelta(minutes=30))  # 20:30 in Beijing


@pytest.fixture
def told(database_url: str, clock: Clock) -> Iterator[Room]:
    """The small world with a delay history, on each kind of database."""
    made = small_room(database_url, clock, brand=replace(small_brand(rice=900, oil=900), delay_history=HISTORY))
    yield made
    made.close()


def city(url: str, clock: Clock, **how: Any) -> Room:
    return small_room(url, clock, brand=city_brand(**how))


# --- the history --------------------------------------------------------------------------------------------


def test_the_delay_history_is_seeded_and_read_back(told: Room) -> None:
    kept = told.database.read("SELECT * FROM delay_history ORDER BY carrier DESC")
    assert kept.equals(HISTORY)
    assert verify(told.database).clean


def test_a_row_whose_buckets_do_not_add_up_cannot_be_stored(told: Room) -> None:
    with (
        pytest.raises(Exception, match=r"(?i)check"),
        told.database.transaction(actor="vandal", verb="plant") as tx,
    ):
        tx.execute(tables.delay_history.update().values(on_time=1))


def test_a_slower_carrier_is_charged_more_for_lateness(told: Room) -> None:
    take(told, order(1, **promised(3)))
    offers = problem(told).offers
    late = {c: (y, s) for c, y, s in offers.group_by("carrier").agg(pl.col("late_yuan", "late_share").mean()).rows()}
    assert late["CHEAP"][0] > late["FAST"][0] > 0
    assert late["CHEAP"][1] > late["FAST"][1] > 0
    assert (offers["late_share"] <= 1).all()


def test_the_plan_pays_for_punctuality_only_where_the_promise_is_near(told: Room, clock: Clock) -> None:
    """CHEAP saves 3 yuan and is late for every second parcel of a promise that is nearly over."""
    rules = told.rules
    dear = replace(rules.allocation.lateness, late_order_yuan=12.0)
    told.rules = replace(rules, allocation=replace(rules.allocation, lateness=dear))
    take(told, order(1, **promised(200)))
    allocate_waiting(told)
    clock.pass_(minutes=2)
    take(told, order(2, buyer={"name": "王**", "phone": "137****9"}, **promised(0.6)))
    allocate_waiting(told)
    carriers = told.database.read("SELECT order_id, carrier FROM allocations ORDER BY order_id")["carrier"].to_list()
    assert carriers == ["CHEAP", "FAST"]


def test_a_room_seeded_without_a_history_keeps_its_tariffs_and_says_so(room: Room) -> None:
    take(room, order(1))
    offers = problem(room).offers
    assert offers["late_yuan"].unique().to_list() == [0.1]
    assert "late_share" not in offers.columns
    assert late_basis(room).as_dict()["source"] == "tariffs"
    allocate_waiting(room)
    [(detail,)] = room.database.read("SELECT detail FROM audit WHERE verb = 'allocate_orders'").rows()
    assert orjson.loads(detail)["lateness"]["source"] == "tariffs"


def test_a_room_of_an_older_schema_opens_and_keeps_its_tariffs(seeded_file: Path, tmp_path: Path, clock: Clock) -> None:
    """As it was before there was a delay history: schema 1, no such table."""
    shutil.copy(seeded_file, tmp_path / "old.duckdb")
    with duckdb.connect(str(tmp_path / "old.duckdb")) as old:
        old.execute("DROP TABLE delay_history")
        old.execute("DELETE FROM schema_version WHERE version > 1")
    made = opened(f"duckdb:///{tmp_path / 'old.duckdb'}", clock)
    take(made, order(1))
    assert allocate_waiting(made).served == 1
    assert late_basis(made).parcels == 0
    made.close()


def test_the_room_says_what_its_lateness_rests_on(told: Room) -> None:
    assert late_basis(told).as_dict() == {
        "source": "delay_history",
        "parcels": HISTORY["parcels"].sum(),
        "ladders": {"douyin": "2026-08-10"},
        "without_ladder": ["kuaishou", "channels", "other"],
    }


def test_orders_gathered_without_platform_and_amount_are_priced_all_the_same(told: Room) -> None:
    take(told, order(1), order(2, platform="kuaishou"))
    orders, now = waiting_orders(told, now=told.now(), limit=10), told.now()
    short = orders.drop("platform", "amount_cents")
    assert gather_problem(told, short, now=now).offers.equals(gather_problem(told, orders, now=now).offers)


# --- limits -------------------------------------------------------------------------------------------------


def test_a_node_sends_until_the_promise_and_not_for_a_fixed_day(told: Room) -> None:
    """1,000 an hour; the carriers collect until 23:59, so at midnight nothing is lost but a minute."""
    take(told, order(1, **promised(3.5)))
    assert throughput(problem(told)) == {"DP": 2500, "WH": 2500}  # 20:30 to 23:00, the promise counted by the hour
    take(told, order(2, **promised(48)))
    assert throughput(problem(told)) == {"DP": 2501, "WH": 2501}, "and one that is not due by then"


def test_a_promise_that_is_past_does_not_stop_the_node(told: Room, clock: Clock) -> None:
    take(told, order(1, **promised(1)))
    clock.pass_(hours=5)
    assert throughput(problem(told)) == {"DP": 23_500, "WH": 23_500}  # a day, down to the hour
    assert allocate_waiting(told).served == 1


def test_a_promise_before_anybody_collects_again_does_not_stop_the_order(duckdb_url: str, clock: Clock) -> None:
    """At 23:40 the van is gone until 08:00, and the order is due at 07:00: late in any case, so it ships next day."""
    room = city(duckdb_url, clock)
    clock.pass_(hours=3, minutes=10)
    take(room, order(1, **promised(11)))
    made = problem(room)
    assert throughput(made)["WH"] == 24 * 60 - 10, "until the van leaves at 23:30"
    assert set(made.offers["carrier"]) == {"CLERK", "VAN"}
    assert allocate_waiting(room).served == 1
    room.close()


def test_a_hundred_different_promises_are_put_together_as_early_as_the_earliest(told: Room) -> None:
    stakes = pl.DataFrame({"promise": [beijing_minutes(OPENING + timedelta(hours=3 + n)) for n in range(100)]})
    promises = promises_of(stakes, told.rules.allocation.limits, now=beijing_minutes(told.now()))
    assert len(promises.due) == MOST_PROMISES
    assert promises.orders.sum() == 100
    assert moment_of(float(promises.due[0])) == OPENING + timedelta(hours=3)
    assert (np.diff(promises.due) > 0).all()
    sooner = [(stakes["promise"] < due).sum() for due in promises.due[1:]]
    assert np.cumsum(promises.orders)[:-1].tolist() == sooner, "nobody is counted as due later than promised"


def test_planned_parcels_take_their_place_unless_they_promised_later(told: Room, clock: Clock) -> None:
    slowed(told, 6)
    many(told, range(1, 4), **promised(6))
    many(told, range(4, 6), **promised(40))
    assert allocate_waiting(told).served == 5
    take(told, order(9, **promised(6)))
    assert throughput(problem(told)) == {"DP": 33, "WH": 30}  # 5.5 hours of 6, less the three due by then
    clock.pass_(minutes=20)
    assert throughput(problem(told))["WH"] == 30, "two have left, and the time in which they left"
    clock.pass_(hours=1)
    assert throughput(problem(told))["WH"] == throughput(problem(told))["DP"], "nothing waits any more"


def many(room: Room, numbers: range, **changes: Any) -> None:
    """Orders of as many buyers, so that none shares a parcel."""
    take(room, *(order(n, buyer={"name": f"李{n}", "phone": f"{n}"}, **changes) for n in numbers))


def slowed(room: Room, per_hour: int) -> None:
    with room.database.transaction(actor="test", verb="slow down") as tx:
        tx.execute(tables.nodes.update().values(throughput_per_hour=per_hour))


def test_what_waits_at_a_node_comes_first_where_all_promises_are_alike(told: Room) -> None:
    slowed(told, 6)
    many(told, range(1, 4), **promised(6))
    assert allocate_waiting(told).served == 3
    take(told, order(9, **promised(6)))
    assert throughput(problem(told)) == {"DP": 33, "WH": 30}


@pytest.mark.parametrize("hours", [6, 4], ids=["alike", "told apart"])
def test_parcels_that_count_as_not_planned_give_their_places_and_units_back(told: Room, hours: int) -> None:
    slowed(told, 6)
    many(told, range(1, 4), **promised(6))
    take(told, order(9, **promised(hours)))
    assert allocate_waiting(told).served == 4
    waiting = [order(10, **promised(hours))]
    take(told, *waiting)
    orders, now = waiting_orders(told, now=told.now(), limit=10), told.now()
    before = gather_problem(told, orders, now=now)
    parcels = told.database.read("SELECT parcel_id FROM parcels")["parcel_id"].to_list()
    after = gather_problem(told, orders, now=now, freed=parcels)
    assert throughput(before)["WH"] < throughput(before)["DP"]
    assert throughput(after)["WH"] == throughput(after)["DP"]
    assert capacity(before) == {"CHEAP": 9996, "FAST": 10_000}
    assert capacity(after) == {"CHEAP": 10_000, "FAST": 10_000}
    assert after.stock["qty"].sum() == before.stock["qty"].sum() + 4


def test_the_near_expiry_table_is_the_same_wherever_it_stands(told: Room) -> None:
    bands = told.database.read("SELECT * FROM boards.near_expiry_bands ORDER BY shelf_life_from DESC")
    assert tuple(bands.rows()) == NEAR_EXPIRY_DAYS


def test_a_long_queue_at_the_node_makes_its_pick_up_late(duckdb_url: str, clock: Clock) -> None:
    """20 parcels of ten minutes each: packed at 23:50, when the van has left, for a promise of 02:00."""
    room = small_room(duckdb_url, clock, brand=replace(city_brand(), delay_history=PUNCTUAL_CITY))
    slowed(room, 6)
    take(room, order(99, **promised(6)))
    assert van_late(room) == 0.0
    many(room, range(1, 21), **promised(100))
    with room.database.transaction(actor="test", verb="no clerks") as tx:
        tx.execute(tables.carriers.update().where(tables.carriers.c.carrier == "CLERK").values(capacity_per_day=0))
    assert allocate_waiting(room).served == 21
    take(room, order(100, **promised(6)))
    assert van_late(room) == 1.0
    room.close()


def test_at_a_node_with_a_cutoff_the_pick_up_is_the_days_last(duckdb_url: str, clock: Clock) -> None:
    room = small_room(duckdb_url, clock, brand=replace(city_brand(cutoff="23:20"), delay_history=PUNCTUAL_CITY))
    take(room, order(1, **promised(3)))
    assert van_late(room) == 1.0, "due at 23:00, counted on at 23:20"
    room.close()


def test_what_waits_for_a_clerk_comes_first(duckdb_url: str, clock: Clock) -> None:
    clock.at = datetime.fromisoformat("2026-11-12T10:00+08:00").astimezone(UTC)
    room = city(duckdb_url, clock)
    many(room, range(1, 6), **promised(96))
    assert allocate_waiting(room).served == 5
    take(room, order(9, **promised(96)))
    assert capacity(problem(room))["CLERK"] == 235, "an hour and the afternoon's three: 240, less five"
    room.close()


def test_a_node_sends_nothing_between_its_last_collection_and_the_next_morning(duckdb_url: str, clock: Clock) -> None:
    room = city(duckdb_url, clock, cutoff="21:00")
    take(room, order(1, **promised(12)))  # 08:00 the next day, when the van starts
    assert throughput(problem(room))["WH"] == 30, "60 an hour from 20:30 to 21:00"
    room.close()


def test_clerks_make_no_offer_for_a_promise_that_ends_before_they_work_again(duckdb_url: str, clock: Clock) -> None:
    room = city(duckdb_url, clock)
    take(room, order(1, **promised(12)))  # until 08:00; clerks begin at 09:30
    made = problem(room)
    assert set(made.offers["carrier"]) == {"VAN"}
    assert capacity(made)["CLERK"] == 0
    take(room, order(2, **promised(15)))  # until 11:00
    made = problem(room)
    assert set(made.offers["carrier"]) == {"CLERK", "VAN"}
    assert capacity(made)["CLERK"] == 90, "an hour and a half of four and a half"
    room.close()


@pytest.mark.parametrize(
    ("beijing", "clerk", "van"),
    [
        ("09:00", 270, 900),
        ("10:00", 240, 900),
        ("12:00", 180, 900),
        ("16:00", 30, 900),
        ("16:30", 270, 900),  # the next day's
        ("23:40", 270, 900),  # the van has left, and takes a day's load tomorrow
    ],
)
def test_people_have_what_remains_of_their_hours_and_vans_their_load(
    duckdb_url: str, clock: Clock, beijing: str, clerk: int, van: int
) -> None:
    clock.at = datetime.fromisoformat(f"2026-11-12T{beijing}+08:00").astimezone(UTC)
    room = city(duckdb_url, clock)
    take(room, order(1, paid_at=clock.at.isoformat(), created_at=clock.at.isoformat(), **promised(96)))
    assert capacity(problem(room)) == {"CLERK": clerk, "VAN": van}
    room.close()


def test_a_van_is_as_full_as_what_was_planned_since_it_last_left(duckdb_url: str, clock: Clock) -> None:
    room = city(duckdb_url, clock)
    with room.database.transaction(actor="test", verb="no clerks") as tx:
        tx.execute(tables.carriers.update().where(tables.carriers.c.carrier == "CLERK").values(capacity_per_day=0))
    many(room, range(1, 6))
    assert allocate_waiting(room).served == 5
    take(room, order(9))
    assert capacity(problem(room))["VAN"] == 895
    clock.pass_(hours=3.5)  # midnight: past the closing at 23:30
    assert capacity(problem(room))["VAN"] == 900
    room.close()


def test_a_carriers_share_is_of_all_that_is_planned_and_not_of_every_batch_by_itself() -> None:
    agreed, taken = np.array([0.6, 0.2, 0.2, 1.0]), np.array([55.0, 25.0, 20.0, 0.0])
    few = shares_left(agreed, taken, 3.0)
    assert few[0] == 1.0, "five below its share: it may have all three"
    assert few[1] == 0.0, "five above: none of these"
    assert few[2] == pytest.approx(0.2)
    assert few[3] == 1.0
    many = shares_left(agreed, taken, 10_000.0)
    assert many == pytest.approx(agreed, abs=0.001), "what came before hardly matters to so many"
    assert shares_left(agreed, np.zeros(4), 7.0) == pytest.approx(agreed), "nothing came before"


def test_a_pick_up_is_predicted_inside_the_carriers_hours(duckdb_url: str, clock: Clock) -> None:
    """At 20:30 a clerk's parcel waits until 09:30: 13 hours, so a promise of 08:00 would surely be broken."""
    room = small_room(duckdb_url, clock, brand=replace(city_brand(), delay_history=PUNCTUAL_CITY))
    take(room, order(1, **promised(12)), order(2, **promised(15)))
    offers = problem(room).offers.filter(pl.col("node") == "WH", pl.col("layer") == "ambient")
    assert dict(offers.select("carrier", "late_share").rows()) == {"CLERK": 0.5, "VAN": 0.0}
    room.close()


# --- the policy ---------------------------------------------------------------------------------------------


def test_the_planner_works_by_the_policys_numbers(told: Room) -> None:
    rules = load_rules()
    plan = replace(
        rules.allocation.plan,
        unserved_yuan=77.0,
        handling_yuan_per_parcel=1.5,
        merge=False,
        max_share_yuan=8.0,
        min_share_yuan=4.0,
        min_order_age_seconds=3600,
        join_orders_at_most=4,
        prices_kept_days=14,
    )
    told.rules = replace(rules, allocation=replace(rules.allocation, plan=plan))
    take(told, order(1))
    assert waiting_orders(told, now=told.now(), limit=10).is_empty(), "too young to be planned"
    later = told.now() + timedelta(hours=1)
    policy = gather_problem(told, waiting_orders(told, now=later, limit=10), now=later).policy
    assert (policy.unserved_yuan, policy.handling_yuan_per_parcel, policy.merge) == (77.0, 1.5, False)
    assert (policy.max_share_yuan, policy.min_share_yuan) == (8.0, 4.0)


# --- stock ----------------------------------------------------------------------------------------------------


def test_stock_has_no_price_unless_the_policy_wants_one(told: Room) -> None:
    assert stock_bids(told, now=told.now()) is None


def test_ageing_stock_and_a_place_without_demand_get_their_credit(told: Room) -> None:
    rules = told.rules
    wanted = replace(rules.allocation.credits, near_expiry=True, balance=True)
    told.rules = replace(rules, allocation=replace(rules.allocation, credits=wanted))
    take(told, order(1, ("BERRY", 1)))
    allocate_waiting(told)
    bids = stock_bids(told, now=told.now())
    assert bids is not None
    assert dict(bids.schema) == {"node": pl.String, "sku": pl.String, "yuan": pl.Float64}
    found = {(n, s): yuan for n, s, yuan in bids.rows()}
    # Berries: 7 days of life, made yesterday, 4 days are the threshold: 2 days to sell 499 or 500 of them at 20 yuan.
    # One unit was allocated in the room's first hour, so demand at WH is 24 a day and nothing at DP.
    assert found["DP", "BERRY"] == pytest.approx(-20 * 0.7 - 0.5)
    here, there = 24 / 499, 24 / 999
    assert found["WH", "BERRY"] == pytest.approx(-20 * 0.7 * (1 - 24 * 2 / 499) + 0.5 * (here - there) / here)
    assert ("WH", "RICE") not in found, "nobody asks for rice, and it keeps for months"


# --- the demo brand -----------------------------------------------------------------------------------------


def test_the_demo_brands_offers_are_priced_from_its_history(tmp_path: Path, clock: Clock) -> None:
    room = small_room(f"duckdb:///{tmp_path / 'demo.duckdb'}", clock, brand=load_brand(DATA / "brand"))
    take(room, order(1, ("RICE-WC-5", 1), show_id="evening-rice-oil"))
    made = problem(room)
    assert made.offers["late_yuan"].is_between(0, 1).all()
    assert made.offers["late_share"].is_between(0, 0.05).all()
    by = dict(
        made.offers.filter(pl.col("node") == "WH-EAST").group_by("carrier").agg(pl.col("late_yuan").mean()).rows()
    )
    assert by["SF"] < by["ZTO"] < by["YTO"]
    assert allocate_waiting(room).served == 1
    room.close()
