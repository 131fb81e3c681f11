"""Played into a real room, the demo does to it what a real show does: holds, quarantine, duplicates, refunds."""

import math
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from engine.settings import load_settings
from engine.usecases.room.room import Room, open_room
from engine.usecases.room.verify import verify
from jobs.demo.buyers import Places
from jobs.demo.demo_show import Chances, plan_show
from jobs.demo.player import Pace, Totals, play
from jobs.demo.show_plan import ShowPlan
from jobs.demo.show_script import ShowScript
from jobs.demo.sinks import RoomSink

ORDERS = 3000
RUN = "260101000000"
FULL = Pace(speed=math.inf, batch=200)


@pytest.fixture(scope="module")
def plan(script: ShowScript, districts: Places) -> ShowPlan:
    chances = Chances(odd_amount=0.003, unpaid_first=0.02)
    return plan_show(script, districts, orders=ORDERS, minutes=30, seed=11, chances=chances)


@pytest.fixture(scope="module")
def played(plan: ShowPlan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Room, Totals]]:
    url = f"duckdb:///{tmp_path_factory.mktemp('demo') / 'room.duckdb'}"
    with closing(open_room(load_settings(environment={"WARROOM_DATABASE": url}))) as room:
        yield room, once_more(room, plan)


def once_more(room: Room, plan: ShowPlan) -> Totals:
    start = datetime.now(UTC) - timedelta(seconds=plan.seconds)
    stop = threading.Event()
    return play(plan.events(), RoomSink(room, source="demo"), start=start, run=RUN, stop=stop, pace=FULL)


def test_every_good_order_is_taken_and_every_bad_row_quarantined(plan: ShowPlan, played: tuple[Room, Totals]) -> None:
    room, totals = played
    assert totals.receipts["read"] == plan.rows
    assert totals.receipts["accepted"] == ORDERS
    assert totals.receipts["quarantined"] == len(plan.bad)
    assert room.database.read("SELECT count(*) FROM quarantine").item() == len(plan.bad)
    assert totals.finished


def test_each_bad_row_is_told_its_own_fault(played: tuple[Room, Totals]) -> None:
    room, _ = played
    faults = " ".join(room.database.read("SELECT fault FROM quarantine")["fault"].to_list())
    for word in ("province", "X-", "昨天晚上", "0"):
        assert word in faults


def test_scalpers_vague_addresses_and_odd_amounts_wait_for_a_person(played: tuple[Room, Totals]) -> None:
    room, totals = played
    held = room.database.read("SELECT reason FROM orders WHERE outcome = 'held'")["reason"].to_list()
    rules = Counter(reason["rule"] for text in held for reason in orjson.loads(text))
    assert len(held) == totals.receipts["held"] > 0
    assert {"same_buyer", "same_address", "vague_address", "amount_low"} <= set(rules)
    assert len(held) < 0.05 * ORDERS


def test_cancelled_and_refunded_orders_gave_everything_back(plan: ShowPlan, played: tuple[Room, Totals]) -> None:
    room, totals = played
    left = room.database.read("SELECT count(*) FROM orders WHERE status IN ('cancelled', 'refunded')").item()
    assert left == totals.changed == len(plan.change)


def test_every_invariant_holds_afterwards(played: tuple[Room, Totals]) -> None:
    assert verify(played[0].database).clean


def test_the_same_run_once_more_brings_nothing_new(plan: ShowPlan, played: tuple[Room, Totals]) -> None:
    room, _ = played
    before = room.database.read("SELECT count(*) FROM orders").item()
    again = once_more(room, plan)
    assert again.receipts["accepted"] == 0
    assert again.changed == 0
    assert room.database.read("SELECT count(*) FROM orders").item() == before


def test_signals_are_kept_under_their_show(plan: ShowPlan, played: tuple[Room, Totals]) -> None:
    room, _ = played
    shows = room.database.read("SELECT DISTINCT show_id FROM live_signals")["show_id"].to_list()
    assert shows == [plan.script.show_id]
