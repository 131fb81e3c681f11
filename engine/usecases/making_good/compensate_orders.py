"""All buyers of one cause are given the same, complained or not: a bad lot, a late region. Preview and doing are one.

`plan_compensation` says what would happen and changes nothing; `compensate_orders` makes the same plan inside its
commit, where nobody else can write, and applies it. Doing it twice compensates nobody twice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.aftersales.compensation import Case, Priced, price
from engine.errors import NotAllowed, NotFound
from engine.model.compensation import CompensationState, Remedy, Severity, WhyNone
from engine.model.roles import Role
from engine.model.states import OrderStatus
from engine.model.tickets import Claim, Complaint
from engine.store.database import Database, as_json
from engine.store.screens import compensation as compensation_screens
from engine.store.transaction import Transaction
from engine.usecases.making_good.compensation_records import (
    Move,
    budget_key,
    budgets_left,
    compensation_policy,
    keep_budgets,
    move_compensations,
)
from engine.usecases.making_good.propose_compensations import as_kept, write_proposals


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyCompensations:
    """What to give to whom: `cause` is kept and makes it happen once an order; `complaint` and `severity` are what went
    wrong for all of them."""

    cause: str
    order_ids: tuple[str, ...]
    complaint: Complaint
    severity: Severity
    remedy: Remedy


@dataclass(frozen=True, slots=True)
class CompensationPlan:
    """Orders that get it, with cents charged and paid together; orders that do not, by reason; what each budget would
    have left, in cents. `short`: budgets that cannot pay: then nothing is done at all."""

    orders: tuple[str, ...] = ()
    cost_cents: int = 0
    pay_cents: int = 0
    none: dict[WhyNone, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    short: tuple[str, ...] = ()
    rows: tuple[dict[str, Any], ...] = field(default=(), repr=False)


def plan_compensation(database: Database, many: ManyCompensations) -> CompensationPlan:
    """What `compensate_orders` would do now; writes nothing. Raises NotFound for an order that is none."""
    rows, none = _chosen(database, many)
    return _plan(rows, none, budgets_left(database, {row["budget_key"] for row in rows}))


def compensate_orders(database: Database, many: ManyCompensations, *, actor: str, reason: str) -> CompensationPlan:
    """Approve a compensation for each order of the plan: the gateway may fetch them. All or nothing.

    Raises NotFound, and NotAllowed where a budget cannot pay or nobody is left to compensate. The caller has made sure
    that whoever approved it may.
    """
    with database.transaction(actor=actor, verb="compensate_orders", subject=many.cause) as tx:
        plan = compensate_within(tx, database, many, reason=reason)
        tx.note(orders=len(plan.orders), cost_cents=plan.cost_cents, remedy=many.remedy.value, reason=reason)
    return plan


def compensate_within(tx: Transaction, database: Database, many: ManyCompensations, *, reason: str) -> CompensationPlan:
    """The same inside a commit that is being made, such as an action's, which keeps its own audit entry."""
    rows, none = _chosen(database, many)
    plan = _plan(rows, none, keep_budgets(tx, [row["budget_key"] for row in rows]))
    if plan.short:
        key = plan.short[0]
        raise NotAllowed(
            f"The budget {key} is short of ¥{-plan.left[key] / 100:.2f} for {len(plan.orders)} compensations. "
            "A manager can raise it."
        )
    if not plan.orders:
        raise NotAllowed("Nobody is left to compensate: all of these orders have something already, or have ended.")
    _apply(tx, plan, reason)
    return plan


def _chosen(database: Database, many: ManyCompensations) -> tuple[list[dict[str, Any]], Counter[WhyNone]]:
    """Rows of compensations for the orders that can have one, and why the others cannot."""
    wanted = tuple(dict.fromkeys(many.order_ids))
    found = compensation_screens.orders_to_judge(database, wanted, cause=many.cause)
    if missing := sorted(set(wanted) - set(found["order_id"])):
        raise NotFound(f"There is no order {missing[0]}.")
    shows = set(database.read("SELECT show_id FROM shows WHERE starts_at IS NOT NULL")["show_id"])
    none: Counter[WhyNone] = Counter()
    rows = []
    for row in found.iter_rows(named=True):
        if row["taken"]:
            none[WhyNone.HAS_ONE] += 1
        elif row["status"] in (OrderStatus.CANCELLED, OrderStatus.REFUNDED):
            none[WhyNone.ENDED] += 1
        else:
            rows.append(_row(row, many, budget_key(row["show_id"], shows, database.now())))
    return rows, none


def _row(row: Mapping[str, Any], many: ManyCompensations, key: str) -> dict[str, Any]:
    policy = compensation_policy()
    freight = row["freight_cents"]
    case = Case(
        complaint=many.complaint,
        claim=Claim.WORDS,
        text="",
        value_cents=row["value_cents"],
        goods_cents=row["goods_cents"],
        freight_cents=round(100 * policy.value.reship_freight_yuan) if freight is None else freight,
    )
    given = price(case, many.severity, many.remedy, policy)
    return {
        "compensation_id": f"{many.cause}:{row['order_id']}",
        "ticket_id": None,
        "order_id": row["order_id"],
        "cause": many.cause,
        "budget_key": key,
        "complaint": many.complaint.value,
        "severity": many.severity.value,
        "ground": as_json({"by": "cause", "words": ()}),
        "remedy": many.remedy.value,
        **_money(given, price(case, many.severity, None, policy)),
        "options": as_json([as_kept(given)]),
        "abuse_score": 0,
        "abuse": "[]",
        "approver": Role.MANAGER.value,
        "why_manager": "[]",
    }


def _money(given: Priced, nothing: Priced) -> dict[str, int]:
    return {
        "pay_cents": given.pay_cents,
        "cost_cents": given.cost_cents,
        "expected_cents": round(given.total),
        "nothing_cents": round(nothing.total),
    }


def _plan(rows: Sequence[dict[str, Any]], none: Counter[WhyNone], left: Mapping[str, int]) -> CompensationPlan:
    after = dict(left)
    for row in rows:
        after[row["budget_key"]] -= row["cost_cents"]
    return CompensationPlan(
        orders=tuple(row["order_id"] for row in rows),
        cost_cents=sum(row["cost_cents"] for row in rows),
        pay_cents=sum(row["pay_cents"] for row in rows),
        none=dict(none),
        left=after,
        short=tuple(sorted(key for key, cents in after.items() if cents < 0)),
        rows=tuple(rows),
    )


def _apply(tx: Transaction, plan: CompensationPlan, reason: str) -> None:
    write_proposals(tx, plan.rows)
    proposed = [{**row, "state": CompensationState.PROPOSED.value} for row in plan.rows]
    move_compensations(tx, [Move(row, CompensationState.APPROVED, tx.at, reason) for row in proposed])
