"""The questions about uploads of waybills: one function a view of views/14_waybills.sql."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from engine.store.database import Database
from engine.store.screens.room import asked


def to_upload(database: Database) -> pl.DataFrame:
    """Orders in parcels that have no waybill."""
    return asked(database, "to_upload", clause="ORDER BY parcel_id, order_id")


def refund_requests(
    database: Database, as_of: datetime, since: datetime, *, from_hours: Sequence[float]
) -> pl.DataFrame:
    """Order-hours and refund requests of orders paid since then, by band of age."""
    arguments = "($as_of, $since, $from_hours::DOUBLE[])"
    hours = list(from_hours)
    return asked(database, "refund_requests", arguments=arguments, as_of=as_of, since=since, from_hours=hours)


def due_days(database: Database, as_of: datetime, *, anomaly_hours: int) -> pl.DataFrame:
    """Orders due, late and in 轨迹异常, by platform and day from today on."""
    return asked(database, "due_days", arguments="($as_of, $hours)", as_of=as_of, hours=anomaly_hours)


def upload_proposals(database: Database) -> pl.DataFrame:
    """The proposals of the newest round, most yuan saved first."""
    return asked(database, "upload_proposals")


def last_waybill_round(database: Database) -> pl.DataFrame:
    """The newest round: one row, or none."""
    return asked(database, "last_waybill_round")


def uploaded_parcels(database: Database, as_of: datetime, *, timeout_hours: int, anomaly_hours: int) -> pl.DataFrame:
    """Uploaded and not picked up, by node and carrier."""
    hours = {"timeout": timeout_hours, "anomaly": anomaly_hours}
    arguments = "($as_of, $timeout, $anomaly)"
    return asked(database, "uploaded_parcels", arguments=arguments, clause="", as_of=as_of, **hours)
