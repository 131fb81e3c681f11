"""What the kinds have in common that steer a node, a lot or a carrier: the plan of plan_steering as a preview, carried
out by the writing of steer, and taken back by the opposite change. Orders that moved stay where they moved to."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from engine.allocation.reallocation import WhyStuck
from engine.allocation.steering import Change, ChangeKind
from engine.logistics.standards import Measure
from engine.model.actions import ActionKind
from engine.response.parameters import Params
from engine.response.preview import Impossible, Level, Preview, fingerprint
from engine.store.transaction import Transaction
from engine.usecases.actions.kinds.spec import Applied, Executed, Planned
from engine.usecases.allocation.expected_misses import expected_misses
from engine.usecases.road.service_policy import load_standards
from engine.usecases.room.workplace import Workplace
from engine.usecases.steering.plan_steering import Steering, plan_steering
from engine.usecases.steering.steer import write_steering

STEERED: dict[ChangeKind, ActionKind] = {
    ChangeKind.NODE_CLOSED: ActionKind.CLOSE_NODE,
    ChangeKind.NODE_REOPENED: ActionKind.REOPEN_NODE,
    ChangeKind.LOT_QUARANTINED: ActionKind.QUARANTINE_LOT,
    ChangeKind.LOT_RELEASED: ActionKind.RELEASE_LOT,
    ChangeKind.CARRIER_STOPPED: ActionKind.STOP_CARRIER,
    ChangeKind.CARRIER_RESUMED: ActionKind.RESUME_CARRIER,
    ChangeKind.STOCK_COUNTED: ActionKind.CORRECT_COUNT,
    ChangeKind.ORDERS_LED_AWAY: ActionKind.REALLOCATE_ORDERS,
}
"""The action that makes each change."""


def action_for(change: Change) -> tuple[ActionKind, dict[str, Any]]:
    """The action that makes this change, with its parameters: the parts of a change are called as there."""
    parts = {"node": change.node, "lot": change.lot, "carrier": change.carrier, "region": change.region,
             "units": change.units}  # fmt: skip
    return STEERED[change.kind], {name: part for name, part in parts.items() if part is not None}


Changing = Callable[[Params], Change]
"""From parameters to the change that they ask for. Raises BadRequest where they make no sense."""


def planned(change_of: Changing) -> Callable[[Workplace, Params], Planned]:
    """The `plan` of a kind."""

    def plan(work: Workplace, params: Params) -> Planned:
        made = plan_steering(work, change_of(params))
        return Planned(steering_preview(work, made), made)

    return plan


def applied(work: Workplace, tx: Transaction, plan: Planned, reason: str) -> Applied:
    """The `apply` of every such kind."""
    made: Steering = plan.made
    write_steering(work, tx, made, reason=reason)
    return Applied(steering_figures(made))


def outlook(work: Workplace, plan: Planned) -> Preview:
    """The preview with the share of the orders that move expected to be picked up in time, before and after."""
    made: Steering = plan.made
    return expected_on_time(work, made, plan.preview)


def expected_on_time(work: Workplace, made: Steering, preview: Preview) -> Preview:
    """The same for a plan that is kept otherwise; `gain_cents`: what fewer misses save beyond the carriers' record."""
    orders = made.moved["order_id"].n_unique()
    if orders == 0:
        return preview
    found = tuple(expected_misses(work, made, load_standards()))
    late = next((one for one in found if one.measure is Measure.PICK_UP), None)
    if late is None:
        return preview
    return replace(
        preview,
        on_time=(1 - late.before / orders, 1 - late.after / orders),
        gain_cents=round(100 * sum(one.saved_yuan for one in found)),
    )


def undone(change_of: Changing) -> Callable[[Workplace, Transaction, Executed, str], Mapping[str, int]]:
    """The `undo` of a kind: the opposite change, planned and written like any other."""

    def undo(work: Workplace, tx: Transaction, done: Executed, reason: str) -> Mapping[str, int]:
        made = plan_steering(work, change_of(done.params))
        write_steering(work, tx, made, reason=reason)
        return steering_figures(made)

    return undo


def steering_figures(made: Steering) -> dict[str, int]:
    """What is promised, and told again afterwards."""
    told = made.figures()
    names = (
        "orders_moved", "parcels_cancelled", "parcels_planned", "extra_cents", "edits", "back_to_waiting",
        "not_possible", "quarantined_delta", "withdrawn_units", "short_units",
    )  # fmt: skip
    return {name: int(told[name]) for name in names}


def steering_preview(work: Workplace, made: Steering) -> Preview:
    """A plan as a preview, without what only an outlook can say."""
    touched = sorted({*made.moved["order_id"], *made.stuck["order_id"]})
    [(cents,)] = work.database.read(
        "SELECT coalesce(sum(amount_cents), 0) FROM orders WHERE order_id IN (SELECT unnest($ids))", {"ids": touched}
    ).rows()
    told = made.figures()
    levels = made.levels.group_by("lot").agg(
        before=(pl.col("on_hand_before") - pl.col("reserved_before") - pl.col("quarantined_before")).sum(),
        after=(pl.col("on_hand") - pl.col("reserved") - pl.col("quarantined")).sum(),
    )
    why = made.stuck.group_by("reason").agg(orders=pl.col("order_id").n_unique()).sort("reason")
    return Preview(
        orders=len(touched),
        stake_cents=int(cents) + _goods(work, made),
        cost_cents=int(told["extra_cents"]) + int(told["edit_risk_cents"]),
        levels=tuple(
            Level("available", lot, int(before), int(after))
            for lot, before, after in levels.sort(pl.col("after") - pl.col("before"), "lot").iter_rows()
        ),
        impossible=tuple(Impossible(int(orders), WhyStuck(reason).value) for reason, orders in why.iter_rows()),
        promised=steering_figures(made),
        inputs=fingerprint(
            made.change.subject,
            made.change.kind,
            made.ended.sort("order_id", "parcel_id").rows(),
            steering_figures(made),
        ),
    )


def _goods(work: Workplace, made: Steering) -> int:
    """What the units cost that the change fences in or lets out, in cents."""
    moved = made.levels.group_by("sku").agg(units=(pl.col("quarantined") - pl.col("quarantined_before")).sum())
    costs = work.database.read("SELECT sku, cost_cents FROM skus")
    return int(moved.join(costs, on="sku").select((pl.col("units").abs() * pl.col("cost_cents")).sum()).item() or 0)
