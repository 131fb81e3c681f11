"""Steering is planned while others write, and what they wrote is seen before the plan is; on both databases."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from engine.allocation.steering import Change, ChangeKind
from engine.store import tables
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.floor.release_waves import release_waves
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from engine.usecases.steering import plan_steering as planning
from engine.usecases.steering.plan_steering import plan_steering
from engine.usecases.steering.steer import SteeringReceipt, steer
from tests.stores.test_waves import POLICY
from tests.worlds import Clock, order, order_id, statuses, take

CLOSING = Change(kind=ChangeKind.NODE_CLOSED, node="WH")


def close(room: Room) -> SteeringReceipt:
    return steer(room, CLOSING, actor="lin", reason="flood")


def sound(room: Room) -> None:
    report = verify(room.database)
    assert report.clean, [(check.name, check.examples) for check in report.checks if check.breaches]


@pytest.fixture
def planned(room: Room) -> Room:
    """Three orders planned from WH, two units of rice each."""
    take(room, *(order(number, ("RICE", 2)) for number in (1, 2, 3)))
    allocate_waiting(room)
    return room


class Plans:
    """Counts what is planned, and lets something happen after the first plan is made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.made = 0
        plan = planning.plan_batch

        def planned(problem: Any, **rest: Any) -> Any:
            found = plan(problem, **rest)
            self.made += 1
            if self.made == 1:
                elsewhere = threading.Thread(target=meanwhile)
                elsewhere.start()
                elsewhere.join(timeout=60)
                assert not elsewhere.is_alive(), "the writer's lock was held while planning"
            return found

        monkeypatch.setattr(planning, "plan_batch", planned)


def test_orders_come_in_while_a_node_is_being_closed_and_the_plan_stands(
    planned: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = Plans(monkeypatch, lambda: take(planned, order(4), order(5)))
    assert close(planned).figures["orders_moved"] == 3
    assert plans.made == 1
    assert statuses(planned)["4"] == "reserved"
    sound(planned)


def emptied(room: Room) -> None:
    """Somebody takes most of the rice of the node that the orders would move to."""
    keys = {"node": ["DP"], "sku": ["RICE"], "lot": ["RICE-1"]}
    with room.database.transaction(actor="test", verb="quarantine") as tx:
        at = pl.lit(room.now()).dt.cast_time_unit("us")
        tx.amend(tables.stock_balance, pl.DataFrame({**keys, "quarantined": [499]}), on=("node", "sku", "lot"))
        moved = pl.DataFrame(keys).with_columns(
            at=at, kind=pl.lit("quarantine"), reference=pl.lit("test"),
            on_hand_delta=pl.lit(0, pl.Int64), quarantined_delta=pl.lit(499, pl.Int64),
        )  # fmt: skip
        tx.append(tables.stock_movements, moved, stamp=True)


def fewer(room: Room) -> None:
    change_orders(room, [OrderChange(order_id(1), "cancelled", room.now())], actor="test")


def more(room: Room) -> None:
    take(room, order(4))
    allocate_waiting(room)


@pytest.mark.parametrize(("happens", "moved", "left"), [(emptied, 0, 3), (fewer, 2, 0), (more, 4, 0)])
def test_what_the_plan_does_not_fit_any_more_is_planned_again(
    planned: Room, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Room], None], moved: int, left: int
) -> None:
    plans = Plans(monkeypatch, lambda: happens(planned))
    figures = close(planned).figures
    assert (figures["orders_moved"], figures["back_to_waiting"]) == (moved, left)
    assert plans.made == 2
    assert planned.database.read("SELECT * FROM boards.standing_picks WHERE node = 'WH'").is_empty()
    if happens is not emptied:  # which takes away behind the back of the pools
        sound(planned)


def test_a_wave_released_meanwhile_changes_no_plan_but_its_floor_is_told(
    planned: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = Plans(monkeypatch, lambda: release_waves(planned.database, "WH", POLICY, actor="operator"))
    assert close(planned).figures["orders_moved"] == 3
    assert plans.made == 1
    assert set(planned.database.read("SELECT reached FROM pick_stops")["reached"]) == {"on_floor"}
    sound(planned)


def test_what_was_previewed_is_what_is_done_unless_it_is_old(
    planned: Room, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = Plans(monkeypatch)
    seen = plan_steering(planned, CLOSING)
    assert close(planned).figures == seen.figures()
    assert plans.made == 1
    steer(planned, Change(kind=ChangeKind.NODE_REOPENED, node="WH"), actor="lin", reason="dry again")
    plan_steering(planned, Change(kind=ChangeKind.NODE_CLOSED, node="DP"))
    assert plans.made == 2
    clock.pass_(minutes=3)
    plan_steering(planned, Change(kind=ChangeKind.NODE_CLOSED, node="DP"))
    assert plans.made == 3
    assert planned.kept_steering is not None
    assert planned.kept_steering.basis.at == planned.now()


def test_places_that_others_took_are_not_counted_on(planned: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan was made when DP had places for all of them; now it has one less than that."""
    plans = Plans(monkeypatch)
    plan_steering(planned, CLOSING)
    kept = planned.kept_steering
    assert kept is not None
    assert kept.moves.problem is not None
    nodes = kept.moves.problem.nodes.with_columns(
        throughput=pl.when(pl.col("node") == "DP").then(3).otherwise("throughput").cast(pl.Int64)
    )
    object.__setattr__(kept.moves.problem, "nodes", nodes)
    with planned.database.transaction(actor="test", verb="plan") as tx:
        parcel = {
            "parcel_id": "X", "node": "DP", "carrier": "CHEAP", "layer": "ambient", "kg": 1.0, "cost_cents": 1,
            "planned_at": planned.now() - timedelta(seconds=1), "status": "planned",
        }  # fmt: skip
        tx.append(tables.parcels, pl.DataFrame([parcel]), stamp=True)
    plan_steering(planned, CLOSING)
    assert plans.made == 2
