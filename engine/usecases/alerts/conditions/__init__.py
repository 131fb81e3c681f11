"""The registry of conditions: each is one function that looks, and how often it may. A new one adds a line here."""

from engine.model.alerts import Condition
from engine.usecases.alerts.conditions.incidents import batch_incident, cold_chain, mass_delay
from engine.usecases.alerts.conditions.plumbing import job_failing, notices_stuck, promise_broken, stale_feed
from engine.usecases.alerts.conditions.selling import budget_spent, oversold, stock_out_ahead
from engine.usecases.alerts.conditions.shipping import (
    carrier_degraded,
    clause_at_risk,
    lock_out_near,
    node_backlog,
    refund_shipped,
)
from engine.usecases.alerts.conditions.watched import Watched

CONDITIONS: dict[Condition, Watched] = {
    # Milliseconds each: tables of open incidents and of the room's own runs. 0: at every look.
    Condition.OVERSOLD: Watched(oversold, 0),
    Condition.BATCH_INCIDENT: Watched(batch_incident, 0),
    Condition.MASS_DELAY: Watched(mass_delay, 0),
    Condition.COLD_CHAIN: Watched(cold_chain, 0),
    Condition.REFUND_SHIPPED: Watched(refund_shipped, 0),
    Condition.CARRIER_DEGRADED: Watched(carrier_degraded, 5),
    Condition.BUDGET_SPENT: Watched(budget_spent, 5),
    Condition.JOB_FAILING: Watched(job_failing, 10),
    Condition.PROMISE_BROKEN: Watched(promise_broken, 5),
    Condition.NOTICES_STUCK: Watched(notices_stuck, 10),
    # Tens of milliseconds to a quarter of a second with a million orders.
    Condition.STOCK_OUT_AHEAD: Watched(stock_out_ahead, 5),
    Condition.NODE_BACKLOG: Watched(node_backlog, 15),
    Condition.STALE_FEED: Watched(stale_feed, 15),
    Condition.CLAUSE_AT_RISK: Watched(clause_at_risk, 15),
    Condition.LOCK_OUT_NEAR: Watched(lock_out_near, 30),
}
