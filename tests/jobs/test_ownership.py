"""On PostgreSQL a job belongs to one process at a time; the others look on and run nothing."""

from contextlib import closing

import pytest

from engine.settings import load_settings
from engine.usecases.room.room import open_room
from jobs.runner import Job, JobResult, Outcome, Runner
from jobs.scheduler import run_if_ours


@pytest.mark.postgres
def test_a_job_runs_only_where_its_lock_is_won(postgres_url: str) -> None:
    ran: list[str] = []
    settings = load_settings(environment={"WARROOM_DATABASE": postgres_url})
    with closing(open_room(settings)) as here, closing(open_room(settings)) as there:

        def run(_room: object) -> JobResult:
            ran.append("here")
            # While it runs here, the other process asks too, and is turned away.
            assert not run_if_ours(there, Runner(there, strict=True), Job("tick", elsewhere, 1, "滴答", "Ticks"))
            return JobResult(Outcome.DONE, "ran")

        def elsewhere(_room: object) -> JobResult:
            ran.append("there")
            return JobResult(Outcome.DONE)

        tick = Job("tick", run, 1, "滴答", "Ticks")
        assert run_if_ours(here, Runner(here, strict=True), tick)
        assert ran == ["here"]
        # The lock is free again: the next tick may be anybody's.
        assert run_if_ours(there, Runner(there, strict=True), Job("tick", elsewhere, 1, "滴答", "Ticks"))
        assert ran == ["here", "there"]
