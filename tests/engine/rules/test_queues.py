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
    assert room_until_promises(np.array([[120.7], [-5.0], [0.0]]), due_share=np.array([1.0])).tolist() == [120, 0, 0]


def test_the_promise_that_binds_decides() -> None:
    # A tenth is due after 50 parcels' time, all of it after 300: 300 parcels have 30 due early, which fits.
    assert room_until_promises(np.array([[50.0, 300.0]]), due_share=np.array([0.1, 1.0])).tolist() == [300]
    # Half is due early: 100 parcels have 50 due early.
    assert room_until_promises(np.array([[50.0, 300.0]]), due_share=np.array([0.5, 1.0])).tolist() == [100]


@given(
    left=st.lists(st.integers(-100, 10_000), min_size=1, max_size=6),
    orders=st.lists(st.integers(1, 500), min_size=6, max_size=6),
)
def test_a_node_that_takes_its_room_of_the_mix_keeps_every_promise_and_one_parcel_more_breaks_one(
    left: list[int], orders: list[int]
) -> None:
    share = np.cumsum(orders[: len(left)]) / sum(orders[: len(left)])
    [room] = room_until_promises(np.array([left], dtype=float), due_share=share).tolist()
    limits = [max(limit, 0) for limit in left]
    assert all(room * part <= limit + 1e-6 for part, limit in zip(share, limits, strict=True))
    assert any((room + 1) * part > limit - 1e-6 for part, limit in zip(share, limits, strict=True))
