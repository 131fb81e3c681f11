"""What the room asked of others by an action: a carrier to stop parcels on the road, a supplier when more will come."""

from sqlalchemy import CheckConstraint, Table

from engine.store.tables.columns import big, instant, metadata, text

intercepts = Table(  # one row a parcel that a carrier is to bring back
    "intercepts",
    metadata,
    text("parcel_id", key=True),
    text("request_id", key=True),  # of the action's commit: a parcel may be asked for again after a withdrawal
    text("waybill_no"),
    text("carrier"),
    text("why"),
    instant("asked_at"),
    big("version"),
    text("state"),  # current state: asked, withdrawn. What became of it, the scans say
    instant("state_at"),  # current state
    CheckConstraint("state IN ('asked', 'withdrawn')"),
)
supplier_requests = Table(  # one row a question to a supplier
    "supplier_requests",
    metadata,
    text("request_id", key=True),
    text("supplier"),
    text("sku"),
    big("units"),
    text("why"),
    instant("asked_at"),
    instant("answer_by"),
    big("version"),
    text("state"),  # current state: asked, withdrawn
    instant("state_at"),  # current state
    CheckConstraint("state IN ('asked', 'withdrawn')"),
    CheckConstraint("units > 0"),
)
asked_events = Table(  # facts: asked, and taken back
    "asked_events",
    metadata,
    big("version"),
    instant("at"),
    text("request_id"),
    text("kind"),
    big("things"),  # parcels, or 1 question
    text("reason"),
    text("actor"),
)
