"""What buyers think of an order they have: stars and words, given once and changed for a while."""

from sqlalchemy import CheckConstraint, Column, Integer, Table

from engine.store.tables.columns import big, instant, metadata, text

ratings = Table(
    "ratings",
    metadata,
    text("order_id", key=True),  # one rating an order
    instant("first_at"),
    big("version"),
    Column("stars", Integer, nullable=False),  # current state: of the last event
    text("words"),  # current state: likewise; hostile text, shown escaped
    instant("rated_at"),  # current state: likewise
    CheckConstraint("stars >= 1 AND stars <= 5"),
)
rating_events = Table(  # facts: given, and every change
    "rating_events",
    metadata,
    big("version"),
    instant("at"),
    text("order_id"),
    Column("stars", Integer, nullable=False),
    text("words"),
    CheckConstraint("stars >= 1 AND stars <= 5"),
)
