"""When does a carrier work, how much of that lies between two moments, and when does it collect next?

Moments are Beijing minutes: minutes since 1970-01-01 00:00 Beijing time, as numbers or arrays. Beijing has one zone and
no summer time, so a day is 1,440 of them and midnight is nothing special. Knows no holiday.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

Minutes = npt.NDArray[np.float64]

DAY = 1440
_BEIJING_AHEAD = 480
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def beijing_minutes(moment: datetime) -> float:
    """An aware moment in Beijing minutes."""
    return (moment - _EPOCH) / timedelta(minutes=1) + _BEIJING_AHEAD


def moment_of(minutes: float) -> datetime:
    """The moment, in UTC, of Beijing minutes."""
    return _EPOCH + timedelta(minutes=minutes - _BEIJING_AHEAD)


def beijing_day(minutes: float) -> date:
    """The day in Beijing of Beijing minutes."""
    return _EPOCH.date() + timedelta(days=minutes // DAY)


def iso_weekday(minutes: Minutes) -> npt.NDArray[np.int64]:
    """1 for Monday to 7 for Sunday; the first of January 1970 was a Thursday."""
    return (np.floor_divide(minutes, DAY).astype(np.int64) + 3) % 7 + 1


def minute_of_day(clock: str) -> int:
    """HH:MM as minutes from midnight."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The same hours every day: (from, to) in minutes of the Beijing day, in order, none reaching over midnight."""

    windows: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, hours: str) -> "WorkingHours":
        """`09:30-11:00|13:30-16:30`, as the master data has it and has checked it; overlaps count once."""
        windows: list[tuple[int, int]] = []
        for start, end in sorted(
            (minute_of_day(a), minute_of_day(b)) for a, b in (opening.split("-") for opening in hours.split("|"))
        ):
            if windows and start <= windows[-1][1]:
                windows[-1] = (windows[-1][0], max(end, windows[-1][1]))
            else:
                windows.append((start, end))
        return cls(tuple(windows))

    def until(self, cutoff: str | None) -> "WorkingHours":
        """What of these hours lies before a node's last collection of the day; may be none."""
        if cutoff is None:
            return self
        last = minute_of_day(cutoff)
        return WorkingHours(tuple((start, min(end, last)) for start, end in self.windows if start < last))

    @property
    def per_day(self) -> int:
        """Working minutes of a day."""
        return sum(end - start for start, end in self.windows)

    def worked(self, until: Minutes) -> Minutes:
        """Working minutes since 1970 began: differences of it are working minutes between two moments."""
        day, minute = np.divmod(until, DAY)
        today = np.zeros_like(minute)
        for start, end in self.windows:
            today += np.clip(minute - start, 0, end - start)
        return day * self.per_day + today

    def between(self, start: Minutes, end: Minutes) -> Minutes:
        """Working minutes from one moment to another; none when the second comes first."""
        return np.maximum(self.worked(end) - self.worked(start), 0)

    def next_working(self, moment: Minutes) -> Minutes:
        """The first working moment at or after `moment`; infinite without hours."""
        found = np.full_like(moment, np.inf)
        day = np.floor_divide(moment, DAY) * DAY
        for start, end in self.windows:
            for offset in (0, DAY):
                opens, closes = day + offset + start, day + offset + end
                found = np.where(moment < closes, np.minimum(found, np.maximum(opens, moment)), found)
        return found

    def next_closing(self, moment: Minutes) -> Minutes:
        """When the day's work ends next, strictly after `moment`; infinite without hours."""
        if not self.windows:
            return np.full_like(moment, np.inf)
        closes = np.floor_divide(moment, DAY) * DAY + self.windows[-1][1]
        return np.where(closes > moment, closes, closes + DAY)

    def last_working(self, moment: Minutes) -> Minutes:
        """The last moment at or before `moment` at which work was done; minus infinity without hours."""
        found = np.full_like(moment, -np.inf)
        day = np.floor_divide(moment, DAY) * DAY
        for start, end in self.windows:
            for offset in (0, -DAY):
                opens, closes = day + offset + start, day + offset + end
                found = np.where(moment > opens, np.maximum(found, np.minimum(closes, moment)), found)
        return found
