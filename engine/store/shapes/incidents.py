"""What comes back from the views of complaint incidents (views/22_incidents.sql)."""

from engine.model.frames import INSTANT, Contract
from engine.store.shapes.every_view import COUNT, REAL, TEXT

SHAPES: dict[str, Contract] = {
    "complaint_incidents": {
        "incident_id": TEXT, "level": TEXT, "cause": TEXT, "complaint": TEXT, "began_at": INSTANT,
        "opened_at": INSTANT, "ground": TEXT, "state": TEXT, "state_at": INSTANT, "buyers": COUNT, "expected": REAL,
        "p_value": REAL, "quiet_runs": COUNT, "rivals": TEXT, "tickets": COUNT, "hours": REAL, "ended_by": TEXT,
        "end_reason": TEXT,
    },
    "affected_by_cause": {
        "order_id": TEXT, "parcel_id": TEXT, "platform": TEXT, "order_no": TEXT, "buyer": TEXT, "province": TEXT,
        "city": TEXT, "waybill_no": TEXT, "stage": TEXT, "units": COUNT, "freight_cents": COUNT,
        "planned_at": INSTANT, "picked_up_at": INSTANT, "signed_at": INSTANT, "affected": TEXT,
    },
    "incident_words": {
        "ticket_id": TEXT, "order_id": TEXT, "buyer": TEXT, "asked_at": INSTANT, "said": TEXT, "state": TEXT,
        "sku": TEXT, "lot": TEXT, "node": TEXT, "carrier": TEXT,
    },
    "incident_times": {"asked_at": INSTANT},
    "over_the_floor": {
        "sku": TEXT, "name_zh": TEXT, "name_en": TEXT, "complaint": TEXT, "buyers": COUNT, "incident_id": TEXT,
    },
}  # fmt: skip
