"""The questions of the buyer's own page: one function a view of views/18_buyers.sql, as in screens.py."""

from collections.abc import Sequence

import polars as pl

from engine.store.database import Database
from engine.store.screens import asked


def link_targets(database: Database, link_id: str) -> pl.DataFrame:
    """The order of a link: one row, or none."""
    return asked(database, "link_targets", clause="WHERE link_id = $link_id", link_id=link_id)


def buyer_parcels(database: Database, order_id: str, since: int = 0) -> pl.DataFrame:
    """The parcels in which the order stands, with track, forecast and published transit days."""
    return asked(database, "buyer_parcels", arguments="($order_id, $since)", order_id=order_id, since=since)


def buyer_goods(database: Database, order_id: str, since: int = 0) -> pl.DataFrame:
    """This order's goods by parcel."""
    return asked(database, "buyer_goods", arguments="($order_id, $since)", order_id=order_id, since=since)


def buyer_scans(
    database: Database, waybill_nos: Sequence[str] = (), since: int = 0, *, limit: int = 200
) -> pl.DataFrame:
    """What carriers told of these waybills, the newest first."""
    return asked(
        database,
        "buyer_scans",
        arguments="($waybills, $since)",
        clause="LIMIT $limit",
        waybills=list(waybill_nos),
        since=since,
        limit=limit,
    )


def asked_by_buyers(
    database: Database, order_id: str | None = None, *, state: str | None = None, limit: int = 1000
) -> pl.DataFrame:
    """What buyers asked for, of one order or of all, in one state or in any; the oldest first."""
    clause = (
        "WHERE ($order_id IS NULL OR order_id = $order_id) AND ($state IS NULL OR state = $state) "
        "ORDER BY asked_at, request_id LIMIT $limit"
    )
    return asked(database, "asked_by_buyers", clause=clause, order_id=order_id, state=state, limit=limit)


def open_offers(database: Database, order_id: str) -> pl.DataFrame:
    """The offer to wait that this order's buyer may answer: one row, or none."""
    return asked(database, "open_offers", clause="WHERE order_id = $order_id", order_id=order_id)


def open_options(database: Database, order_id: str) -> pl.DataFrame:
    """What a mass delay lets this order's buyer choose, with the compensation of each."""
    return asked(database, "open_options", clause="WHERE order_id = $order_id ORDER BY option", order_id=order_id)


def buyer_couriers(database: Database, parcel_ids: Sequence[str] = ()) -> pl.DataFrame:
    """Where the couriers of these parcels are."""
    return asked(database, "buyer_couriers", arguments="($parcels)", parcels=list(parcel_ids))
