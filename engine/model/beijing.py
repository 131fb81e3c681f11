"""Which day is it in Beijing, and when did it begin? China has one zone, no summer time."""

from datetime import UTC, date, datetime, time, timedelta, timezone

_ZONE = timezone(timedelta(hours=8))


def beijing_day(at: datetime) -> date:
    """The Beijing day of an instant."""
    return at.astimezone(_ZONE).date()


def beijing_midnight(day: date) -> datetime:
    """The instant at which a Beijing day begins."""
    return datetime.combine(day, time(), _ZONE).astimezone(UTC)
