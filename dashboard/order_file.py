"""What the page of one order needs to know, asked together."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from engine.store.database import Database
from engine.store.screens import room as screens
from engine.store.screens import search as search_screens
from engine.store.screens import tracking as tracking_screens


@dataclass(frozen=True, slots=True)
class OrderFile:
    """All that is known of one order. `head` has no row where there is no such order."""

    head: pl.DataFrame
    goods: pl.DataFrame
    story: pl.DataFrame
    picks: pl.DataFrame
    reason: pl.DataFrame
    nodes: pl.DataFrame
    carriers: pl.DataFrame
    sold_out: pl.DataFrame
    tracking: pl.DataFrame
    trail: pl.DataFrame  # all that happened to it besides its own story
    waiting: pl.DataFrame  # orders_on_hold: one row while its buyer is asked to wait, or waits


def order_file(database: Database, order_id: str, as_of: datetime) -> OrderFile:
    """Ask for one order."""
    return OrderFile(
        head=screens.order_head(database, order_id),
        goods=screens.order_goods(database, order_id),
        story=screens.order_story(database, order_id),
        picks=screens.order_picks(database, order_id),
        reason=screens.node_reason(database, order_id),
        nodes=screens.node_load(database),
        carriers=screens.carrier_mix(database),
        sold_out=screens.sold_out(database, order_id),
        tracking=tracking_screens.order_tracking(database, order_id),
        trail=pl.concat(
            [
                search_screens.parcel_trail(database, order_id),
                search_screens.scan_trail(database, order_id),
                search_screens.buyer_trail(database, order_id),
                search_screens.commits_about(database, order_id),
            ]
        ),
        waiting=screens.orders_on_hold(database, as_of, order_id=order_id),
    )
