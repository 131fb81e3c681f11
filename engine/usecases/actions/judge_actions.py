"""Once the horizon of an executed action has passed: says what it brought, once, and keeps that beside the action.

What was taken back before is not judged: nobody asks whether what was undone worked.
"""

from datetime import timedelta

import polars as pl

from engine.model.actions import ActionKind
from engine.model.frames import INSTANT
from engine.response.outcome import Outcome
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.actions.action_policy import load_action_policy
from engine.usecases.actions.action_records import card_of, executed
from engine.usecases.actions.kinds import KINDS
from engine.usecases.room.workplace import Workplace


def judge_actions(work: Workplace, *, actor: str) -> int:
    """Judge what is due; returns how many."""
    due = work.database.read(
        "SELECT action_id, kind FROM actions WHERE state = 'executed' AND judge_at <= $now "
        "AND action_id NOT IN (SELECT action_id FROM action_outcomes) ORDER BY judge_at, action_id",
        {"now": work.now()},
    )
    policy = load_action_policy()
    judged = 0
    for action_id, kind in due.iter_rows():
        horizon = timedelta(minutes=policy.kinds[ActionKind(kind)].horizon_minutes)
        with work.database.transaction(actor=actor, verb="judge_action", subject=action_id) as tx:
            judged += _judge(work, tx, action_id, horizon)
    return judged


def _judge(work: Workplace, tx: Transaction, action_id: str, horizon: timedelta) -> int:
    if tx.rows("SELECT 1 FROM action_outcomes WHERE action_id = :id", {"id": action_id}):
        return 0  # another process was faster
    card = card_of(tx, action_id)
    outcome = KINDS[card.kind].measure(work, executed(tx, card), horizon)
    tx.append(tables.action_outcomes, _row(tx, action_id, outcome), stamp=True)
    tx.note(kind=card.kind.value, verdict=outcome.verdict.value, effect=outcome.effect)
    return 1


def _row(tx: Transaction, action_id: str, outcome: Outcome) -> pl.DataFrame:
    row = {
        "action_id": action_id, "judged_at": tx.at, "verdict": outcome.verdict.value, "measure": outcome.measure.value,
        "method": outcome.method.value, "effect": outcome.effect, "low": outcome.low, "high": outcome.high,
        "concerned": outcome.concerned, "compared": outcome.compared, "detail": "{}",
    }  # fmt: skip
    numbers = dict.fromkeys(("effect", "low", "high"), pl.Float64)
    return pl.DataFrame([row], schema_overrides={"judged_at": INSTANT, **numbers})
