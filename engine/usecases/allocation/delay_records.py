"""How the record of delay offers is kept: an event for every move, the current state beside it, in one commit.

Shared by the use cases that propose, approve, answer and close offers; decides nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import polars as pl

from engine.allocation.stagger_policy import StaggerPolicy, policy_from
from engine.model.delays import ASKING, DELAY_TRANSITIONS, DelayState
from engine.model.frames import INSTANT
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.room.rule_files import RULES, parsed_rules

OFFER_COLUMNS = (
    "offer_id", "order_id", "state", "tier", "compensation_cents", "form", "expires_at", "promise_before",
    "promise_after", "ship_from", "hold_until",
)  # fmt: skip


@cache
def stagger_policy() -> StaggerPolicy:
    """The rules of data/rules/stagger.toml, read once a process. Raises BadSetting."""
    return policy_from(parsed_rules(RULES / "stagger.toml", "rules of staggered shipping"))


def offers_by_id(tx: Transaction, offer_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """offer_id -> OFFER_COLUMNS and the order's status, for those that exist."""
    ids = pl.DataFrame({"offer_id": list(dict.fromkeys(offer_ids))}, schema={"offer_id": pl.String})
    found = tx.matching(tables.delay_offers, ids, *OFFER_COLUMNS)
    orders = tx.matching(tables.orders, found.select("order_id").unique(), "order_id", "status", "promise_at")
    joined = found.join(orders, on="order_id", how="left")
    return {row["offer_id"]: row for row in joined.iter_rows(named=True)}


def asked_to_wait(tx: Transaction, order_ids: pl.DataFrame) -> pl.DataFrame:
    """Which of `order_ids` (one column, order_id) allocation must leave alone now, as this transaction sees it."""
    held = tx.matching(tables.delay_offers, order_ids, "order_id", "hold_until")
    return held.filter(pl.col("hold_until") > tx.at).select("order_id").unique()


class Move(NamedTuple):
    """An offer (a row with OFFER_COLUMNS) goes to a state at an event time, for a reason."""

    offer: dict[str, Any]
    to: DelayState
    at: datetime
    reason: str = ""


def move_offers(tx: Transaction, moves: Sequence[Move]) -> None:
    """Move each offer once: an event each, and the state with its hold on the order.

    The caller has decided that the move is wanted; that it is a legal one is asserted here.
    """
    if not moves:
        return
    assert all(move.to in DELAY_TRANSITIONS[DelayState(move.offer["state"])] for move in moves)
    told = pl.DataFrame(
        [(m.offer["offer_id"], m.offer["order_id"], m.to.value, m.at, m.reason, hold_of(m.offer, m.to)) for m in moves],
        schema={
            "offer_id": pl.String,
            "order_id": pl.String,
            "kind": pl.String,
            "event_time": INSTANT,
            "reason": pl.String,
            "hold_until": INSTANT,
        },
        orient="row",
    )
    now = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(
        tables.delay_events,
        told.drop("hold_until").with_columns(ingest_time=now, actor=pl.lit(tx.actor)),
        stamp=True,
    )
    tx.amend(
        tables.delay_offers,
        told.select("offer_id", "hold_until", state="kind", state_at=now),
        on=("offer_id",),
    )


def hold_of(offer: dict[str, Any], state: DelayState) -> datetime | None:
    """Until when allocation leaves the order alone: while its buyer may answer; once accepted, until its time."""
    if state in ASKING:
        return offer["expires_at"]  # type: ignore[no-any-return]
    return offer["ship_from"] if state is DelayState.ACCEPTED else None
