"""What the room has learned of how long parcels take: every trained model with its card, and which one speaks."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

delay_models = Table(  # facts but for `state`: one row a training that brought a model
    "delay_models",
    metadata,
    text("model_id", key=True),
    big("version"),
    instant("trained_at"),
    text(
        "state"
    ),  # current state: champion (its chances are used), challenger (it lost to the lanes' history), retired
    instant("learned_from"),  # the first and the last payment of the parcels learned from
    instant("learned_until"),
    big("parcels"),  # that arrived, learned from
    big("tested"),  # of the last weeks, each judged by a model that had not seen it
    Column("brier", Float, nullable=False),  # on those
    Column("baseline_brier", Float, nullable=False),  # of the lanes' history alone, on the same parcels
    Column("drift", Float, nullable=False),  # mean chance less share late over them: above 0, it is too pessimistic
    text("card"),  # JSON: figures of model and baselines, reliability, lead time
    # JSON: life tables by carrier, area, city and lane, and of gaps; effects of circumstances; lanes' hubs. Numbers and
    # names only, never code; {} once retired.
    text("content"),
    CheckConstraint("state IN ('champion', 'challenger', 'retired')"),
    CheckConstraint("parcels > 0 AND tested > 0"),
)
