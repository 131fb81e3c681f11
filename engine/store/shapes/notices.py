"""What comes back from the views of 26_notices.sql: a part of SHAPES, kept apart for its size."""

import polars as pl

from engine.model.frames import INSTANT, Contract

TEXT, COUNT, REAL, FLAG = pl.String, pl.Int64, pl.Float64, pl.Boolean

NOTICE_SHAPES: dict[str, Contract] = {
    "notice_list": {
        "notice_id": TEXT, "created_at": INSTANT, "audience": TEXT, "channel": TEXT, "kind": TEXT, "critical": FLAG,
        "desk": TEXT, "order_no": TEXT, "fields": TEXT, "state": TEXT, "state_at": INSTANT, "next_at": INSTANT,
        "give_up_at": INSTANT, "attempts": COUNT, "detail": TEXT,
    },
    "notice_counts": {"audience": TEXT, "state": TEXT, "notices": COUNT, "day": COUNT},
    "channel_health": {
        "channel": TEXT, "kind": TEXT, "desks": TEXT, "configured": FLAG, "state": TEXT, "next_at": INSTANT,
        "failures": COUNT, "last_sent_at": INSTANT, "last_error": TEXT, "waiting": COUNT, "last_minute": COUNT,
        "sent": COUNT, "failed": COUNT, "took_ms": REAL,
    },
}  # fmt: skip
