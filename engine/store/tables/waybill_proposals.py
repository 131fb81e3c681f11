"""When to upload the waybills of parcels that have none yet: what a round weighed, and the proposals that stand."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

waybill_rounds = Table(  # facts: one row a round
    "waybill_rounds",
    metadata,
    big("version", key=True),
    instant("at"),
    big("parcels"),  # without a waybill, of platforms whose rules are known
    big("unknown_parcels"),  # of platforms whose rules are not: for these nothing is proposed
    big("groups"),
    big("now_cents"),  # expected, all uploaded at once
    big("best_cents"),  # as proposed
    big("pick_up_cents"),  # all uploaded only with the pick-up
    big("requests"),  # refund requests that the risk was learned from, beside the policy's table
    Column("order_hours", Float, nullable=False),  # hours of waiting orders likewise
    big("took_ms"),  # of the weighing, without gathering and writing
    CheckConstraint("parcels >= 0 AND unknown_parcels >= 0 AND groups >= 0 AND requests >= 0 AND order_hours >= 0"),
)
waybill_proposals = Table(  # current state: the newest round's, one row a node, carrier, platform and cohort
    "waybill_proposals",
    metadata,
    big("version", key=True),  # of the round
    text("node", key=True),
    text("carrier", key=True),
    text("platform", key=True),
    big("cohort", key=True),  # start of its promises, Beijing hours since 1970
    big("parcels"),
    big("orders"),
    instant("promise_at"),  # the earliest in it
    instant("pick_up_at", null=True),  # when half are expected to be picked up; null: not within the time looked at
    instant("upload_at", null=True),  # null: with the pick-up
    big("now_cents", null=True),  # expected for all of them, uploaded now; null: not paid yet
    big("best_cents"),
    big("pick_up_cents"),  # uploaded only with the pick-up
    big("refund_cents"),  # the four parts of best_cents
    big("trace_cents"),
    big("late_cents"),
    big("lock_out_cents"),
    text("curve"),  # JSON: hours from the round, and for each the four parts in yuan
    CheckConstraint("parcels > 0 AND orders > 0"),
    CheckConstraint(
        "best_cents = refund_cents + trace_cents + late_cents + lock_out_cents", name="parts_of_an_upload_add_up"
    ),
)
