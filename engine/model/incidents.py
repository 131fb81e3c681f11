"""Complaints that have one cause: at which level a cause can lie, on which ground it is raised, and the frames of both.

A complaint belongs to one stream at each level: the complaints of one kind about one lot, one SKU, one node, one
carrier, one region, one route. A stream's exposure is the units that could have brought a complaint.
"""

from enum import StrEnum

import polars as pl

from engine.model.frames import Contract


class Level(StrEnum):
    """What can be the cause of many complaints. Where two cannot be told apart, the first is named: the lot of a SKU
    that has no other, the region that one node alone serves."""

    LOT = "lot"  # of a SKU: its key is both
    SKU = "sku"
    NODE = "node"
    CARRIER = "carrier"
    REGION = "region"
    ROUTE = "route"  # from a node to a region: its key is both
    TOPIC = "topic"  # words outside the five kinds of complaint


TESTED: tuple[Level, ...] = (Level.LOT, Level.SKU, Level.NODE, Level.CARRIER, Level.REGION, Level.ROUTE)
"""The levels whose complaints are held against exposure. A topic has none: nobody knows how many could have said it."""


class Ground(StrEnum):
    """Which rule raised an incident."""

    FLOOR = "floor"  # the customer's: ten buyers, one kind, one SKU, 24 hours, and not expected
    EXCESS = "excess"  # more than the exposure accounts for
    TOPIC = "topic"  # one thing that many say and that has no kind


class IncidentState(StrEnum):
    """Where an incident stands. A resolved one is over for good: what comes later is a new incident."""

    OPEN = "open"
    RESOLVED = "resolved"


COMPLAINTS: Contract = {
    # One complaint about goods, as the sequential tests read it; null where a level is unknown.
    "time": pl.Datetime("us"),  # on the clock by which exposure counts its days
    "sku": pl.String,
    "lot": pl.String,
    "node": pl.String,
    "carrier": pl.String,
    "region": pl.String,
    "kind": pl.String,
    "buyer": pl.String,  # null: nobody knows, and so nobody twice
}
EXPOSURE: Contract = {
    # Units that reached buyers (or left, for those who wait) on a day; a null key is exposure of nobody at that level.
    "day": pl.Date,
    "sku": pl.String,
    "lot": pl.String,
    "node": pl.String,
    "carrier": pl.String,
    "region": pl.String,
    "units": pl.Float64,
}
