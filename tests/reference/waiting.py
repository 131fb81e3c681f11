"""Slow, obvious answers: working minutes counted one by one, queues replayed by the minute, delays parcel by parcel."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from engine.rules.handover import BUCKETS, EDGES

DAY = 1440


def works_at(windows: Sequence[tuple[int, int]], minute: int) -> bool:
    """Is the minute that begins now worked?"""
    return any(start <= minute % DAY < end for start, end in windows)


def worked_between(windows: Sequence[tuple[int, int]], start: int, end: int) -> int:
    return sum(works_at(windows, minute) for minute in range(start, end))


def next_working(windows: Sequence[tuple[int, int]], minute: int) -> int:
    return next(m for m in range(minute, minute + 2 * DAY) if works_at(windows, m))


def next_closing(windows: Sequence[tuple[int, int]], minute: int) -> int:
    last = max(end for _, end in windows)
    return next(m for m in range(minute + 1, minute + 2 * DAY) if m % DAY == last % DAY)


def last_working(windows: Sequence[tuple[int, int]], minute: int) -> int:
    """The end of the last worked minute that has passed."""
    return next(m for m in range(minute, minute - 2 * DAY, -1) if works_at(windows, m - 1))


def waiting(arrivals: Mapping[int, int], per_minute: Fraction, *, now: int) -> Fraction:
    """A queue replayed: what came in at each past minute, less what left meanwhile; never below nothing."""
    left = Fraction(0)
    for minute in range(min(arrivals, default=now), now):
        left = max(left + arrivals.get(minute, 0) - per_minute, Fraction(0))
    return left


def still_out(counts: Sequence[float], hours: float, *, half_life: float) -> float:
    """Share of parcels with these bucket counts that are out longer than `hours`, bucket by bucket."""
    assert len(counts) == len(BUCKETS)
    if hours < 0:
        return 1.0
    later = 0.0
    for number, parcels in enumerate(counts):
        if number == 0:
            continue  # picked up as predicted
        lower = EDGES[number - 1]
        if number == len(EDGES):  # the open bucket
            later += parcels if hours < lower else parcels * 0.5 ** ((hours - lower) / half_life)
            continue
        upper = EDGES[number]
        if hours < lower:
            later += parcels
        elif hours < upper:
            later += parcels * (upper - hours) / (upper - lower)
    return later / sum(counts)


def shrunk(counts: Sequence[float], towards: Sequence[float], strength: float) -> list[float]:
    """As if `strength` parcels distributed like `towards` had been seen besides."""
    return [own + strength * share / sum(towards) for own, share in zip(counts, towards, strict=True)]
