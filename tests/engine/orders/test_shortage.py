"""What is promised stays within what is there: unsold units go first, the rest is told as a shortage."""

from hypothesis import given
from hypothesis import strategies as st

from engine.orders.shortage import Settlement, settle


def test_unsold_units_are_withdrawn_from_the_fullest_pool_first() -> None:
    assert settle(promised=20, free=14, unsold={"a": 4, "b": 5}) == Settlement({"b": 5, "a": 1}, 0)
    assert settle(promised=20, free=8, unsold={"a": 4, "b": 5}) == Settlement({"b": 5, "a": 4}, 3)
    assert settle(promised=20, free=20, unsold={"a": 4}) == Settlement({}, 0)


@given(st.integers(0, 50), st.integers(0, 80), st.dictionaries(st.sampled_from("abc"), st.integers(0, 20), max_size=3))
def test_afterwards_the_promise_is_what_is_there_and_what_is_short(
    sold: int, free: int, unsold: dict[str, int]
) -> None:
    done = settle(promised=sold + sum(unsold.values()), free=free, unsold=unsold)
    left = {show: units - done.withdrawn.get(show, 0) for show, units in unsold.items()}
    assert min(left.values(), default=0) >= 0
    assert sold + sum(left.values()) <= free + done.shortage
    assert done.shortage <= sold
    if done.withdrawn or done.shortage:
        assert sold + sum(left.values()) == free + done.shortage, "nothing is taken back without need"
