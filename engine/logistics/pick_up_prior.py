"""Pick-ups as the schedule has them, until a model has learned better: one cell a parcel that waits.

The brand's past says how late carriers come after the moment they are expected at; which moment that is, and what the
past says, is handed in. Only the pick-up changes: the road is the published one still.
"""

from dataclasses import replace

import numpy as np

from engine.logistics.leg_table import LegTable
from engine.logistics.outlook import Legs, OnTheWay
from engine.logistics.parcel_history import DAY, Floats, Integers

LEAST_LEAD = 1.0 / 24
"""Days from payment to the expected pick-up at least: ages are relative to it."""


def expected_leads(way: OnTheWay, rows: Integers, expected: Integers) -> Floats:
    """Days from each row's payment to its expected pick-up (milliseconds)."""
    leads: Floats = np.maximum((expected - way.paid[rows]) / DAY, LEAST_LEAD)
    return leads


def scheduled(way: OnTheWay, legs: Legs, rows: Integers, leads: Floats, waiting: Floats) -> tuple[OnTheWay, Legs]:
    """The way and its legs with these rows waiting by their schedule.

    `waiting`: rows x edges of the tables: the share not picked up yet at each edge times the row's lead after payment.
    """
    cells = way.cells.copy()
    cells[rows] = len(legs.pick_up.log_share) + np.arange(len(rows))
    shares = np.minimum.accumulate(np.log(np.clip(waiting, 1e-5, 1.0)), axis=1)
    own = way.cells[rows]

    def wider(table: LegTable, extra: Floats) -> LegTable:
        return LegTable(table.edges, np.concatenate([table.log_share, extra]))

    pick_up_days = way.pick_up_days.copy()
    pick_up_days[rows] = np.log(leads)
    road = wider(legs.road, legs.road.log_share[own])
    ahead = road if legs.ahead is legs.road else wider(legs.ahead, legs.ahead.log_share[own])
    found = Legs(
        pick_up=wider(legs.pick_up, shares), road=road, door=wider(legs.door, legs.door.log_share[own]), ahead=ahead
    )
    return replace(way, cells=cells, pick_up_days=pick_up_days), found
