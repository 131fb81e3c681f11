"""How the record of changes is kept: an event for every move, the state beside it. Decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from engine.model.improvements import IMPROVEMENT_TRANSITIONS, ImprovementState
from engine.store import tables
from engine.store.transaction import Transaction

COLUMNS = ("improvement_id", "kind", "sku", "carrier", "area", "state")


class Move(NamedTuple):
    """A change (a row with COLUMNS) goes to a state, for a reason."""

    row: Mapping[str, Any]
    to: ImprovementState
    reason: str = ""


def improvements_by_id(tx: Transaction, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """improvement_id -> COLUMNS, for those that exist."""
    keys = pl.DataFrame({"improvement_id": list(dict.fromkeys(ids))}, schema={"improvement_id": pl.String})
    found = tx.matching(tables.improvements, keys, *COLUMNS)
    return {row["improvement_id"]: row for row in found.iter_rows(named=True)}


def move_improvements(tx: Transaction, moves: Sequence[Move]) -> None:
    """Move each once. That it is legal is asserted."""
    if not moves:
        return
    assert all(move.to in IMPROVEMENT_TRANSITIONS[ImprovementState(move.row["state"])] for move in moves)
    now = pl.lit(tx.at).dt.cast_time_unit("us")
    told = pl.DataFrame(
        [(move.row["improvement_id"], move.to.value, move.reason) for move in moves],
        schema={"improvement_id": pl.String, "kind": pl.String, "reason": pl.String},
        orient="row",
    )
    tx.append(tables.improvement_events, told.with_columns(at=now, actor=pl.lit(tx.actor)), stamp=True)
    tx.amend(tables.improvements, told.select("improvement_id", state="kind", state_at=now), on=("improvement_id",))
