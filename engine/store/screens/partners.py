"""The questions about partners and mass delays: one function a view of views/17_*.sql."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from engine.logistics.standards import StepHours
from engine.model.frames import conform
from engine.store.database import Database
from engine.store.shapes.partners import SHAPES

SEARCHED_DAYS = 30
"""Parcels planned longer ago that never moved are searched for one by one; on a board they would hide today's."""


def _asked(database: Database, view: str, *, clause: str = "", arguments: str = "", **bound: Any) -> pl.DataFrame:
    return conform(database.read(f"FROM boards.{view}{arguments} {clause}", bound or None), SHAPES[view])


def parcel_journeys(database: Database, since: datetime) -> pl.DataFrame:
    """Parcels planned after `since` with all that is known of their way."""
    return _asked(database, "parcel_journeys", arguments="($since)", clause="ORDER BY parcel_id", since=since)


def partner_scorecard(database: Database) -> pl.DataFrame:
    """Every score of the last run."""
    return _asked(database, "partner_scorecard", clause="ORDER BY kind, measure, tier, adjusted, partner, source")


def open_warnings(database: Database) -> pl.DataFrame:
    """Who is below a standard, the farthest below first; `_now` as of the last run, null where it measured nothing."""
    return _asked(database, "open_warnings")


def steps_overdue(database: Database, as_of: datetime, allowed: StepHours) -> pl.DataFrame:
    """Parcels that wait for their next step longer than the standards allow, by node, carrier and step."""
    return _asked(
        database,
        "steps_overdue",
        arguments="($as_of, $since, $processing, $scan, $hub)",
        as_of=as_of,
        since=as_of - timedelta(days=SEARCHED_DAYS),
        processing=allowed.processing_hours,
        scan=allowed.scan_hours,
        hub=allowed.hub_hours,
    )


def standing_switches(database: Database) -> pl.DataFrame:
    """Switches of carrier that are proposed, the newest first."""
    return _asked(database, "standing_switches")


def places_passed(database: Database, since: datetime) -> pl.DataFrame:
    """The hubs that each waybill passed after `since`."""
    return _asked(database, "places_passed", arguments="($since)", since=since)


def incidents(database: Database, *, limit: int = 50) -> pl.DataFrame:
    """Mass delays, the open ones first."""
    return _asked(database, "mass_delay_incidents", clause="LIMIT $limit", limit=limit)


def held_up_orders(database: Database, incident_id: str) -> pl.DataFrame:
    """The orders that an incident holds up, buyers masked, the longest silent first."""
    return _asked(database, "held_up_orders", arguments="($incident_id)", incident_id=incident_id)


def held_up_places(database: Database, incident_id: str) -> pl.DataFrame:
    """Where its parcels stand."""
    return _asked(database, "held_up_places", arguments="($incident_id)", incident_id=incident_id)
