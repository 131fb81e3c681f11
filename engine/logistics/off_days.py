"""Is a day off in China? Weekends, public holidays and make-up workdays, as the State Council has announced them.

The announcement comes once a year, late in the year before: of later days nobody knows, and neither does this module.
"""

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar
import numpy as np

from engine.logistics.parcel_history import DAY, Floats, Integers

BEIJING_AHEAD = 8 * 3_600_000
_EPOCH = date(1970, 1, 1)


def beijing_days(moments: Integers) -> Integers:
    """The day in Beijing of each moment (milliseconds), counted from 1970-01-01."""
    days: Integers = (moments + BEIJING_AHEAD) // DAY
    return days


def days_off(days: Integers) -> tuple[Floats, Floats]:
    """Per day 1.0 where nobody works, and 1.0 within a public holiday; NaN where the calendar is not announced."""
    known, place = np.unique(days, return_inverse=True)
    found = np.array([_told(int(day)) for day in known]).reshape(-1, 2)
    return found[place, 0], found[place, 1]


@lru_cache(maxsize=4096)
def _told(day: int) -> tuple[float, float]:
    try:
        off, name = chinese_calendar.get_holiday_detail(_EPOCH + timedelta(days=day))
    except NotImplementedError:
        return float("nan"), float("nan")
    return float(off), float(off and name is not None)


def announced_until() -> date:
    """The last day that the calendar knows."""
    year = max(chinese_calendar.constants.holidays).year
    return date(year, 12, 31)
