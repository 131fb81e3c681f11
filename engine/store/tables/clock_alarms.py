"""Alarms of clocks about to run out, and everything that happened to each."""

from sqlalchemy import CheckConstraint, Table

from engine.store.tables.columns import big, instant, metadata, text

clock_alarms = Table(  # one row an alarm; a cause has at most one that is not cleared: see invariants.sql
    "clock_alarms",
    metadata,
    text("alarm_id", key=True),
    text("watch"),  # Watch
    text("carrier"),  # '': nothing planned yet
    text("place"),  # node, or lane such as 33>44; '': nothing planned yet
    text("desk"),  # Desk that had to act when it was raised
    instant("raised_at"),
    big("version"),
    text("state"),  # current state: AlarmState
    instant("state_at"),  # current state
    instant("quiet_since", null=True),  # current state: since when there is too little behind it to stay
    CheckConstraint("state IN ('raised', 'escalated', 'cleared')"),
)
clock_alarm_events = Table(  # facts: the state it moved to, the first included, and what stood behind it then
    "clock_alarm_events",
    metadata,
    big("version"),
    instant("at"),
    text("alarm_id"),
    text("kind"),  # AlarmState
    big("orders"),
    big("pressing"),
    big("cents"),
    instant("next_at", null=True),  # the next deadline that could still be kept
    CheckConstraint("orders >= 0 AND pressing >= 0 AND cents >= 0"),
)
