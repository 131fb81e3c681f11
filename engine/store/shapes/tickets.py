"""What comes back from each view of views/23_tickets.sql."""

from engine.model.frames import INSTANT, Contract
from engine.store.shapes.every_view import COUNT, REAL, TEXT

SHAPES: dict[str, Contract] = {
    "ticket_page": {
        "ticket_id": TEXT, "platform": TEXT, "ticket_no": TEXT, "order_id": TEXT, "buyer": TEXT, "claim": TEXT,
        "reason": TEXT, "said": TEXT, "asked_at": INSTANT, "refund_cents": COUNT, "complaint": TEXT,
        "confidence": REAL, "labelled_by": TEXT, "desk": TEXT, "state": TEXT, "state_at": INSTANT, "due_at": INSTANT,
        "evidence": TEXT, "fitting": COUNT,
    },
    "ticket_loads": {
        "complaint": TEXT, "desk": TEXT, "state": TEXT, "tickets": COUNT, "overdue": COUNT, "soon": COUNT,
        "resolved_today": COUNT, "last_hour": COUNT, "oldest_at": INSTANT,
    },
    "ticket_ages": {"complaint": TEXT, "hours_from": COUNT, "tickets": COUNT},
    "ticket_hours": {"bucket": INSTANT, "complaint": TEXT, "tickets": COUNT},
    "ticket_story": {"event_time": INSTANT, "kind": TEXT, "reason": TEXT, "actor": TEXT},
    "ticket_pieces": {
        "sku": TEXT, "name_zh": TEXT, "name_en": TEXT, "qty": COUNT, "lot": TEXT, "node": TEXT, "carrier": TEXT,
        "parcel_id": TEXT,
    },
    "label_feedback": {"told": COUNT, "agreed": COUNT, "unsure": COUNT, "corrected": COUNT},
}  # fmt: skip
