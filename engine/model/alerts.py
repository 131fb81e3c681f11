"""What the room alerts people of, how bad it is, and where an alert stands: closed sets."""

from enum import StrEnum


class Condition(StrEnum):
    """What is wrong. Each is looked for by one function of engine/usecases/alert_conditions."""

    STOCK_OUT_AHEAD = "stock_out_ahead"  # a pool sells out at the present rate
    OVERSOLD = "oversold"  # units sold that no shelf holds
    NODE_BACKLOG = "node_backlog"  # more planned at a node than it can send in time
    CARRIER_DEGRADED = "carrier_degraded"  # a carrier below the standard of its tier, interval included
    CLAUSE_AT_RISK = "clause_at_risk"  # penalty clocks about to run out
    LOCK_OUT_NEAR = "lock_out_near"  # the shop is about to be locked by the platform
    BATCH_INCIDENT = "batch_incident"  # complaints that are one problem
    MASS_DELAY = "mass_delay"  # late parcels with one cause
    COLD_CHAIN = "cold_chain"  # too warm, or nobody knows
    REFUND_SHIPPED = "refund_shipped"  # refunded goods left all the same
    STALE_FEED = "stale_feed"  # nothing comes in where something came in before
    JOB_FAILING = "job_failing"  # a background job fails again and again
    PROMISE_BROKEN = "promise_broken"  # an invariant of the room does not hold
    NOTICES_STUCK = "notices_stuck"  # a channel takes no notices
    BUDGET_SPENT = "budget_spent"  # compensations eat their budget


class Severity(StrEnum):
    """How bad it is, from the least to the most."""

    WARNING = "warning"
    CRITICAL = "critical"


class AlertState(StrEnum):
    """Where an alert stands. Exactly one at any time."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"  # somebody has it
    ESCALATED = "escalated"  # nobody had it in time
    CLEARED = "cleared"


ALERT_TRANSITIONS: dict[AlertState, frozenset[AlertState]] = {
    AlertState.OPEN: frozenset({AlertState.ACKNOWLEDGED, AlertState.ESCALATED, AlertState.CLEARED}),
    # It got worse than when somebody took it.
    AlertState.ACKNOWLEDGED: frozenset({AlertState.OPEN, AlertState.CLEARED}),
    AlertState.ESCALATED: frozenset({AlertState.ACKNOWLEDGED, AlertState.CLEARED}),
    AlertState.CLEARED: frozenset(),
}
"""What comes again after it was cleared is a new alert."""


class Playbook(StrEnum):
    """Emergencies with a plan: one file each under data/playbooks."""

    SOLD_OUT = "sold_out"
    MASS_DELAY = "mass_delay"
    WAREHOUSE_DOWN = "warehouse_down"
    CARRIER_COLLAPSE = "carrier_collapse"
    BAD_LOT = "bad_lot"
    RETURN_PEAK = "return_peak"
    PLATFORM_OUTAGE = "platform_outage"
    COLD_CHAIN_BREAK = "cold_chain_break"
