"""Every table, declared once, with keys and CHECKs, in the SQL that DuckDB and PostgreSQL share.

Facts are appended and never rewritten. Columns that hold *current state* say so; they are derived in the
transaction that appends the fact, and `verify` rebuilds them from facts and compares. Money is in cents, time
with its zone, JSON in text columns (both databases read it, neither has to agree on a JSON type).
"""

from engine.store.tables.actions import action_events, action_outcomes, actions
from engine.store.tables.alerts import alert_events, alerts
from engine.store.tables.asked_outside import asked_events, intercepts, supplier_requests
from engine.store.tables.brand import carriers, kit_lines, kits, lots, nodes, regions, show_items, shows, skus, tariffs
from engine.store.tables.buyers import buyer_request_events, buyer_requests, track_links
from engine.store.tables.clock_alarms import clock_alarm_events, clock_alarms
from engine.store.tables.cold_chain import cold_excursions, cold_probes, cold_readings
from engine.store.tables.columns import metadata
from engine.store.tables.compensation import (
    compensation_budget_events,
    compensation_budgets,
    compensation_events,
    compensations,
)
from engine.store.tables.couriers import courier_now, courier_positions, courier_task_changes, courier_tasks
from engine.store.tables.delay_history import delay_history
from engine.store.tables.delay_models import delay_models
from engine.store.tables.delays import delay_compensations, delay_events, delay_offers, promise_moves
from engine.store.tables.exemptions import exemption_notices, exemption_withdrawals
from engine.store.tables.floor import bins, damage_history, packing_materials, wave_parcels, waves
from engine.store.tables.forecasts import clause_chances, parcel_forecasts
from engine.store.tables.improvements import damage_learned, improvement_events, improvements, parcel_packing
from engine.store.tables.incidents import incident_events, incident_tickets, incidents
from engine.store.tables.mass_delays import buyer_options, mass_delay_events, mass_delay_parcels, mass_delays
from engine.store.tables.notices import buyer_consents, notice_channels, notice_events, notices
from engine.store.tables.orders import intake_batches, order_events, order_lines, orders, quarantine, unpaid_orders
from engine.store.tables.partners import (
    partner_scores,
    standard_events,
    standard_warnings,
    switch_events,
    switch_proposals,
)
from engine.store.tables.pick_stops import pick_stop_events, pick_stops
from engine.store.tables.plans import allocation_rounds, shadow_prices
from engine.store.tables.promises import pool_balance, pool_movements, quota_balance
from engine.store.tables.ratings import rating_events, ratings
from engine.store.tables.reports import reports
from engine.store.tables.room import audit, invariant_checks, job_runs, live_signals, schema_version
from engine.store.tables.routes import rider_routes, route_misses, route_plans, route_stops
from engine.store.tables.spoken import spoken_promises, spoken_withdrawals
from engine.store.tables.steering import (
    carrier_stops,
    ended_allocations,
    lot_states,
    node_states,
    reallocations,
    shortage_movements,
    steering_changes,
    stuck_orders,
    waybills,
)
from engine.store.tables.stock import (
    allocation_reasons,
    allocations,
    departures,
    departures_undone,
    parcels,
    stock_balance,
    stock_movements,
)
from engine.store.tables.supply import expected_events, expected_stock, pool_changes, pool_states
from engine.store.tables.ticket_models import ticket_models
from engine.store.tables.ticket_reports import ticket_reports
from engine.store.tables.tickets import ticket_events, ticket_goods, ticket_labels, tickets
from engine.store.tables.tracking import parcel_tracks, tracking_events, tracking_retractions
from engine.store.tables.waybill_proposals import waybill_proposals, waybill_rounds
from engine.store.tables.weather import delay_drift, hub_states, weather

SCHEMA_VERSION = 5

__all__ = [
    "SCHEMA_VERSION",
    "action_events",
    "action_outcomes",
    "actions",
    "alert_events",
    "alerts",
    "allocation_reasons",
    "allocation_rounds",
    "allocations",
    "asked_events",
    "audit",
    "bins",
    "buyer_consents",
    "buyer_options",
    "buyer_request_events",
    "buyer_requests",
    "carrier_stops",
    "carriers",
    "clause_chances",
    "clock_alarm_events",
    "clock_alarms",
    "cold_excursions",
    "cold_probes",
    "cold_readings",
    "compensation_budget_events",
    "compensation_budgets",
    "compensation_events",
    "compensations",
    "courier_now",
    "courier_positions",
    "courier_task_changes",
    "courier_tasks",
    "damage_history",
    "damage_learned",
    "delay_compensations",
    "delay_drift",
    "delay_events",
    "delay_history",
    "delay_models",
    "delay_offers",
    "departures",
    "departures_undone",
    "ended_allocations",
    "exemption_notices",
    "exemption_withdrawals",
    "expected_events",
    "expected_stock",
    "hub_states",
    "improvement_events",
    "improvements",
    "incident_events",
    "incident_tickets",
    "incidents",
    "intake_batches",
    "intercepts",
    "invariant_checks",
    "job_runs",
    "kit_lines",
    "kits",
    "live_signals",
    "lot_states",
    "lots",
    "mass_delay_events",
    "mass_delay_parcels",
    "mass_delays",
    "metadata",
    "node_states",
    "nodes",
    "notice_channels",
    "notice_events",
    "notices",
    "order_events",
    "order_lines",
    "orders",
    "packing_materials",
    "parcel_forecasts",
    "parcel_packing",
    "parcel_tracks",
    "parcels",
    "partner_scores",
    "pick_stop_events",
    "pick_stops",
    "pool_balance",
    "pool_changes",
    "pool_movements",
    "pool_states",
    "promise_moves",
    "quarantine",
    "quota_balance",
    "rating_events",
    "ratings",
    "reallocations",
    "regions",
    "reports",
    "rider_routes",
    "route_misses",
    "route_plans",
    "route_stops",
    "schema_version",
    "shadow_prices",
    "shortage_movements",
    "show_items",
    "shows",
    "skus",
    "spoken_promises",
    "spoken_withdrawals",
    "standard_events",
    "standard_warnings",
    "steering_changes",
    "stock_balance",
    "stock_movements",
    "stuck_orders",
    "supplier_requests",
    "switch_events",
    "switch_proposals",
    "tariffs",
    "ticket_events",
    "ticket_goods",
    "ticket_labels",
    "ticket_models",
    "ticket_reports",
    "tickets",
    "track_links",
    "tracking_events",
    "tracking_retractions",
    "unpaid_orders",
    "wave_parcels",
    "waves",
    "waybill_proposals",
    "waybill_rounds",
    "waybills",
    "weather",
]
