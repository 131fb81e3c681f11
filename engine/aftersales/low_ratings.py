"""A buyer rated low: which part of the way failed? What the buyer complained of first, then the promise, then slowness.

Only what is known is blamed; where nothing stands out, nobody is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.model.tickets import Complaint


class Failed(StrEnum):
    """The part of the way that a low rating is laid to."""

    GOODS = "goods"  # the lot: quality
    PICKING = "picking"  # the node: wrong or too few
    PACKING = "packing"  # the material and the carrier: arrived damaged
    PROCESSING = "processing"  # the node: from payment to pick-up
    TRANSIT = "transit"  # the carrier: from pick-up to the city
    LAST_MILE = "last_mile"  # the carrier: in the city
    UNKNOWN = "unknown"


LEGS: dict[str, tuple[str, str, Failed]] = {
    # Leg -> from, to, whose part it is; the names of boards.leg_durations.
    "plan": ("paid_at", "planned_at", Failed.PROCESSING),
    "label": ("planned_at", "uploaded_at", Failed.PROCESSING),
    "pick_up": ("uploaded_at", "picked_up_at", Failed.PROCESSING),
    "hub": ("picked_up_at", "first_hub_at", Failed.TRANSIT),
    "line_haul": ("first_hub_at", "arrived_at", Failed.TRANSIT),
    "station": ("arrived_at", "out_at", Failed.LAST_MILE),
    "door": ("out_at", "signed_at", Failed.LAST_MILE),
}

_COMPLAINED = {
    Complaint.QUALITY: Failed.GOODS,
    Complaint.WRONG_ITEM: Failed.PICKING,
    Complaint.DAMAGED: Failed.PACKING,
}


@dataclass(frozen=True, slots=True)
class Traced:
    """The part that failed and by what it is known: a complaint, `late` (picked up after the promise), or `slow`.

    hours: of the slowest leg; usual: hours that nine of ten parcels take for it at most. None where no leg is blamed.
    """

    failed: Failed
    by: str
    leg: str | None = None
    hours: float | None = None
    usual: float | None = None


def trace(way: Mapping[str, datetime | None], complaint: Complaint | None, usual_hours: Mapping[str, float]) -> Traced:
    """`way`: instants by the names in LEGS, and promise_at; `usual_hours`: leg -> hours of a slow parcel (its p90)."""
    if complaint in _COMPLAINED:
        return Traced(_COMPLAINED[complaint], complaint.value)
    slow = sorted(_over(way, usual_hours), reverse=True)
    promised, picked_up = way.get("promise_at"), way.get("picked_up_at")
    if promised is not None and picked_up is not None and picked_up > promised:
        own = [leg for leg in slow if LEGS[leg[1]][2] is Failed.PROCESSING]
        return _blamed(Failed.PROCESSING, "late", own[0] if own else None)
    if slow:
        return _blamed(LEGS[slow[0][1]][2], "slow", slow[0])
    if complaint is Complaint.NOT_RECEIVED:
        return Traced(Failed.LAST_MILE, complaint.value)
    return Traced(Failed.UNKNOWN, "nothing")


_Slow = tuple[float, str, float, float]
"""Hours over the usual, leg, hours, usual hours."""


def _over(way: Mapping[str, datetime | None], usual_hours: Mapping[str, float]) -> list[_Slow]:
    found = []
    for leg, (start, end, _) in LEGS.items():
        began, ended, usual = way.get(start), way.get(end), usual_hours.get(leg)
        if began is None or ended is None or usual is None:
            continue
        hours = (ended - began).total_seconds() / 3600
        if hours > usual:
            found.append((hours - usual, leg, hours, usual))
    return found


def _blamed(failed: Failed, by: str, slow: _Slow | None) -> Traced:
    return Traced(failed, by) if slow is None else Traced(failed, by, slow[1], slow[2], slow[3])
