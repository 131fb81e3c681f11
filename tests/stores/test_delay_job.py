"""The job of staggered shipping on a room of each kind: proposes where capacity is dear, closes what ran out."""

import pytest

from engine.settings import JobSettings
from engine.usecases.room.room import Room
from jobs.registry import PULSE, job_named
from jobs.runner import Outcome, Runner
from tests.certified import certified, use_planner
from tests.worlds import Clock, order, take

CADENCES = JobSettings()


def test_offers_to_wait_are_proposed_where_capacity_is_dear_and_closed_when_they_ran_out(
    room: Room, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, stagger = Runner(room, strict=True), job_named("stagger", CADENCES)
    assert runner.run(stagger).outcome is Outcome.IDLE
    use_planner(monkeypatch, certified())
    take(room, order(99, ("GRAIN", 1)))
    assert runner.run(job_named("allocate", CADENCES)).outcome is Outcome.DONE
    take(room, *(order(n, ("GRAIN", 1)) for n in range(1, 61)))
    assert runner.run(stagger).detail == "5 offers to wait proposed, 0 closed"
    clock.pass_(hours=12)
    assert runner.run(stagger).detail == "0 offers to wait proposed, 5 closed"
    assert runner.run(stagger).outcome is Outcome.IDLE


def test_in_a_pulse_nothing_is_planned_on_paper(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    use_planner(monkeypatch, certified())
    take(room, order(99, ("GRAIN", 1)))
    Runner(room, strict=True).run(job_named("allocate", CADENCES))
    take(room, *(order(n, ("GRAIN", 1)) for n in range(1, 61)))
    monkeypatch.setattr(room.desk, "rows_per_second", lambda: PULSE + 1)
    assert Runner(room, strict=True).run(job_named("stagger", CADENCES)).outcome is Outcome.IDLE
