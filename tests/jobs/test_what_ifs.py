"""Questions to a copy of the room: answered beside it, shared, superseded, bounded in time, and nothing is written."""

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.allocation.change_words import read_change
from engine.errors import BadSetting
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.allocation.ask_what_if import Scope, Which
from engine.usecases.allocation.what_if_policy import WhatIfPolicy, load_what_if_policy
from engine.usecases.room.room import Room
from jobs.what_if_states import ENDED, Phase, Question, Standing
from jobs.what_ifs import WhatIfs
from tests.worlds import Clock, order, small_room, take

HOUR = Scope(Which.RECENT, minutes=60)
SHIPPED = load_what_if_policy()
ENDLESS = (sys.executable, "-c", "import threading; threading.Event().wait()")
BROKEN = (sys.executable, "-c", "raise ZeroDivisionError")


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    made = small_room(duckdb_url, clock)
    take(made, *(order(n) for n in range(1, 6)))
    allocate_waiting(made)
    yield made
    made.close()


class Ticks:
    """Monotonic seconds that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


Opens = Callable[..., WhatIfs]


@pytest.fixture
def opens(room: Room, ticks: Ticks) -> Iterator[Opens]:
    """Makes the questions of the room, with another command or policy; closes them at the end."""
    made: list[WhatIfs] = []

    def make(policy: WhatIfPolicy = SHIPPED, **parts: object) -> WhatIfs:
        made.append(WhatIfs(room, policy, clock=ticks, **parts))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.close()


def question(*lines: str, scope: Scope = HOUR) -> Question:
    return Question(scope, tuple(read_change(line) for line in lines))


CLOSED = question("node WH closed")


def ended(what_ifs: WhatIfs, asked: Question) -> Standing:
    found = what_ifs.wait(asked, seconds=60)
    assert found is not None
    assert found.ended, found.phase
    return found


def test_a_question_is_answered_and_nothing_is_written(opens: Opens, room: Room) -> None:
    what_ifs, version = opens(), room.database.data_version()
    assert what_ifs.look(CLOSED) is None
    what_ifs.ask(CLOSED, asker="a")
    found = ended(what_ifs, CLOSED)
    assert found.phase is Phase.DONE
    assert found.comparison is not None
    assert [(moved.key, moved.before, moved.after) for moved in found.comparison.nodes] == [("WH", 5, 0), ("DP", 0, 5)]
    assert found.figures == ((47_500.0, 0.0),)
    assert found.copy is not None
    assert (found.copy.planned, found.copy.waiting) == (5, 0)
    assert room.database.data_version() == version


def test_a_change_that_does_not_fit_is_refused_in_its_sentence(opens: Opens) -> None:
    what_ifs, wrong = opens(), question("node MARS closed")
    what_ifs.ask(wrong, asker="a")
    found = ended(what_ifs, wrong)
    assert (found.phase, found.sentence) == (Phase.REFUSED, "There is no node 'MARS'; there are DP, WH.")


def test_a_room_without_such_orders_refuses_too(opens: Opens) -> None:
    what_ifs, nobody = opens(), question("merge off", scope=Scope(Which.SHOW, show_id="none"))
    what_ifs.ask(nobody, asker="a")
    assert "no order to plan anew" in ended(what_ifs, nobody).sentence


def test_two_who_ask_the_same_share_one_answer(opens: Opens) -> None:
    what_ifs = opens()
    what_ifs.ask(CLOSED, asker="a")
    what_ifs.ask(CLOSED, asker="b")
    first = ended(what_ifs, CLOSED)
    what_ifs.ask(CLOSED, asker="c")
    assert what_ifs.look(CLOSED) == first


def test_questions_about_the_same_orders_compare_on_one_copy(opens: Opens) -> None:
    what_ifs, other = opens(), question("carrier CHEAP capacity =1")
    for asked in (CLOSED, other):
        what_ifs.ask(asked, asker="a")
        ended(what_ifs, asked)
    told = what_ifs.answers(HOUR)
    assert [standing.question for standing in told] == [other, CLOSED]
    assert told[0].copy is told[1].copy
    assert told[0].comparison is not None
    assert told[1].comparison is not None
    assert told[0].comparison.before == told[1].comparison.before


def test_a_fresh_copy_sees_what_came_since(opens: Opens, room: Room) -> None:
    what_ifs = opens()
    what_ifs.ask(CLOSED, asker="a")
    ended(what_ifs, CLOSED)
    take(room, order(6))
    what_ifs.ask(CLOSED, asker="a")
    assert ended(what_ifs, CLOSED).copy.waiting == 0  # type: ignore[union-attr]
    what_ifs.ask(CLOSED, asker="a", fresh=True)
    assert ended(what_ifs, CLOSED).copy.waiting == 1  # type: ignore[union-attr]
    assert len(what_ifs.answers(HOUR)) == 1


def test_an_old_copy_is_taken_anew(opens: Opens, room: Room, ticks: Ticks) -> None:
    what_ifs = opens()
    what_ifs.ask(CLOSED, asker="a")
    ended(what_ifs, CLOSED)
    take(room, order(6))
    ticks.now += 60 * SHIPPED.copy_minutes + 1
    what_ifs.ask(CLOSED, asker="a")
    assert ended(what_ifs, CLOSED).copy.waiting == 1  # type: ignore[union-attr]


def running(what_ifs: WhatIfs, asked: Question) -> None:
    """Wait until the question's process runs."""
    for _ in range(6000):
        entry = what_ifs._known[asked]
        if entry.child is not None:
            return
        threading.Event().wait(0.01)
    raise AssertionError("no process was started")


def test_who_asks_something_else_ends_what_he_asked_before(opens: Opens) -> None:
    what_ifs = opens(command=ENDLESS)
    first, second = CLOSED, question("merge off")
    what_ifs.ask(first, asker="a")
    running(what_ifs, first)
    child = what_ifs._known[first].child
    what_ifs.ask(second, asker="a")
    assert ended(what_ifs, first).phase is Phase.STOPPED
    assert child is not None
    assert child.poll() is not None, "its process is gone"
    assert what_ifs.look(second) is not None


def test_what_another_still_waits_for_goes_on(opens: Opens) -> None:
    what_ifs = opens(command=ENDLESS)
    for asker in ("a", "b"):
        what_ifs.ask(CLOSED, asker=asker)
    running(what_ifs, CLOSED)
    what_ifs.ask(question("merge off"), asker="a")
    waiting = what_ifs.look(question("merge off"))
    assert waiting is not None
    assert waiting.phase is Phase.QUEUED
    assert what_ifs.look(CLOSED).phase not in ENDED  # type: ignore[union-attr]
    what_ifs.ask(question("merge on"), asker="b")
    assert ended(what_ifs, CLOSED).phase is Phase.STOPPED


def test_what_waits_in_the_queue_is_dropped_without_a_process(opens: Opens) -> None:
    what_ifs = opens(command=ENDLESS)
    what_ifs.ask(CLOSED, asker="a")
    running(what_ifs, CLOSED)
    what_ifs.ask(question("merge off"), asker="b")
    what_ifs.ask(question("merge on"), asker="b")
    assert ended(what_ifs, question("merge off")).phase is Phase.STOPPED


def test_a_question_that_takes_too_long_is_ended_and_says_so(opens: Opens) -> None:
    what_ifs = opens(replace(SHIPPED, patience_seconds=1), command=ENDLESS)
    what_ifs.ask(CLOSED, asker="a")
    assert ended(what_ifs, CLOSED).phase is Phase.OVERDUE


def test_a_bug_of_one_question_is_logged_and_the_next_is_answered(
    opens: Opens, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    what_ifs = opens(command=BROKEN)
    what_ifs.ask(CLOSED, asker="a")
    assert ended(what_ifs, CLOSED).phase is Phase.FAILED
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.setattr("jobs.what_ifs.apply", lambda *_: 1 / 0)
    what_ifs.ask(question("merge off"), asker="a")
    assert ended(what_ifs, question("merge off")).phase is Phase.FAILED
    monkeypatch.undo()
    what_ifs.ask(question("node MARS closed"), asker="a")
    assert ended(what_ifs, question("node MARS closed")).phase is Phase.REFUSED


def test_a_failed_question_is_asked_again(opens: Opens) -> None:
    what_ifs = opens(command=BROKEN)
    what_ifs.ask(CLOSED, asker="a")
    ended(what_ifs, CLOSED)
    what_ifs._command = ENDLESS
    what_ifs.ask(CLOSED, asker="a")
    running(what_ifs, CLOSED)


def test_only_so_many_answers_and_copies_are_kept(opens: Opens, ticks: Ticks) -> None:
    what_ifs = opens(replace(SHIPPED, answers_kept=2), command=BROKEN)
    asked = [question(f"unserved ={yuan}") for yuan in range(4)]
    for each in asked:
        ticks.now += 60 * SHIPPED.copy_minutes + 1  # a copy each
        what_ifs.ask(each, asker="a")
        ended(what_ifs, each)
    what_ifs.ask(question("node MARS closed"), asker="a")
    ended(what_ifs, question("node MARS closed"))
    with what_ifs._changed:
        what_ifs._changed.wait_for(lambda: len(what_ifs._known) <= 2, timeout=10)
    assert [what_ifs.look(each) for each in asked[:3]] == [None, None, None]
    folders = {path.name for path in Path(what_ifs._folder.name).iterdir()}
    assert len(folders) <= 2


def test_closing_ends_what_runs_and_leaves_nothing_behind(opens: Opens) -> None:
    what_ifs = opens(command=ENDLESS)
    what_ifs.ask(CLOSED, asker="a")
    running(what_ifs, CLOSED)
    child, folder = what_ifs._known[CLOSED].child, Path(what_ifs._folder.name)
    what_ifs.close()
    assert child is not None
    assert child.poll() is not None
    assert not folder.exists()
    what_ifs.ask(question("merge off"), asker="a")
    assert what_ifs.look(question("merge off")) is None


def test_the_zip_holds_the_copy_and_an_unknown_question_has_none(opens: Opens) -> None:
    what_ifs = opens(command=BROKEN)
    assert what_ifs.zipped(CLOSED) == b""
    what_ifs.ask(CLOSED, asker="a")
    ended(what_ifs, CLOSED)
    assert what_ifs.zipped(CLOSED).startswith(b"PK")


# --- the policy ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("newest_orders = 0", "newest_orders is 0"),
        ("newest_orders = true", "newest_orders is True"),
        ("minutes = []", "minutes must list"),
        ("minutes = 10", "minutes must list"),
        ('minutes = ["10"]', "minutes must list"),
        ("copy_minutes = 1.5", "copy_minutes is 1.5"),
        ("patience = 5", "must set exactly"),
        ("= 5", "cannot be read"),
    ],
)
def test_a_wrong_rule_stops_the_start_with_a_sentence(line: str, told: str, tmp_path: Path) -> None:
    name = line.split(" ")[0]
    kept = [
        "newest_orders = 5", "minutes = [10]", "copy_minutes = 5", "patience_seconds = 5", "answers_kept = 5",
    ]  # fmt: skip
    path = tmp_path / "what_if.toml"
    path.write_text("\n".join([*(k for k in kept if not k.startswith(name)), line]), encoding="utf-8")
    with pytest.raises(BadSetting, match=told):
        load_what_if_policy(path)
