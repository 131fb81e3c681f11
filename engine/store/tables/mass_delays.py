"""Delays of many parcels with one cause: the incidents, whom they hold up, and what their buyers may choose."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

mass_delays = Table(
    "mass_delays",
    metadata,
    text("incident_id", key=True),
    text("cause"),  # JSON list of [dimension, value], one or two of them: the same cause is the same text
    instant("opened_at"),
    big("version"),
    text("state"),  # current state: open, resolved
    instant("state_at"),  # current state
    instant("seen_at"),  # current state: when the cause was last found
    big("quiet_runs"),  # current state: looks in a row that did not find it
    big("parcels"),  # current state: held up by it, over its whole life
    Column("late_share", Float, nullable=False),  # current state: of the parcels that met the cause, at the last find
    Column("usual_share", Float, nullable=False),  # of the parcels that did not
    Column("explained", Float, nullable=False),  # share of all late parcels that the cause accounts for
    Column("p_value", Float, nullable=False),  # corrected for how many causes were looked at
    Column("expected_further", Float, nullable=False),  # parcels that met it and are not decided, expected late
    text("rivals"),  # JSON list of what else looked like a cause, with its risk ratio alone and beside this one
    CheckConstraint("state IN ('open', 'resolved')"),
    CheckConstraint("parcels >= 0 AND quiet_runs >= 0"),
)
mass_delay_events = Table(  # facts: opened, and resolved by a person or by silence
    "mass_delay_events",
    metadata,
    big("version"),
    instant("at"),
    text("incident_id"),
    text("state"),  # that it moved to
    text("reason"),
    text("actor"),
)
mass_delay_parcels = Table(  # facts: a parcel held up by an incident; a parcel is in one incident at most
    "mass_delay_parcels",
    metadata,
    text("parcel_id", key=True),
    text("incident_id"),
    instant("at"),
    big("version"),
)
buyer_options = Table(  # what the buyer of an order may choose because of an incident; an operator let it go
    "buyer_options",
    metadata,
    text("incident_id", key=True),
    text("order_id", key=True),
    text("option", key=True),  # BuyerOption
    text("parcel_id"),
    big("compensation_cents"),  # for choosing it; 0: nothing is paid
    instant("offered_at"),
    text("offered_by"),
    big("version"),
    text("state"),  # current state: open, closed; the buyer's page shows open ones only
    instant("state_at"),  # current state
    CheckConstraint("option IN ('wait', 'change_time', 'change_address', 'refund')"),
    CheckConstraint("state IN ('open', 'closed')"),
    CheckConstraint("compensation_cents >= 0"),
)
