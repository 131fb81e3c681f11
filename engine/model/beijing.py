"""Which day is it in Beijing, and when did it begin? China has one zone, no summer time."""

from datetime import UTC, date, datetime, time, timedelta, timezone

ZONE = timezone(timedelta(hours=8))


def beijing_day(at: datetime) -> date:
    """The Beijing day of an instant."""
    return at.astimezone(ZONE).date()


def beijing_midnight(day: date) -> datetime:
    """The instant at which a Beijing day begins."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
