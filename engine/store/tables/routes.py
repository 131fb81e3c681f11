"""Routes of a store's riders: each plan with its tours, their stops in order, and what no tour takes."""

from sqlalchemy import CheckConstraint, Column, Float, Integer, Table

from engine.store.tables.columns import big, instant, metadata, text

route_plans = Table(  # facts: one row a planning; the newest of a node is the one that counts
    "route_plans",
    metadata,
    big("version", key=True),
    text("node"),
    instant("planned_at"),
    instant("starts_at"),
    text("planned_by"),
    big("routes"),
    big("stops"),
    big("missed"),
    CheckConstraint("routes >= 0 AND stops >= routes AND missed >= 0"),
)
rider_routes = Table(
    "rider_routes",
    metadata,
    text("route_id", key=True),
    big("version"),
    text("node"),
    text("carrier"),
    Column("rider", Integer, nullable=False),  # 1, 2, 3 ... of the store; which person, the store says
    instant("leaves_at"),
    instant("back_at"),
    Column("metres", Float, nullable=False),  # by road, as far as straight lines and a detour tell; back included
    Column("kg", Float, nullable=False),
    big("stops"),
    CheckConstraint("stops > 0 AND metres >= 0 AND back_at >= leaves_at"),
)
route_stops = Table(
    "route_stops",
    metadata,
    text("route_id", key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    text("parcel_id"),
    big("version"),
    Column("lon", Float, nullable=False),  # WGS-84
    Column("lat", Float, nullable=False),
    instant("arrives_at"),
    instant("due_at"),
    Column("metres", Float, nullable=False),  # from the stop before
    Column("kg", Float, nullable=False),
)
route_misses = Table(
    "route_misses",
    metadata,
    big("version", key=True),
    text("parcel_id", key=True),
    text("carrier"),
    text("reason"),  # WhyMissed
    instant("due_at"),
)
