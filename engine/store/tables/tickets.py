"""Buyers' tickets: what they said, which goods it concerns, what it is about, who answers it and by when."""

from sqlalchemy import CheckConstraint, Column, Float, Table, UniqueConstraint

from engine.store.tables.columns import big, instant, metadata, text

tickets = Table(
    "tickets",
    metadata,
    text("ticket_id", key=True),
    text("platform"),
    text("ticket_no"),
    text("order_id", null=True),  # null: no order of ours has that number
    text("buyer", null=True),
    text("claim"),
    text("reason", null=True),
    text("said"),  # the buyer's words, as they came: shown escaped, masked where boards show them
    instant("asked_at"),
    instant("ingest_time"),
    big("version"),
    big("refund_cents", null=True),
    text("return_waybill_no", null=True),
    instant("returned_at", null=True),
    instant("refunded_at", null=True),
    instant("closed_at", null=True),  # by the platform
    text("complaint", null=True),  # current state: newest standing label; null: nobody is sure yet
    Column("confidence", Float),  # current state: of that label, 0 to 1; null for a person's and for none
    text("labelled_by", null=True),  # current state: LabelBy
    text("desk"),  # current state: TicketDesk
    text("state"),  # current state: TicketState
    instant("state_at"),  # current state
    instant("due_at", null=True),  # current state: when an answer is owed; null while it waits for the buyer
    UniqueConstraint("platform", "ticket_no", name="one_ticket_a_number"),
    CheckConstraint("complaint IN ('not_received', 'damaged', 'wrong_item', 'quality', 'other')"),
    CheckConstraint("claim IN ('refund', 'return', 'exchange', 'reship', 'words')"),
    CheckConstraint("labelled_by IN ('classifier', 'operator')"),
    CheckConstraint("desk IN ('logistics', 'packing', 'warehouse', 'quality', 'service')"),
    CheckConstraint("state IN ('open', 'waiting', 'resolved')"),
    CheckConstraint("confidence >= 0 AND confidence <= 1"),
)
ticket_goods = Table(  # facts at intake: the pieces a ticket is about, one row each; none where no order is known
    "ticket_goods",
    metadata,
    text("ticket_id", key=True),
    big("piece", key=True),  # 1, 2, ...
    text("order_id"),
    text("sku"),
    text("lot", null=True),  # this and what follows: null while the order was not allocated
    text("parcel_id", null=True),
    text("node", null=True),
    text("carrier", null=True),
    text("region"),  # adcode of the order
    big("qty"),
    big("version"),
    CheckConstraint("qty > 0"),
)
ticket_labels = Table(  # facts: everything anybody said a ticket is about, machine or person
    "ticket_labels",
    metadata,
    big("version"),
    instant("at"),
    text("ticket_id"),
    text("complaint", null=True),  # null: the classifier abstained
    Column("confidence", Float),
    text("labelled_by"),
    text("model", null=True),  # which classifier
    text("evidence"),  # JSON list of [words, weight], strongest first; [] for a person's label
    text("actor"),
)
ticket_events = Table(  # facts: received, changed by the platform, moved between states and desks
    "ticket_events",
    metadata,
    big("version"),
    instant("event_time"),
    instant("ingest_time"),
    text("ticket_id"),
    text("kind"),
    text("reason"),
    text("actor"),
)
