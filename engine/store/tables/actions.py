"""Actions: what was proposed, with what it would change; everything that happened to it; and whether it worked."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

actions = Table(
    "actions",
    metadata,
    text("action_id", key=True),
    text("kind"),  # ActionKind; no CHECK, so that a new kind needs no new table
    text("subject"),  # what it is about, such as night/RICE
    text("params"),  # JSON: the kind's parameters by name; revised while it is proposed
    text(
        "cause"
    ),  # key of what it answers, such as an alert; '' where a person asked. One action a cause, kind, subject
    text("why"),  # in a sentence
    text("desk"),  # Desk whose business it is
    text("reversibility"),  # Reversibility
    instant("proposed_at"),
    text("proposed_by"),
    instant("expires_at"),
    text("preview"),  # JSON: see engine/response/preview.py; what is promised
    big("orders"),  # these five are figures of the preview
    big("stake_cents"),
    big("cost_cents"),
    big("gain_cents", null=True),
    text("inputs"),
    text("approver"),  # the least Role that may approve so much
    big("version"),
    text("state"),  # current state: ActionState
    instant("state_at"),  # current state
    instant("judge_at", null=True),  # current state: when its outcome is due; null before it is executed
    CheckConstraint("state IN ('proposed', 'approved', 'rejected', 'expired', 'executed', 'failed', 'undone')"),
    CheckConstraint("reversibility IN ('full', 'until', 'none')"),
    CheckConstraint("desk IN ('orders', 'inventory', 'logistics', 'service')"),
    CheckConstraint("approver IN ('operator', 'manager', 'admin')"),
    CheckConstraint("orders >= 0 AND stake_cents >= 0"),
)
action_events = Table(  # facts: the state it moved to, the first included, in the order of `step`
    "action_events",
    metadata,
    text("action_id", key=True),
    big("step", key=True),  # 1, 2, ...
    big("version"),
    instant("at"),
    text("state"),  # ActionState
    text("reason"),
    text("actor"),
    text("detail"),  # JSON: of an execution the figures that happened and what an undo needs; else {}
)
action_outcomes = Table(  # facts: what it brought, against the forecast of doing nothing; judged once
    "action_outcomes",
    metadata,
    text("action_id", key=True),
    big("version"),
    instant("judged_at"),
    text("verdict"),  # Verdict
    text("measure"),  # what was measured, as a code that the screen words
    text("method"),  # how the forecast of doing nothing was made, likewise
    Column("effect", Float),  # after less what doing nothing would have given; null: cannot be told
    Column("low", Float),  # of its interval
    Column("high", Float),
    big("concerned"),  # units, parcels or orders that the action touched and that were counted
    big("compared"),  # of the others that it was compared with
    text("detail"),  # JSON
    CheckConstraint("verdict IN ('worked', 'no_effect', 'backfired', 'cannot_tell')"),
    CheckConstraint("(effect IS NULL) = (verdict = 'cannot_tell')", name="a_verdict_has_a_figure"),
    CheckConstraint("low <= effect AND effect <= high", name="effect_inside_its_interval"),
)
