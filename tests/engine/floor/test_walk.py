"""A picker walks an S: compared with one who takes every step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.floor.policy import WalkPolicy
from engine.floor.walk import Bin, metres, serpentine
from tests.reference.floor import metres_walked, walked

BAYS = 6
BINS = st.lists(st.builds(Bin, st.integers(1, 7), st.integers(1, BAYS), st.integers(1, 3)), max_size=25)


def test_the_way_back_goes_down_the_next_aisle() -> None:
    assert serpentine([Bin(1, 1, 1), Bin(1, 5, 1), Bin(2, 1, 1), Bin(2, 5, 1)]) == [
        (1, 1, 1), (1, 5, 1), (2, 5, 1), (2, 1, 1),
    ]  # fmt: skip


def test_a_skipped_aisle_does_not_turn_the_picker_round() -> None:
    order = serpentine([Bin(1, 2, 1), Bin(3, 1, 1), Bin(3, 4, 1)])
    assert [place.bay for place in order] == [2, 4, 1]  # out at the far end of 1, so in at the far end of 3


def test_heavy_levels_come_first_in_a_bay() -> None:
    assert [place.level for place in serpentine([Bin(2, 3, 3), Bin(2, 3, 1), Bin(2, 3, 2)])] == [1, 2, 3]


@given(BINS)
def test_the_order_is_that_of_a_picker_who_walks_every_bay(bins: list[Bin]) -> None:
    assert [tuple(place) for place in serpentine(bins)] == walked(bins, bays=BAYS)


@given(BINS)
def test_the_metres_are_the_steps_of_that_picker(bins: list[Bin]) -> None:
    policy = WalkPolicy(bay_m=1.5, aisle_m=4.0)
    assert metres(serpentine(bins), bays=BAYS, policy=policy) == pytest.approx(
        metres_walked(bins, bays=BAYS, bay_m=1.5, aisle_m=4.0)
    )


def test_a_place_reads_like_its_label() -> None:
    assert str(Bin(3, 12, 2)) == "03-12-2"
