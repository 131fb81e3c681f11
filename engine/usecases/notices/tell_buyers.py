"""Tells buyers how their parcels fare, in the commit that learns of it: picked up, out for delivery, held up with many.

Costs nothing where the brand has no gateway: the callers look first.
"""

from datetime import timedelta

import polars as pl

from engine.model.frames import INSTANT
from engine.model.notices import NoticeKind
from engine.model.tracking import Scan, Stage
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.notices.notice_policy import load_notice_templates
from engine.usecases.notices.write_notice import has_gateway, write_buyer_notices
from engine.usecases.road.tracks import Tracked


def tell_stages(tx: Transaction, tracked: Tracked, fresh: pl.DataFrame) -> int:
    """Notices for what a report of scans brought: `fresh` are its new events. Old news (a history that is read in, a
    push that is days late) is not told. Returns how many were written."""
    picked = tracked.scanned.select("waybill_no", "parcel_id", at="picked_up_at")
    out = (
        fresh.filter(pl.col("scan") == Scan.OUT_FOR_DELIVERY.value)
        .group_by("waybill_no")
        .agg(at=pl.col("event_time").max())
        .join(
            tracked.tracks.filter(pl.col("stage") == Stage.OUT_FOR_DELIVERY.value).select("waybill_no", "parcel_id"),
            on="waybill_no",
        )
        .filter(pl.col("parcel_id").is_not_null())
        .select("waybill_no", "parcel_id", "at")
    )
    told = 0
    for kind, parcels in ((NoticeKind.PICKED_UP, picked), (NoticeKind.OUT_FOR_DELIVERY, out)):
        good = timedelta(hours=load_notice_templates().by_kind[kind].good_hours)
        recent = parcels.filter(pl.col("at") > pl.lit(tx.at - good, dtype=INSTANT))
        if recent.is_empty():
            continue
        orders = _orders_in(tx, recent)
        # A second try to deliver, on another day, is told again.
        day = pl.col("at").dt.convert_time_zone("Asia/Shanghai").dt.date().cast(pl.String)
        cause = [pl.lit(kind.value), pl.col("order_id"), pl.col("waybill_no")]
        if kind is NoticeKind.OUT_FOR_DELIVERY:
            cause.append(day)
        named = orders.with_columns(cause=pl.concat_str(cause, separator=":"))
        fields = ["order_no", "carrier"] + (["waybill_no"] if kind is NoticeKind.PICKED_UP else [])
        told += write_buyer_notices(tx, kind, named.select("order_id", "cause", *fields))
    return told


def tell_held_up(tx: Transaction, incident_id: str, orders: pl.DataFrame) -> int:
    """Notices to the buyers of `orders` (order_id, parcel_id) that a mass delay holds up and who may now choose."""
    if orders.is_empty() or not has_gateway(tx):
        return 0
    named = _orders_in(tx, orders.select("parcel_id").unique()).join(orders, on=["order_id", "parcel_id"], how="semi")
    late = named.with_columns(cause=pl.concat_str(pl.lit(f"late:{incident_id}"), "order_id", separator=":"))
    return write_buyer_notices(tx, NoticeKind.LATE, late.select("order_id", "cause", "order_no", "carrier"))


def _orders_in(tx: Transaction, parcels: pl.DataFrame) -> pl.DataFrame:
    """`parcels` with order_id, order_no and carrier (its name by language) of each order in them."""
    keys = parcels.select("parcel_id").unique()
    inside = tx.matching(tables.allocations, keys, "parcel_id", "order_id").unique()
    ended = tx.matching(tables.ended_allocations, inside, "order_id", "parcel_id")
    standing = inside.join(ended, on=["order_id", "parcel_id"], how="anti")
    numbers = tx.matching(tables.orders, standing.select("order_id").unique(), "order_id", "order_no")
    carried = tx.matching(tables.parcels, keys, "parcel_id", "carrier")
    names = tx.matching(tables.carriers, carried.select("carrier").unique(), "carrier", "name_zh", "name_en")
    return (
        parcels.join(standing, on="parcel_id")
        .join(numbers, on="order_id")
        .join(carried, on="parcel_id")
        .join(names, on="carrier")
        .with_columns(carrier=pl.struct(zh="name_zh", en="name_en"))
        .drop("name_zh", "name_en")
    )
