"""Temperature and humidity on the way: readings, the probes that they come from, and excursions beyond a limit."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

cold_readings = Table(  # facts; no two of a probe at one moment
    "cold_readings",
    metadata,
    big("version"),
    text("probe_id"),
    instant("event_time"),
    instant("ingest_time"),
    Column("celsius", Float, nullable=False),
    Column("humidity", Float, nullable=True),  # percent relative
    text("fault", null=True),  # current state: SensorFault; null: it counts. Judged again when a reading comes late
)
cold_probes = Table(  # current state: a sensor with what it travels with; told from its readings alone
    "cold_probes",
    metadata,
    text("probe_id", key=True),
    text("device"),
    text("carried"),  # Carried
    text("subject"),  # the parcel's id or the vehicle's code
    text("layer"),
    instant("newest_at"),  # its last reading of any kind
    instant("good_at", null=True),  # its last reading that counts, and what that said
    Column("celsius", Float, nullable=True),
    Column("humidity", Float, nullable=True),
    text("fault", null=True),  # SensorFault of the last reading
    text("state"),  # WatchState: the worst of its watches
    text("memory"),  # JSON: the rest of what the machine must know
    big("gaps"),  # times that nothing was heard for too long
    big("version"),
    CheckConstraint("carried IN ('parcel', 'vehicle')"),
    CheckConstraint("layer IN ('ambient', 'chilled', 'frozen')"),
    CheckConstraint("fault IN ('impossible', 'stuck')"),
    CheckConstraint("state IN ('inside', 'over', 'open', 'easing')"),
)
cold_excursions = Table(  # current state: told from the readings, and again where a late one changes the story
    "cold_excursions",
    metadata,
    text("excursion_id", key=True),  # probe, breach and start
    text("probe_id"),
    text("breach"),  # Breach
    instant("started_at"),
    instant("alarm_at"),
    instant("ended_at", null=True),  # null: still open
    Column("minutes", Float, nullable=False),  # beyond the limit
    Column("degree_minutes", Float, nullable=False),  # degrees C (or percent) times minutes beyond it
    Column("peak", Float, nullable=False),  # degrees C, or percent
    big("version"),
    CheckConstraint("breach IN ('warm', 'cold', 'humid')"),
    CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ends_after_it_began"),
)
