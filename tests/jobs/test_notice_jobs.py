"""A notice that is written wakes the job that sends it."""

import threading
from dataclasses import replace

import pytest

from engine.channels.outgoing import Answer, Outcome, Outgoing
from engine.clock import utc_now
from engine.settings import JobSettings
from engine.usecases.notices.dispatch_notices import DispatchRun, dispatch_notices
from engine.usecases.room.room import Room
from jobs import notice_jobs
from jobs.notice_jobs import NOTICES
from jobs.registry import job_named
from jobs.runner import Runner
from jobs.scheduler import build_scheduler
from jobs.waking import wake_when_rung
from tests.outbox import ROBOT, Outside, alert, with_channels, write
from tests.worlds import Clock, small_room


def test_a_notice_is_sent_when_it_is_written_and_not_a_cadence_later(
    duckdb_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = with_channels(small_room(duckdb_url, Clock(utc_now())), **ROBOT)
    arrived, looked = threading.Event(), threading.Event()

    def judge(message: Outgoing, now: object) -> Answer:
        arrived.set()
        return Answer(Outcome.SENT)

    def dispatch(room: Room) -> DispatchRun:
        run = dispatch_notices(room, sender=Outside(judge))
        looked.set()
        return run

    monkeypatch.setattr(notice_jobs, "dispatch_notices", dispatch)
    job = replace(job_named(NOTICES, JobSettings()), seconds=3600)
    scheduler = build_scheduler(room, Runner(room, strict=True), [job])
    scheduler.start()
    wake_when_rung(room, scheduler)
    try:
        assert looked.wait(20), "the first run finds nothing"
        write(room, alert("a", critical=True))
        assert arrived.wait(20)
    finally:
        scheduler.shutdown(wait=True)
    write(room, alert("b"))  # nobody is woken any more, and nothing breaks
    room.close()
