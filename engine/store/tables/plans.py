"""The certificate of each allocation round: what the plan cost, how low it could possibly be, and what is dear."""

from sqlalchemy import CheckConstraint, Column, Float, Table

from engine.store.tables.columns import big, instant, metadata, text

allocation_rounds = Table(  # only rounds whose method proves a bound: a rule without one leaves no certificate
    "allocation_rounds",
    metadata,
    big("version", key=True),  # the commit that wrote the plan
    instant("at"),
    text("method"),
    big("orders"),
    big("served"),
    big("unserved"),
    big("parcels"),
    big("cost_cents"),  # of the plan as made, unserved orders included
    big("lower_bound_cents"),  # no plan of this batch costs less; rounded down, so that it stays a bound
    Column("gap", Float, nullable=False),  # share of the cost that a better plan might save at most
    big("took_ms"),  # planning alone, without gathering and writing
    CheckConstraint("orders = served + unserved", name="every_order_of_a_round_ends_once"),
    CheckConstraint("cost_cents >= 0 AND gap >= 0"),
)
shadow_prices = Table(  # what is short only: a price of zero is not written
    "shadow_prices",
    metadata,
    big("version", key=True),
    text("kind", key=True),  # stock, throughput, capacity, share
    text("key", key=True),  # node|sku, node, carrier, carrier
    Column("yuan", Float, nullable=False),  # saved by one more unit (stock) or parcel (the others)
    CheckConstraint("yuan > 0"),
)
