"""Which parcels should have their waybill uploaded now? For a middleware, as rows and as CSV. Reads only."""

from datetime import datetime

import polars as pl

from engine.store.database import Database
from engine.store.screens import waybills as waybill_screens
from engine.usecases.clocks.waybill_rules import waybill_policy

COLUMNS = ("parcel_id", "order_nos", "platform", "node", "carrier", "promise_at", "upload_at")


def due_waybills(database: Database, *, now: datetime) -> pl.DataFrame:
    """COLUMNS of the parcels whose proposed upload has come, the earliest promise first.

    Read from what waits now: a parcel uploaded, cancelled or moved since the proposal is not in it. A parcel that came
    since then belongs to its cohort all the same.
    """
    hours = waybill_policy().moments.cohort_hours
    due = waybill_screens.upload_proposals(database).filter(pl.col("upload_at") <= now)
    rows = waybill_screens.to_upload(database).filter(pl.col("paid_at") <= now)
    parcels = rows.group_by("parcel_id").agg(
        pl.col("order_id").str.split(":").list.last().sort().str.join("|").alias("order_nos"),
        pl.col("platform", "node", "carrier").first(),
        pl.col("promise_at").min(),
    )
    cohort = (pl.col("promise_at").dt.epoch("s") // 3600 + 8) // hours * hours
    return (
        parcels.with_columns(cohort=cohort)
        .join(
            due.select("node", "carrier", "platform", "cohort", "upload_at"),
            on=["node", "carrier", "platform", "cohort"],
        )
        .sort("promise_at", "parcel_id")
        .select(COLUMNS)
    )


def due_csv(due: pl.DataFrame) -> str:
    """As CSV with a header; moments in UTC, ISO 8601."""
    stamped = due.with_columns(pl.col("promise_at", "upload_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return stamped.write_csv()
