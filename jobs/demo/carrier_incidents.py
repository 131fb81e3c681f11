"""What goes wrong on purpose in the demo, so that boards have something to find: one of each kind, chosen by the seed,
where the sky is calm.

All times count from `epoch`, the room's first commit, so that a reopened room goes on with the same incidents.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from jobs.demo.carrier_chance import uniform
from jobs.demo.carrier_sky import weather


class IncidentKind(StrEnum):
    """What happens."""

    HUB_OVERFLOW = "hub_overflow"  # a hub has more than it can sort: its region is late, whoever carries
    CARRIER_SLIPS = "carrier_slips"  # one carrier gets slower in one province, day by day
    LANE_STALLED = "lane_stalled"  # nothing of one carrier leaves for one province for a while


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident. carrier: None is every carrier; province: first two digits of the destination's adcode."""

    kind: IncidentKind
    carrier: str | None
    province: str
    begins: datetime
    ends: datetime

    def touches(self, carrier: str, province: str, at: datetime) -> bool:
        """Whether a parcel of that carrier to that province meets it at `at`."""
        return self.begins <= at < self.ends and province == self.province and self.carrier in (None, carrier)


OVERFLOW_PROVINCES = ("50", "52")
"""重庆, 贵州: a depot sends to both, so that a late region is not taken for a late node; enough buyers to be seen."""
SLIPPING = (("YTO", "32"), ("YTO", "33"), ("ZTO", "31"), ("ZTO", "11"))
STALLED = (("YTO", "13"), ("YTO", "61"))
"""Carrier and province; none shares its province with the others, so that each cause is the only one there."""


def incidents(seed: int, epoch: datetime) -> tuple[Incident, ...]:
    """The three incidents of a demo that began at `epoch`."""

    def which(kind: IncidentKind, among: int) -> int:
        return int(uniform(seed, kind, "which") * among)

    def hours(first: float, last: float) -> tuple[datetime, datetime]:
        return epoch + timedelta(hours=first), epoch + timedelta(hours=last)

    over, stands = hours(52, 220), hours(124, 220)
    hub = min(OVERFLOW_PROVINCES, key=lambda province: _storms(seed, province, over))
    slow, slow_province = SLIPPING[which(IncidentKind.CARRIER_SLIPS, len(SLIPPING))]
    still, still_province = min(STALLED, key=lambda lane: _storms(seed, lane[1], stands))
    return (
        Incident(IncidentKind.HUB_OVERFLOW, None, hub, *over),
        Incident(IncidentKind.CARRIER_SLIPS, slow, slow_province, *hours(0, 24 * 14)),
        Incident(IncidentKind.LANE_STALLED, still, still_province, *stands),
    )


def _storms(seed: int, province: str, between: tuple[datetime, datetime]) -> float:
    """The weather of the days between: what goes wrong under a storm would rightly be laid to the storm."""
    first, last = (at.toordinal() for at in between)
    return sum(weather(seed, province, day) for day in range(first, last + 1))
