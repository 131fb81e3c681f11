"""When does a carrier take parcels from a node? Knows clock times and days, no parcel.

A node with a cut-off is collected from once a day, at that time or when the carrier closes, whichever is earlier. A
node without one hands over as it packs, at any time within the carrier's hours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))  # one zone, no summer time


@dataclass(frozen=True, slots=True)
class Timetable:
    """Daily windows (from, until) in Beijing clock time, in order; a collection at one moment has from == until."""

    windows: tuple[tuple[time, time], ...]

    def first_from(self, moment: datetime) -> datetime:
        """The first instant at or after `moment` at which parcels can be handed over."""
        return next(max(opens, moment) for opens, closes in self._around(moment) if closes >= moment)

    def last_until(self, moment: datetime) -> datetime:
        """The last instant at or before `moment` at which parcels could be handed over."""
        return [min(closes, moment) for opens, closes in self._around(moment) if opens <= moment][-1]

    def _around(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        today = moment.astimezone(BEIJING).date()
        for days in (-1, 0, 1):  # windows repeat every day, so the nearest is no further away
            for opens, closes in self.windows:
                yield _on(today + timedelta(days=days), opens), _on(today + timedelta(days=days), closes)


def timetable(cutoff: str | None, hours: str) -> Timetable:
    """From a node's last collection (HH:MM or None) and a carrier's hours (HH:MM-HH:MM, separated by |).

    A carrier that opens only after the node's cut-off collects when it closes: it would collect never otherwise.
    """
    windows = sorted(_window(opening) for opening in hours.split("|"))
    if cutoff is None:
        return Timetable(tuple(windows))
    at = _clock(cutoff)
    reached = [min(closes, at) for opens, closes in windows if opens <= at]
    collected = max(reached) if reached else windows[-1][1]
    return Timetable(((collected, collected),))


def _window(opening: str) -> tuple[time, time]:
    opens, closes = opening.split("-")
    return _clock(opens), _clock(closes)


def _clock(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def _on(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=BEIJING)
