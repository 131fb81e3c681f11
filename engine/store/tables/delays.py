"""Offers to wait, what became of each, the promises that moved and what the buyers are owed for it."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

delay_offers = Table(
    "delay_offers",
    metadata,
    text("offer_id", key=True),
    text("order_id"),  # at most one open offer an order: see invariants.sql
    text("tier"),
    big("extra_hours"),
    big("compensation_cents"),  # owed if the buyer accepts
    text("form"),  # CompensationForm
    big("price_cents"),  # marginal price of the order's parcels at the bottlenecks, when it was offered
    Column("acceptance", Float, nullable=False),  # expected then
    big("saving_cents"),  # expected then: acceptance x (price - compensation)
    text("bottlenecks"),  # JSON list of [kind, key, yuan, parcels]: why this order
    instant("offered_at"),
    instant("expires_at"),  # unanswered until then, the order goes back to allocation
    instant("decide_by"),  # the latest that expires_at may be
    instant("promise_before"),
    instant("promise_after"),
    instant("ship_from"),  # an accepted order goes back to allocation then
    big("version"),
    text("state"),  # current state: DelayState
    instant("state_at"),  # current state
    instant("hold_until", null=True),  # current state: allocation leaves the order alone until then; null: it does not
    CheckConstraint(
        "state IN ('proposed', 'approved', 'sent', 'accepted', 'declined', 'rejected', 'expired', 'withdrawn')"
    ),
    CheckConstraint("form IN ('coupon', 'cash')"),
    CheckConstraint("compensation_cents > 0 AND saving_cents >= 0", name="never_offered_at_a_loss"),
    CheckConstraint("expires_at <= decide_by AND decide_by < promise_before", name="promise_stays_in_reach"),
)
delay_events = Table(  # everything that happened to an offer after it was proposed
    "delay_events",
    metadata,
    big("version"),
    instant("event_time"),
    instant("ingest_time"),
    text("offer_id"),
    text("order_id"),
    text("kind"),  # the state it moved to
    text("reason"),
    text("actor"),
)
promise_moves = Table(  # orders.promise_at is the last of these; the first `promise_before` is the original promise
    "promise_moves",
    metadata,
    big("version"),
    instant("event_time"),
    instant("ingest_time"),
    text("order_id"),
    instant("promise_before"),
    instant("promise_after"),
    text("offer_id"),
    text("actor"),
)
delay_compensations = Table(  # owed, not paid: paying belongs to the brand's shop system
    "delay_compensations",
    metadata,
    text("offer_id", key=True),
    text("order_id"),
    big("cents"),
    text("form"),
    instant("owed_at"),
    big("version"),
    CheckConstraint("cents > 0"),
)
