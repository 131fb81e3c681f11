"""Complaints that are one problem: the incidents, the tickets in them, and how they opened and closed."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

incidents = Table(
    "incidents",
    metadata,
    text("incident_id", key=True),
    text("level"),  # what the cause is: lot, sku, node, carrier, region, route, topic
    text("cause"),  # its id; of a lot: sku and lot, of a route: node and region; a JSON list always
    text("complaint", null=True),  # null for a topic outside the five
    instant("began_at"),  # when its first complaint came
    instant("opened_at"),
    big("version"),
    text("ground"),  # which rule raised it: floor (the customer's count), excess (against exposure), topic (words)
    text("state"),  # current state: open, resolved
    instant("state_at"),  # current state
    big("buyers"),  # current state: distinct buyers counted over its whole life
    Column("expected", Float, nullable=False),  # current state: of the same goods, had nothing been wrong
    Column("p_value", Float, nullable=False),  # at opening, corrected for everything looked at
    big("quiet_runs"),  # current state: looks in a row that no longer found it
    big("delay_stages"),  # current state: with the next, how long buyers take from delivery to complaint: a gamma of
    Column("delay_days", Float, nullable=False),  # so many stages and this mean
    text("rivals"),  # JSON: the other levels that looked like a cause, with their ratio alone and beside this one
    CheckConstraint("level IN ('lot', 'sku', 'node', 'carrier', 'region', 'route', 'topic')"),
    CheckConstraint("complaint IN ('not_received', 'damaged', 'wrong_item', 'quality', 'other')"),
    CheckConstraint("ground IN ('floor', 'excess', 'topic')"),
    CheckConstraint("state IN ('open', 'resolved')"),
    CheckConstraint("buyers >= 0 AND quiet_runs >= 0 AND expected >= 0 AND delay_days >= 0"),
)
incident_tickets = Table(  # facts: a ticket belongs to one incident at most, for ever: a resolved one does not re-fill
    "incident_tickets",
    metadata,
    text("ticket_id", key=True),
    text("incident_id"),
    instant("at"),
    big("version"),
)
incident_events = Table(  # facts: opened, and resolved by a person or by silence
    "incident_events",
    metadata,
    big("version"),
    instant("at"),
    text("incident_id"),
    text("state"),  # that it moved to
    text("reason"),
    text("actor"),
)
