"""One room a process: started, found, stopped; jobs tick in between."""

import threading
from pathlib import Path

import pytest

from engine.errors import DatabaseUnavailable, NotAllowed
from engine.settings import Settings, load_settings
from engine.store.database import Database
from engine.usecases.room.room import Room
from jobs import runtime
from jobs.registry import jobs
from jobs.runner import Job, JobResult, Outcome, Runner
from jobs.scheduler import build_scheduler, run_if_ours


def test_a_started_room_is_the_one_found_and_a_stopped_one_is_closed(settings: Settings) -> None:
    room = runtime.start_room(settings)
    try:
        assert runtime.get_room() is room
        assert runtime.get_running().scheduling
        with pytest.raises(NotAllowed, match="already runs a room"):
            runtime.start_room(settings)
    finally:
        runtime.stop_room()
    runtime.stop_room()
    with pytest.raises(DatabaseUnavailable, match="not open"):
        runtime.get_room()
    Database.open(settings.database_url).close()


def test_a_room_of_a_test_is_found_and_the_one_before_comes_back(room: Room) -> None:
    with runtime.use_room(room) as running:
        assert runtime.get_room() is room
        assert not running.scheduling
        assert runtime.run_now("allocate").outcome is Outcome.IDLE
    with pytest.raises(DatabaseUnavailable):
        runtime.get_room()


def test_each_job_is_scheduled_once_under_its_own_name(room: Room) -> None:
    scheduler = build_scheduler(room, Runner(room), jobs(room.settings.jobs))
    scheduler.start(paused=True)
    try:
        planned = scheduler.get_jobs()
        assert sorted(job.id for job in planned) == sorted(job.name for job in jobs(room.settings.jobs))
        assert all(job.max_instances == 1 and job.coalesce for job in planned)
    finally:
        scheduler.shutdown()


def test_a_job_runs_by_itself(room: Room) -> None:
    ran = threading.Event()

    def run(_room: Room) -> JobResult:
        ran.set()
        return JobResult(Outcome.IDLE)

    scheduler = build_scheduler(room, Runner(room), [Job("tick", run, 0.05, "滴答", "Ticks")])
    scheduler.start()
    try:
        assert ran.wait(10)
    finally:
        scheduler.shutdown()


def test_on_a_file_every_job_is_ours(room: Room) -> None:
    job = Job("tick", lambda _room: JobResult(Outcome.IDLE), 1, "滴答", "Ticks")
    assert run_if_ours(room, Runner(room, strict=True), job)


def test_a_room_that_plays_to_itself_takes_the_whole_show_and_stops_clean(tmp_path: Path) -> None:
    settings = load_settings(
        environment={
            "WARROOM_DATABASE": f"duckdb:///{tmp_path / 'room.duckdb'}",
            "WARROOM_DEMO_AUTOPLAY": "on",
            "WARROOM_DEMO_PAST_ORDERS": "0",
            "WARROOM_DEMO_ORDERS": "300",
            "WARROOM_DEMO_MINUTES": "0",
        }
    )
    room = runtime.start_room(settings)
    try:
        demo = runtime.get_running().demo
        assert demo is not None
        demo._thread.join(60)
        assert demo.totals is not None
        assert demo.totals.finished
        taken = room.database.read("SELECT count(*) FROM orders").item()
        assert taken == demo.totals.receipts["accepted"] == 300
    finally:
        runtime.stop_room()
