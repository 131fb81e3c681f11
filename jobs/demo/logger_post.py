"""The demo's loggers send what they measured, minute by minute as a gateway does: first what they had stored."""

from datetime import datetime, timedelta

from engine.usecases.road.record_readings import record_readings
from engine.usecases.room.room import Room
from jobs.demo.demo_loggers import BUFFERED, Logger, loggers, readings

ACTOR = "demo loggers"
SENDS = timedelta(minutes=1)
BOXES = 14
"""Frozen parcels with a logger: it is lent for the way and comes back."""

_FROZEN = """
    SELECT t.waybill_no FROM parcel_tracks t JOIN parcels p ON p.parcel_id = t.parcel_id AND p.status = 'planned'
    WHERE p.layer = 'frozen' AND t.stage IN ('picked_up', 'in_transit', 'arrived', 'out_for_delivery')
    AND t.picked_up_at < $until
    ORDER BY t.picked_up_at DESC, t.waybill_no LIMIT $most
"""


class LoggerPost:
    """What travels with a logger, and hands in what is due."""

    def __init__(self, room: Room, opened: datetime) -> None:
        self._room, self._seed = room, room.settings.demo.seed
        frozen = room.database.read(_FROZEN, {"until": opened - BUFFERED, "most": BOXES})["waybill_no"].to_list()
        self._loggers: tuple[Logger, ...] = loggers(self._seed, frozen, opened)
        self._sent = opened - BUFFERED

    def hand_in(self, now: datetime) -> int:
        """Send what was measured since the last time; returns the readings recorded."""
        if now - self._sent < SENDS:
            return 0
        found = readings(self._seed, self._loggers, self._sent, now)
        self._sent = now
        return record_readings(self._room, found, actor=ACTOR).recorded if found else 0
