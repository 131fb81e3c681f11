"""The one open room of this process, with its scheduler and, if wanted, the demo: its show and its carriers.

It lives outside `dashboard/`, because a hot reload evicts the modules there and would open a second room.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_RUNNING

from engine.errors import DatabaseUnavailable, NotAllowed
from engine.model.blas import keep_to_one_thread
from engine.settings import Settings, load_settings
from engine.usecases.allocation.what_if_policy import load_what_if_policy
from engine.usecases.room.room import Room, open_room
from jobs.demo.autoplay import Autoplay
from jobs.demo.carrier_live import LiveCarriers
from jobs.demo.complaint_post import LiveBuyers
from jobs.demo.past_shows import play_past, receive_later_stock
from jobs.registry import job_named, jobs
from jobs.runner import JobResult, Runner
from jobs.scheduler import build_scheduler
from jobs.waking import wake_when_rung
from jobs.what_ifs import WhatIfs


@dataclass(slots=True)
class Running:
    """What runs in this process. `scheduler` is None where a test or a command brought its own room."""

    room: Room
    runner: Runner
    what_ifs: WhatIfs
    scheduler: BackgroundScheduler | None
    demo: Autoplay | None
    carriers: LiveCarriers | None
    buyers: LiveBuyers | None
    since: datetime

    @property
    def scheduling(self) -> bool:
        """True while jobs are due to run."""
        return self.scheduler is not None and self.scheduler.state == STATE_RUNNING


_LOCK = threading.Lock()
_RUNNING: Running | None = None


def start_room(settings: Settings | None = None) -> Room:
    """Open the room of this process and start what runs in it.

    Raises the refusals of `open_room`, and NotAllowed when this process has a room already.
    """
    global _RUNNING
    with _LOCK:
        if _RUNNING is not None:
            raise NotAllowed("This process already runs a room.")
        chosen = settings or load_settings()
        keep_to_one_thread()
        rules = load_what_if_policy()  # a wrong rule stops the start before anything is open
        if chosen.demo.autoplay == "on":
            play_past(chosen)
        room = open_room(chosen)
        if chosen.demo.autoplay == "on":
            receive_later_stock(room)
        runner = Runner(room)
        what_ifs = WhatIfs(room, rules)
        scheduler = build_scheduler(room, runner, jobs(chosen.jobs))
        scheduler.start()
        wake_when_rung(room, scheduler)
        playing = chosen.demo.autoplay == "on"
        demo = Autoplay(room) if playing else None
        carriers = LiveCarriers(room) if playing else None
        buyers = LiveBuyers(room) if playing else None
        _RUNNING = Running(room, runner, what_ifs, scheduler, demo, carriers, buyers, room.now())
        if demo is not None:
            demo.start()
        if carriers is not None:
            carriers.start()
        if buyers is not None:
            buyers.start()
        return room


def get_running() -> Running:
    """What runs here; raises DatabaseUnavailable while nothing does."""
    running = _RUNNING
    if running is None:
        raise DatabaseUnavailable("The room is not open: it is starting or stopping. Try again in a moment.")
    return running


def get_room() -> Room:
    """The room of this process; raises DatabaseUnavailable while none is open."""
    return get_running().room


def run_now(name: str) -> JobResult:
    """Run a job at once, in the caller's thread; recorded like a scheduled run."""
    running = get_running()
    return running.runner.run(job_named(name, running.room.settings.jobs))


def stop_room() -> None:
    """Stop demo and carriers, let running jobs end, let the desk finish, close the database. Safe to call twice."""
    global _RUNNING
    with _LOCK:
        running = _RUNNING
        _RUNNING = None
    if running is None:
        return
    try:
        if running.demo is not None:
            running.demo.stop()
        if running.carriers is not None:
            running.carriers.stop()
        if running.buyers is not None:
            running.buyers.stop()
        running.what_ifs.close()
        if running.scheduler is not None and running.scheduler.running:
            running.scheduler.shutdown(wait=True)
        running.runner.flush()
    finally:
        running.room.close()


@contextmanager
def use_room(room: Room) -> Iterator[Running]:
    """Make `room` the room of this process for a while, without scheduler or demo. The caller closes it."""
    global _RUNNING
    what_ifs = WhatIfs(room, load_what_if_policy())
    with _LOCK:
        before = _RUNNING
        running = Running(room, Runner(room, strict=True), what_ifs, None, None, None, None, room.now())
        _RUNNING = running
    try:
        yield running
    finally:
        with _LOCK:
            _RUNNING = before
        what_ifs.close()
