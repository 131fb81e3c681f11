"""What the page of the complaint classifier needs to know. And what it says of one text."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from dashboard.boards.four import Stamp, stamp
from dashboard.runtime import room
from engine.store.database import Database
from engine.store.screens import ticket_models as screens
from engine.usecases.service.choose_questions import choose_questions
from engine.usecases.service.classify_tickets import label_texts
from engine.usecases.service.ticket_language import load_ticket_policy


@dataclass(frozen=True, slots=True)
class TicketModel:
    """`newest`: the last trained model's row, `card` its figures; `speaking`: the champion's; None before the first."""

    stamp: Stamp
    newest: dict[str, Any] | None
    speaking: dict[str, Any] | None
    card: dict[str, Any]
    standing: dict[str, Any]  # scores of the model that speaks, on what the newest was judged on
    other: dict[str, Any]  # of the one it was judged against: the champion before it, or the challenger that lost
    models: pl.DataFrame
    by_complaint: pl.DataFrame  # complaint, texts, precision, recall, f1; of the one that speaks
    words: pl.DataFrame  # complaint, words: what speaks loudest for it
    corrections: pl.DataFrame
    totals: dict[str, Any]
    certain: float
    least_corrections: int


@dataclass(frozen=True, slots=True)
class OneText:
    """What the room would say of a text: Complaint or None where a person would be asked, its best guess, and why."""

    complaint: str | None
    best: str
    confidence: float
    evidence: tuple[tuple[str, float], ...]
    model: str


@dataclass(frozen=True, slots=True)
class Question:
    """A ticket that a person should label, and the best guess. `evidence`: JSON list of [words, weight]."""

    ticket_id: str
    words: str
    best: str
    confidence: float
    evidence: str


def ticket_model(database: Database, as_of: datetime) -> TicketModel:
    """Ask everything the page shows."""
    models = screens.ticket_models(database)
    champions = models.filter(pl.col("state") == "champion")
    newest = models.row(0, named=True) if models.height else None
    card = orjson.loads(newest["card"]) if newest else {}
    policy = load_ticket_policy()
    judged = [card.get("model", {}), card.get("champion", {})]
    standing, other = judged if newest and newest["state"] == "champion" else reversed(judged)
    words = [
        {"complaint": complaint, "words": "  ".join(str(said) for said, _ in found)}
        for complaint, found in card.get("words", {}).items()
    ]
    return TicketModel(
        stamp=stamp(database, as_of),
        newest=newest,
        speaking=champions.row(0, named=True) if champions.height else None,
        card=card,
        standing=standing,
        other=other,
        models=models,
        by_complaint=pl.DataFrame(standing.get("by_complaint", [])),
        words=pl.DataFrame(words),
        corrections=screens.newest_corrections(database),
        totals=screens.ticket_label_totals(database, as_of).row(0, named=True),
        certain=policy.certainty.certain,
        least_corrections=policy.challenge.least_corrections,
    )


def try_text(text: str) -> OneText:
    """What the classifier that speaks says of this text; a few milliseconds."""
    found = label_texts(room(), [text]).row(0, named=True)
    evidence = tuple((str(words), float(weight)) for words, weight in orjson.loads(found["evidence"]))
    return OneText(found["complaint"], found["best"], found["confidence"], evidence, found["model"])


def questions() -> list[Question]:
    """What a person should label next, the most useful first; some 0.3 s, so asked when somebody asks for it."""
    found = choose_questions(room())
    return [Question(**row) for row in found.drop("asked_at").iter_rows(named=True)]
