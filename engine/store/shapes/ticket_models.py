"""What comes back from the views of the classifier of complaints (views/21_ticket_models.sql)."""

from engine.model.frames import INSTANT, Contract
from engine.store.shapes.every_view import COUNT, REAL, TEXT

SHAPES: dict[str, Contract] = {
    "trained_classifiers": {
        "model_id": TEXT, "trained_at": INSTANT, "state": TEXT, "shipped": COUNT, "corrections": COUNT,
        "tested": COUNT, "accuracy": REAL, "champion_accuracy": REAL, "why": TEXT, "card": TEXT,
    },
    "ticket_corrections": {
        "version": COUNT, "at": INSTANT, "ticket_id": TEXT, "complaint": TEXT, "actor": TEXT, "words": TEXT,
    },
    "newest_corrections": {
        "at": INSTANT, "ticket_id": TEXT, "words": TEXT, "complaint": TEXT, "actor": TEXT, "machine": TEXT,
        "confidence": REAL,
    },
    "ticket_label_totals": {"read": COUNT, "unsure": COUNT, "corrected": COUNT, "newest": INSTANT},
    "unjudged_tickets": {"ticket_id": TEXT, "asked_at": INSTANT, "words": TEXT},
}  # fmt: skip
