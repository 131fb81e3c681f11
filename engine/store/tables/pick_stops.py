"""Goods that must stay though a node was told to send them, and what nodes and carriers said became of them."""

from sqlalchemy import CheckConstraint, Table

from engine.store.tables.columns import big, instant, metadata, text

pick_stops = Table(
    "pick_stops",
    metadata,
    text("order_id", key=True),
    text("parcel_id", key=True),
    text("node"),
    text("carrier"),
    text("why"),  # StopWhy
    text("reached"),  # Reached: how far the goods were
    instant("asked_at"),
    big("version"),  # of the commit that ended the piece: a node that polls asks for what is newer
    text("state"),  # current state: StopState
    instant("state_at"),  # current state
    CheckConstraint("why IN ('cancelled', 'refunded', 'moved')"),
    CheckConstraint("reached IN ('planned', 'on_floor', 'labelled', 'gone')"),
    CheckConstraint("state IN ('open', 'stopped', 'shipped')"),
)
pick_stop_events = Table(  # facts: asked, and every answer of a node or a scan
    "pick_stop_events",
    metadata,
    big("version"),
    instant("at"),
    text("order_id"),
    text("parcel_id"),
    text("kind"),  # the state it moved to
    text("reason"),
    text("actor"),
)
