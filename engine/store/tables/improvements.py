"""Goods that break: what parcels were to be packed in, what that taught, and changes of packaging and carrier."""

from sqlalchemy import CheckConstraint, Column, Float, Integer, Table

from engine.store.tables.columns import big, instant, metadata, text

parcel_packing = (
    Table(  # facts: what the room told the floor to pack a released parcel in; a hand may have taken another
        "parcel_packing",
        metadata,
        text("parcel_id", key=True),
        text("material"),
        Column("pieces", Integer, nullable=False),
        instant("told_at"),
        big("version"),
        CheckConstraint("pieces > 0"),
    )
)
damage_learned = Table(  # current state: like damage_history, of delivered parcels and their tickets; rebuilt by a job
    "damage_learned",
    metadata,
    text("packaging", key=True),
    text("carrier", key=True),
    text("destination", key=True),
    text("material", key=True),
    big("shipped"),  # units
    big("damaged"),
    big("version"),
    CheckConstraint("shipped > 0 AND damaged >= 0 AND damaged <= shipped"),
)
improvements = Table(
    "improvements",
    metadata,
    text("improvement_id", key=True),
    text("kind"),  # ImprovementKind
    text("sku"),
    text("carrier"),
    text("area"),  # prefix of the destinations' division codes
    text("material", null=True),  # of a change of packaging
    big("surcharge_cents", null=True),  # a parcel; of a change of carrier
    text("instead", null=True),  # likewise: the carrier that is expected to take the parcels
    big("units"),  # this and what follows: as it was when it was proposed
    big("damaged"),
    Column("share", Float, nullable=False),  # drawn towards everybody's
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("limit_share", Float, nullable=False),
    Column("share_after", Float, nullable=False),  # expected
    big("saving_cents"),  # expected a month
    text("options"),  # JSON: everything that was weighed, the best first
    instant("proposed_at"),
    big("version"),
    text("state"),  # current state: ImprovementState
    instant("state_at"),  # current state
    CheckConstraint("kind IN ('packaging', 'surcharge')"),
    CheckConstraint("state IN ('proposed', 'approved', 'rejected', 'withdrawn', 'ended')"),
    CheckConstraint(
        "(kind = 'packaging' AND material IS NOT NULL AND surcharge_cents IS NULL AND instead IS NULL) OR "
        "(kind = 'surcharge' AND material IS NULL AND surcharge_cents > 0 AND instead IS NOT NULL)",
        name="a_change_says_what_it_changes",
    ),
    CheckConstraint("units > 0 AND damaged >= 0 AND damaged <= units"),
)
improvement_events = Table(  # facts: everything that happened to a change after it was proposed
    "improvement_events",
    metadata,
    big("version"),
    instant("at"),
    text("improvement_id"),
    text("kind"),  # the state it moved to
    text("reason"),
    text("actor"),
)
