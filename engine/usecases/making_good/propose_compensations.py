"""What should the buyers of open tickets be given? Gathers, lets after-sales decide, and writes proposals.

Nothing is paid from here: an operator or a manager agrees first, and paying belongs to the platform, through the
brand's gateway. A proposal charges no budget.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from engine.aftersales.abuse import Abuse, BuyerPast, abuse_of
from engine.aftersales.compensation import Case, Decision, Given, Priced, decide
from engine.aftersales.compensation_policy import CompensationPolicy
from engine.aftersales.severity import READ
from engine.aftersales.ticket_words import plain
from engine.errors import NotFound
from engine.model.compensation import STANDING, CompensationState, WhyNone
from engine.model.frames import INSTANT
from engine.model.states import OrderStatus
from engine.model.tickets import Claim, Complaint, TicketState
from engine.store import tables
from engine.store.database import Database, as_json
from engine.store.screens import compensation as compensation_screens
from engine.store.transaction import Transaction
from engine.usecases.making_good.compensation_records import (
    COLUMNS,
    Move,
    budget_key,
    compensation_policy,
    compensations_by_id,
    keep_budgets,
    move_compensations,
    timed_shows,
)
from engine.usecases.service.ticket_language import load_language

Row = Mapping[str, Any]
BATCH = 500
"""Tickets a look; the rest waits for the next one."""


@dataclass(frozen=True, slots=True)
class CompensationRun:
    """Tickets looked at, compensations proposed (ids), withdrawn, and why nothing was proposed for the others."""

    looked_at: int = 0
    proposed: tuple[str, ...] = ()
    withdrawn: int = 0
    none: dict[WhyNone, int] = field(default_factory=dict)


def propose_compensations(
    database: Database, *, actor: str, ticket_ids: Sequence[str] | None = None
) -> CompensationRun:
    """Of every open, labelled ticket that nothing was proposed for; or of these tickets, again where it was refused.

    Raises NotFound for a ticket that is none. Running twice proposes nothing twice.
    """
    policy, now = compensation_policy(), database.now()
    cases = compensation_screens.cases_to_judge(database, ticket_ids, limit=BATCH)
    if ticket_ids is not None and (missing := sorted(set(ticket_ids) - set(cases["ticket_id"]))):
        raise NotFound(f"There is no ticket {missing[0]}.")
    why = {row["ticket_id"]: why_none(row) for row in cases.iter_rows(named=True)}
    open_cases = [row for row in cases.iter_rows(named=True) if why[row["ticket_id"]] is None]
    judged = _judged(database, _in_plain_words(open_cases), policy, now=now)
    for ticket_id, (_, decision, _) in judged.items():
        if decision.best is None:
            why[ticket_id] = WhyNone.PERSON
    wanted = [judged[row["ticket_id"]] for row in open_cases if why[row["ticket_id"]] is None]
    gone = _gone(database)
    none = Counter(found for found in why.values() if found is not None)
    if not wanted and not gone:
        return CompensationRun(cases.height, (), 0, dict(none))
    with database.transaction(
        actor=actor, verb="propose_compensations", subject=f"{len(wanted)} of {cases.height} tickets"
    ) as tx:
        ids = _write(tx, wanted)
        known = compensations_by_id(tx, [row["compensation_id"] for row in gone])
        still = [row for row in gone if known[row["compensation_id"]]["state"] == row["state"]]
        move_compensations(tx, [Move(row, CompensationState.WITHDRAWN, tx.at, "ticket") for row in still])
        tx.note(proposed=len(ids), withdrawn=len(still), none={reason.value: count for reason, count in none.items()})
    return CompensationRun(cases.height, tuple(ids), len(still), dict(none))


def why_none(row: Row) -> WhyNone | None:
    """Why a ticket (a row of cases_to_judge) cannot be made good now; None: it can."""
    if row["state"] != TicketState.OPEN:
        return WhyNone.NOT_OPEN
    if row["complaint"] is None:
        return WhyNone.UNLABELLED
    if row["status"] is None:
        return WhyNone.NO_ORDER
    if row["status"] in (OrderStatus.CANCELLED, OrderStatus.REFUNDED):
        return WhyNone.ENDED
    if row["refunded"]:
        return WhyNone.REFUNDED
    return WhyNone.HAS_ONE if row["standing"] else None


def _in_plain_words(rows: Sequence[Row]) -> list[Row]:
    """The rows with what buyers said in simplified characters and without markup, as the words of the rules are."""
    said = pl.Series([row["said"] for row in rows], dtype=pl.String)
    words = plain(said, load_language().simplified, most=READ)
    return [{**row, "said": text} for row, text in zip(rows, words, strict=True)]


def _judged(
    database: Database, rows: Sequence[Row], policy: CompensationPolicy, *, now: datetime
) -> dict[str, tuple[Row, Decision, Abuse]]:
    if not rows:
        return {}
    past = {
        row["one_buyer"]: row
        for row in compensation_screens.buyers_past(
            database,
            sorted({row["one_buyer"] for row in rows}),
            since_claims=now - timedelta(days=policy.abuse.days),
            since_given=now - timedelta(days=policy.buyer.days),
            dear_cents=round(100 * policy.abuse.high_value_yuan),
        ).iter_rows(named=True)
    }
    same = dict(
        compensation_screens.same_texts(
            database,
            [row["ticket_id"] for row in rows],
            since=now - timedelta(days=policy.abuse.days),
            letters=policy.abuse.same_text_letters,
        ).iter_rows()
    )
    judged = {}
    given = {buyer: Given(row["times"], row["cents"]) for buyer, row in past.items()}
    for row in rows:
        buyer = past[row["one_buyer"]]
        abuse = abuse_of(
            BuyerPast(
                orders=buyer["orders"],
                claims=buyer["claims"],
                dear_claims=buyer["dear_claims"],
                same_text=same.get(row["ticket_id"], 0),
                early=row["early"],
            ),
            policy.abuse,
        )
        decision = decide(_case(row, policy), abuse, given[row["one_buyer"]], policy)
        judged[row["ticket_id"]] = (row, decision, abuse)
        if decision.best is not None:  # a buyer's second ticket of the same look counts the first
            so_far = given[row["one_buyer"]]
            given[row["one_buyer"]] = Given(so_far.times + 1, so_far.cents + decision.best.cost_cents)
    return judged


def _case(row: Row, policy: CompensationPolicy) -> Case:
    freight = row["freight_cents"]
    return Case(
        complaint=Complaint(row["complaint"]),
        claim=Claim(row["claim"]),
        text=row["said"],
        value_cents=row["value_cents"],
        goods_cents=row["goods_cents"],
        freight_cents=round(100 * policy.value.reship_freight_yuan) if freight is None else freight,
        refund_cents=row["refund_cents"],
    )


def _write(tx: Transaction, wanted: Sequence[tuple[Row, Decision, Abuse]]) -> list[str]:
    """The proposals, but for tickets that somebody proposed for meanwhile; returns their ids."""
    tickets = pl.DataFrame({"ticket_id": [row["ticket_id"] for row, _, _ in wanted]}, schema={"ticket_id": pl.String})
    known = tx.matching(tables.compensations, tickets, "ticket_id", "state")
    times = Counter(known["ticket_id"])
    taken = {ticket for ticket, state in known.iter_rows() if state in STANDING}
    shows = timed_shows(tx)
    rows = []
    for row, decision, abuse in wanted:
        ticket_id, best = row["ticket_id"], decision.best
        if ticket_id in taken or best is None or best.remedy is None or best.cost_cents == 0:
            continue
        rows.append(
            {
                "compensation_id": f"{ticket_id}:{times[ticket_id] + 1}",
                "ticket_id": ticket_id,
                "order_id": row["order_id"],
                "budget_key": budget_key(row["show_id"], shows, tx.at),
                "complaint": row["complaint"],
                "severity": decision.judged.severity.value,
                "ground": as_json({"by": decision.judged.ground, "words": decision.judged.words}),
                "remedy": best.remedy.value,
                "pay_cents": best.pay_cents,
                "cost_cents": best.cost_cents,
                "expected_cents": round(best.total),
                "nothing_cents": round(decision.nothing.total),
                "options": as_json([as_kept(option) for option in decision.options]),
                "abuse_score": abuse.score,
                "abuse": as_json([(odd.signal, odd.points, odd.count, odd.of) for odd in abuse.why]),
                "approver": decision.approver.value,
                "why_manager": as_json(decision.why_manager),
            }
        )
    write_proposals(tx, rows)
    return [row["compensation_id"] for row in rows]


def as_kept(option: Priced) -> dict[str, Any]:
    """An option as the record keeps it: cents, rounded."""
    return {
        "remedy": option.remedy,
        "pay": option.pay_cents,
        "cost": option.cost_cents,
        **{name: round(getattr(option, name)) for name in ("direct", "escalation", "ruled", "rating", "lost", "total")},
    }


def write_proposals(tx: Transaction, rows: Sequence[Row]) -> dict[str, int]:
    """Keep proposals and open their budgets; returns what is left of each budget, in cents."""
    left = keep_budgets(tx, [row["budget_key"] for row in rows])
    if rows:
        schema = {
            column.name: pl.Int32 if column.name == "abuse_score" else pl.Int64 if "cents" in column.name else pl.String
            for column in tables.compensations.columns
            if column.name not in ("proposed_at", "version", "state", "state_at")
        }
        now = pl.lit(tx.at).dt.cast_time_unit("us")
        tx.append(
            tables.compensations,
            pl.DataFrame(list(rows), schema=schema).with_columns(
                proposed_at=now.cast(INSTANT), state=pl.lit(CompensationState.PROPOSED.value), state_at=now
            ),
            stamp=True,
        )
    return left


def _gone(database: Database) -> list[dict[str, Any]]:
    """Proposals whose ticket was settled, refunded or relabelled, or whose order ended, before anybody decided; and
    what was approved and not fetched while the platform paid the same money back by itself."""
    columns = ", ".join(f"c.{column}" for column in COLUMNS)
    return database.read(
        f"""
        SELECT {columns} FROM compensations c
        JOIN tickets t ON t.ticket_id = c.ticket_id JOIN orders o ON o.order_id = c.order_id
        WHERE c.state = 'proposed' AND (t.state = 'resolved' OR t.complaint IS DISTINCT FROM c.complaint)
           OR (c.state = 'proposed' OR c.state = 'approved' AND c.remedy <> 'coupon')
              AND (t.refunded_at IS NOT NULL OR o.status IN ('cancelled', 'refunded'))
        """
    ).to_dicts()
