"""The people who pack in the demo: when a parcel of a wave gets its label, and which number is on it."""

from datetime import datetime, timedelta
from math import exp

from engine.usecases.clocks.record_waybills import Waybill
from jobs.demo.carrier_chance import normal, uniform
from jobs.demo.carrier_reads import Packed

WALK_MINUTES = 14.0
"""From the release of a wave until its put wall is full and the first box is taped."""
SECONDS_A_BOX = 35.0
"""One packer at one wall: box, tape, label."""
FORGOTTEN = 0.01
"""Share of boxes that stand beside the belt and are labelled half a day later."""
PREFIXES = {
    "SF": "SF",
    "JD": "JDV",
    "ZTO": "78",
    "YTO": "YT",
    "OWN": "JS",
    "CROWD-A": "QA",
    "CROWD-B": "QB",
    "CLERK": "DY",
}


def waybill_no(parcel_id: str, carrier: str) -> str:
    """The number on the label: thirteen digits behind the carrier's letters, the same for the same parcel.

    Two of a million parcels share one with a chance of one in twenty; the room refuses the second.
    """
    digits = int(uniform("waybill", carrier, parcel_id) * 10**13)
    return f"{PREFIXES.get(carrier, carrier[:2])}{digits:013d}"


def labelled_at(seed: int, packed: Packed) -> datetime:
    """When the label is uploaded."""
    minutes = (WALK_MINUTES + SECONDS_A_BOX * packed.slot / 60.0) * exp(0.25 * normal(seed, "pack", packed.parcel_id))
    if uniform(seed, "forgotten", packed.parcel_id) < FORGOTTEN:
        minutes += 60.0 * (9.0 + 5.0 * uniform(seed, "how long", packed.parcel_id))
    return packed.released_at + timedelta(minutes=minutes)


def labelled_until(seed: int, packed: list[Packed], now: datetime) -> list[Waybill]:
    """Waybills of everything that is labelled by `now`."""
    made = []
    for parcel in packed:
        at = labelled_at(seed, parcel).replace(microsecond=0)
        if at <= now:
            made.append(Waybill(parcel.parcel_id, waybill_no(parcel.parcel_id, parcel.carrier), at))
    return made
