"""The floor: where goods lie in a node, what they are packed in, what broke before, and the waves released."""

from sqlalchemy import CheckConstraint, Column, Float, Integer, Table, UniqueConstraint

from engine.store.tables.columns import big, instant, metadata, text

bins = Table(
    "bins",
    metadata,
    text("node", key=True),
    text("sku", key=True),
    Column("aisle", Integer, nullable=False),
    Column("bay", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    CheckConstraint("aisle > 0 AND bay > 0 AND level > 0"),
)
packing_materials = Table(
    "packing_materials",
    metadata,
    text("material", key=True),
    text("name_zh"),
    text("name_en"),
    big("cost_cents"),  # one piece
    Column("max_kg", Float, nullable=False),
    Column("max_l", Float, nullable=False),
    text("goods"),  # what packaging of goods may travel in it, separated by |
    text("layers"),  # separated by |
    CheckConstraint("cost_cents >= 0 AND max_kg > 0 AND max_l > 0"),
)
damage_history = Table(
    "damage_history",
    metadata,
    text("packaging", key=True),  # of the goods
    text("carrier", key=True),
    text("destination", key=True),  # adcode prefix or *
    text("material", key=True),
    big("shipped"),  # units
    big("damaged"),
    CheckConstraint("shipped > 0 AND damaged >= 0 AND damaged <= shipped"),
)
waves = Table(
    "waves",
    metadata,
    text("wave_id", key=True),
    text("node"),
    text("carrier"),
    text("area"),  # adcode prefix of the destinations
    text("layer"),
    instant("due_at"),  # the earliest promise in it
    instant("leaves_at"),  # the carrier's next pick-up when it was released
    text("reason"),  # WaveReason
    big("parcels"),  # as released; what was cancelled since is still counted
    big("orders"),
    big("units"),
    Column("kg", Float, nullable=False),
    instant("released_at"),
    text("released_by"),
    big("version"),
    CheckConstraint("reason IN ('full', 'pressed', 'waiting')"),
    CheckConstraint("parcels > 0 AND orders > 0 AND units > 0", name="no_empty_wave"),
)
wave_parcels = Table(
    "wave_parcels",
    metadata,
    text("parcel_id", key=True),  # a parcel is in one wave at most
    text("wave_id"),
    Column("slot", Integer, nullable=False),  # its place in the put wall: 1, 2, 3 ...
    big("version"),
    CheckConstraint("slot > 0"),
    UniqueConstraint("wave_id", "slot", name="one_parcel_a_slot"),
)
