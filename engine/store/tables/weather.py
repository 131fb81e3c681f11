"""What is told of weather and of carriers' hubs: facts that are never rewritten, each with when it could be known."""

from sqlalchemy import CheckConstraint, Column, Float, Index, Table

from engine.store.tables.columns import big, instant, metadata, text

weather = Table(  # facts: one row an hour, place, source and issue; what an issue repeats of the one before is left out
    "weather",
    metadata,
    text("place"),  # adcode of a city or a province
    instant("valid_at"),
    instant("issued_at"),  # event time: from then on it could be known
    instant("ingest_time"),
    text("kind"),  # WeatherKind
    Column("precipitation_mm", Float, nullable=True),  # of the hour that ends at valid_at
    Column("snowfall_cm", Float, nullable=True),
    Column("wind_kmh", Float, nullable=True),
    Column("celsius", Float, nullable=True),
    big("code", null=True),  # WMO
    text("source"),
    big("version"),
    CheckConstraint("kind IN ('forecast', 'observed')"),
    CheckConstraint("precipitation_mm >= 0 AND snowfall_cm >= 0 AND wind_kmh >= 0"),
)
Index("weather_of_an_hour", weather.c.place, weather.c.valid_at).ddl_if(dialect="postgresql")
hub_states = Table(  # facts: what somebody said of a hub; the last word counts
    "hub_states",
    metadata,
    text("hub"),  # adcode of its city
    text("name"),
    text("condition"),  # HubCondition
    instant("begins_at"),  # event time
    instant("ends_at", null=True),
    instant("ingest_time"),  # from then on the room knew
    Column("backlog_hours", Float, nullable=True),
    text("said_by"),
    text("source"),
    big("version"),
    CheckConstraint("condition IN ('clear', 'busy', 'congested', 'closed')"),
    CheckConstraint("backlog_hours >= 0"),
    CheckConstraint("ends_at > begins_at", name="a_hub_state_lasts"),
)
delay_drift = Table(  # facts: one row a look and thing looked at
    "delay_drift",
    metadata,
    text("look_id", key=True),
    text("what", key=True),  # Watched: an input, the chances, or the calibration
    instant("looked_at"),
    Column("figure", Float, nullable=False),  # PSI, or for the calibration the mean chance less the share late
    big("parcels"),  # of the newer side
    text("state"),  # DriftState: calm, watch, alarm
    big("version"),
    CheckConstraint("state IN ('calm', 'watch', 'alarm')"),
    CheckConstraint("parcels >= 0"),
)
