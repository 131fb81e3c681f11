"""What the network page asks: nodes and carriers with their state, what could not move, what the platform must be told.

One function a view, parameters bound, shape asserted.
"""

from datetime import datetime

import polars as pl

from engine.store.database import Database
from engine.store.screens.room import asked


def steered_nodes(database: Database, as_of: datetime) -> pl.DataFrame:
    """Nodes with state, load and parcels; closed ones first, then by load."""
    order = "ORDER BY state, load DESC, node"
    return asked(database, "steered_nodes", arguments="($as_of)", clause=order, as_of=as_of)


def steered_carriers(database: Database, as_of: datetime) -> pl.DataFrame:
    """Carriers with their stops, load and parcels; stopped ones first, then by load."""
    order = "ORDER BY len(stops) = 0, load DESC, carrier"
    return asked(database, "steered_carriers", arguments="($as_of)", clause=order, as_of=as_of)


def quarantined_lots(database: Database) -> pl.DataFrame:
    """Lots under quarantine, the newest first."""
    return asked(database, "quarantined_lots")


def stuck_now(database: Database, *, limit: int = 500) -> pl.DataFrame:
    """Orders that had to move and cannot, the earliest promise first."""
    return asked(database, "stuck_now", clause="LIMIT $limit", limit=limit)


def platform_edits(database: Database, *, limit: int = 500) -> pl.DataFrame:
    """Waybills that must still be changed at the platform, the oldest first."""
    return asked(database, "platform_edits", clause="LIMIT $limit", limit=limit)


def shortages(database: Database) -> pl.DataFrame:
    """SKUs of which more is sold than lies on shelves."""
    return asked(database, "shortages")


def steering_log(database: Database, *, limit: int = 50) -> pl.DataFrame:
    """The newest changes with what they moved."""
    return asked(database, "steering_log", clause="LIMIT $limit", limit=limit)


def divisions(database: Database) -> pl.DataFrame:
    """Provinces and cities with what their division codes begin with."""
    return asked(database, "divisions")
