"""Carriers and nodes against their service standards, what fell below them, and switches of carrier proposed for it."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

partner_scores = Table(  # current state: a run of the job replaces what the run before wrote, hence no key
    "partner_scores",
    metadata,
    big("version"),
    instant("computed_at"),
    text("kind"),  # PartnerKind
    text("partner"),  # a carrier or a node
    text("tier"),  # of the destinations; '' is all of them
    text("measure"),  # Measure
    text("source"),  # Source: the room's own parcels, or the counts that the brand brought along
    big("parcels"),  # whose outcome is decided; units where the source is the damage history
    big("good"),
    Column("raw", Float, nullable=False),  # good / parcels
    Column("adjusted", Float, nullable=False),  # had every partner of its group carried the same mix of lanes
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("overlap", Float, nullable=False),  # share of that mix in which this partner has parcels of its own
    Column("p50_hours", Float, nullable=True),  # of what the measure times, over the same mix; null: it times nothing
    Column("p90_hours", Float, nullable=True),
    Column("standard", Float, nullable=True),  # least good share; null: none is set
    CheckConstraint("parcels > 0 AND good >= 0 AND good <= parcels", name="good_of_parcels"),
    CheckConstraint("low <= adjusted AND adjusted <= high", name="share_inside_its_interval"),
)
standard_warnings = Table(  # current state: one row for whatever was ever below its standard
    "standard_warnings",
    metadata,
    text("kind", key=True),
    text("partner", key=True),
    text("tier", key=True),
    text("measure", key=True),
    text("state"),  # open, cleared
    instant("since"),
    Column("adjusted", Float, nullable=False),  # these four as of the last change of state
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("standard", Float, nullable=False),
    big("version"),
    CheckConstraint("state IN ('open', 'cleared')"),
)
standard_events = Table(  # facts: a warning was raised or cleared
    "standard_events",
    metadata,
    big("version"),
    instant("at"),
    text("kind"),
    text("partner"),
    text("tier"),
    text("measure"),
    text("state"),  # that it moved to
    text("reason"),  # WarningReason
    big("parcels"),
    Column("adjusted", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("standard", Float, nullable=False),
)
switch_proposals = Table(
    "switch_proposals",
    metadata,
    text("proposal_id", key=True),
    text("carrier"),
    text("region"),  # adcode prefix; '' is the whole country
    Column("share", Float, nullable=False),  # of its unshipped orders there, as asked for
    text("prefixes"),  # JSON list: stopping the carrier in these does it
    text("cause"),  # the warning it answers, as measure/tier; '' where an operator asked
    instant("made_at"),
    text("made_by"),
    instant("expires_at"),
    big("orders"),  # that would move
    big("edits"),  # of these, orders whose waybill must be edited at the platform
    big("fixed"),  # orders not picked up that can no longer move
    big("waiting"),  # orders that would find no other way now
    big("extra_cents"),  # freight and handling after, less before, lateness as the planner prices it included
    big("edit_risk_cents"),
    text("expected"),  # JSON list of {measure, before, after}: orders expected to miss it as it is, and with the takers
    big("saved_cents"),  # what these misses would cost less, beyond the carriers' longer record
    big("regret_cents"),  # lost if the carrier is back at its longer record tomorrow
    text("takers"),  # JSON list of {carrier, orders, parcels, capacity_left}
    big("version"),
    text("state"),  # current state: SwitchState
    instant("state_at"),  # current state
    CheckConstraint("state IN ('proposed', 'withdrawn', 'expired')"),
    CheckConstraint("share > 0 AND share <= 1 AND orders >= 0"),
)
switch_events = Table(  # facts: what became of a proposal
    "switch_events",
    metadata,
    big("version"),
    instant("at"),
    text("proposal_id"),
    text("state"),  # SwitchState that it moved to
    text("reason"),
    text("actor"),
)
