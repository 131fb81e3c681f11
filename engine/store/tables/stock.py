"""Stock by lot, and what of it goes where: movements, balances, parcels, allocations."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

stock_movements = Table(
    "stock_movements",
    metadata,
    big("version"),
    instant("at"),
    text("node"),
    text("sku"),
    text("lot"),
    text("kind"),  # StockKind
    big("on_hand_delta"),
    big("quarantined_delta"),
    text("reference"),
)
stock_balance = Table(  # current state
    "stock_balance",
    metadata,
    text("node", key=True),
    text("sku", key=True),
    text("lot", key=True),
    big("on_hand"),
    big("reserved"),  # allocated to orders and still here
    big("quarantined"),
    CheckConstraint("on_hand >= 0 AND reserved >= 0 AND quarantined >= 0"),
    CheckConstraint("on_hand - reserved - quarantined >= 0", name="lot_never_oversold"),
)
parcels = Table(
    "parcels",
    metadata,
    text("parcel_id", key=True),
    text("node"),
    text("carrier"),
    text("layer"),
    Column("kg", Float, nullable=False),
    big("cost_cents"),
    instant("planned_at"),
    big("version"),
    text("status"),  # current state: planned, cancelled
    CheckConstraint("status IN ('planned', 'cancelled')"),
)
allocations = Table(
    "allocations",
    metadata,
    text("order_id"),
    text("parcel_id"),
    text("sku"),
    big("qty"),
    text("node"),
    text("lot"),
    text("carrier"),
    big("version"),
    CheckConstraint("qty > 0"),
)
departures = Table(  # current state: parcels that the carrier scanned at its pick-up, whose goods are off the books
    "departures",
    metadata,
    text("parcel_id", key=True),
    instant("picked_up_at"),
    instant("booked_at"),
    big("version"),
)
departures_undone = Table(  # facts: the carrier took the scan back, and the goods came back on the books
    "departures_undone",
    metadata,
    text("parcel_id", key=True),
    big("left_version", key=True),  # the commit in which the goods left
    instant("picked_up_at"),
    instant("booked_at"),
    instant("undone_at"),
    big("version"),
)
allocation_reasons = Table(
    "allocation_reasons",
    metadata,
    text("order_id", key=True),
    text("node", null=True),  # null: not served this time
    Column("km", Float, nullable=True),
    text("detail"),  # JSON: why here, which nodes were passed over and why; or why unserved
    instant("decided_at"),
    big("version"),
)
