"""Orders, their lines and events, and the rows that could not become orders."""

from sqlalchemy import CheckConstraint, Column, Integer, Table

from engine.store.tables.columns import big, instant, metadata, text

orders = Table(
    "orders",
    metadata,
    text("order_id", key=True),  # platform:order_no
    text("platform"),
    text("order_no"),
    text("show_id"),
    text("anchor", null=True),
    text("buyer"),
    text("province"),
    text("city"),
    text("district", null=True),
    text("street", null=True),
    text("address", null=True),
    text("adcode"),
    instant("created_at"),
    instant("paid_at"),
    instant("promise_at"),  # current state: moved by promise_moves, else as it came
    big("amount_cents"),
    big("units"),
    big("list_cents"),  # what the catalogue asked for the same lines; 0: no price known
    big("rows"),  # rows of the source that made this order
    big("fingerprint"),
    instant("received_at"),
    big("version"),  # the commit that brought it
    big("arrival"),  # place in the order of decisions: 1, 2, 3 ... over the whole life of the database
    text("outcome"),  # the first decision: reserved, held, sold_out, cancelled or refunded
    text("reason"),  # of the first decision, as a JSON list of {rule, detail}
    text("status"),  # current state
    instant("status_at"),  # current state
    CheckConstraint("amount_cents >= 0 AND units > 0"),
    CheckConstraint("status IN ('reserved', 'held', 'sold_out', 'allocated', 'cancelled', 'refunded')"),
)
order_lines = Table(
    "order_lines",
    metadata,
    text("order_id", key=True),
    Column("line_no", Integer, primary_key=True, autoincrement=False),
    text("sold_sku"),
    Column("sold_qty", Integer, nullable=False),
    text("kit", null=True),
    text("sku"),
    Column("qty", Integer, nullable=False),
    big("amount_cents"),
    big("version"),
    CheckConstraint("qty > 0 AND sold_qty > 0 AND amount_cents >= 0"),
)
order_events = Table(  # everything that happened to an order after its first decision
    "order_events",
    metadata,
    big("version"),
    instant("event_time"),
    instant("ingest_time"),
    text("order_id"),
    text("kind"),  # the status it moved to, or 'early_cancelled' / 'early_refunded' for an order not yet seen
    text("reason"),
    text("actor"),
)
unpaid_orders = Table(
    "unpaid_orders",
    metadata,
    text("order_id", key=True),
    instant("created_at"),
    text("province"),
    big("amount_cents"),
    big("rows"),
    instant("seen_at"),
    big("version"),
)
intake_batches = Table(
    "intake_batches",
    metadata,
    text("batch_id", key=True),
    text("source"),
    instant("received_at"),
    big("read"),
    big("accepted"),
    big("duplicate"),
    big("unpaid"),
    big("quarantined"),
    big("changed"),  # of the duplicates: rows that brought news, such as a refund
    big("version"),
    CheckConstraint("read = accepted + duplicate + unpaid + quarantined", name="every_row_ends_once"),
)
quarantine = Table(
    "quarantine",
    metadata,
    text("row_id", key=True),  # of source format and content: the same bad row twice is one row here
    text("source"),
    text("format"),
    big("row"),
    text("order_id", null=True),
    text("raw"),
    text("fault"),
    instant("received_at"),
    big("version"),
    text("state"),  # current state: open, released, dropped
    instant("resolved_at", null=True),
    text("resolved_by", null=True),
    CheckConstraint("state IN ('open', 'released', 'dropped')"),
)
