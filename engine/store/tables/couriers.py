"""Riders: where they were, where each is now, and what each has to do next.

`courier` is the sender's own code of a rider, a van or a box; it is no name and no number that could be called.
"""

from sqlalchemy import CheckConstraint, Column, Float, Integer, Table

from engine.store.tables.columns import big, instant, metadata, text

courier_positions = Table(  # facts, as long as data/rules/couriers.toml keeps them; no two of a courier at one moment
    "courier_positions",
    metadata,
    big("version"),
    text("courier"),
    text("node", null=True),  # that the rider works for; null: not said
    instant("event_time"),
    instant("ingest_time"),
    Column("lon", Float, nullable=False),  # WGS-84
    Column("lat", Float, nullable=False),
    text("datum"),  # Datum in which it came
    Column("speed_kmh", Float, nullable=True),  # as the device measured it; null: not said
    Column("accuracy_m", Float, nullable=True),
    CheckConstraint("lon >= -180 AND lon <= 180 AND lat >= -90 AND lat <= 90"),
    CheckConstraint("datum IN ('wgs84', 'gcj02', 'bd09')"),
)
courier_now = Table(  # current state: the newest position of each courier, and the way that led there
    "courier_now",
    metadata,
    text("courier", key=True),
    text("node", null=True),
    text("city", null=True),  # adcode of the city of the nearest district's seat; null: too far from any
    instant("event_time"),
    instant("ingest_time"),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("speed_kmh", Float, nullable=True),  # while moving, over the last minutes of the trail; null: not moving
    text("trail"),  # JSON [[lon, lat, unix seconds], ...], oldest first, thinned
    big("version"),
)
courier_tasks = Table(  # current state: one row a stop that a courier was given
    "courier_tasks",
    metadata,
    text("task_id", key=True),
    text("courier"),
    text("parcel_id", null=True),  # null: a stop without a parcel of ours
    Column("seq", Integer, nullable=False),  # the order in which the courier means to stop
    Column("lon", Float, nullable=False),  # WGS-84
    Column("lat", Float, nullable=False),
    text("place"),  # what the stop is called on the map; a division where only the parcel was given
    instant("due_at", null=True),
    text("state"),  # TaskState
    instant("assigned_at"),
    instant("ended_at", null=True),
    big("version"),
    CheckConstraint("state IN ('open', 'done', 'dropped')"),
    CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_when_not_open"),
)
courier_task_changes = Table(  # facts: a task was given, moved in the order of stops, done or dropped
    "courier_task_changes",
    metadata,
    big("version"),
    instant("event_time"),
    instant("ingest_time"),
    text("task_id"),
    text("courier"),
    text("parcel_id", null=True),
    Column("seq", Integer, nullable=False),
    text("state"),
    text("actor"),
)
