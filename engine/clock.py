"""The only place that asks what time it is. Inside the engine times are aware, in UTC; Beijing time is for people."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")

type_now = Callable[[], datetime]
"""A source of the current instant; tests hand in their own."""


def utc_now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)
