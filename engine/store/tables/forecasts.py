"""What the delay model expects of each parcel that is under way, and which model said so."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

parcel_forecasts = Table(  # current state: the newest forecast of each parcel
    "parcel_forecasts",
    metadata,
    text("parcel_id", key=True),
    instant("made_at"),
    text("occasion"),  # Occasion: ordered, labelled, scanned
    text("model_id"),  # the lane baseline's or a trained model's
    Column("late_pick_up", Float, nullable=False),  # chance that the pick-up scan comes after the promise
    Column("late_delivery", Float, nullable=False),  # chance that it is signed for after its expected delivery
    instant("pick_up_p50", null=True),  # null once it is picked up
    instant("pick_up_p90", null=True),
    instant("eta_p10"),
    instant("eta_p50"),
    instant("eta_p90"),
    instant(
        "due_at", null=True
    ),  # signed for at this moment or later, it is late: the end of the promised day of delivery
    text("reasons"),  # JSON list of [cause, value, effect on log odds, which], the strongest first; see reasons.py
    big("version"),
    CheckConstraint("late_pick_up >= 0 AND late_pick_up <= 1 AND late_delivery >= 0 AND late_delivery <= 1"),
    CheckConstraint("eta_p10 <= eta_p50 AND eta_p50 <= eta_p90", name="quantiles_in_order"),
)
clause_chances = Table(  # current state: one row a parcel and clause that can still be broken
    "clause_chances",
    metadata,
    text("parcel_id", key=True),
    text("clause", key=True),  # Clause; on the way the Clock that punishes by one: no_hub, no_hub_long, gap
    instant("deadline"),
    Column("chance", Float, nullable=False),
    big("cents"),  # taken if it is broken, over all orders of the parcel
    big("version"),
    CheckConstraint("chance >= 0 AND chance <= 1 AND cents >= 0"),
)
