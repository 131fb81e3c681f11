"""Pools that sell out, units sold that no shelf holds, and compensations that eat their budget."""

from datetime import datetime

from engine.model.actions import ActionKind
from engine.model.alerts import Condition
from engine.response.alerting import Finding, Proposal
from engine.store.screens import room as screens
from engine.usecases.alerts.conditions.watched import asked, cause
from engine.usecases.room.workplace import Workplace

LOOKED_AHEAD = 240.0
"""Minutes to sold out beyond which a pool is not looked at: a show is over by then."""


def stock_out_ahead(work: Workplace, now: datetime) -> list[Finding]:
    """Pools of shows that are on, by the pace of the last ten minutes; proposes to top up where units are free."""
    pools = screens.pool_clocks(work.database, now)
    found = []
    for row in pools.iter_rows(named=True):
        on = row["ends_at"] is not None and row["starts_at"] <= now < row["ends_at"]
        minutes = row["minutes_left"]
        if not on or minutes is None or minutes > LOOKED_AHEAD:
            continue
        params = {"show_id": row["show_id"], "sku": row["sku"], "units": row["top_up"]}
        why = f"{row['sku']} sells out in {minutes:.0f} min at the present pace."
        found.append(
            Finding(
                condition=Condition.STOCK_OUT_AHEAD,
                cause=cause(show=row["show_id"], sku=row["sku"]),
                measure=float(minutes),
                facts={
                    "sku": row["sku"],
                    "minutes": round(minutes, 1),
                    "left": row["pool_left"],
                    "free": row["free_units"],
                },
                proposes=Proposal(ActionKind.TOP_UP_POOL, params, why) if row["top_up"] > 0 else None,
            )
        )
    return found


def oversold(work: Workplace, now: datetime) -> list[Finding]:
    """Shortages that steering and counting wrote down."""
    rows = asked(
        work.database,
        "SELECT sku, sum(delta)::BIGINT AS units FROM shortage_movements GROUP BY sku HAVING sum(delta) <> 0",
    )
    return [
        Finding(
            condition=Condition.OVERSOLD, cause=cause(sku=row["sku"]), measure=float(row["units"]), orders=row["units"],
            facts={"sku": row["sku"], "units": row["units"]},
        )
        for row in rows
    ]  # fmt: skip


def budget_spent(work: Workplace, now: datetime) -> list[Finding]:
    """Budgets of compensations."""
    rows = asked(work.database, "SELECT budget_key, cents, committed_cents FROM compensation_budgets WHERE cents > 0")
    return [
        Finding(
            condition=Condition.BUDGET_SPENT,
            cause=cause(budget=row["budget_key"]),
            measure=100.0 * row["committed_cents"] / row["cents"],
            cents=row["committed_cents"],
            facts={"budget": row["budget_key"], "percent": round(100.0 * row["committed_cents"] / row["cents"])},
        )
        for row in rows
    ]
