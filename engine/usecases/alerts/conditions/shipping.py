"""Nodes with too much work, carriers below their standard, clocks about to run out, and refunds that left."""

from datetime import datetime, timedelta

import polars as pl

from engine.model.actions import ActionKind
from engine.model.alerts import Condition
from engine.response.alerting import Finding, Proposal
from engine.rules.alarms import pressures
from engine.store.screens import room as screens
from engine.usecases.alerts.conditions.watched import asked, cause
from engine.usecases.clocks.alarm_policy import load_alarm_policy
from engine.usecases.clocks.judge_clocks import judge_clocks, lockout_gauges
from engine.usecases.room.workplace import Workplace


def node_backlog(work: Workplace, now: datetime) -> list[Finding]:
    """Hours that each node would need for what is planned there; proposes to close what is too full."""
    return [
        Finding(
            condition=Condition.NODE_BACKLOG,
            cause=cause(node=row["node"]),
            measure=float(row["hours"]),
            orders=row["parcels"],
            facts={"node": row["node"], "hours": round(row["hours"], 1), "parcels": row["parcels"]},
            proposes=Proposal(
                ActionKind.CLOSE_NODE,
                {"node": row["node"]},
                f"{row['node']} has {row['hours']:.0f} hours of work waiting.",
            ),
        )
        for row in screens.node_load(work.database).filter(pl.col("parcels") > 0).iter_rows(named=True)
    ]


def carrier_degraded(work: Workplace, now: datetime) -> list[Finding]:
    """Carriers with an open warning, by how many tiers and measures are below their standard."""
    rows = asked(
        work.database,
        "SELECT partner, count(*) AS below, string_agg(DISTINCT tier, ', ' ORDER BY tier) AS tiers "
        "FROM standard_warnings WHERE kind = 'carrier' AND state = 'open' GROUP BY partner",
    )
    return [
        Finding(
            condition=Condition.CARRIER_DEGRADED,
            cause=cause(carrier=row["partner"]),
            measure=float(row["below"]),
            facts={"carrier": row["partner"], "tiers": row["tiers"], "below": row["below"]},
        )
        for row in rows
    ]


def clause_at_risk(work: Workplace, now: datetime) -> list[Finding]:
    """Standing alarms of promise clocks with the yuan behind them now."""
    behind = pressures(judge_clocks(work.database, work.platforms, now=now).book, load_alarm_policy(), now=now)
    alarms = asked(work.database, "SELECT watch, carrier, place FROM clock_alarms WHERE state <> 'cleared'")
    standing = {(row["watch"], row["carrier"], row["place"]) for row in alarms}
    found = []
    for one, pressure in behind.items():
        if (one.watch.value, one.carrier, one.place) not in standing:
            continue
        lane = ">" in one.place
        found.append(
            Finding(
                condition=Condition.CLAUSE_AT_RISK,
                cause=cause(
                    watch=one.watch.value,
                    carrier=one.carrier,
                    lane=one.place if lane else None,
                    node=None if lane else one.place,
                ),
                measure=max(pressure.cents / 100, 1.0),  # a floor of the customer's costs nothing and still counts
                orders=pressure.orders,
                cents=pressure.cents,
                facts={
                    "watch": one.watch.value,
                    "carrier": one.carrier,
                    "place": one.place,
                    "next_at": pressure.next_at,
                },
            )
        )
    return found


def lock_out_near(work: Workplace, now: datetime) -> list[Finding]:
    """Shops whose distance to a platform's lock-out line is finite at the present pace."""
    platforms = work.platforms
    gauges = lockout_gauges(judge_clocks(work.database, platforms, now=now), platforms)
    found = []
    for gauge in gauges:
        hours = gauge.distance.crossing_hours
        if gauge.code is not None or hours is None or not gauge.distance.armed:
            continue
        pace = gauge.distance.needed_per_hour
        facts = {
            "platform": gauge.platform, "hours": round(hours, 1), "broken": gauge.distance.broken,
            "least": gauge.distance.least, "needed": None if pace is None else round(pace),
        }  # fmt: skip
        found.append(
            Finding(
                condition=Condition.LOCK_OUT_NEAR,
                cause=cause(platform=gauge.platform, cliff=gauge.distance.rule.counts.value),
                measure=hours,
                orders=gauge.distance.expected,
                facts=facts,
            )
        )
    return found


def refund_shipped(work: Workplace, now: datetime) -> list[Finding]:
    """Refunded or cancelled orders whose goods left in the last day, by node; not what is on its way back."""
    rows = asked(
        work.database,
        """
        SELECT s.node, count(DISTINCT s.order_id) AS orders, sum(o.amount_cents)::BIGINT AS cents
        FROM pick_stops AS s JOIN orders AS o ON o.order_id = s.order_id
        LEFT JOIN parcel_tracks AS t ON t.parcel_id = s.parcel_id
        WHERE s.state = 'shipped' AND s.why <> 'moved' AND s.state_at > $since
          AND coalesce(t.stage, '') NOT IN ('returning', 'returned', 'rejected')
        GROUP BY s.node
        """,
        since=now - timedelta(days=1),
    )
    return [
        Finding(
            condition=Condition.REFUND_SHIPPED, cause=cause(node=row["node"]), measure=float(row["orders"]),
            orders=row["orders"], cents=row["cents"], facts={"node": row["node"], "orders": row["orders"]},
        )
        for row in rows
    ]  # fmt: skip
