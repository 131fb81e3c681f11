"""What waits is what a replay minute by minute leaves; what may come breaks no promise."""

from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.queues import backlogs, room_until_promises
from tests.reference.waiting import waiting as replayed


def planned(*rows: tuple[str, float, float, int], per_minute: float = 1.0) -> pl.DataFrame:
    """(key, minutes ago, due, parcels)."""
    schema = {"key": pl.String, "since": pl.Float64, "due": pl.Float64, "parcels": pl.UInt32}
    return pl.DataFrame(list(rows), schema=schema, orient="row").with_columns(per_minute=per_minute)


def waiting(queue: pl.DataFrame, due_by: float | None = None) -> dict[str, float]:
    return dict(backlogs(queue, due_by=due_by).rows())


def test_what_had_time_to_leave_does_not_wait() -> None:
    assert waiting(planned(("WH", 60, 0, 60))) == {}
    assert waiting(planned(("WH", 60, 0, 100))) == {"WH": 40}
    assert waiting(planned()) == {}


def test_idle_hours_are_not_saved_up_for_later() -> None:
    assert waiting(planned(("WH", 1000, 0, 1), ("WH", 10, 0, 100))) == {"WH": 90}


def test_parcels_with_a_later_promise_stand_back() -> None:
    queue = planned(("WH", 60, 100, 100), ("WH", 60, 500, 100))
    assert waiting(queue) == {"WH": 140}
    assert waiting(queue, 100) == {"WH": 40}
    assert waiting(queue, 99) == {}


def test_nodes_do_not_wait_for_each_other() -> None:
    assert waiting(planned(("A", 10, 0, 30), ("B", 10, 0, 5), ("C", 10, 0, 11))) == {"A": 20, "C": 1}


def test_a_node_that_sends_nothing_keeps_everything() -> None:
    assert waiting(planned(("WH", 1000, 0, 7), ("WH", 10, 0, 3), per_minute=0.0)) == {"WH": 10}


@given(
    arrivals=st.dictionaries(st.integers(1, 200), st.integers(1, 50), max_size=20),
    per_hour=st.integers(1, 600),
)
def test_a_queue_holds_what_a_replay_leaves(arrivals: dict[int, int], per_hour: int) -> None:
    queue = planned(*(("WH", ago, 0, n) for ago, n in arrivals.items()), per_minute=per_hour / 60)
    expected = replayed({-ago: n for ago, n in arrivals.items()}, Fraction(per_hour, 60), now=0)
    assert waiting(queue).get("WH", 0.0) == pytest.approx(float(expected), abs=1e-9)


def test_one_promise_gives_all_that_is_left_and_nothing_when_nothing_is() -> None:
    assert room_until_promises(np.array([[120.7], [-5.0], [0.0]]), due=np.array([1000.0])).tolist() == [120, 0, 0]


def test_a_near_promise_does_not_stop_the_orders_with_far_ones() -> None:
    left, due = np.array([[0.0, 300.0], [5.0, 300.0], [5.0, 80.0]]), np.array([10.0, 90.0])
    assert room_until_promises(left, due=due).tolist() == [90, 95, 80]


@given(
    left=st.lists(st.integers(-10, 40), min_size=1, max_size=4).map(sorted),
    orders=st.lists(st.integers(0, 20), min_size=4, max_size=4),
)
def test_the_room_is_the_most_that_any_choice_of_orders_can_fill_in_time(left: list[int], orders: list[int]) -> None:
    """Choosing from the farthest promise on is best; each choice is checked against every promise."""
    due = orders[: len(left)]
    taken = [0] * len(due)
    for number in reversed(range(len(due))):
        for _ in range(due[number]):
            taken[number] += 1
            if any(sum(taken[: k + 1]) > max(left[k], 0) for k in range(len(due))):
                taken[number] -= 1
                break
    [room] = room_until_promises(np.array([left], dtype=float), due=np.array(due, dtype=float)).tolist()
    assert min(room, sum(due)) == sum(taken)
