"""Alerts: one row a root cause, and everything that happened to it."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

alerts = Table(
    "alerts",
    metadata,
    text("alert_id", key=True),
    text("condition"),  # Condition
    text("cause"),  # JSON list of [dimension, value], sorted: the same cause is the same text
    instant("raised_at"),
    big("version"),
    text("state"),  # current state: AlertState
    instant("state_at"),  # current state
    text("severity"),  # current state: Severity
    text("under", null=True),  # current state: the alert that explains this one; it stands on that one's card
    Column("measure", Float, nullable=False),  # current state: the number that is compared, in the rule's unit
    big("orders"),  # current state: concerned
    big("cents"),  # current state: at stake
    text("facts"),  # current state: JSON of what its sentence names
    instant("quiet_since", null=True),  # current state: since when it is no longer bad enough; null: it is
    text("silence", null=True),  # why nobody was told: under, quiet_hours, budget; null: somebody was
    CheckConstraint("state IN ('open', 'acknowledged', 'escalated', 'cleared')"),
    CheckConstraint("severity IN ('warning', 'critical')"),
    CheckConstraint("silence IN ('under', 'quiet_hours', 'budget')"),
)
alert_events = Table(  # facts: raised, worse, acknowledged, escalated, cleared
    "alert_events",
    metadata,
    big("version"),
    instant("at"),
    text("alert_id"),
    text("kind"),  # the state it moved to
    text("severity"),
    text("reason"),
    text("actor"),
)
