"""Runs one job and keeps the record: done, idle, refused or failed, in how many milliseconds.

An idle run (nothing to do) is only counted, and the counts are written together at most once a minute: a
quiet room would otherwise commit with every tick, and every commit makes all boards read anew.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import polars as pl

from engine.errors import WarRoomError
from engine.model.frames import INSTANT
from engine.store import tables
from engine.usecases.room.room import Room

IDLE_SECONDS = 60.0
"""Idle runs of all jobs are written together at most this often."""

PULSE = 500.0
"""Rows a second from which on buyers who wait for a yes come before everything else that wants the interpreter."""

_LOG = logging.getLogger("warroom.jobs")


class Outcome(StrEnum):
    """How a run ended."""

    DONE = "done"
    IDLE = "idle"
    REFUSED = "refused"  # the room said no, in words
    FAILED = "failed"  # a bug


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job reports of itself: done or idle, and one line of detail."""

    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Something the room does by itself: `run` decides whether there is anything to do. `in_calm`: not in a pulse.
    `rest`: seconds that a room is open before the first run."""

    name: str
    run: Callable[[Room], JobResult]
    seconds: float
    purpose_zh: str
    purpose_en: str
    in_calm: bool = False
    rest: float = 0.0


@dataclass(slots=True)
class _Idle:
    runs: int
    first: datetime
    took_ms: int


class Runner:
    """Runs jobs of one room. `strict` re-raises bugs after recording them, as tests want."""

    def __init__(self, room: Room, *, strict: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._room = room
        self._strict = strict
        self._clock = clock
        self._lock = threading.Lock()
        self._idle: dict[str, _Idle] = {}
        self._written = clock()

    def run(self, job: Job) -> JobResult:
        """Run `job` once, now, in this thread; the result is recorded whatever it is."""
        started = self._room.now()
        began = self._clock()
        bug: Exception | None = None
        try:
            waits = job.in_calm and self._room.desk.rows_per_second() > PULSE
            result = JobResult(Outcome.IDLE) if waits else job.run(self._room)
        except WarRoomError as refusal:
            result = JobResult(Outcome.REFUSED, str(refusal))
        except Exception as error:  # noqa: BLE001 - the one place where a job's bug must not end the scheduler
            _LOG.exception("The job %s failed", job.name)
            result, bug = JobResult(Outcome.FAILED, f"{type(error).__name__}: {error}"), error
        took = round(1000 * (self._clock() - began))
        self._record(job.name, started, took, result)
        if bug is not None and self._strict:
            raise bug
        return result

    def flush(self) -> None:
        """Write the idle runs counted so far; called once more before the room closes."""
        with self._lock:
            idle, self._idle = self._idle, {}
            self._written = self._clock()
        if idle:
            self._write([(name, i.first, i.took_ms, Outcome.IDLE, "", i.runs) for name, i in idle.items()])

    def _record(self, job: str, started: datetime, took: int, result: JobResult) -> None:
        if result.outcome is not Outcome.IDLE:
            self._write([(job, started, took, result.outcome, result.detail, 1)])
            return
        with self._lock:
            counted = self._idle.setdefault(job, _Idle(0, started, 0))
            counted.runs += 1
            counted.took_ms += took
            due = self._clock() - self._written >= IDLE_SECONDS
        if due:
            self.flush()

    def _write(self, rows: list[tuple[str, datetime, int, Outcome, str, int]]) -> None:
        frame = pl.DataFrame(
            rows,
            schema={
                "job": pl.String,
                "started_at": INSTANT,
                "took_ms": pl.Int64,
                "outcome": pl.String,
                "detail": pl.String,
                "runs": pl.Int32,
            },
            orient="row",
        )
        try:
            with self._room.database.transaction(actor="jobs", verb=RECORD_VERB, subject=rows[0][0]) as tx:
                tx.append(tables.job_runs, frame, stamp=True)
        except WarRoomError as refusal:
            _LOG.warning("A run of %s could not be recorded: %s", rows[0][0], refusal)


RECORD_VERB = "record_job_runs"
"""The audit verb of a run's record: what it brings is no news that another job should react to."""
