"""Keeps parcel_tracks in step with its facts: of given waybills, fold what counts, and write where they are now.

Facts are the events that were not taken back, and the waybills themselves: a number that was uploaded is at least
labelled, and a scan that a warehouse reported counts like a carrier's.
"""

from dataclasses import dataclass

import polars as pl

from engine.logistics.stages import EVENTS, fold
from engine.model.frames import INSTANT, conform
from engine.model.tracking import Scan, Stage
from engine.store import tables
from engine.store.database import Database
from engine.store.transaction import Transaction

STORED = ("event_key", "provider", "raw_code", *[name for name in EVENTS if name != "event_key"])
"""What is read of stored events."""

STILL_HERE = [Stage.LABELLED.value, Stage.CANCELLED.value]
"""Stages of a parcel that nobody has scanned on its way."""

_STATE = [column.name for column in tables.parcel_tracks.columns if column.name not in ("waybill_no", "version")]


@dataclass(frozen=True, slots=True)
class Tracked:
    """`tracks`: one row a waybill, with its parcel_id. `scanned`: waybill_no, parcel_id and picked_up_at of those whose
    pick-up the room did not know of before. `unscanned`: the same, without the time, of those whose pick-up it had
    heard of, and which no scan says have left any more."""

    tracks: pl.DataFrame
    scanned: pl.DataFrame
    unscanned: pl.DataFrame


def refresh_tracks(tx: Transaction, waybill_nos: pl.DataFrame) -> Tracked:
    """Fold these waybills anew (one column, waybill_no) and store their tracks."""
    stored = tx.matching(tables.tracking_events, waybill_nos, *STORED)
    return store_tracks(tx, waybill_nos, stored, retracted_of(tx, stored))


def track_known_waybills(database: Database) -> int:
    """Tracks for waybills that have none: a room that is older than tracking. Returns how many there were."""
    missing = database.read(
        "SELECT DISTINCT w.waybill_no FROM waybills AS w ANTI JOIN parcel_tracks AS t ON t.waybill_no = w.waybill_no"
    )
    if missing.height:
        with database.transaction(actor="setup", verb="track", subject=f"{missing.height} known waybills") as tx:
            refresh_tracks(tx, missing)
    return missing.height


def standing(tx: Transaction, waybill_nos: pl.DataFrame) -> Tracked:
    """The tracks of these waybills as they are stored, with nothing new."""
    tracks = tx.matching(tables.parcel_tracks, waybill_nos, "waybill_no", "parcel_id", "picked_up_at")
    nothing = tracks.clear()
    return Tracked(tracks, nothing, nothing.select("waybill_no", "parcel_id"))


def retracted_of(tx: Transaction, events: pl.DataFrame) -> pl.DataFrame:
    """The keys of those of `events` that were taken back."""
    return tx.matching(tables.tracking_retractions, events.select("event_key"), "event_key")


def store_tracks(tx: Transaction, waybill_nos: pl.DataFrame, stored: pl.DataFrame, retracted: pl.DataFrame) -> Tracked:
    """As refresh_tracks, for whoever has read all stored events of the waybills and the retracted keys already."""
    uploads = (
        tx.matching(tables.waybills, waybill_nos, "waybill_no", "parcel_id", "uploaded_at", "picked_up_at")
        .group_by("waybill_no")
        .agg(pl.col("parcel_id").first(), pl.col("uploaded_at").min(), pl.col("picked_up_at").min())
    )
    live = stored.join(retracted, on="event_key", how="anti")
    folded = fold(pl.concat([conform(live, EVENTS), _reported_scans(uploads, stored)]))
    first_told = stored.group_by("waybill_no").agg(pl.col("event_time").min().alias("first_told"))
    counted = live.group_by("waybill_no").agg(pl.len().cast(pl.Int64).alias("events"))
    tracks = (
        waybill_nos.unique()
        .join(uploads.rename({"picked_up_at": "reported_at"}), on="waybill_no", how="left")
        .join(first_told, on="waybill_no", how="left")
        .filter(pl.col("uploaded_at").is_not_null() | pl.col("first_told").is_not_null())
        .join(folded.drop("events"), on="waybill_no", how="left")
        .join(counted, on="waybill_no", how="left")
        .with_columns(
            pl.col("stage").fill_null(Stage.LABELLED.value),
            pl.coalesce("stage_at", "uploaded_at", "first_told").alias("stage_at"),
            pl.col("events").fill_null(0),
        )
    )
    _upsert(tx, tracks.select("waybill_no", *_STATE, version=pl.lit(tx.version, dtype=pl.Int64)))
    # Only a track that begins anew: with a hub scan left, the goods are on their way whatever became of the pick-up.
    still_here = pl.col("picked_up_at").is_null() & pl.col("stage").is_in(STILL_HERE)
    known = pl.col("parcel_id").is_not_null() & pl.col("reported_at").is_not_null()
    unscanned = tracks.filter(known & still_here).select("waybill_no", "parcel_id")
    return Tracked(tracks, _tell_waybills(tx, tracks), unscanned)


def _reported_scans(uploads: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Pick-ups that only the warehouse reported, as events. Where a carrier told of the same moment, its event counts,
    and if it took that back, nothing does."""
    told = stored.filter(pl.col("scan") == Scan.PICKED_UP).select("waybill_no", picked_up_at="event_time")
    reported = uploads.filter(pl.col("picked_up_at").is_not_null()).join(
        told, on=["waybill_no", "picked_up_at"], how="anti"
    )
    nothing = [pl.lit(None, dtype=EVENTS[name]).alias(name) for name in ("trouble", "place", "adcode", "lon", "lat")]
    return conform(
        reported.select(
            "waybill_no",
            *nothing,
            event_key=pl.lit(""),
            scan=pl.lit(Scan.PICKED_UP.value),
            event_time=pl.col("picked_up_at").cast(INSTANT),
        ),
        EVENTS,
    )


def _upsert(tx: Transaction, tracks: pl.DataFrame) -> None:
    known = tx.matching(tables.parcel_tracks, tracks.select("waybill_no"), "waybill_no")
    tx.amend(tables.parcel_tracks, tracks.join(known, on="waybill_no", how="semi"), on=("waybill_no",))
    tx.append(tables.parcel_tracks, tracks.join(known, on="waybill_no", how="anti"))


def _tell_waybills(tx: Transaction, tracks: pl.DataFrame) -> pl.DataFrame:
    """Write pick-up scans to waybills that know of none; returns the waybills concerned with parcel and scan."""
    news = tracks.filter(
        pl.col("parcel_id").is_not_null() & pl.col("picked_up_at").is_not_null() & pl.col("reported_at").is_null()
    )
    tx.append(
        tables.waybills,
        news.select("parcel_id", "waybill_no", "uploaded_at", "picked_up_at").with_columns(
            ingest_time=pl.lit(tx.at).dt.cast_time_unit("us")
        ),
        stamp=True,
    )
    return news.select("parcel_id", "waybill_no", "picked_up_at")
