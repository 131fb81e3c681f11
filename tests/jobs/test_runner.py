"""Every run is recorded as what it was; a quiet room stays quiet."""

import logging
from dataclasses import replace

import pytest

from engine.errors import NotEnoughStock
from engine.usecases.room.room import Room
from jobs.runner import IDLE_SECONDS, PULSE, Job, JobResult, Outcome, Runner


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def job(answer: JobResult | Exception, *, name: str = "sample") -> Job:
    def run(_room: Room) -> JobResult:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Job(name, run, 1, "样例", "A sample")


def recorded(room: Room) -> list[tuple[str, str, str, int]]:
    return room.database.read("SELECT job, outcome, detail, runs FROM job_runs ORDER BY version").rows()  # type: ignore[return-value]


def test_a_run_that_did_something_is_recorded_with_its_detail(room: Room) -> None:
    Runner(room).run(job(JobResult(Outcome.DONE, "12 orders")))
    assert recorded(room) == [("sample", "done", "12 orders", 1)]


def test_a_refusal_is_recorded_with_its_sentence_and_does_not_escape(room: Room) -> None:
    result = Runner(room, strict=True).run(job(NotEnoughStock("SKU 88: 3 left, 5 asked")))
    assert result == JobResult(Outcome.REFUSED, "SKU 88: 3 left, 5 asked")
    assert recorded(room) == [("sample", "refused", "SKU 88: 3 left, 5 asked", 1)]


def test_a_bug_is_recorded_logged_with_its_traceback_and_raised_where_strict(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(ZeroDivisionError):
        Runner(room, strict=True).run(job(ZeroDivisionError("oops")))
    assert recorded(room) == [("sample", "failed", "ZeroDivisionError: oops", 1)]
    assert "Traceback" in caplog.text


def test_a_bug_does_not_end_the_scheduler(room: Room) -> None:
    assert Runner(room).run(job(ZeroDivisionError("oops"))).outcome is Outcome.FAILED


def test_a_job_for_the_calm_waits_while_a_pulse_comes_in(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = job(JobResult(Outcome.DONE, "done all the same"))
    calm = replace(usual, in_calm=True)
    runner = Runner(room, strict=True)
    monkeypatch.setattr(room.desk, "rows_per_second", lambda: PULSE + 1)
    assert runner.run(calm).outcome is Outcome.IDLE
    assert runner.run(usual).outcome is Outcome.DONE
    monkeypatch.setattr(room.desk, "rows_per_second", lambda: PULSE)
    assert runner.run(calm).outcome is Outcome.DONE


def test_idle_runs_do_not_move_the_data_version(room: Room) -> None:
    clock = Clock()
    runner = Runner(room, clock=clock)
    before = room.database.data_version()
    for _ in range(25):
        clock.now += 2
        runner.run(job(JobResult(Outcome.IDLE)))
    assert room.database.data_version() == before
    assert recorded(room) == []


def test_idle_runs_are_written_together_once_a_minute(room: Room) -> None:
    clock = Clock()
    runner = Runner(room, clock=clock)
    before = room.database.data_version()
    for _ in range(31):
        clock.now += 2
        runner.run(job(JobResult(Outcome.IDLE), name="one"))
        runner.run(job(JobResult(Outcome.IDLE), name="two"))
    assert room.database.data_version() == before + 1
    assert {(name, outcome) for name, outcome, _, _ in recorded(room)} == {("one", "idle"), ("two", "idle")}
    assert sum(runs for *_, runs in recorded(room)) in (59, 60)
    assert IDLE_SECONDS == 60.0


def test_what_was_counted_is_written_before_the_room_closes(room: Room) -> None:
    runner = Runner(room)
    runner.run(job(JobResult(Outcome.IDLE)))
    runner.flush()
    runner.flush()
    assert recorded(room) == [("sample", "idle", "", 1)]


def test_a_run_that_cannot_be_recorded_says_so_and_goes_on(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.close()
    with caplog.at_level(logging.WARNING):
        Runner(room).run(job(JobResult(Outcome.DONE)))
    assert "could not be recorded" in caplog.text
