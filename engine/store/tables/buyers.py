"""The buyer's own page: links that lead to an order without naming it, and what buyers asked for there."""

from sqlalchemy import CheckConstraint, Table, UniqueConstraint

from engine.store.tables.columns import big, instant, metadata, text

track_links = Table(  # facts: one row an order whose buyer got a link
    "track_links",
    metadata,
    text("link_id", key=True),  # 128 random bits: says nothing of the order, and cannot be counted through
    text("order_id"),
    instant("made_at"),
    big("version"),
    UniqueConstraint("order_id", name="one_link_an_order"),
)
buyer_requests = Table(
    "buyer_requests",
    metadata,
    text("request_id", key=True),
    text("order_id"),  # at most one open request an order and wish: see invariants.sql
    text("wish"),  # Wish
    text("detail"),  # JSON: what exactly; an address in it is personal data, so boards leave it out
    instant("asked_at"),
    big("version"),
    text("state"),  # current state: RequestState
    instant("state_at"),  # current state
    CheckConstraint("wish IN ('wait', 'change_time', 'change_address', 'refund')"),
    CheckConstraint("state IN ('open', 'done', 'declined', 'replaced')"),
)
buyer_request_events = Table(  # facts: everything that happened to a request after it was made
    "buyer_request_events",
    metadata,
    big("version"),
    instant("event_time"),
    instant("ingest_time"),
    text("request_id"),
    text("order_id"),
    text("kind"),  # the state it moved to
    text("reason"),
    text("actor"),
)
