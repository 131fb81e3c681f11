"""Making good: what buyers were offered for their complaints, what became of it, and the budgets it is charged to."""

from sqlalchemy import CheckConstraint, Column, Integer, Table

from engine.store.tables.columns import big, instant, metadata, text

compensations = Table(
    "compensations",
    metadata,
    text("compensation_id", key=True),  # of a ticket: ticket_id:n; of a cause with many buyers: cause:order_id
    text("ticket_id", null=True),  # null: an order of a cause whose buyer has not complained
    text("order_id"),
    text("cause", null=True),  # what many buyers are compensated for, such as an incident; null for a single ticket
    text("budget_key"),
    text("complaint"),  # Complaint
    text("severity"),  # Severity
    text("ground"),  # JSON: words found, or what the severity rests on instead
    text("remedy"),  # Remedy
    big("pay_cents"),  # reaches the buyer; 0 for goods sent once more
    big("cost_cents"),  # charged to the budget: the most it can cost
    big("expected_cents"),  # expected in all, unhappy buyers included
    big("nothing_cents"),  # the same, had nothing been done
    text("options"),  # JSON: every allowed remedy with its expected cost, the best first
    Column("abuse_score", Integer, nullable=False),  # 0 to 100
    text("abuse"),  # JSON list of [signal, points, count, of]
    text("approver"),  # Role: who must agree at least
    text("why_manager"),  # JSON list of WhyManager
    instant("proposed_at"),
    big("version"),
    text("state"),  # current state: CompensationState
    instant("state_at"),  # current state
    CheckConstraint("complaint IN ('not_received', 'damaged', 'wrong_item', 'quality', 'other')"),
    CheckConstraint("severity IN ('small', 'serious', 'health')"),
    CheckConstraint("remedy IN ('coupon', 'reship', 'refund', 'return_refund')"),
    CheckConstraint("approver IN ('operator', 'manager')"),
    CheckConstraint("state IN ('proposed', 'approved', 'sent', 'paid', 'failed', 'rejected', 'withdrawn')"),
    CheckConstraint("pay_cents >= 0 AND cost_cents > 0 AND pay_cents <= cost_cents", name="never_paid_over_its_cost"),
    CheckConstraint("abuse_score >= 0 AND abuse_score <= 100"),
)
compensation_events = Table(  # facts: everything that happened to one after it was proposed
    "compensation_events",
    metadata,
    big("version"),
    instant("event_time"),
    instant("ingest_time"),
    text("compensation_id"),
    text("kind"),  # the state it moved to
    text("reason"),
    text("actor"),
)
compensation_budgets = Table(
    "compensation_budgets",
    metadata,
    text("budget_key", key=True),  # a show, or shop:YYYY-MM for everything sold outside shows
    big("cents"),  # current state: the sum of its events
    big("committed_cents"),  # current state: cost of what is approved, sent or paid
    text("set_by"),  # policy: follows the rules; person: stays as it was set
    big("version"),
    CheckConstraint("set_by IN ('policy', 'person')"),
    CheckConstraint("committed_cents >= 0 AND committed_cents <= cents", name="budget_never_exceeded"),
)
compensation_budget_events = Table(  # facts: why a budget is as large as it is
    "compensation_budget_events",
    metadata,
    big("version"),
    instant("at"),
    text("budget_key"),
    big("delta_cents"),
    text("reason"),
    text("actor"),
)
