"""How the record of compensations is kept: an event for every move, the state beside it, the budget charged in the same
commit. Shared by the use cases that propose, decide, answer and compensate many; decides nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import polars as pl

from engine.aftersales.compensation_policy import CompensationPolicy, policy_from
from engine.clock import BEIJING
from engine.model.compensation import CHARGED, COMPENSATION_TRANSITIONS, CompensationState
from engine.model.frames import INSTANT
from engine.store import tables
from engine.store.database import Database
from engine.store.transaction import Transaction
from engine.usecases.room.rule_files import RULES, parsed_rules

COLUMNS = ("compensation_id", "ticket_id", "order_id", "budget_key", "cost_cents", "approver", "why_manager", "state")


@cache
def compensation_policy() -> CompensationPolicy:
    """The rules of data/rules/compensation.toml, read once a process. Raises BadSetting."""
    return policy_from(parsed_rules(RULES / "compensation.toml", "rules of compensation"))


def compensations_by_id(tx: Transaction, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """compensation_id -> COLUMNS, for those that exist."""
    keys = pl.DataFrame({"compensation_id": list(dict.fromkeys(ids))}, schema={"compensation_id": pl.String})
    found = tx.matching(tables.compensations, keys, *COLUMNS)
    return {row["compensation_id"]: row for row in found.iter_rows(named=True)}


class Move(NamedTuple):
    """A compensation (a row with COLUMNS) goes to a state at an event time, for a reason."""

    row: Mapping[str, Any]
    to: CompensationState
    at: datetime
    reason: str = ""


def move_compensations(tx: Transaction, moves: Sequence[Move]) -> None:
    """Move each once: an event, its state, and what it charges its budget with.

    The caller has decided that the move is wanted and that the budget allows it; that it is legal is asserted here, and
    the table itself refuses a budget that is exceeded.
    """
    if not moves:
        return
    assert all(move.to in COMPENSATION_TRANSITIONS[CompensationState(move.row["state"])] for move in moves)
    told = pl.DataFrame(
        [(m.row["compensation_id"], m.to.value, m.at, m.reason) for m in moves],
        schema={"compensation_id": pl.String, "kind": pl.String, "event_time": INSTANT, "reason": pl.String},
        orient="row",
    )
    now = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(tables.compensation_events, told.with_columns(ingest_time=now, actor=pl.lit(tx.actor)), stamp=True)
    tx.amend(
        tables.compensations,
        told.select("compensation_id", state="kind", state_at=now),
        on=("compensation_id",),
    )
    charge(tx, [(m.row["budget_key"], _charged(m)) for m in moves])


def _charged(move: Move) -> int:
    """Cents by which a move charges its budget; negative gives back."""
    before, after = CompensationState(move.row["state"]) in CHARGED, move.to in CHARGED
    return int(move.row["cost_cents"]) * (after - before)


def charge(tx: Transaction, charges: Iterable[tuple[str, int]]) -> None:
    """Add to what budgets are committed to."""
    sums: dict[str, int] = {}
    for key, cents in charges:
        sums[key] = sums.get(key, 0) + cents
    changed = {key: cents for key, cents in sums.items() if cents}
    if not changed:
        return
    known = budgets(tx, changed)
    rows = [(key, known[key][1] + cents, tx.version) for key, cents in changed.items()]
    tx.amend(
        tables.compensation_budgets,
        pl.DataFrame(
            rows, schema={"budget_key": pl.String, "committed_cents": pl.Int64, "version": pl.Int64}, orient="row"
        ),
        on=("budget_key",),
    )


def budgets(tx: Transaction, keys: Iterable[str]) -> dict[str, tuple[int, int]]:
    """budget_key -> (cents, committed cents), for those that exist."""
    wanted = pl.DataFrame({"budget_key": sorted(set(keys))}, schema={"budget_key": pl.String})
    found = tx.matching(tables.compensation_budgets, wanted, "budget_key", "cents", "committed_cents")
    return {key: (cents, committed) for key, cents, committed in found.iter_rows()}


def budget_key(show_id: str, shows: Iterable[str], at: datetime) -> str:
    """Whose budget an order is charged to: its show's; outside shows that of the shop for the month in Beijing."""
    return show_id if show_id in set(shows) else f"shop:{at.astimezone(BEIJING):%Y-%m}"


def timed_shows(tx: Transaction) -> list[str]:
    """Shows that begin and end; what is always open is the shop."""
    return [show for (show,) in tx.rows("SELECT show_id FROM shows WHERE starts_at IS NOT NULL")]


_BUDGETS = "SELECT budget_key, cents, committed_cents, set_by FROM compensation_budgets"
_SALES = """
    SELECT show_id, CAST(sum(amount_cents) AS BIGINT) AS cents FROM orders
    WHERE status NOT IN ('cancelled', 'refunded') GROUP BY show_id
"""


def keep_budgets(tx: Transaction, keys: Iterable[str]) -> dict[str, int]:
    """Open the budgets that are missing and let those that follow the rules grow with their show's sales; none shrinks
    by itself, because it may be spent. Returns what is left of each, in cents."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    known = _known(tx.rows(_BUDGETS))
    now = _as_ruled(wanted, known, dict(tx.rows(_SALES)))
    for key in wanted:
        cents, committed, set_by = known.get(key, (0, 0, "policy"))
        if key not in known or now[key] != cents:
            grow_budget(tx, key, now[key] - cents, committed=committed, cents=cents, reason="rules", set_by=set_by)
    return {key: now[key] - known.get(key, (0, 0, ""))[1] for key in wanted}


def budgets_left(database: Database, keys: Iterable[str]) -> dict[str, int]:
    """What `keep_budgets` would find left of each, in cents; writes nothing."""
    known = _known(database.read(_BUDGETS).rows())
    now = _as_ruled(sorted(set(keys)), known, dict(database.read(_SALES).rows()))
    return {key: cents - known.get(key, (0, 0, ""))[1] for key, cents in now.items()}


def _known(rows: Iterable[tuple[Any, ...]]) -> dict[str, tuple[int, int, str]]:
    return {key: (cents, committed, by) for key, cents, committed, by in rows}


def _as_ruled(
    keys: Sequence[str], known: Mapping[str, tuple[int, int, str]], sales: Mapping[str, int]
) -> dict[str, int]:
    """Cents of each budget by the rules, never less than it has; one that a person has set stays as it is."""
    policy = compensation_policy().budget
    now = {}
    for key in keys:
        cents, _, set_by = known.get(key, (0, 0, "policy"))
        ruled = policy.shop_cents if key.startswith("shop:") else policy.show_cents(int(sales.get(key, 0)))
        now[key] = cents if set_by == "person" else max(cents, ruled)
    return now


def grow_budget(tx: Transaction, key: str, delta: int, *, cents: int, committed: int, reason: str, set_by: str) -> None:
    """Change a budget that had `cents` by `delta`, with its event."""
    row = pl.DataFrame(
        {"budget_key": [key], "cents": [cents + delta], "committed_cents": [committed], "set_by": [set_by],
         "version": [tx.version]}
    )  # fmt: skip
    if tx.matching(tables.compensation_budgets, row.select("budget_key"), "budget_key").is_empty():
        tx.append(tables.compensation_budgets, row)
    else:
        tx.amend(tables.compensation_budgets, row, on=("budget_key",))
    tx.append(
        tables.compensation_budget_events,
        pl.DataFrame({"budget_key": [key], "delta_cents": [delta], "reason": [reason]}).with_columns(
            at=pl.lit(tx.at).dt.cast_time_unit("us"), actor=pl.lit(tx.actor)
        ),
        stamp=True,
    )
