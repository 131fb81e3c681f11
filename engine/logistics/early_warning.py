"""How early were the late parcels warned of? For each hour before a promise, what share stood at the alarm's chance."""

from dataclasses import replace

import numpy as np

from engine.logistics.outlook import Legs, OnTheWay, outlook
from engine.logistics.parcel_history import NEVER, Flags, Integers

HOURS = (96, 72, 48, 24, 12, 6)
HOUR = 3_600_000


def seen_at(of: OnTheWay, moment: Integers) -> OnTheWay:
    """The parcels with nothing that happened at or after each one's moment."""
    return replace(
        of,
        picked_up=np.where(of.picked_up < moment, of.picked_up, NEVER),
        arrived=np.where(of.arrived < moment, of.arrived, NEVER),
    )


def lead_times(
    of: OnTheWay, signed: Integers, late: Flags, legs: Legs, *, alarm: float
) -> list[tuple[int, int, float | None, float | None]]:
    """Per HOURS before the promise: parcels under way then, share of the late at the alarm, share of those at it late.

    A share is None where there was nobody to count.
    """
    found = []
    for hours in HOURS:
        moment = of.due - hours * HOUR
        there = (of.paid < moment) & (signed >= moment)
        warned = (outlook(seen_at(of, moment), legs, moment).late_delivery >= alarm) & there
        late_there = late & there
        found.append(
            (
                hours,
                int(there.sum()),
                float(warned[late_there].mean()) if late_there.any() else None,
                float(late[warned].mean()) if warned.any() else None,
            )
        )
    return found
