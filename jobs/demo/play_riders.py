"""Plays riders on a real clock into the room of this process or one behind HTTP: the demo's, or recorded ones."""

import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from engine.store.screens import maps as map_screens
from engine.usecases.riders.assign_tasks import Task, assign_tasks
from engine.usecases.riders.record_positions import Position, record_positions
from engine.usecases.room.room import Room
from jobs.demo.demo_riders import Point, RiderShow, Work

STEP_SECONDS = 4.0
"""Seconds between two reports of a rider: phones report every three to ten."""
WORK_EVERY = 3
"""Steps between two looks for waiting parcels."""
MOST_WORK = 500

Recorded = tuple[float, Position | Task]
"""Seconds from the start, and what is then reported; its own time is set when it is sent."""


class RiderSink(Protocol):
    """Where riders report to. A call returns after the commit."""

    def positions(self, positions: list[Position]) -> Mapping[str, Any]:
        """Deliver positions."""

    def tasks(self, tasks: list[Task]) -> Mapping[str, Any]:
        """Deliver tasks."""


def play_riders(room: Room, *, riders: int, seed: int, stop: threading.Event) -> None:
    """Move the demo's riders until `stop`; every parcel they carry is one that the room planned for their store."""
    stores = room.database.read("SELECT node, lon, lat FROM nodes WHERE kind = 'store' ORDER BY node").rows()
    show = RiderShow([(n, Point(lon, lat)) for n, lon, lat in stores], riders=riders, seed=seed, start=room.now())
    steps = 0
    while riders and not stop.is_set():
        work = _work(room, show) if steps % WORK_EVERY == 0 else {}
        positions, tasks = show.step(room.now(), work)
        record_positions(room, positions, actor="demo")
        if tasks:
            assign_tasks(room, tasks, actor="demo")
        steps += 1
        stop.wait(STEP_SECONDS)


def _work(room: Room, show: RiderShow) -> dict[str, list[Work]]:
    found: dict[str, list[Work]] = defaultdict(list)
    wants = show.wants()
    if not wants:
        return found
    for parcel, node, lon, lat, place in map_screens.rider_work(room.database, sorted(wants), limit=MOST_WORK).rows():
        found[node].append(Work(parcel, Point(lon, lat), place))
    return found


def replay_riders(
    events: Sequence[Recorded], sink: RiderSink, *, start: datetime, speed: float, stop: threading.Event
) -> dict[str, int]:
    """Report recorded events, `speed` times as fast as they happened, as of now; counts of what was recorded."""
    began = time.monotonic()
    sent = {"positions": 0, "tasks": 0, "refused": 0}
    left = list(events)
    while left and not stop.is_set():
        reach = (time.monotonic() - began) * speed
        due = 0
        while due < len(left) and left[due][0] <= reach:
            due += 1
        batch, left = left[:due], left[due:]
        now = [(start + timedelta(seconds=at / speed), report) for at, report in batch]
        positions = [replace(report, at=at) for at, report in now if isinstance(report, Position)]
        tasks = [replace(report, at=at) for at, report in now if isinstance(report, Task)]
        for name, receipt in (
            ("positions", sink.positions(positions) if positions else {}),
            ("tasks", sink.tasks(tasks) if tasks else {}),
        ):
            sent[name] += int(receipt.get("recorded", 0))
            sent["refused"] += int(receipt.get("refused", 0))
        stop.wait(min(STEP_SECONDS, max((left[0][0] - reach) / speed, 0.2)) if left else 0.0)
    return sent
