"""What anchors promised on air: it binds like any other promise, as the shortest that was made anywhere."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

spoken_promises = Table(  # facts
    "spoken_promises",
    metadata,
    text("promise_id", key=True),
    big("version"),
    text("show_id"),
    text("sku", null=True),  # code as sold; null: everything that the show sells
    text("anchor", null=True),
    text("words"),  # as they were said
    instant("said_at"),
    instant("binds_from"),  # orders of the show paid from then on; said_at, or the show's beginning
    Column("hours", Float, nullable=True),  # pick-up within so long after the payment ...
    instant("moment", null=True),  # ... or by this moment, for payments before it
    instant("logged_at"),
    text("logged_by"),
    CheckConstraint("(hours IS NULL) <> (moment IS NULL)", name="hours_or_moment"),
    CheckConstraint("hours IS NULL OR hours > 0"),
)
spoken_withdrawals = Table(  # facts: it was logged by mistake; promises moved by it moved back
    "spoken_withdrawals",
    metadata,
    text("promise_id", key=True),
    big("version"),
    instant("at"),
    text("reason"),
    text("actor"),
)
