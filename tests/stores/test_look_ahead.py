"""The room looks ahead during a show, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from engine.usecases.allocation import look_ahead as ahead
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.room.room import Room
from tests.worlds import Clock, order, small_brand, small_room, take


@pytest.fixture
def selling(database_url: str, clock: Clock) -> Iterator[Room]:
    """A room with rice for a long night."""
    made = small_room(database_url, clock, brand=small_brand(rice=400))
    yield made
    made.close()


def sell(room: Room, orders: int) -> None:
    take(room, *(order(i, minute=0.5) for i in range(orders)))


def test_bids_are_made_during_a_show_and_used_while_fresh(selling: Room) -> None:
    sell(selling, 250)
    outlook = ahead.look_ahead(selling)
    assert outlook is not None
    assert outlook.expected > 0
    assert ahead.bids_now(selling, now=selling.now()) is outlook.bids
    assert allocate_waiting(selling).served == 250
    assert ahead.bids_now(selling, now=selling.now() + timedelta(minutes=3)) is None


def test_a_show_with_few_orders_says_nothing_yet(selling: Room) -> None:
    sell(selling, 20)
    assert ahead.look_ahead(selling) is None


def test_after_the_show_what_was_foreseen_is_forgotten(selling: Room, clock: Clock) -> None:
    sell(selling, 250)
    assert ahead.look_ahead(selling) is not None
    clock.pass_(hours=6)
    assert ahead.look_ahead(selling) is None
    assert selling.outlook is None
