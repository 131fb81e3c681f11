"""Outcomes out of the tables: a switch that helped, and one that did nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.model.actions import ActionKind, Verdict
from engine.response.outcome import Outcome
from engine.usecases.actions.kinds import KINDS
from engine.usecases.actions.kinds.spec import Executed
from engine.usecases.room.room import Room
from tests.parcel_worlds import carry, way
from tests.worlds import OPENING, Clock, small_room

HORIZON = timedelta(days=6)
AT = OPENING - timedelta(days=5)
IN_TIME, LATE = (2, 6, 10, 24, 30), (2, 60, 70, 90, 100)


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    opened = small_room(duckdb_url, clock)
    yield opened
    opened.close()


def parcels(name: str, when: datetime, late: int, **named: Any) -> list[dict[str, Any]]:
    """A hundred and fifty, `late` of them picked up after their promise."""
    return [way(f"{name}{n}", planned_at=when, hours=LATE if n < late else IN_TIME, **named) for n in range(150)]


def switched(room: Room, *, late_before: int, late_after: int) -> Outcome:
    """CHEAP gave Shanghai to FAST; elsewhere it went on as ever."""
    before, after = AT - timedelta(days=1), AT + timedelta(hours=6)
    ways = parcels("b", before, late_before, carrier="CHEAP") + parcels("a", after, late_after, carrier="FAST")
    for place in ("110105", "330106", "440106", "510104"):
        ways += parcels(f"b{place}", before, 45, carrier="CHEAP", destination=place)
        ways += parcels(f"a{place}", after, 45, carrier="CHEAP", destination=place)
    carry(room.database, ways)
    params = {"carrier": "CHEAP", "region": "31", "percent": 100}
    done = Executed("a1", params, AT, room.database.data_version(), {}, {"places": ["31"]})
    return KINDS[ActionKind.SWITCH_CARRIER].measure(room, done, HORIZON)


def test_a_switch_that_helped_is_told_from_one_that_did_not(room: Room) -> None:
    helped = switched(room, late_before=90, late_after=15)
    assert helped.verdict is Verdict.WORKED
    assert helped.effect == pytest.approx(-0.5, abs=0.02)
    assert (helped.concerned, helped.compared) == (150, 600)


def test_where_nothing_changed_150_parcels_cannot_rule_out_what_would_matter_and_it_says_so(room: Room) -> None:
    same = switched(room, late_before=45, late_after=45)
    assert (same.verdict, same.effect) == (Verdict.CANNOT_TELL, None)
