"""The questions about complaint incidents: what the watch reads, and one function a view of views/22_incidents.sql."""

from datetime import datetime
from typing import Any

import polars as pl

from engine.model.frames import conform
from engine.model.incidents import COMPLAINTS, EXPOSURE, Level
from engine.store.database import Database
from engine.store.shapes.incidents import SHAPES

TICKETED = {"ticket_id": pl.String, **COMPLAINTS}
"""COMPLAINTS with the ticket that each belongs to: a ticket about several goods is a complaint about each."""

_COMPLAINTS = """
SELECT t.ticket_id, least(t.asked_at, $now) AS time, g.sku, g.lot, g.node, g.carrier,
       left(g.region, $digits) AS region, t.complaint AS kind, t.buyer
FROM tickets AS t JOIN ticket_goods AS g USING (ticket_id)
WHERE t.complaint IN ('not_received', 'damaged', 'wrong_item', 'quality') AND t.asked_at > $since
"""


def complaints_since(database: Database, since: datetime, *, now: datetime, digits: int) -> pl.DataFrame:
    """TICKETED rows asked after `since` and labelled by now, on Beijing's clock, in order of time."""
    rows = database.read(
        f"{_COMPLAINTS} ORDER BY time, t.ticket_id, g.piece", {"since": since, "now": now, "digits": digits}
    )
    return _ticketed(rows)


def complaints_of_versions(
    database: Database, above: int, since: datetime, *, now: datetime, digits: int
) -> pl.DataFrame:
    """The same of tickets that came, were labelled or found their goods in commits above this version."""
    news = """
    AND t.ticket_id IN (
        SELECT ticket_id FROM tickets WHERE version > $above
        UNION ALL SELECT ticket_id FROM ticket_labels WHERE version > $above
        UNION ALL SELECT ticket_id FROM ticket_goods WHERE version > $above
    ) ORDER BY time, t.ticket_id, g.piece"""
    rows = database.read(_COMPLAINTS + news, {"since": since, "now": now, "digits": digits, "above": above})
    return _ticketed(rows)


def _ticketed(rows: pl.DataFrame) -> pl.DataFrame:
    beijing = pl.col("time").dt.convert_time_zone("Asia/Shanghai").dt.replace_time_zone(None).dt.cast_time_unit("us")
    return conform(rows.with_columns(beijing), TICKETED)


def units_by_day(
    database: Database, since: datetime, *, now: datetime, shipped: bool, assumed_days: float, digits: int
) -> pl.DataFrame:
    """EXPOSURE of the parcels that left (`shipped`) or came to the door between `since` and `now`, by Beijing's days.

    A parcel is at the door when it was signed for; where no carrier told, `assumed_days` after it left. It left with
    the first scan; where nobody told, with the upload of its waybill.
    """
    when = "gone_at" if shipped else "coalesce(signed_at, gone_at + to_seconds(CAST(86400 * $assumed AS BIGINT)))"
    rows = database.read(
        f"""
        WITH gone AS (
            SELECT p.parcel_id, any_value(t.signed_at) AS signed_at,
                   coalesce(min(t.picked_up_at), min(w.picked_up_at), min(w.uploaded_at)) AS gone_at
            FROM parcels AS p
            JOIN waybills AS w USING (parcel_id)
            LEFT JOIN parcel_tracks AS t ON t.waybill_no = w.waybill_no
            GROUP BY p.parcel_id
        ),
        moved AS (SELECT parcel_id, {when} AS moved_at FROM gone)
        SELECT CAST(timezone('Asia/Shanghai', m.moved_at) AS DATE) AS day, a.sku, a.lot, a.node, a.carrier,
               left(o.adcode, $digits) AS region, sum(a.qty)::DOUBLE AS units
        FROM moved AS m
        JOIN allocations AS a USING (parcel_id)
        ANTI JOIN ended_allocations AS e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
        JOIN orders AS o ON o.order_id = a.order_id
        WHERE m.moved_at > $since AND m.moved_at <= $now
        GROUP BY ALL
        """,
        {"since": since, "now": now, "digits": digits} | ({} if shipped else {"assumed": assumed_days}),
    )
    return conform(rows, EXPOSURE)


def standing_incidents(database: Database, *, since: datetime) -> pl.DataFrame:
    """Incidents against exposure that are open or ended after `since`; `by_person`: ended by one."""
    return database.read(
        """
        SELECT i.incident_id, i.level, i.cause, i.complaint, i.began_at, i.opened_at, i.state, i.state_at, i.buyers,
               i.expected, i.quiet_runs,
               coalesce(e.actor NOT IN ('incidents', 'topics'), false) AS by_person
        FROM incidents AS i
        LEFT JOIN incident_events AS e ON e.incident_id = i.incident_id AND e.state = 'resolved'
        WHERE i.level <> 'topic' AND (i.state = 'open' OR i.state_at > $since)
        ORDER BY i.opened_at, i.incident_id
        """,
        {"since": since},
    )


def _asked(database: Database, view: str, arguments: str, **bound: Any) -> pl.DataFrame:
    return conform(database.read(f"FROM boards.{view}{arguments}", bound), SHAPES[view])


def complaint_incidents(database: Database, as_of: datetime) -> pl.DataFrame:
    """All incidents, the open ones first."""
    return _asked(database, "complaint_incidents", "($as_of)", as_of=as_of)


def affected_by_cause(database: Database, level: Level, cause: tuple[str, ...], *, since: datetime) -> pl.DataFrame:
    """Orders and parcels that may hold what is wrong; of a lot all, else those planned since. None of a topic."""
    return _asked(
        database,
        "affected_by_cause",
        "($level, $first, $last, $since)",
        level=level.value,
        first=cause[0],
        last=cause[-1],
        since=since,
    )


def incident_words(database: Database, incident_id: str, *, limit: int = 200) -> pl.DataFrame:
    """What buyers said in it, the newest first."""
    return _asked(database, "incident_words", "($wanted, $most)", wanted=incident_id, most=limit)


def incident_times(database: Database, incident_id: str) -> pl.DataFrame:
    """When each of its buyers first complained."""
    return _asked(database, "incident_times", "($wanted)", wanted=incident_id)


def over_the_floor(database: Database, since: datetime, *, least: int) -> pl.DataFrame:
    """SKUs and complaints with so many distinct buyers since then, with the open incident that has them."""
    return _asked(database, "over_the_floor", "($since, $least)", since=since, least=least)


def stock_of_lot(database: Database, sku: str, lot: str) -> tuple[int, int]:
    """Units of a lot in stock that are not under quarantine, and the cost of one in cents."""
    [(units, cents)] = database.read(
        """
        SELECT coalesce(sum(on_hand - quarantined), 0)::BIGINT,
               (SELECT coalesce(max(cost_cents), 0) FROM skus WHERE sku = $sku)
        FROM stock_balance WHERE sku = $sku AND lot = $lot
        """,
        {"sku": sku, "lot": lot},
    ).rows()
    return int(units), int(cents)
