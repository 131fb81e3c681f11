"""Learns what complaints are about from the project's texts and operators' corrections, and keeps the better model.

A challenger learns from all corrections but the newest; on those, which the champion has not learned from either, the
two are judged, and only a challenger that is right more often takes over. The first champion is the shipped texts'.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from engine.aftersales.character_grams import spelled
from engine.aftersales.complaint_model import COMPLAINTS, ComplaintModel, Floats, Lesson, chances, fit, lesson
from engine.aftersales.kept_model import as_content, fits
from engine.aftersales.label_scores import Places, scores
from engine.aftersales.ticket_policy import TicketPolicy
from engine.model.frames import INSTANT
from engine.model.tickets import TrainingVerdict
from engine.store import tables
from engine.store.database import as_json
from engine.store.screens.ticket_models import ticket_corrections
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.classify_tickets import TRAINED, classifier, shipped_fit, shipped_lesson
from engine.usecases.service.ticket_language import load_language, load_ticket_policy

_WORDS = 12
"""Strongest runs of characters shown for each complaint."""


@dataclass(frozen=True, slots=True)
class TicketTraining:
    """What came of it. `model_id` is None where there was nothing to learn."""

    model_id: str | None
    verdict: TrainingVerdict | None = None
    tested: int = 0


@dataclass(frozen=True, slots=True)
class _Candidate:
    model: ComplaintModel
    verdict: TrainingVerdict
    corrections: int
    tested: int
    accuracy: float | None
    champion_accuracy: float | None
    card: dict[str, Any]


def train_tickets(work: Workplace, *, actor: str) -> TicketTraining:
    """Keep the first champion, or train and judge one challenger, in one commit; nothing where nothing is new."""
    policy = load_ticket_policy()
    kept = work.database.read(
        "SELECT state, corrections, CASE WHEN state = 'champion' THEN content ELSE '' END AS content "
        "FROM ticket_models ORDER BY version DESC"
    )
    champions = kept.filter(pl.col("state") == "champion")
    if champions.is_empty() or not fits(champions["content"][0], load_language(), policy):
        return _keep(work, _first(policy, again=not champions.is_empty()), actor=actor)
    corrections = ticket_corrections(work.database)
    enough = corrections.height >= policy.challenge.least_corrections
    if not enough or corrections.height - kept["corrections"][0] < policy.challenge.least_new:
        return TicketTraining(None)
    return _keep(work, _challenger(work, corrections, policy), actor=actor)


def _first(policy: TicketPolicy, *, again: bool) -> _Candidate:
    fitted, given = shipped_fit(), shipped_lesson()
    card = {
        "judged_on": "shipped",
        "model": scores(fitted.unseen, given.named, certain=policy.certainty.certain),
        "words": strongest_words(fitted.model),
    }
    verdict = TrainingVerdict.REFITTED if again else TrainingVerdict.FIRST
    return _Candidate(fitted.model, verdict, 0, 0, None, None, card)


def _challenger(work: Workplace, corrections: pl.DataFrame, policy: TicketPolicy) -> _Candidate:
    held_out = round(policy.challenge.tested_share * corrections.height)
    older, newest = corrections.head(-held_out), corrections.tail(held_out)
    model = fit(shipped_lesson().with_more(_corrected(older, policy)), load_language(), policy)
    named = _corrected(newest, policy).named
    ours, theirs = chances(model, newest["words"]), chances(classifier(work).model, newest["words"])
    right, right_before = _right(ours, named), _right(theirs, named)
    card = {
        "judged_on": "corrections",
        "model": scores(ours, named, certain=policy.certainty.certain),
        "champion": scores(theirs, named, certain=policy.certainty.certain),
        "words": strongest_words(model),
    }
    verdict = TrainingVerdict.BETTER if right > right_before else TrainingVerdict.NO_BETTER
    return _Candidate(model, verdict, corrections.height, held_out, right, right_before, card)


def _corrected(corrections: pl.DataFrame, policy: TicketPolicy) -> Lesson:
    weight = policy.learning.correction_weight
    return lesson(corrections["words"], corrections["complaint"], weight=weight, judged=True)


def _right(found: Floats, named: Places) -> float:
    return float((found.argmax(axis=1) == named).mean())


def _keep(work: Workplace, candidate: _Candidate, *, actor: str) -> TicketTraining:
    speaks = candidate.verdict is not TrainingVerdict.NO_BETTER
    shipped = len(shipped_lesson().texts)
    with work.database.transaction(actor=actor, verb=TRAINED, subject=f"{candidate.corrections} corrections") as tx:
        model_id = f"complaints-{tx.version}"
        if speaks:  # a retired model keeps its card; nobody reads its weights again
            retired = tables.ticket_models.update().where(tables.ticket_models.c.state == "champion")
            tx.execute(retired.values(state="retired", content="{}"))
        row = pl.DataFrame(
            {
                "model_id": [model_id],
                "state": ["champion" if speaks else "challenger"],
                "shipped": [shipped],
                "corrections": [candidate.corrections],
                "tested": [candidate.tested],
                "accuracy": [candidate.accuracy],
                "champion_accuracy": [candidate.champion_accuracy],
                "why": [candidate.verdict.value],
                "card": [as_json(candidate.card)],
                "content": [as_content(candidate.model) if speaks else "{}"],
            },
            schema_overrides={"accuracy": pl.Float64, "champion_accuracy": pl.Float64},
        )
        tx.append(tables.ticket_models, row.with_columns(trained_at=pl.lit(tx.at).cast(INSTANT)), stamp=True)
        tx.note(
            model=model_id,
            why=candidate.verdict.value,
            tested=candidate.tested,
            accuracy=candidate.accuracy,
            champion_accuracy=candidate.champion_accuracy,
        )
    return TicketTraining(model_id, candidate.verdict, candidate.tested)


def strongest_words(model: ComplaintModel) -> dict[str, list[list[str | float]]]:
    """[run of characters, weight] of two or three characters that speak loudest for each complaint."""
    words: dict[str, list[list[str | float]]] = {}
    for place, complaint in enumerate(COMPLAINTS):
        weights = model.weights[place, : len(model.keys)]
        found: list[list[str | float]] = []
        for run in np.argsort(-weights):
            said = spelled(int(model.keys[run])).strip()
            pairs = {said[at : at + 2] for at in range(len(said) - 1)}
            told = any(pair in str(other) for other, _ in found for pair in pairs)  # 芒果心, 果心都: once is enough
            if pairs and said.isalnum() and not told:
                found.append([said, round(float(weights[run]), 2)])
            if len(found) == _WORDS:
                break
        words[complaint.value] = found
    return words
