"""The questions of the buyer's own page: one function a view of views/18_buyers.sql."""

from collections.abc import Sequence

import polars as pl

from engine.store.database import Database
from engine.store.screens.room import asked

_OF_THESE = "order_id IN (SELECT unnest($orders::VARCHAR[]))"


def link_targets(database: Database, link_ids: Sequence[str] = ()) -> pl.DataFrame:
    """The orders of links: a row for each link that leads somewhere."""
    return asked(database, "link_targets", arguments="($links)", links=list(link_ids))


def buyer_parcels(database: Database, order_ids: Sequence[str] = (), since: int = 0) -> pl.DataFrame:
    """The parcels in which orders stand, with track, forecast and published transit days."""
    return asked(database, "buyer_parcels", arguments="($orders, $since)", orders=list(order_ids), since=since)


def buyer_goods(database: Database, order_ids: Sequence[str] = (), since: int = 0) -> pl.DataFrame:
    """These orders' goods by order and parcel."""
    return asked(database, "buyer_goods", arguments="($orders, $since)", orders=list(order_ids), since=since)


def buyer_scans(
    database: Database, waybill_nos: Sequence[str] = (), since: int = 0, *, most: int = 200
) -> pl.DataFrame:
    """What carriers told of these waybills, of each the newest first and at most `most`."""
    return asked(
        database,
        "buyer_scans",
        arguments="($waybills, $since, $most)",
        waybills=list(waybill_nos),
        since=since,
        most=most,
    )


def asked_by_buyers(database: Database, *, state: str | None = None, limit: int = 1000) -> pl.DataFrame:
    """What buyers asked for, in one state or in any; the oldest first."""
    clause = "WHERE $state IS NULL OR state = $state ORDER BY asked_at, request_id LIMIT $limit"
    return asked(database, "asked_by_buyers", clause=clause, state=state, limit=limit)


def asked_for_orders(database: Database, order_ids: Sequence[str] = ()) -> pl.DataFrame:
    """What the buyers of these orders asked for, the oldest first."""
    clause = f"WHERE {_OF_THESE} ORDER BY asked_at, request_id"
    return asked(database, "asked_by_buyers", clause=clause, orders=list(order_ids))


def open_offers(database: Database, order_ids: Sequence[str] = ()) -> pl.DataFrame:
    """The offer to wait that an order's buyer may answer: one row, or none, of each of these orders."""
    return asked(database, "open_offers", clause=f"WHERE {_OF_THESE}", orders=list(order_ids))


def open_options(database: Database, order_ids: Sequence[str] = ()) -> pl.DataFrame:
    """What a mass delay lets these orders' buyers choose, with the compensation of each."""
    clause = f"WHERE {_OF_THESE} ORDER BY order_id, option"
    return asked(database, "open_options", clause=clause, orders=list(order_ids))


def buyer_couriers(database: Database, parcel_ids: Sequence[str] = ()) -> pl.DataFrame:
    """Where the couriers of these parcels are."""
    return asked(database, "buyer_couriers", arguments="($parcels)", parcels=list(parcel_ids))
