"""Takes in what carriers told of parcels: events that are new, events that were taken back, and where parcels are now.

One commit. The same event twice is one; a provider that sends the whole history each time takes back what it leaves
out. Events of a waybill that nobody uploaded yet are kept and find their parcel when it is (record_waybills.py). A
pick-up scan is written to the waybill as well, where the legal window and steering look for it.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from engine.intake.tracking_report import TrackingReport
from engine.logistics.event_keys import AGAIN, telling, with_keys
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.notices.tell_buyers import tell_stages
from engine.usecases.road.tracks import STORED, retracted_of, standing, store_tracks
from engine.usecases.room.workplace import Workplace
from engine.usecases.stock.book_back import book_back
from engine.usecases.stock.book_out import book_out

AHEAD = timedelta(minutes=10)
"""A provider's clock may be so far ahead of ours, as in record_waybills; what is later has not happened."""

LASTING = ("carrier_changed",)
"""Raw codes of notes that are told once: a later history without them takes nothing back."""

FAULTS_KEPT = 20
"""Of the refused events of a request, so many go into its audit entry word for word."""


@dataclass(frozen=True, slots=True)
class TrackReceipt:
    """read == recorded + repeated + retracted + refused, in events as they were sent.

    missing: events that a whole history no longer had, taken back as well. unmatched: waybills here that no parcel has
    yet. picked_up: parcels of which this brought the first pick-up scan. unknown: codes in no table, with how many
    events came with each. warnings: what was stored, and cannot be right. faults: row, waybill_no and sentence of each
    refused event.
    """

    read: int
    recorded: int
    repeated: int
    retracted: int
    refused: int
    missing: int
    waybills: int
    unmatched: int
    picked_up: int
    unknown: dict[str, int]
    warnings: tuple[str, ...]
    faults: tuple[dict[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def track(work: Workplace, report: TrackingReport, *, actor: str) -> TrackReceipt:
    """Store what is new of a report and bring the tracks of its waybills up to date."""
    subject = f"{report.provider} {report.read} events"
    with work.database.transaction(actor=actor, verb="track", subject=subject) as tx:
        told, early = _in_time(with_keys(report.events), tx)
        sent = told.unique("event_key", keep="first", maintain_order=True)
        withdrawn = with_keys(report.retracted)["event_key"].unique()
        waybills = pl.concat([sent.select("waybill_no"), report.retracted.select("waybill_no")]).unique()
        stored = tx.matching(tables.tracking_events, waybills, *STORED)
        gone = retracted_of(tx, stored)
        live = stored.join(gone, on="event_key", how="anti").with_columns(told=telling("event_key"))

        late = _late_histories(sent, live, report)
        fresh = _fresh(sent, stored, live, late)
        lacking = _lacking(sent, live, report, late)
        back = live.filter(pl.col("told").is_in(withdrawn.implode()))
        tx.append(
            tables.tracking_events,
            fresh.with_columns(ingest_time=pl.lit(tx.at).dt.cast_time_unit("us")),
            stamp=True,
        )
        taken = _take_back(tx, lacking, back)
        now = standing(tx, waybills)
        if fresh.height or taken.height:  # a repeated push changes nothing, and is no commit
            known = pl.concat([stored, fresh.select(STORED)])
            now = store_tracks(tx, waybills, known, pl.concat([gone, taken.select("event_key")]))
            if work.settings.channels.gateway:
                tell_stages(tx, now, fresh)
        # Of all that have left, not of the newly told: a scan may come again after it was taken back.
        left = now.tracks.filter(pl.col("parcel_id").is_not_null() & pl.col("picked_up_at").is_not_null())
        changed = book_back(tx, now.unscanned)
        if book_out(tx, left.select("parcel_id", "picked_up_at")).pools_changed or changed:
            work.gate.reload_book()
        warnings = _warnings(tx, now.scanned)
        faults = (*report.faults, *early)
        tx.note(
            recorded=fresh.height, retracted=taken.height, refused=len(faults), unknown=dict(report.unknown),
            warnings=warnings, faults=faults[:FAULTS_KEPT],
        )  # fmt: skip
    withdrawn_rows = report.retracted.height
    return TrackReceipt(
        read=report.read,
        recorded=fresh.height,
        repeated=report.read - fresh.height - withdrawn_rows - len(faults),
        retracted=withdrawn_rows,
        refused=len(faults),
        missing=lacking.height,
        waybills=waybills.height,
        unmatched=now.tracks["parcel_id"].null_count(),
        picked_up=now.scanned.height,
        unknown=dict(report.unknown),
        warnings=warnings,
        faults=faults,
    )


def _in_time(told: pl.DataFrame, tx: Transaction) -> tuple[pl.DataFrame, tuple[dict[str, Any], ...]]:
    """The events that may have happened, and a sentence for each that lies in the future."""
    future = pl.col("event_time") > tx.at + AHEAD
    early = told.filter(future)
    faults = tuple(
        {
            "row": None,
            "waybill_no": number,
            "fault": f"The event of waybill {number} at {at:%Y-%m-%d %H:%M:%S} UTC has not come yet: a clock is wrong.",
        }
        for number, at in early.select("waybill_no", "event_time").iter_rows()
    )
    return told.filter(~future), faults


def _late_histories(sent: pl.DataFrame, live: pl.DataFrame, report: TrackingReport) -> pl.DataFrame:
    """Waybills whose whole history, as sent, ends before what the same provider told before: an old push, delayed.

    It may add what is missing; it takes nothing back, and restores nothing.
    """
    if not report.complete:
        return sent.select("waybill_no").clear()
    newest = sent.group_by("waybill_no").agg(pl.col("event_time").max().alias("newest"))
    known = (
        live.filter(pl.col("provider") == report.provider.value)
        .group_by("waybill_no")
        .agg(pl.col("event_time").max().alias("known"))
    )
    return newest.join(known, on="waybill_no").filter(pl.col("newest") < pl.col("known")).select("waybill_no")


def _fresh(sent: pl.DataFrame, stored: pl.DataFrame, live: pl.DataFrame, late: pl.DataFrame) -> pl.DataFrame:
    """What is to be appended: events never told, and those told anew after they had been taken back."""
    new = sent.join(live.select(event_key="told"), on="event_key", how="anti")
    before = stored.group_by(telling("event_key").alias("event_key")).agg(pl.len().alias("times"))
    first = new.join(before, on="event_key", how="anti")
    again = new.join(before, on="event_key").join(late, on="waybill_no", how="anti")
    renamed = again.with_columns(event_key=pl.format("{}{}{}", "event_key", pl.lit(AGAIN), "times")).drop("times")
    return pl.concat([first, renamed])


def _lacking(sent: pl.DataFrame, live: pl.DataFrame, report: TrackingReport, late: pl.DataFrame) -> pl.DataFrame:
    """Live events of the provider that a whole history does not have any more."""
    whole = pl.DataFrame({"waybill_no": sorted(report.complete)}, schema={"waybill_no": pl.String})
    known = live.filter(pl.col("provider") == report.provider.value)
    mine = known.join(whole, on="waybill_no", how="semi").join(late, on="waybill_no", how="anti")
    return mine.filter(~pl.col("raw_code").is_in(list(LASTING))).join(
        sent.select(told="event_key"), on="told", how="anti"
    )


def _take_back(tx: Transaction, lacking: pl.DataFrame, back: pl.DataFrame) -> pl.DataFrame:
    reasons = pl.concat(
        [
            lacking.select("event_key", reason=pl.lit("absent from the provider's later history")),
            back.select("event_key", reason=pl.lit("taken back by its provider")),
        ]
    ).unique("event_key", keep="last")
    tx.append(
        tables.tracking_retractions,
        reasons.with_columns(at=pl.lit(tx.at).dt.cast_time_unit("us")),
        stamp=True,
    )
    return reasons


def _warnings(tx: Transaction, scanned: pl.DataFrame) -> tuple[str, ...]:
    """A sentence for each parcel that was scanned before one of its orders was paid: 轨迹异常, or a wrong clock."""
    inside = tx.matching(tables.allocations, scanned.select("parcel_id"), "parcel_id", "order_id").unique()
    paid = tx.matching(tables.orders, inside.select("order_id").unique(), "order_id", "paid_at")
    latest = inside.join(paid, on="order_id").group_by("parcel_id").agg(pl.col("paid_at").max())
    odd = scanned.join(latest, on="parcel_id").filter(pl.col("picked_up_at") < pl.col("paid_at")).sort("waybill_no")
    return tuple(
        f"Waybill {number} was picked up at {at:%Y-%m-%d %H:%M:%S} UTC, before its order was paid: "
        "a clock is wrong, or it is 轨迹异常."
        for number, at in odd.select("waybill_no", "picked_up_at").iter_rows()
    )
