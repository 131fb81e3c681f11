"""The jobs there are: named, worded in both languages, and idle when there is nothing to do."""

import pytest

from dashboard import sentences
from dashboard.wording import words
from engine.errors import NotFound
from engine.settings import JobSettings
from engine.usecases.room.room import Room
from jobs.registry import job_named, jobs, record_checks
from jobs.runner import Outcome, Runner
from tests.worlds import Clock, order, small_room, take

CADENCES = JobSettings()


def test_every_job_has_a_name_a_cadence_and_a_purpose_in_both_languages() -> None:
    known = jobs(CADENCES)
    assert [job.name for job in known] == [
        "allocate",
        "waves",
        "verify",
        "look_ahead",
        "stagger",
        "partners",
        "mass_delay",
        "waybills",
        "weather",
        "train_delays",
        "train_tickets",
        "score_delays",
        "tickets",
        "watch_drift",
        "forget",
        "clocks",
        "alarms",
        "alerts",
        "actions",
        "notices",
        "incidents",
        "topics",
        "compensations",
        "packing",
        "learn_damage",
        "improvements",
        "reports",
    ]
    for job in known:
        assert job.seconds > 0
        assert job.purpose_en.isascii()
        assert not job.purpose_zh.isascii()


def test_an_unknown_job_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(NotFound, match=f"there are {', '.join(job.name for job in jobs(CADENCES))}"):
        job_named("alocate", CADENCES)


def test_allocation_of_an_empty_room_is_idle(room: Room) -> None:
    assert Runner(room, strict=True).run(job_named("allocate", CADENCES)).outcome is Outcome.IDLE


def test_waves_are_released_when_their_last_pick_up_is_near_and_not_before(duckdb_url: str, clock: Clock) -> None:
    room = small_room(duckdb_url, clock)
    runner = Runner(room, strict=True)
    waves = job_named("waves", CADENCES)
    take(room, order(1))
    runner.run(job_named("allocate", CADENCES))
    assert runner.run(waves).outcome is Outcome.IDLE
    clock.pass_(hours=46)
    released = runner.run(waves)
    assert (released.outcome, released.detail) == (Outcome.DONE, "1 waves with 1 parcels released at 1 nodes")
    assert runner.run(waves).outcome is Outcome.IDLE
    assert sentences.said(words("zh"), released.detail) == "在 1 个仓放出 1 个波次，1 件"
    room.close()


def test_invariants_are_checked_once_after_news_and_then_rest(room: Room) -> None:
    runner = Runner(room, strict=True)
    verify = job_named("verify", CADENCES)
    first = runner.run(verify)
    assert (first.outcome, first.detail) == (Outcome.DONE, "all invariants hold")
    assert runner.run(verify).outcome is Outcome.IDLE
    assert room.database.read("SELECT sum(breaches) FROM invariant_checks").item() == 0


def test_a_pressed_button_keeps_its_result_like_the_job(room: Room) -> None:
    report = record_checks(room)
    kept = room.database.read("SELECT count(*) FROM invariant_checks").item()
    assert kept == len(report.checks) > 0
