"""Every table, declared once, with keys and CHECKs, in the SQL that DuckDB and PostgreSQL share.

Facts are appended and never rewritten. Columns that hold *current state* say so; they are derived in the
transaction that appends the fact, and `verify` rebuilds them from facts and compares. Money is in cents, time
with its zone, JSON in text columns (both databases read it, neither has to agree on a JSON type).
"""

from engine.store.tables.brand import carriers, kit_lines, kits, lots, nodes, regions, show_items, shows, skus, tariffs
from engine.store.tables.columns import metadata
from engine.store.tables.floor import bins, damage_history, packing_materials, wave_parcels, waves
from engine.store.tables.orders import intake_batches, order_events, order_lines, orders, quarantine, unpaid_orders
from engine.store.tables.promises import pool_balance, pool_movements, quota_balance
from engine.store.tables.room import audit, invariant_checks, job_runs, live_signals, schema_version
from engine.store.tables.stock import allocation_reasons, allocations, parcels, stock_balance, stock_movements

SCHEMA_VERSION = 2

__all__ = [
    "SCHEMA_VERSION",
    "allocation_reasons",
    "allocations",
    "audit",
    "bins",
    "carriers",
    "damage_history",
    "intake_batches",
    "invariant_checks",
    "job_runs",
    "kit_lines",
    "kits",
    "live_signals",
    "lots",
    "metadata",
    "nodes",
    "order_events",
    "order_lines",
    "orders",
    "packing_materials",
    "parcels",
    "pool_balance",
    "pool_movements",
    "quarantine",
    "quota_balance",
    "regions",
    "schema_version",
    "show_items",
    "shows",
    "skus",
    "stock_balance",
    "stock_movements",
    "tariffs",
    "unpaid_orders",
    "wave_parcels",
    "waves",
]
