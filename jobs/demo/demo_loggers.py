"""Temperature loggers of the demo: in frozen parcels on the road and in two cold vans, a reading every few minutes.

One box thaws while the show goes on and one logger has frozen at a value; both follow from the seed. What a logger says
at a moment depends on that moment alone, so one that uploads its buffer late says what it would have said in time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import cos, pi

from engine.usecases.road.record_readings import SensorReading
from jobs.demo.carrier_chance import normal, uniform

EVERY = timedelta(minutes=4)
"""Between two readings of one logger; data/rules/cold_chain.toml calls 15 minutes a gap."""
BUFFERED = timedelta(hours=5)
"""What loggers had stored when the room was opened. A stuck one is only known after four hours."""
DEFROSTS = timedelta(hours=6)
"""The aggregate of a frozen box warms it by a degree for some minutes, twice a shift."""
SET_POINT = {"frozen": -21.5, "chilled": 4.5}
STUCK_AT = -19.4
NOISE = 0.25
"""Degrees, standard deviation of a usual logger."""
THAWS, THAW_HOURS, THAW_DEGREES = timedelta(minutes=100), 3.0, 12.0
"""The box's ice ran out so long before the room was opened; it gets so much warmer over so many hours."""


@dataclass(frozen=True, slots=True)
class Logger:
    """A sensor, what it travels with (a waybill or a van), and that one's layer. stuck_at: degrees it has frozen at;
    thaws_from: when its ice ran out."""

    device: str
    layer: str
    waybill_no: str | None = None
    vehicle: str | None = None
    stuck_at: float | None = None
    thaws_from: datetime | None = None


def loggers(seed: int, frozen_waybills: Sequence[str], opened: datetime) -> tuple[Logger, ...]:
    """Those of a room that was opened then: two vans, and one a waybill, of which one is stuck and one thaws."""
    vans = (
        Logger("TH-V01", "chilled", vehicle="沪A·L7023"),
        Logger("TH-V02", "frozen", vehicle="沪A·L7188"),
    )
    stuck = int(uniform(seed, "stuck logger") * len(frozen_waybills))
    boxes = tuple(
        Logger(
            f"TH-{n + 1:03d}",
            "frozen",
            waybill_no=number,
            stuck_at=STUCK_AT if n == stuck else None,
            thaws_from=opened - THAWS if n == (stuck + 1) % len(frozen_waybills) != stuck else None,
        )
        for n, number in enumerate(frozen_waybills)
    )
    return vans + boxes


def readings(seed: int, known: Sequence[Logger], after: datetime, until: datetime) -> list[SensorReading]:
    """What they measured in (after, until], each on its own minute."""
    found = []
    for logger in known:
        offset = uniform(seed, logger.device, "minute") * EVERY.total_seconds()
        first = int((after.timestamp() - offset) // EVERY.total_seconds()) + 1
        last = int((until.timestamp() - offset) // EVERY.total_seconds())
        for number in range(first, last + 1):
            at = datetime.fromtimestamp(round(offset + number * EVERY.total_seconds()), UTC)
            found.append(_reading(seed, logger, at, number))
    return found


def _reading(seed: int, logger: Logger, at: datetime, number: int) -> SensorReading:
    celsius = SET_POINT[logger.layer] + NOISE * normal(seed, logger.device, number)
    phase = (at.timestamp() / DEFROSTS.total_seconds() + uniform(seed, logger.device, "defrost")) % 1.0
    celsius += 0.6 * cos(2 * pi * phase)
    if logger.thaws_from is not None:
        thawed = (at - logger.thaws_from) / timedelta(hours=THAW_HOURS)
        celsius += THAW_DEGREES * min(max(thawed, 0.0), 1.0)
    humidity = 74.0 + 3.0 * normal(seed, logger.device, "rh", number)
    if logger.stuck_at is not None:
        celsius, humidity = logger.stuck_at, 74.0
    return SensorReading(
        logger.device, at, round(celsius, 2), humidity=round(humidity, 1),
        waybill_no=logger.waybill_no, vehicle=logger.vehicle, layer=logger.layer if logger.vehicle else None,
    )  # fmt: skip
