"""Everything that platforms told of their tickets, report by report: the facts that a ticket's columns follow from."""

from sqlalchemy import Table

from engine.store.tables.columns import big, instant, metadata, text

ticket_reports = Table(  # facts: one row each different thing that was said of a ticket; the same said again is one row
    "ticket_reports",
    metadata,
    text("ticket_id", key=True),
    big("digest", key=True),  # of everything below but the version
    big("version"),
    instant("told_at"),  # as of when: of two reports the later counts, whichever came first
    text("order_id", null=True),  # platform:order_no as the report names it, whether or not the room has that order
    text("sub_order_no", null=True),
    text("sku", null=True),
    text("buyer", null=True),
    text("claim"),
    text("reason", null=True),
    text("said", null=True),  # null: this report brought no words
    instant("asked_at"),
    big("refund_cents", null=True),
    text("return_waybill_no", null=True),
    instant("returned_at", null=True),
    instant("refunded_at", null=True),
    instant("closed_at", null=True),
    text("details", null=True),  # JSON object of what else the source said
)
