"""What comes back from the views of partners and mass delays (views/17_*.sql)."""

from engine.model.frames import INSTANT, Contract
from engine.store.shapes.every_view import COUNT, FLAG, REAL, TEXT

_NAMES: Contract = {"name_zh": TEXT, "name_en": TEXT}
_INTERVAL: Contract = {"adjusted": REAL, "low": REAL, "high": REAL}

SHAPES: dict[str, Contract] = {
    "parcel_journeys": {
        "parcel_id": TEXT, "node": TEXT, "origin": TEXT, "carrier": TEXT, "carrier_kind": TEXT, "destination": TEXT,
        "orders": COUNT, "planned_at": INSTANT, "promise_at": INSTANT, "waybill_no": TEXT, "uploaded_at": INSTANT,
        "picked_up_at": INSTANT, "first_hub_at": INSTANT, "arrived_at": INSTANT, "signed_at": INSTANT, "stage": TEXT,
        "last_scan_at": INSTANT, "last_place": TEXT, "damaged": FLAG,
        "troubled": FLAG, "complained": FLAG, "wrong_goods": FLAG,
        "days": REAL, "due_at": INSTANT,
    },
    "partner_scorecard": {
        "kind": TEXT, "partner": TEXT, **_NAMES, "partner_type": TEXT, "tier": TEXT, "measure": TEXT, "source": TEXT,
        "parcels": COUNT, "good": COUNT, "raw": REAL, **_INTERVAL, "overlap": REAL, "p50_hours": REAL,
        "p90_hours": REAL, "standard": REAL, "computed_at": INSTANT, "warned": FLAG,
    },
    "open_warnings": {
        "kind": TEXT, "partner": TEXT, **_NAMES, "tier": TEXT, "measure": TEXT, "since": INSTANT, **_INTERVAL,
        "standard": REAL, "parcels": COUNT, "good": COUNT, "adjusted_now": REAL, "low_now": REAL, "high_now": REAL,
    },
    "standing_switches": {
        "proposal_id": TEXT, "carrier": TEXT, **_NAMES, "region": TEXT, "share": REAL, "prefixes": TEXT, "cause": TEXT,
        "made_at": INSTANT, "made_by": TEXT, "expires_at": INSTANT, "orders": COUNT, "edits": COUNT, "fixed": COUNT,
        "waiting": COUNT, "extra_cents": COUNT, "edit_risk_cents": COUNT, "expected": TEXT,
        "saved_cents": COUNT, "regret_cents": COUNT, "takers": TEXT,
    },
    "steps_overdue": {
        "node": TEXT, "node_zh": TEXT, "node_en": TEXT, "carrier": TEXT, "carrier_zh": TEXT, "carrier_en": TEXT,
        "step": TEXT, "parcels": COUNT, "oldest_due": INSTANT,
    },
    "places_passed": {"waybill_no": TEXT, "place": TEXT},
    "mass_delay_incidents": {
        "incident_id": TEXT, "cause": TEXT, "state": TEXT, "opened_at": INSTANT, "state_at": INSTANT,
        "seen_at": INSTANT, "quiet_runs": COUNT, "parcels": COUNT, "late_share": REAL, "usual_share": REAL,
        "explained": REAL, "p_value": REAL, "expected_further": REAL, "rivals": TEXT, "orders": COUNT,
        "arrived": COUNT, "options": COUNT,
    },
    "held_up_orders": {
        "order_id": TEXT, "order_no": TEXT, "platform": TEXT, "buyer": TEXT, "province": TEXT, "city": TEXT,
        "amount_cents": COUNT, "promise_at": INSTANT, "parcel_id": TEXT, "carrier": TEXT, "stage": TEXT,
        "last_place": TEXT, "last_scan_at": INSTANT, "signed_at": INSTANT, "options": TEXT,
    },
    "held_up_places": {"place": TEXT, "parcels": COUNT, "arrived": COUNT},
}  # fmt: skip
