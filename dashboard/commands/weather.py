"""Clicks on the page of weather and hubs become use cases."""

import re
from datetime import datetime, timedelta

from dashboard import sentences
from dashboard.commands.desk import attempt, operator
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.clock import BEIJING
from engine.usecases.forecasts.record_hub_states import take_hub_states
from engine.usecases.room.receipts import RowsReceipt

_CLOCK = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")


@command
def say_hub(t: Words, *, hub: str, condition: str, since: str, until: str, hours: float | None) -> Told:
    """Keep what somebody says of a hub; the entry is the proof of what the room knew, and when."""
    found: list[RowsReceipt] = []
    now = room().now()
    row = {
        "hub": hub,
        "condition": condition,
        "begins_at": spoken(since, now, ahead=False),
        "ends_at": spoken(until, now, ahead=True),
        "backlog_hours": hours,
    }
    told = attempt(t, lambda: found.append(take_hub_states(room(), [row], actor=operator(), source="hand")), "")
    if not found:
        return told
    if found[0].faults:
        return Told(done=False, text=sentences.said(t, found[0].faults[0]["fault"]))
    return Told(done=True, text=t("weather.kept", hub=hub, condition=t.of("hub_condition", condition)))


def spoken(text: str, now: datetime, *, ahead: bool) -> str:
    """A time as people say it: a bare 20:00 is the last one before now, or the next one; all else as it is."""
    clock = _CLOCK.fullmatch(text.strip())
    if clock is None:
        return text
    local = now.astimezone(BEIJING)
    at = local.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
    if ahead and at <= local:
        at += timedelta(days=1)
    if not ahead and at > local:
        at -= timedelta(days=1)
    return at.isoformat()
