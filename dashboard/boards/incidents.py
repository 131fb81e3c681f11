"""What the page of complaint incidents needs to know."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.aftersales.batch_policy import BatchRules
from engine.store.database import Database
from engine.store.screens import incidents as incident_screens
from engine.store.screens import steering as steering_screens
from engine.usecases.incidents.batch_policy import load_batch_rules
from engine.usecases.incidents.incident_scope import IncidentScope, incident_scope


@dataclass(frozen=True, slots=True)
class Incidents:
    """Incidents of complaints, the customer's floor as a plain count, and the names that causes are told by: kind of
    key, then code -> (Chinese, English)."""

    stamp: Stamp
    rules: BatchRules
    incidents: pl.DataFrame
    floor: pl.DataFrame
    tickets: int
    names: dict[str, dict[str, tuple[str, str]]]
    provinces: dict[str, str]


def incidents(database: Database, as_of: datetime) -> Incidents:
    """Ask everything that page shows but for the lists of one incident."""
    rules = load_batch_rules()
    named = {
        kind: {code: (zh, en) for code, zh, en in database.read(f"SELECT {kind}, name_zh, name_en FROM {kind}s").rows()}
        for kind in ("sku", "node", "carrier")
    }
    divisions = steering_screens.divisions(database).filter(pl.col("prefix").str.len_chars() == 2)
    return Incidents(
        stamp=stamp(database, as_of),
        rules=rules,
        incidents=incident_screens.complaint_incidents(database, as_of),
        floor=incident_screens.over_the_floor(
            database, as_of - timedelta(hours=rules.floor.hours), least=rules.floor.buyers
        ),
        tickets=int(database.read("SELECT count(*) FROM tickets").item()),
        names=named,
        provinces=dict(
            divisions.filter(pl.col("prefix").str.len_chars() == 2).select("prefix", "province").iter_rows()
        ),
    )


@dataclass(frozen=True, slots=True)
class OneIncident:
    """What it concerns, what buyers said, and when each first said it."""

    scope: IncidentScope
    words: pl.DataFrame
    times: pl.DataFrame


def one_incident(database: Database, incident_id: str, *, now: datetime) -> OneIncident:
    """Ask for them."""
    return OneIncident(
        scope=incident_scope(database, incident_id, now=now),
        words=incident_screens.incident_words(database, incident_id),
        times=incident_screens.incident_times(database, incident_id),
    )
