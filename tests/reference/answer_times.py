"""When is an answer owed? Minute by minute with a finger on the clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta

BEIJING = timedelta(hours=8)
MINUTE = timedelta(minutes=1)


def is_night(at: datetime, night_from: int, night_until: int) -> bool:
    local = at + BEIJING
    minute = local.hour * 60 + local.minute
    if night_from < night_until:
        return night_from <= minute < night_until
    return minute >= night_from or minute < night_until


def owed_at(
    stretches: Sequence[tuple[datetime, datetime | None]], minutes: int, night: tuple[int, int] | None
) -> datetime | None:
    """The end of the last minute that was needed, counted only inside the stretches and outside the night."""
    left = minutes
    for since, until in stretches:
        at = since
        while until is None or at < until:
            counts = night is None or not is_night(at, *night)
            at += MINUTE
            left -= counts
            if left == 0:
                return at
    return None
