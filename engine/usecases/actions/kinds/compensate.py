"""A lot was bad: every buyer of it is given the same, complained or not, and told so with care."""

from collections.abc import Mapping

import polars as pl

from engine.errors import NotAllowed, NotFound
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.model.compensation import CompensationState, Remedy, Severity
from engine.model.notices import NoticeKind
from engine.model.tickets import Complaint
from engine.response.parameters import Of, Parameter, Params
from engine.response.preview import Impossible, Preview, fingerprint
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.actions.kinds.outcomes import complaints
from engine.usecases.actions.kinds.spec import ActionSpec, Applied, Executed, Planned
from engine.usecases.making_good.compensate_orders import ManyCompensations, compensate_within, plan_compensation
from engine.usecases.making_good.compensation_records import Move, compensations_by_id, move_compensations
from engine.usecases.notices.write_notice import write_buyer_notices
from engine.usecases.room.workplace import Workplace


def subject(params: Params) -> str:
    """The lot."""
    return str(params["lot"])


def plan(work: Workplace, params: Params) -> Planned:
    """Raises NotFound for a lot there is not; NotAllowed where nobody has it, or a budget cannot pay."""
    lot = params["lot"]
    goods = work.database.read("SELECT s.name_zh FROM lots l JOIN skus s ON s.sku = l.sku WHERE lot = $l", {"l": lot})
    if goods.is_empty():
        raise NotFound(f"There is no lot {lot!r}.")
    orders = work.database.read(
        "SELECT DISTINCT p.order_id, o.order_no FROM boards.standing_picks p JOIN orders o USING (order_id) "
        "WHERE p.lot = $lot ORDER BY ALL",
        {"lot": lot},
    )
    many = ManyCompensations(
        cause=f"lot:{lot}",
        order_ids=tuple(orders["order_id"]),
        complaint=Complaint(params["complaint"]),
        severity=Severity(params["severity"]),
        remedy=Remedy(params["remedy"]),
    )
    made = plan_compensation(work.database, many)
    if not made.orders:
        raise NotAllowed(f"Nobody who was sent {lot} is left to compensate.")
    if made.short:
        short = -made.left[made.short[0]] / 100
        raise NotAllowed(
            f"The budget {made.short[0]} is short of ¥{short:.2f} for {len(made.orders)} compensations. "
            "A manager can raise it."
        )
    preview = Preview(
        orders=len(made.orders),
        stake_cents=made.cost_cents,
        cost_cents=made.cost_cents,
        impossible=tuple(Impossible(count, why.value) for why, count in sorted(made.none.items()) if count),
        promised={"compensations": len(made.orders), "cost_cents": made.cost_cents},
        inputs=fingerprint(sorted(made.orders), made.cost_cents),
    )
    return Planned(preview, (many, lot, goods.item(), orders))


def apply(work: Workplace, tx: Transaction, planned: Planned, reason: str) -> Applied:
    """Approve them all, and write to their buyers where there is a way to."""
    many, lot, goods, orders = planned.made
    done = compensate_within(tx, work.database, many, reason=reason)
    told = orders.filter(pl.col("order_id").is_in(list(done.orders))).with_columns(
        cause=pl.concat_str(pl.lit(f"lot_care:{lot}"), "order_id", separator=":"), goods=pl.lit(goods), lot=pl.lit(lot)
    )
    write_buyer_notices(tx, NoticeKind.LOT_CARE, told.select("order_id", "cause", "order_no", "goods", "lot"))
    figures = {"compensations": len(done.orders), "cost_cents": done.cost_cents}
    return Applied(figures, {"cause": many.cause, "orders": list(done.orders)})


def undo(_work: Workplace, tx: Transaction, done: Executed, reason: str) -> Mapping[str, int]:
    """Withdraw what the gateway has not fetched; the budget has it back. Raises NotAllowed where it has them all."""
    ids = pl.DataFrame({"compensation_id": [f"{done.kept['cause']}:{order}" for order in done.kept["orders"]]})
    standing = tx.matching(tables.compensations, ids, "compensation_id", "state")
    still = standing.filter(pl.col("state") == CompensationState.APPROVED.value)["compensation_id"].to_list()
    rows = compensations_by_id(tx, still)
    if not rows:
        raise NotAllowed("The gateway has fetched every one of these compensations: what is paid stays paid.")
    moves = [Move(row, CompensationState.WITHDRAWN, tx.at, reason) for row in rows.values()]
    move_compensations(tx, moves)
    return {"compensations": len(moves), "cost_cents": sum(int(row["cost_cents"]) for row in rows.values())}


SPEC = ActionSpec(
    kind=ActionKind.COMPENSATE,
    desk=Desk.SERVICE,
    reversibility=Reversibility.UNTIL,
    parameters=(
        Parameter("lot", Of.LOT),
        Parameter("complaint", Of.CHOICE, choices=tuple(Complaint)),
        Parameter("severity", Of.CHOICE, choices=tuple(Severity)),
        Parameter("remedy", Of.CHOICE, choices=tuple(Remedy)),
    ),
    subject=subject,
    plan=plan,
    apply=apply,
    measure=lambda work, done, horizon: complaints(work, done, horizon, done.params["lot"]),
    undo=undo,
)
