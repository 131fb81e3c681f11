"""What is wrong and what became of it: one function a view of views/30_alerts.sql, and their shapes."""

import polars as pl

from engine.model.frames import INSTANT, Contract, conform
from engine.store.database import Database

TEXT, COUNT = pl.String, pl.Int64

ALERT_SHAPES: dict[str, Contract] = {
    "standing_alerts": {
        "alert_id": TEXT, "condition": TEXT, "cause": TEXT, "raised_at": INSTANT, "state": TEXT, "state_at": INSTANT,
        "severity": TEXT, "under": TEXT, "root": TEXT, "measure": pl.Float64, "orders": COUNT, "cents": COUNT,
        "facts": TEXT, "silence": TEXT, "folded": COUNT, "action_id": TEXT, "action_state": TEXT,
    },
    "names_in_alerts": {"code": TEXT, "name_zh": TEXT, "name_en": TEXT},
    "alert_story": {
        "at": INSTANT, "alert_id": TEXT, "condition": TEXT, "facts": TEXT, "kind": TEXT, "severity": TEXT,
        "reason": TEXT, "actor": TEXT, "version": COUNT,
    },
}  # fmt: skip


def standing_alerts(database: Database) -> pl.DataFrame:
    """Alerts that stand: roots first, critical before warnings, then those that nobody has, then the newest."""
    order = "ORDER BY under IS NOT NULL, severity = 'warning', state = 'acknowledged', raised_at DESC, alert_id"
    return conform(database.read(f"FROM boards.standing_alerts {order}"), ALERT_SHAPES["standing_alerts"])


def alert_story(database: Database, *, limit: int = 500) -> pl.DataFrame:
    """The newest events of alerts."""
    found = database.read("FROM boards.alert_story ORDER BY version DESC, alert_id LIMIT $limit", {"limit": limit})
    return conform(found, ALERT_SHAPES["alert_story"])


def names_in_alerts(database: Database) -> pl.DataFrame:
    """What articles, nodes, carriers and provinces (by two digits, one name) are called."""
    return conform(database.read("FROM boards.names_in_alerts"), ALERT_SHAPES["names_in_alerts"])
