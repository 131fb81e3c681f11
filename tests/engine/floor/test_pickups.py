"""When carriers come: cut-offs, hours, and the instants between them, against a search minute by minute."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.floor.pickups import timetable
from tests.reference.floor import minutes_open

NOON = datetime(2026, 11, 11, 4, 0, tzinfo=UTC)  # 12:00 in Beijing
MINUTES = st.integers(0, 3 * 24 * 60)


def beijing(day: int, clock: str) -> datetime:
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    ("cutoff", "hours", "first", "last"),
    [
        ("23:30", "08:00-23:30", beijing(11, "23:30"), beijing(10, "23:30")),
        ("23:30", "08:00-22:00", beijing(11, "22:00"), beijing(10, "22:00")),  # the carrier closes earlier
        ("11:00", "08:00-23:30", beijing(12, "11:00"), beijing(11, "11:00")),  # today's is over
        ("07:00", "08:00-22:00", beijing(11, "22:00"), beijing(10, "22:00")),  # opens after the cut-off
        ("15:00", "09:30-11:00|13:30-16:30", beijing(11, "15:00"), beijing(10, "15:00")),
        ("12:30", "09:30-11:00|13:30-16:30", beijing(12, "11:00"), beijing(11, "11:00")),
        (None, "08:00-23:30", NOON, NOON),  # goes out as it is packed
        (None, "09:30-11:00|13:30-16:30", beijing(11, "13:30"), beijing(11, "11:00")),
    ],
)
def test_the_next_and_the_last_pick_up(cutoff: str | None, hours: str, first: datetime, last: datetime) -> None:
    times = timetable(cutoff, hours)
    assert times.first_from(NOON) == first
    assert times.last_until(NOON) == last


@settings(max_examples=40)
@given(st.integers(0, 1438), st.integers(1, 600), st.none() | st.integers(0, 1439), MINUTES)
def test_a_search_minute_by_minute_finds_the_same(opens: int, length: int, cutoff: int | None, at: int) -> None:
    closes = min(opens + length, 1439)
    moment = NOON + timedelta(minutes=at)
    times = timetable(None if cutoff is None else clock(cutoff), f"{clock(opens)}-{clock(closes)}")
    collected = closes if cutoff is None or cutoff < opens else min(cutoff, closes)
    windows = [(opens if cutoff is None else collected, collected)]
    later = (moment + timedelta(minutes=n) for n in range(2881))
    earlier = (moment - timedelta(minutes=n) for n in range(2881))
    assert times.first_from(moment) == next(m for m in later if minutes_open(windows, m))
    assert times.last_until(moment) == next(m for m in earlier if minutes_open(windows, m))


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
