"""Goods that lie on no shelf yet and are counted on all the same, and pools that do not sell as others do."""

from sqlalchemy import CheckConstraint, Table

from engine.store.tables.columns import big, instant, metadata, text

expected_stock = Table(  # a transfer under way, or goods that a supplier announced for a pre-sale
    "expected_stock",
    metadata,
    text("expected_id", key=True),
    text("kind"),  # transfer, announced
    text("sku"),
    text("lot", null=True),  # this and both nodes: of a transfer
    text("from_node", null=True),
    text("to_node", null=True),
    text("show_id", null=True),  # whose pool sells announced goods
    big("units"),  # current state: still expected; what came or was called off is no longer in it
    big("cost_cents"),  # freight
    instant("made_at"),
    instant("leaves_at", null=True),  # until then a transfer can be stopped
    instant("ready_at"),  # when it lies on a shelf
    big("version"),
    text("state"),  # current state: expected, arrived, called_off
    instant("state_at"),  # current state
    CheckConstraint("kind IN ('transfer', 'announced')"),
    CheckConstraint("state IN ('expected', 'arrived', 'called_off')"),
    CheckConstraint("units >= 0 AND cost_cents >= 0"),
    CheckConstraint("kind = 'announced' OR (lot IS NOT NULL AND to_node IS NOT NULL)", name="a_transfer_has_a_way"),
)
expected_events = Table(  # facts: what was expected, came, or was called off
    "expected_events",
    metadata,
    big("version"),
    instant("at"),
    text("expected_id"),
    text("state"),
    big("units"),
    text("reason"),
    text("actor"),
)
pool_states = Table(  # current state; a pool without a row is open
    "pool_states",
    metadata,
    text("show_id", key=True),
    text("sku", key=True),
    text("state"),  # open, paused: sells nothing, presale: only to orders that may leave once the goods are there
    instant("ready_at", null=True),  # of a pre-sale
    text("reason"),
    instant("since"),
    text("actor"),
    CheckConstraint("state IN ('open', 'paused', 'presale')"),
    CheckConstraint("(state = 'presale') = (ready_at IS NOT NULL)", name="a_presale_has_its_day"),
)
pool_changes = Table(  # facts: every change of the above
    "pool_changes",
    metadata,
    big("version"),
    instant("at"),
    text("show_id"),
    text("sku"),
    text("state"),
    instant("ready_at", null=True),
    text("reason"),
    text("actor"),
)
