"""When will each parcel be picked up and signed for, and how likely too late? From the tables of its legs, as of now.

A parcel's own waiting counts: of those that waited as long, what share waits longer still. Before its pick-up the road
begins at moments spread over the likely ones.
"""

from dataclasses import dataclass, fields

import numpy as np

from engine.logistics.leg_table import LegTable
from engine.logistics.parcel_history import DAY, NEVER, Floats, Integers

PICK_UPS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Shares picked up by the moments that stand for all moments of a pick-up."""

ROADS = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)
ETA = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """Parcels under way. Moments in milliseconds, NEVER where it has not come to that."""

    cells: Integers  # row of the tables
    paid: Integers
    picked_up: Integers
    arrived: Integers  # in the city of delivery
    pick_up_by: Integers
    due: Integers  # signed for at this moment or later is late
    pick_up_days: Floats  # logs of the usual days of each leg
    road_days: Floats
    door_days: Floats

    def at(self, rows: Integers) -> "OnTheWay":
        """The parcels of these rows."""
        return OnTheWay(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True, slots=True)
class Legs:
    """The tables of the three legs over the same cells. `ahead`: the road of parcels that wait for their pick-up, of
    which less is known: a forecast of the sky is no sky."""

    pick_up: LegTable
    road: LegTable
    door: LegTable
    ahead: LegTable


@dataclass(frozen=True, slots=True)
class Outlook:
    """Per parcel: chances and moments (milliseconds). Pick-up moments are NEVER once it is picked up."""

    late_pick_up: Floats
    late_delivery: Floats
    pick_up: Integers  # parcels x (p50, p90)
    eta: Integers  # parcels x ETA


def outlook(of: OnTheWay, legs: Legs, moment: Integers) -> Outlook:
    """The outlook of each parcel at its moment."""
    count = len(of.cells)
    made = Outlook(
        late_pick_up=np.zeros(count),
        late_delivery=np.zeros(count),
        pick_up=np.full((count, 2), NEVER, dtype=np.int64),
        eta=np.zeros((count, len(ETA)), dtype=np.int64),
    )
    waiting = np.flatnonzero(of.picked_up == NEVER)
    _before_pick_up(of, legs, moment[waiting], waiting, made)
    road = np.flatnonzero((of.picked_up < NEVER) & (of.arrived == NEVER))
    _on_leg(of, legs.road, of.picked_up, of.road_days, moment[road], road, made)
    door = np.flatnonzero(of.arrived < NEVER)
    _on_leg(of, legs.door, of.arrived, of.door_days, moment[door], door, made)
    gone = of.picked_up < NEVER
    made.late_pick_up[gone] = of.picked_up[gone] > of.pick_up_by[gone]
    return made


def late_at_payment(of: OnTheWay, legs: Legs) -> Floats:
    """The chance of a late delivery as it stood when each parcel was paid for."""
    chances = []
    for share in PICK_UPS:
        days = legs.pick_up.days_at(of.cells, of.pick_up_days, np.full(len(of.cells), np.log1p(-share)))
        left = (of.due - of.paid) / DAY - days
        chances.append(np.exp(legs.ahead.still_on(of.cells, of.road_days, left)))
    mean: Floats = np.mean(chances, axis=0)
    return mean


def chance_by(of: OnTheWay, table: LegTable, deadline: Integers, now: Integers) -> Floats:
    """For parcels that wait for their pick-up: the chance that they still do at each one's deadline."""
    age = (now - of.paid) / DAY
    by = (deadline - of.paid) / DAY
    so_far = table.still_on(of.cells, of.pick_up_days, age)
    later = table.still_on(of.cells, of.pick_up_days, np.maximum(by, age))
    chance: Floats = np.where(deadline <= now, 1.0, np.exp(np.minimum(later - so_far, 0.0)))
    return chance


def _before_pick_up(of: OnTheWay, legs: Legs, now: Integers, rows: Integers, made: Outlook) -> None:
    if not len(rows):
        return
    part = of.at(rows)
    made.late_pick_up[rows] = chance_by(part, legs.pick_up, part.pick_up_by, now)
    so_far = legs.pick_up.still_on(part.cells, part.pick_up_days, (now - part.paid) / DAY)

    def picked_by(share: float) -> Integers:
        days = legs.pick_up.days_at(part.cells, part.pick_up_days, so_far + np.log1p(-share))
        return np.maximum(part.paid + (days * DAY).astype(np.int64), now)

    moments = [picked_by(share) for share in PICK_UPS]
    made.pick_up[rows, 0] = moments[PICK_UPS.index(0.5)]
    made.pick_up[rows, 1] = moments[PICK_UPS.index(0.9)]
    late = [legs.ahead.still_on(part.cells, part.road_days, (part.due - at) / DAY) for at in moments]
    chance = np.exp(late).mean(axis=0)
    made.late_delivery[rows] = chance
    roads = [
        (legs.ahead.days_at(part.cells, part.road_days, np.full(len(rows), np.log1p(-share))) * DAY).astype(np.int64)
        for share in ROADS
    ]
    arrivals = np.stack([at + road for at in moments for road in roads])
    made.eta[rows] = np.quantile(arrivals, ETA, axis=0, method="nearest").T


def _on_leg(
    of: OnTheWay, table: LegTable, started: Integers, expected: Floats, now: Integers, rows: Integers, made: Outlook
) -> None:
    if not len(rows):
        return
    cells, began, usual, due = of.cells[rows], started[rows], expected[rows], of.due[rows]
    age = np.maximum((now - began) / DAY, 0.0)
    so_far = table.still_on(cells, usual, age)
    at_due = table.still_on(cells, usual, np.maximum((due - began) / DAY, age))
    chance = np.where(due <= now, 1.0, np.exp(np.minimum(at_due - so_far, 0.0)))
    made.late_delivery[rows] = chance
    for column, share in enumerate(ETA):
        days = table.days_at(cells, usual, so_far + np.log1p(-share))
        made.eta[rows, column] = np.maximum(began + (days * DAY).astype(np.int64), now)


def log_odds(chance: Floats) -> Floats:
    """Log odds, no surer than one in 10,000."""
    safe = np.clip(chance, 1e-4, 1 - 1e-4)
    odds: Floats = np.log(safe) - np.log1p(-safe)
    return odds
