"""Stops that couriers are given, and how they end, as a dispatcher reports them. A task given again is moved.

A row that cannot be true is answered with its sentence and not stored; the others are. Where a stop says no place, the
centre of the district that its parcel goes to counts, which is all the room knows of a masked address.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from engine.errors import BadRequest
from engine.model.courier_tasks import TASK_TRANSITIONS, TaskState
from engine.model.datum import Datum, to_wgs84
from engine.model.frames import INSTANT
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.room.receipts import RowsReceipt
from engine.usecases.room.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Task:
    """A stop of `courier`, number `seq` of its tour, as of `at`; place in degrees of `datum`, or that of the parcel."""

    task_id: str
    courier: str
    at: datetime
    seq: int
    state: str = TaskState.OPEN
    parcel_id: str | None = None
    lon: float | None = None
    lat: float | None = None
    datum: str = Datum.WGS84
    place: str | None = None
    due_at: datetime | None = None

    def __post_init__(self) -> None:
        for at in (self.at, self.due_at):
            if at is not None and at.tzinfo is None:
                raise BadRequest(f"The task {self.task_id} has a time without a zone.")


class _Goal(NamedTuple):
    """Where a parcel goes: the district's seat and name; when its promise ends."""

    lon: float
    lat: float
    place: str
    due_at: datetime


class _Standing(NamedTuple):
    state: TaskState
    courier: str
    parcel_id: str | None
    seq: int
    lon: float
    lat: float
    place: str
    due_at: datetime | None
    assigned_at: datetime
    ended_at: datetime | None


def assign_tasks(work: Workplace, tasks: Sequence[Task], *, actor: str) -> RowsReceipt:
    """Store what is new and true, in one commit, in the order given."""
    faults: list[dict[str, Any]] = []
    changes: list[tuple[Task, _Standing]] = []
    repeated = 0
    with work.database.transaction(actor=actor, verb="assign_tasks", subject=f"{len(tasks)} tasks") as tx:
        standing, on_board, goals = _gathered(tx, tasks)
        stored = frozenset(standing)
        for row, task in enumerate(tasks, start=1):
            before = standing.get(task.task_id)
            fault = _fault(task, before, goals, on_board)
            if fault is not None:
                faults.append({"row": row, "task_id": task.task_id, "fault": fault})
                continue
            after = _after(task, before, goals.get(task.parcel_id or ""))
            if after == before:
                repeated += 1
                continue
            standing[task.task_id] = after
            if after.parcel_id is not None:
                if after.state is TaskState.OPEN:
                    on_board[after.parcel_id] = task.task_id
                elif on_board.get(after.parcel_id) == task.task_id:
                    del on_board[after.parcel_id]
            changes.append((task, after))
        _write(tx, changes, stored)
        tx.note(recorded=len(changes), repeated=repeated, refused=len(faults))
    return RowsReceipt(len(tasks), len(changes), repeated, len(faults), tuple(faults))


def _fault(task: Task, before: _Standing | None, goals: dict[str, _Goal], on_board: dict[str, str]) -> str | None:
    name, placed = task.task_id, task.lon is not None and task.lat is not None
    if task.state not in set(TaskState):
        return f"The task {name} is {task.state!r}: it must be one of {', '.join(TaskState)}."
    if task.datum not in set(Datum):
        return f"The datum of {name} is {task.datum!r}: it must be one of {', '.join(Datum)}."
    if (task.lon is None) != (task.lat is None):
        return f"The task {name} has half a place: give lon and lat, or neither."
    if placed and not (-180.0 <= (task.lon or 0.0) <= 180.0 and -90.0 <= (task.lat or 0.0) <= 90.0):
        return f"The task {name} is at {task.lon:g}, {task.lat:g}: longitude and latitude in degrees, in this order."
    if task.parcel_id is not None and task.parcel_id not in goals:
        return f"There is no parcel {task.parcel_id!r} for an order that is on."
    if before is None and task.state != TaskState.OPEN:
        return f"There is no task {name} that could be {task.state}."
    if before is None and not placed and task.parcel_id is None:
        return f"The task {name} says no place: give lon and lat, or a parcel."
    if before is not None and before.courier != task.courier:
        return f"The task {name} is {before.courier}'s: drop it and give {task.courier} another."
    if before is not None and task.state != before.state and task.state not in TASK_TRANSITIONS[before.state]:
        return f"The task {name} is {before.state} already: it cannot become {task.state}."
    holder = on_board.get(task.parcel_id or "")
    if task.state == TaskState.OPEN and holder is not None and holder != name:
        return f"The parcel {task.parcel_id} is on board already, as task {holder}."
    return None


def _after(task: Task, before: _Standing | None, goal: _Goal | None) -> _Standing:
    state = TaskState(task.state)
    if before is not None and before.state is not TaskState.OPEN:
        return before  # the same end again
    lon, lat, place = task.lon, task.lat, task.place
    if lon is not None and lat is not None:
        east, north = to_wgs84(np.array([lon]), np.array([lat]), Datum(task.datum))
        lon, lat = round(float(east[0]), 6), round(float(north[0]), 6)
    known: _Standing | _Goal | None = before or goal
    if known is not None:
        lon, lat, place = (
            known.lon if lon is None else lon,
            known.lat if lat is None else lat,
            known.place if place is None else place,
        )
    assert lon is not None, "a first task without a place was refused"
    assert lat is not None, "and so was half a one"
    return _Standing(
        state,
        task.courier,
        task.parcel_id or (before.parcel_id if before else None),
        task.seq,
        lon,
        lat,
        place or "",
        task.due_at or (known.due_at if known else None),
        before.assigned_at if before else task.at,
        None if state is TaskState.OPEN else task.at,
    )


_COLUMNS = ("state", "courier", "parcel_id", "seq", "lon", "lat", "place", "due_at", "assigned_at", "ended_at")


def _gathered(tx: Transaction, tasks: Sequence[Task]) -> tuple[dict[str, _Standing], dict[str, str], dict[str, _Goal]]:
    """Of the tasks and parcels in question: tasks as they stand, parcels on board by task, where they go."""
    ids = pl.DataFrame({"task_id": list({t.task_id for t in tasks})}, schema={"task_id": pl.String})
    found = tx.matching(tables.courier_tasks, ids, "task_id", *_COLUMNS)
    standing = {name: _Standing(TaskState(state), *rest) for name, state, *rest in found.iter_rows()}
    wanted = {t.parcel_id for t in tasks if t.parcel_id is not None}
    parcels = pl.DataFrame({"parcel_id": list(wanted)}, schema={"parcel_id": pl.String})
    held = tx.matching(tables.courier_tasks, parcels, "parcel_id", "task_id", "state")
    on_board = {parcel: task for parcel, task, state in held.iter_rows() if state == TaskState.OPEN}
    inside = tx.matching(tables.allocations, parcels, "parcel_id", "order_id").unique()
    orders = tx.matching(
        tables.orders, inside.select("order_id").unique(), "order_id", "adcode", "promise_at", "city", "district"
    )
    seats = tx.matching(tables.regions, orders.select("adcode").unique(), "adcode", "lon", "lat")
    going = (
        inside.join(orders, on="order_id")
        .join(seats, on="adcode")
        .filter(pl.col("lon").is_not_null())
        .sort("order_id")
        .group_by("parcel_id")
        .agg(
            pl.col("lon").first(),
            pl.col("lat").first(),
            (pl.col("city") + pl.col("district").fill_null("")).first(),
            pl.col("promise_at").min(),
        )
    )
    return standing, on_board, {parcel: _Goal(*rest) for parcel, *rest in going.iter_rows()}


def _write(tx: Transaction, changes: Sequence[tuple[Task, _Standing]], stored: frozenset[str]) -> None:
    if not changes:
        return
    facts = pl.DataFrame(
        [(task.at, task.task_id, s.courier, s.parcel_id, s.seq, s.state.value) for task, s in changes],
        schema={
            "event_time": INSTANT, "task_id": pl.String, "courier": pl.String, "parcel_id": pl.String,
            "seq": pl.Int32, "state": pl.String,
        },
        orient="row",
    )  # fmt: skip
    now = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(tables.courier_task_changes, facts.with_columns(ingest_time=now, actor=pl.lit(tx.actor)), stamp=True)
    last = {task.task_id: s for task, s in changes}
    state = pl.DataFrame(
        [(name, s.state.value, *s[1:]) for name, s in last.items()],
        schema={
            "task_id": pl.String, "state": pl.String, "courier": pl.String, "parcel_id": pl.String, "seq": pl.Int32,
            "lon": pl.Float64, "lat": pl.Float64, "place": pl.String, "due_at": INSTANT, "assigned_at": INSTANT,
            "ended_at": INSTANT,
        },
        orient="row",
    ).with_columns(version=pl.lit(tx.version, dtype=pl.Int64))  # fmt: skip
    is_stored = pl.col("task_id").is_in(list(stored))
    tx.amend(tables.courier_tasks, state.filter(is_stored), on=("task_id",))
    tx.append(tables.courier_tasks, state.filter(~is_stored))
