"""A board is asked once a data version, whoever looks; and nobody is shown less than they have done themselves."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard import reads, state
from dashboard.shared_answers import AGES_AFTER, SharedAnswers
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.worlds import Clock, order, small_room, take

REFRESH = 2.0


class Question:
    """Counts how often it is asked; its answer is how many times that was."""

    def __init__(self) -> None:
        self.asked = 0
        self.asking = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self) -> int:
        self.asked += 1
        self.asking.set()
        assert self.go_on.wait(10)
        return self.asked


class Ticks:
    """Monotonic seconds that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def answers(ticks: Ticks) -> SharedAnswers:
    return SharedAnswers(refresh_seconds=REFRESH, clock=ticks)


def test_fifty_threads_ask_once_a_version(answers: SharedAnswers, ticks: Ticks) -> None:
    ask = Question()
    for version in (1, 2, 3):
        ticks.now += REFRESH
        ask.go_on.clear()
        with ThreadPoolExecutor(50) as crowd:
            got = [crowd.submit(answers.get, "board", ask, version=lambda v=version: v) for _ in range(50)]
            assert ask.asking.wait(10)
            ask.go_on.set()
            assert {future.result() for future in got} == {version}
        assert ask.asked == version


def test_boards_do_not_wait_for_each_other(answers: SharedAnswers) -> None:
    slow, quick = Question(), Question()
    slow.go_on.clear()
    with ThreadPoolExecutor(1) as crowd:
        waiting = crowd.submit(answers.get, "slow", slow, version=lambda: 1)
        assert slow.asking.wait(10)
        assert answers.get("quick", quick, version=lambda: 1) == 1
        slow.go_on.set()
        assert waiting.result() == 1


def test_a_board_is_not_asked_more_than_twice_a_refresh(answers: SharedAnswers, ticks: Ticks) -> None:
    ask = Question()
    for version in range(100):  # a commit every tenth of a second
        answers.get("board", ask, version=lambda v=version: v)
        ticks.now += 0.1
    assert ask.asked == 10


def test_who_wrote_sees_it_at_once(answers: SharedAnswers, ticks: Ticks) -> None:
    ask = Question()
    answers.get("board", ask, version=lambda: 1)
    ticks.now += 0.1
    assert answers.get("board", ask, version=lambda: 2) == 1
    assert answers.get("board", ask, version=lambda: 2, at_least=2) == 2


def test_deadlines_draw_nearer_without_a_commit(answers: SharedAnswers, ticks: Ticks) -> None:
    ask = Question()
    for _ in range(3):
        answers.get("board", ask, version=lambda: 1)
        ticks.now += AGES_AFTER * REFRESH - 0.1
        answers.get("board", ask, version=lambda: 1)
        ticks.now += 0.2
    assert ask.asked == 3


def test_a_failure_is_told_and_asked_again(answers: SharedAnswers) -> None:
    def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answers.get("board", fail, version=lambda: 1)
    assert answers.get("board", lambda: 7, version=lambda: 1) == 7


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Room:
    return small_room(duckdb_url, clock)


def test_the_wall_is_shared_and_follows_the_data(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = 0
    monkeypatch.setattr(state, "seen_version", lambda: seen)
    with use_room(room):
        first = reads.overview()
        assert reads.overview() is first
        take(room, order(1))
        seen = room.database.data_version()
        assert reads.overview().totals["orders"] == 1
    room.close()


def test_a_figure_is_built_once_a_board_and_language() -> None:
    built = []

    def build() -> dict[str, int]:
        built.append(1)
        return {"n": len(built)}

    board, newer = object(), object()
    first = reads.figure("test", board, "zh", build)
    assert reads.figure("test", board, "zh", build) is first
    assert reads.figure("test", board, "en", build) is not first
    assert reads.figure("test", newer, "zh", build) is not first
    assert len(built) == 3
