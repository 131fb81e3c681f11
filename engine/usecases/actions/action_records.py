"""An action as the tables keep it: read inside a commit, and moved to its next state with the fact that says so.

Used by every use case that touches an action, so that the transition table is looked at in one place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import polars as pl

from engine.errors import NotAllowed, NotFound
from engine.model.actions import ACTION_TRANSITIONS, ActionKind, ActionState, Reversibility
from engine.model.frames import INSTANT
from engine.model.roles import Role
from engine.response.preview import Preview, preview_of
from engine.store import tables
from engine.store.database import as_json
from engine.store.transaction import Transaction
from engine.usecases.actions.kinds.spec import Executed

_COLUMNS = (
    "action_id", "kind", "subject", "params", "cause", "why", "reversibility", "proposed_at", "expires_at", "preview",
    "approver", "state", "state_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An action as it stands."""

    action_id: str
    kind: ActionKind
    subject: str
    params: dict[str, Any]
    cause: str
    why: str
    reversibility: Reversibility
    proposed_at: datetime
    expires_at: datetime
    preview: Preview
    approver: Role
    state: ActionState
    state_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One move of an action: to which state, why, and what else must be known of it later (JSON)."""

    state: ActionState
    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def card_of(tx: Transaction, action_id: str) -> Card:
    """The action as this commit sees it. Raises NotFound."""
    rows = tx.rows(f"SELECT {', '.join(_COLUMNS)} FROM actions WHERE action_id = :id", {"id": action_id})
    if not rows:
        raise NotFound(f"There is no action {action_id!r}.")
    found: dict[str, Any] = dict(zip(_COLUMNS, rows[0], strict=True))
    found.update(
        kind=ActionKind(found["kind"]),
        params=orjson.loads(found["params"]),
        reversibility=Reversibility(found["reversibility"]),
        preview=preview_of(found["preview"]),
        approver=Role(found["approver"]),
        state=ActionState(found["state"]),
    )
    return Card(**found)


def check_moves(card: Card, to: ActionState, tx: Transaction) -> None:
    """Raise NotAllowed in a sentence that says who was faster, where the table does not lead there."""
    if to in ACTION_TRANSITIONS[card.state]:
        return
    rows = tx.rows("SELECT actor FROM action_events WHERE action_id = :id ORDER BY step DESC", {"id": card.action_id})
    raise NotAllowed(f"{card.action_id} is {card.state.value} already, by {rows[0][0]}: it cannot become {to.value}.")


def move(tx: Transaction, card: Card, steps: Sequence[Step], *, judge_at: datetime | None = None) -> None:
    """Append the facts and set the state that follows. The moves must be ones of the transition table."""
    state = card.state
    for step in steps:
        assert step.state in ACTION_TRANSITIONS[state], f"{state} cannot become {step.state}"
        state = step.state
    [(last,)] = tx.rows("SELECT max(step) FROM action_events WHERE action_id = :id", {"id": card.action_id})
    append_steps(tx, card.action_id, steps, after=int(last))
    row = pl.DataFrame(
        {"action_id": [card.action_id], "state": [state.value], "state_at": [tx.at], "judge_at": [judge_at]},
        schema={"action_id": pl.String, "state": pl.String, "state_at": INSTANT, "judge_at": INSTANT},
    )
    tx.amend(tables.actions, row, on=("action_id",))


def append_steps(tx: Transaction, action_id: str, steps: Sequence[Step], *, after: int) -> None:
    """Append what happened to an action, as its steps `after` + 1, ..."""
    rows = pl.DataFrame(
        [
            (action_id, place, tx.at, step.state.value, step.reason, tx.actor, as_json(step.detail))
            for place, step in enumerate(steps, start=after + 1)
        ],
        schema={
            "action_id": pl.String, "step": pl.Int64, "at": INSTANT, "state": pl.String, "reason": pl.String,
            "actor": pl.String, "detail": pl.String,
        },
        orient="row",
    )  # fmt: skip
    tx.append(tables.action_events, rows, stamp=True)


def executed(tx: Transaction, card: Card) -> Executed:
    """How an executed action was carried out."""
    [(at, version, detail)] = tx.rows(
        "SELECT \"at\", version, detail FROM action_events WHERE action_id = :id AND state = 'executed'",
        {"id": card.action_id},
    )
    told = orjson.loads(detail)
    return Executed(card.action_id, card.params, at.astimezone(UTC), int(version), told["happened"], told["kept"])
