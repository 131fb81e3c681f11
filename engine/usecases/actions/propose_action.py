"""Puts an action before people: planned once for its preview, and kept with why, what it would change and until when.

What asks for the same thing for the same cause again gets the action there is: its numbers are brought up to date
while nobody has decided, and it is left alone afterwards. A cause that was answered is not asked about twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import polars as pl

from engine.errors import NotAllowed, NotFound
from engine.model.actions import ActionKind, ActionState
from engine.model.frames import INSTANT
from engine.model.roles import Role
from engine.response.approval import ActionPolicy
from engine.response.parameters import read_params
from engine.response.preview import Preview, preview_json
from engine.store import tables
from engine.store.database import as_json
from engine.store.transaction import Transaction
from engine.usecases.actions.action_policy import load_action_policy
from engine.usecases.actions.action_records import Step, append_steps, card_of
from engine.usecases.actions.kinds import KINDS
from engine.usecases.actions.kinds.spec import ActionSpec
from engine.usecases.notices.tell_approvers import tell_approvers
from engine.usecases.room.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Because:
    """Why an action is proposed. `why`: a sentence for the person who decides. `cause`: the key of what it answers,
    such as "alert:a12-3"; empty where a person asks, who may ask twice."""

    why: str
    cause: str = ""


def preview_action(work: Workplace, kind: ActionKind, params: Mapping[str, Any]) -> Preview:
    """What it would do, as of now; nothing is written. Raises BadRequest, NotFound, NotAllowed, NotEnoughStock."""
    spec = KINDS[kind]
    return spec.preview(work, read_params(kind, spec.parameters, params))


def propose_action(
    work: Workplace, kind: ActionKind, params: Mapping[str, Any], *, because: Because, actor: str
) -> str:
    """Propose it; returns the id of the action, which is the one there is where this cause was met before.

    Raises BadRequest, NotFound, NotAllowed, NotEnoughStock: what cannot be planned is not proposed.
    """
    if not because.why.strip():
        raise NotAllowed("Say why in a few words: whoever approves it reads that first.")
    spec = KINDS[kind]
    asked = read_params(kind, spec.parameters, params)
    known = _known(work, spec, asked, because)
    if known is not None and (known[1] != ActionState.PROPOSED or known[2] == as_json(asked)):
        return known[0]
    preview = spec.preview(work, asked)
    with work.database.transaction(actor=actor, verb="propose_action", subject=f"{kind} {spec.subject(asked)}") as tx:
        return enter(tx, spec, asked, preview, because, load_action_policy())


def renew_action(work: Workplace, action_id: str, *, actor: str) -> Preview:
    """Plan an action anew, as things stand now, and let that be what it promises; it stands as long as a new one.

    Raises NotFound, NotAllowed where it is decided, and whatever the planning refuses.
    """
    rows = work.database.read("SELECT kind, params FROM actions WHERE action_id = $id", {"id": action_id}).rows()
    if not rows:
        raise NotFound(f"There is no action {action_id!r}.")
    spec = KINDS[ActionKind(rows[0][0])]
    preview = spec.preview(work, orjson.loads(rows[0][1]))
    with work.database.transaction(actor=actor, verb="renew_action", subject=action_id) as tx:
        state = card_of(tx, action_id).state
        if state not in (ActionState.PROPOSED, ActionState.FAILED):
            raise NotAllowed(f"{action_id} is {state.value}: nothing of it can be planned any more.")
        row = _promise(tx, spec, preview, load_action_policy())
        tx.amend(tables.actions, row.with_columns(action_id=pl.lit(action_id)), on=("action_id",))
        tx.note(stake_cents=preview.stake_cents)
    return preview


_SAME = (
    "SELECT action_id, state, params FROM actions WHERE cause = {0}cause AND kind = {0}kind AND subject = {0}subject"
)


def _key(spec: ActionSpec, asked: Mapping[str, Any], because: Because) -> dict[str, str]:
    return {"cause": because.cause, "kind": spec.kind.value, "subject": spec.subject(asked)}


def _known(
    work: Workplace, spec: ActionSpec, asked: Mapping[str, Any], because: Because
) -> tuple[str, str, str] | None:
    """Id, state and parameters of the action of this cause, as of the last commit."""
    if not because.cause:
        return None
    rows = work.database.read(_SAME.format("$"), _key(spec, asked, because)).rows()
    return rows[0] if rows else None


def enter(
    tx: Transaction,
    spec: ActionSpec,
    asked: dict[str, Any],
    preview: Preview,
    because: Because,
    policy: ActionPolicy,
    *,
    tell: bool = True,
) -> str:
    """Write the proposal, or bring the one there is up to date; returns its id. `tell`: whoever may approve it hears
    of it; not where somebody does so in this very commit."""
    promise = _promise(tx, spec, preview, policy).with_columns(
        params=pl.lit(as_json(asked)), why=pl.lit(because.why.strip())
    )
    stake = preview.stake_cents
    # Looked for again inside the commit: two who met the same cause at once make one action.
    same = tx.rows(_SAME.format(":"), _key(spec, asked, because)) if because.cause else []
    if same:
        action_id, state, _ = same[0]
        if state == ActionState.PROPOSED:
            tx.amend(tables.actions, promise.with_columns(action_id=pl.lit(str(action_id))), on=("action_id",))
            tx.note(action=action_id, revised=asked, stake_cents=stake)
        return str(action_id)
    action_id = f"a{tx.version}"
    named = {
        "action_id": action_id, **_key(spec, asked, because), "desk": spec.desk.value,
        "reversibility": spec.reversibility.value, "proposed_by": tx.actor, "state": ActionState.PROPOSED.value,
    }  # fmt: skip
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    whole = promise.with_columns(**{name: pl.lit(value) for name, value in named.items()}, proposed_at=at, state_at=at)
    tx.append(tables.actions, whole.with_columns(judge_at=pl.lit(None, dtype=INSTANT)), stamp=True)
    append_steps(tx, action_id, [Step(ActionState.PROPOSED, because.why.strip())], after=0)
    if tell and not policy.autonomous(spec.kind, stake, spec.reversibility):
        row = promise.row(0, named=True)
        tell_approvers(
            tx,
            action_id,
            kind=spec.kind,
            subject=spec.subject(asked),
            desk=spec.desk,
            orders=row["orders"],
            stake_cents=stake,
            approver=Role(row["approver"]),
            expires_at=row["expires_at"],
        )
    tx.note(action=action_id, params=asked, why=because.why.strip(), stake_cents=stake)
    return action_id


def _promise(tx: Transaction, spec: ActionSpec, preview: Preview, policy: ActionPolicy) -> pl.DataFrame:
    """The columns that say what it would do, who may approve that, and until when; one row."""
    row = {
        "preview": preview_json(preview), "orders": preview.orders, "stake_cents": preview.stake_cents,
        "cost_cents": preview.cost_cents, "gain_cents": preview.gain_cents, "inputs": preview.inputs,
        "approver": policy.approver(preview.stake_cents, spec.reversibility).value,
        "expires_at": tx.at + timedelta(minutes=policy.kinds[spec.kind].expires_minutes),
    }  # fmt: skip
    return pl.DataFrame([row], schema_overrides={"gain_cents": pl.Int64, "expires_at": INSTANT})
