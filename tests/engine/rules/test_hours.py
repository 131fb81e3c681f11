"""Working hours add up over midnight, over pauses and over cut-offs, like a minute-by-minute count."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import BEIJING
from engine.rules.hours import DAY, WorkingHours, beijing_minutes, iso_weekday, minute_of_day, moment_of
from tests.reference import waiting

CLERK = WorkingHours.parse("09:30-11:00|13:30-16:30")
RIDER = WorkingHours.parse("08:00-22:30")


def at(clock: str, day: int = 11) -> np.ndarray:
    """A Beijing time of November 2026."""
    return np.array(beijing_minutes(datetime.fromisoformat(f"2026-11-{day:02}T{clock}").replace(tzinfo=BEIJING)))


def clock(minutes: np.ndarray) -> str:
    return moment_of(float(minutes)).astimezone(BEIJING).strftime("%d %H:%M")


windows = st.lists(st.integers(0, DAY - 1), min_size=2, max_size=6, unique=True).map(
    lambda edges: tuple(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
)
moments = st.integers(20_000 * DAY, 20_003 * DAY)


def test_a_moment_and_its_minutes_are_the_same_thing() -> None:
    now = datetime(2026, 11, 11, 15, 59, 30, tzinfo=UTC)
    assert moment_of(beijing_minutes(now)) == now
    assert beijing_minutes(now) % DAY == minute_of_day("23:59") + 0.5
    assert beijing_minutes(now + timedelta(minutes=1)) % DAY == 0.5, "midnight is Beijing's"


def test_weekdays_are_beijings() -> None:
    assert iso_weekday(np.array([at("00:00", day) for day in range(9, 16)])).tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert iso_weekday(at("23:59", 15)).item() == 7
    assert iso_weekday(np.array(beijing_minutes(datetime(2026, 11, 15, 16, 0, tzinfo=UTC)))).item() == 1


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (at("09:00"), at("17:00"), 270),
        (at("10:00"), at("10:30"), 30),
        (at("11:00"), at("13:30"), 0),  # the clerks' customers come first at noon
        (at("16:30"), at("09:30", 12), 0),  # and at night there are none
        (at("16:00"), at("10:00", 12), 60),
        (at("12:00"), at("12:00", 13), 540),
        (at("17:00"), at("10:00"), 0),
    ],
)
def test_a_clerks_minutes_between_two_moments(start: np.ndarray, end: np.ndarray, minutes: int) -> None:
    assert CLERK.between(start, end) == minutes


def test_a_rider_at_ten_at_night_has_half_an_hour_left_today_and_works_on_tomorrow() -> None:
    assert RIDER.between(at("22:00"), at("23:59")) == 30
    assert RIDER.between(at("22:00"), at("09:00", 12)) == 90
    assert clock(RIDER.next_working(at("22:00"))) == "11 22:00"
    assert clock(RIDER.next_working(at("22:30"))) == "12 08:00"
    assert clock(RIDER.next_closing(at("22:00"))) == "11 22:30"
    assert clock(RIDER.next_closing(at("22:30"))) == "12 22:30"
    assert clock(RIDER.last_working(at("03:00", 12))) == "11 22:30"
    assert clock(RIDER.last_working(at("08:00", 12))) == "11 22:30"
    assert clock(RIDER.last_working(at("08:01", 12))) == "12 08:01"


def test_a_nodes_cutoff_ends_the_day_early_and_one_before_opening_ends_it_altogether() -> None:
    assert RIDER.until("21:00").windows == ((480, 1260),)
    assert CLERK.until("10:00").windows == ((570, 600),)
    assert CLERK.until("12:00").windows == ((570, 660),)
    assert RIDER.until(None) is RIDER
    never = RIDER.until("07:00")
    assert never.windows == ()
    assert never.per_day == 0
    assert never.between(at("00:00"), at("00:00", 20)) == 0
    assert never.next_working(at("09:00")) == np.inf
    assert never.next_closing(at("09:00")) == np.inf
    assert never.last_working(at("09:00")) == -np.inf


def test_hours_that_overlap_count_once() -> None:
    assert WorkingHours.parse("13:00-18:00|08:00-14:00|18:00-19:00").windows == ((480, 1140),)


@given(windows, moments, moments)
def test_working_minutes_are_those_of_a_count_minute_by_minute(
    open_: tuple[tuple[int, int], ...], a: int, b: int
) -> None:
    start, end = min(a, b), max(a, b)
    found = WorkingHours(open_).between(np.array([float(start)]), np.array([float(end)]))
    assert found.tolist() == [waiting.worked_between(open_, start, end)]


@given(windows, moments)
def test_the_next_and_the_last_working_moment_are_found_as_by_looking(
    open_: tuple[tuple[int, int], ...], moment: int
) -> None:
    hours, here = WorkingHours(open_), np.array([float(moment)])
    assert hours.next_working(here).tolist() == [waiting.next_working(open_, moment)]
    assert hours.next_closing(here).tolist() == [waiting.next_closing(open_, moment)]
    assert hours.last_working(here).tolist() == [waiting.last_working(open_, moment)]
