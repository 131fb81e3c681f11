"""Master data: the brand as `seed` put it in."""

from sqlalchemy import CheckConstraint, Column, Date, Float, Integer, Table

from engine.store.tables.columns import big, instant, metadata, text

skus = Table(
    "skus",
    metadata,
    text("sku", key=True),
    text("name_zh"),
    text("name_en"),
    text("category"),
    text("layer"),
    text("packaging"),
    Column("weight_kg", Float, nullable=False),
    Column("volume_l", Float, nullable=False),
    Column("shelf_life_days", Integer, nullable=True),
    big("price_cents"),
    big("cost_cents"),
    text("supplier"),
    CheckConstraint("weight_kg > 0 AND volume_l > 0 AND price_cents >= 0 AND cost_cents >= 0"),
    CheckConstraint("layer IN ('ambient', 'chilled', 'frozen')"),
)
kits = Table("kits", metadata, text("kit", key=True), text("name_zh"), text("name_en"), big("price_cents"))
kit_lines = Table(
    "kit_lines",
    metadata,
    text("kit", key=True),
    text("sku", key=True),
    Column("qty", Integer, nullable=False),
    CheckConstraint("qty > 0"),
)
nodes = Table(
    "nodes",
    metadata,
    text("node", key=True),
    text("name_zh"),
    text("name_en"),
    text("kind"),
    text("province"),
    text("city"),
    text("district"),
    text("adcode"),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("throughput_per_hour", Integer, nullable=False),
    text("cutoff", null=True),  # HH:MM, Beijing
    text("layers"),  # separated by |
    CheckConstraint("kind IN ('warehouse', 'depot', 'store', 'pickup')"),
)
lots = Table(
    "lots",
    metadata,
    text("lot", key=True),
    text("sku"),
    Column("produced_on", Date, nullable=False),
    Column("expires_on", Date, nullable=True),
    text("supplier"),
)
carriers = Table(
    "carriers",
    metadata,
    text("carrier", key=True),
    text("name_zh"),
    text("name_en"),
    text("kind"),
    big("capacity_per_day"),
    Column("min_share", Float, nullable=False),
    Column("max_share", Float, nullable=False),
    Column("max_km", Float, nullable=True),
    text("layers"),
    text("hours"),
    CheckConstraint("min_share >= 0 AND max_share <= 1 AND min_share <= max_share"),
)
tariffs = Table(
    "tariffs",
    metadata,
    text("carrier", key=True),
    text("origin", key=True),  # adcode prefix or *
    text("destination", key=True),  # adcode prefix or *; the longest that matches wins
    text("layer", key=True),
    Column("fixed_yuan", Float, nullable=False),
    Column("per_kg_yuan", Float, nullable=False),
    Column("late_yuan", Float, nullable=False),
    Column("days", Float, nullable=False),
)
shows = Table(
    "shows",
    metadata,
    text("show_id", key=True),
    text("title_zh"),
    text("title_en"),
    text("platform", null=True),
    text("anchors"),  # separated by |
    instant("starts_at", null=True),  # null: always open
    instant("ends_at", null=True),
    big("province_quota", null=True),  # orders a province may take; null: no limit
)
show_items = Table(
    "show_items",
    metadata,
    text("show_id", key=True),
    text("sku", key=True),  # as sold: a SKU or a kit
    big("price_cents"),
    big("expected_units"),
    Column("from_minute", Integer, nullable=False),
)
regions = Table(
    "regions",
    metadata,
    text("adcode", key=True),
    text("level"),
    text("province"),
    text("city", null=True),
    text("district", null=True),
    Column("lat", Float, nullable=True),
    Column("lon", Float, nullable=True),
)
