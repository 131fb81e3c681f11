"""Every table, declared once, with keys and CHECKs, in the SQL that DuckDB and PostgreSQL share.

Facts are appended and never rewritten. Columns that hold *current state* say so; they are derived in the
transaction that appends the fact, and `verify` rebuilds them from facts and compares. Money is in cents, time
with its zone, JSON in text columns (both databases read it, neither has to agree on a JSON type).
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
)

SCHEMA_VERSION = 1

metadata = MetaData()


def _text(name: str, *, key: bool = False, null: bool = False) -> "Column[str]":
    return Column(name, Text, primary_key=key, nullable=null)


def _big(name: str, *, key: bool = False, null: bool = False) -> "Column[int]":
    return Column(name, BigInteger, primary_key=key, nullable=null, autoincrement=False)


def _instant(name: str, *, null: bool = False) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=null)


# --- the record of every write ---------------------------------------------------------------------------------
audit = Table(
    "audit",
    metadata,
    _big("version", key=True),  # one a commit: the greatest is the data version
    _instant("at"),
    _text("actor"),
    _text("verb"),
    _text("subject"),
    _text("detail"),  # JSON: what was asked for, before and after
)

schema_version = Table("schema_version", metadata, _big("version", key=True), _instant("applied_at"))

# --- the brand: master data, replaced as a whole by `seed` -----------------------------------------------------
skus = Table(
    "skus",
    metadata,
    _text("sku", key=True),
    _text("name_zh"),
    _text("name_en"),
    _text("category"),
    _text("layer"),
    _text("packaging"),
    Column("weight_kg", Float, nullable=False),
    Column("volume_l", Float, nullable=False),
    Column("shelf_life_days", Integer, nullable=True),
    _big("price_cents"),
    _big("cost_cents"),
    _text("supplier"),
    CheckConstraint("weight_kg > 0 AND volume_l > 0 AND price_cents >= 0 AND cost_cents >= 0"),
    CheckConstraint("layer IN ('ambient', 'chilled', 'frozen')"),
)
kits = Table("kits", metadata, _text("kit", key=True), _text("name_zh"), _text("name_en"), _big("price_cents"))
kit_lines = Table(
    "kit_lines",
    metadata,
    _text("kit", key=True),
    _text("sku", key=True),
    Column("qty", Integer, nullable=False),
    CheckConstraint("qty > 0"),
)
nodes = Table(
    "nodes",
    metadata,
    _text("node", key=True),
    _text("name_zh"),
    _text("name_en"),
    _text("kind"),
    _text("province"),
    _text("city"),
    _text("district"),
    _text("adcode"),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("throughput_per_hour", Integer, nullable=False),
    _text("cutoff", null=True),  # HH:MM, Beijing
    _text("layers"),  # separated by |
    CheckConstraint("kind IN ('warehouse', 'depot', 'store', 'pickup')"),
)
lots = Table(
    "lots",
    metadata,
    _text("lot", key=True),
    _text("sku"),
    Column("produced_on", Date, nullable=False),
    Column("expires_on", Date, nullable=True),
    _text("supplier"),
)
carriers = Table(
    "carriers",
    metadata,
    _text("carrier", key=True),
    _text("name_zh"),
    _text("name_en"),
    _text("kind"),
    _big("capacity_per_day"),
    Column("min_share", Float, nullable=False),
    Column("max_share", Float, nullable=False),
    Column("max_km", Float, nullable=True),
    _text("layers"),
    _text("hours"),
    CheckConstraint("min_share >= 0 AND max_share <= 1 AND min_share <= max_share"),
)
tariffs = Table(
    "tariffs",
    metadata,
    _text("carrier", key=True),
    _text("origin", key=True),  # adcode prefix or *
    _text("destination", key=True),  # adcode prefix or *; the longest that matches wins
    _text("layer", key=True),
    Column("fixed_yuan", Float, nullable=False),
    Column("per_kg_yuan", Float, nullable=False),
    Column("late_yuan", Float, nullable=False),
    Column("days", Float, nullable=False),
)
shows = Table(
    "shows",
    metadata,
    _text("show_id", key=True),
    _text("title_zh"),
    _text("title_en"),
    _text("platform", null=True),
    _text("anchors"),  # separated by |
    _instant("starts_at", null=True),  # null: always open
    _instant("ends_at", null=True),
    _big("province_quota", null=True),  # orders a province may take; null: no limit
)
show_items = Table(
    "show_items",
    metadata,
    _text("show_id", key=True),
    _text("sku", key=True),  # as sold: a SKU or a kit
    _big("price_cents"),
    _big("expected_units"),
    Column("from_minute", Integer, nullable=False),
)
regions = Table(
    "regions",
    metadata,
    _text("adcode", key=True),
    _text("level"),
    _text("province"),
    _text("city", null=True),
    _text("district", null=True),
    Column("lat", Float, nullable=True),
    Column("lon", Float, nullable=True),
)

# --- promises: pools and quotas --------------------------------------------------------------------------------
pool_movements = Table(
    "pool_movements",
    metadata,
    _big("version"),
    _instant("at"),
    _text("show_id"),
    _text("sku"),
    _big("delta"),
    _text("reason"),
)
pool_balance = Table(  # current state: one row a show and physical SKU
    "pool_balance",
    metadata,
    _text("show_id", key=True),
    _text("sku", key=True),
    _big("quantity"),  # sum of pool_movements
    _big("reserved"),  # units of orders that hold stock
    CheckConstraint("reserved >= 0 AND reserved <= quantity", name="pool_never_oversold"),
)
quota_balance = Table(  # current state: one row a show and province that has a limit
    "quota_balance",
    metadata,
    _text("show_id", key=True),
    _text("province", key=True),
    _big("quantity"),
    _big("reserved"),
    CheckConstraint("reserved >= 0 AND reserved <= quantity", name="quota_never_exceeded"),
)

# --- orders ----------------------------------------------------------------------------------------------------
orders = Table(
    "orders",
    metadata,
    _text("order_id", key=True),  # platform:order_no
    _text("platform"),
    _text("order_no"),
    _text("show_id"),
    _text("anchor", null=True),
    _text("buyer"),
    _text("province"),
    _text("city"),
    _text("district", null=True),
    _text("street", null=True),
    _text("address", null=True),
    _text("adcode"),
    _instant("created_at"),
    _instant("paid_at"),
    _instant("promise_at"),
    _big("amount_cents"),
    _big("units"),
    _big("list_cents"),  # what the catalogue asked for the same lines; 0: no price known
    _big("rows"),  # rows of the source that made this order
    _big("fingerprint"),
    _instant("received_at"),
    _big("version"),  # the commit that brought it
    _big("arrival"),  # place in the order of decisions: 1, 2, 3 ... over the whole life of the database
    _text("outcome"),  # the first decision: reserved, held, sold_out, cancelled or refunded
    _text("reason"),  # of the first decision, as a JSON list of {rule, detail}
    _text("status"),  # current state
    _instant("status_at"),  # current state
    CheckConstraint("amount_cents >= 0 AND units > 0"),
    CheckConstraint("status IN ('reserved', 'held', 'sold_out', 'allocated', 'cancelled', 'refunded')"),
)
order_lines = Table(
    "order_lines",
    metadata,
    _text("order_id", key=True),
    Column("line_no", Integer, primary_key=True, autoincrement=False),
    _text("sold_sku"),
    Column("sold_qty", Integer, nullable=False),
    _text("kit", null=True),
    _text("sku"),
    Column("qty", Integer, nullable=False),
    _big("amount_cents"),
    _big("version"),
    CheckConstraint("qty > 0 AND sold_qty > 0 AND amount_cents >= 0"),
)
order_events = Table(  # everything that happened to an order after its first decision
    "order_events",
    metadata,
    _big("version"),
    _instant("event_time"),
    _instant("ingest_time"),
    _text("order_id"),
    _text("kind"),  # the status it moved to, or 'early_cancelled' / 'early_refunded' for an order not yet seen
    _text("reason"),
    _text("actor"),
)
unpaid_orders = Table(
    "unpaid_orders",
    metadata,
    _text("order_id", key=True),
    _instant("created_at"),
    _text("province"),
    _big("amount_cents"),
    _big("rows"),
    _instant("seen_at"),
    _big("version"),
)
intake_batches = Table(
    "intake_batches",
    metadata,
    _text("batch_id", key=True),
    _text("source"),
    _instant("received_at"),
    _big("read"),
    _big("accepted"),
    _big("duplicate"),
    _big("unpaid"),
    _big("quarantined"),
    _big("changed"),  # of the duplicates: rows that brought news, such as a refund
    _big("version"),
    CheckConstraint("read = accepted + duplicate + unpaid + quarantined", name="every_row_ends_once"),
)
quarantine = Table(
    "quarantine",
    metadata,
    _text("row_id", key=True),  # of source format and content: the same bad row twice is one row here
    _text("source"),
    _text("format"),
    _big("row"),
    _text("order_id", null=True),
    _text("raw"),
    _text("fault"),
    _instant("received_at"),
    _big("version"),
    _text("state"),  # current state: open, released, dropped
    _instant("resolved_at", null=True),
    _text("resolved_by", null=True),
    CheckConstraint("state IN ('open', 'released', 'dropped')"),
)

# --- stock -----------------------------------------------------------------------------------------------------
stock_movements = Table(
    "stock_movements",
    metadata,
    _big("version"),
    _instant("at"),
    _text("node"),
    _text("sku"),
    _text("lot"),
    _text("kind"),  # StockKind
    _big("on_hand_delta"),
    _big("quarantined_delta"),
    _text("reference"),
)
stock_balance = Table(  # current state
    "stock_balance",
    metadata,
    _text("node", key=True),
    _text("sku", key=True),
    _text("lot", key=True),
    _big("on_hand"),
    _big("reserved"),  # allocated to orders and still here
    _big("quarantined"),
    CheckConstraint("on_hand >= 0 AND reserved >= 0 AND quarantined >= 0"),
    CheckConstraint("on_hand - reserved - quarantined >= 0", name="lot_never_oversold"),
)
parcels = Table(
    "parcels",
    metadata,
    _text("parcel_id", key=True),
    _text("node"),
    _text("carrier"),
    _text("layer"),
    Column("kg", Float, nullable=False),
    _big("cost_cents"),
    _instant("planned_at"),
    _big("version"),
    _text("status"),  # current state: planned, cancelled
    CheckConstraint("status IN ('planned', 'cancelled')"),
)
allocations = Table(
    "allocations",
    metadata,
    _text("order_id"),
    _text("parcel_id"),
    _text("sku"),
    _big("qty"),
    _text("node"),
    _text("lot"),
    _text("carrier"),
    _big("version"),
    CheckConstraint("qty > 0"),
)
allocation_reasons = Table(
    "allocation_reasons",
    metadata,
    _text("order_id", key=True),
    _text("node", null=True),  # null: not served this time
    Column("km", Float, nullable=True),
    _text("detail"),  # JSON: why here, which nodes were passed over and why; or why unserved
    _instant("decided_at"),
    _big("version"),
)

# --- the room itself -------------------------------------------------------------------------------------------
live_signals = Table(
    "live_signals",
    metadata,
    _text("show_id"),
    _instant("event_time"),
    _instant("ingest_time"),
    _big("viewers"),
    _big("clicks"),
    _big("version"),
)
job_runs = Table(
    "job_runs",
    metadata,
    _text("job"),
    _instant("started_at"),
    _big("took_ms"),
    _text("outcome"),  # done, idle, refused, failed
    _text("detail"),
    _big("version"),
    Column("runs", Integer, nullable=False),  # idle runs are written together, at most once a minute
)
invariant_checks = Table(
    "invariant_checks",
    metadata,
    _text("invariant"),
    _instant("checked_at"),
    _big("breaches"),
    _text("detail"),
    _big("version"),
)
