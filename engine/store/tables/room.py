"""The record of every write, and what the room knows of itself."""

from sqlalchemy import Column, Integer, Table

from engine.store.tables.columns import big, instant, metadata, text

audit = Table(
    "audit",
    metadata,
    big("version", key=True),  # one a commit: the greatest is the data version
    instant("at"),
    text("actor"),
    text("verb"),
    text("subject"),
    text("detail"),  # JSON: what was asked for, before and after
)

schema_version = Table("schema_version", metadata, big("version", key=True), instant("applied_at"))

live_signals = Table(
    "live_signals",
    metadata,
    text("show_id"),
    instant("event_time"),
    instant("ingest_time"),
    big("viewers"),
    big("clicks"),
    big("version"),
)
job_runs = Table(
    "job_runs",
    metadata,
    text("job"),
    instant("started_at"),
    big("took_ms"),
    text("outcome"),  # done, idle, refused, failed
    text("detail"),
    big("version"),
    Column("runs", Integer, nullable=False),  # idle runs are written together, at most once a minute
)
invariant_checks = Table(
    "invariant_checks",
    metadata,
    text("invariant"),
    instant("checked_at"),
    big("breaches"),
    text("detail"),
    big("version"),
)
