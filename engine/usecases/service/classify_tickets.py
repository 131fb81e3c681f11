"""Says of buyers' texts what they are about, by the classifier that speaks in this room: the one seam of ticket intake.

The champion of `ticket_models` speaks. Before the first training, or where the kept one was fitted with another
lexicon, a model fitted from the shipped texts does: once a process, in about a second.
"""

from collections.abc import Sequence
from functools import cache
from threading import Lock

import polars as pl

from engine.aftersales.complaint_evidence import explained
from engine.aftersales.complaint_model import ComplaintModel, Fitted, Lesson, fit_and_check, lesson
from engine.aftersales.kept_model import fits, from_content
from engine.usecases.room.workplace import Speaking, Workplace
from engine.usecases.service.ticket_language import load_language, load_ticket_policy, shipped_texts

SHIPPED = "shipped"
"""The name of the model that was fitted from the project's texts alone and is not kept."""

TRAINED = "train_tickets"
"""The verb of the commits that bring a model."""

_FITTING = Lock()


def label_texts(work: Workplace, texts: Sequence[str | None]) -> pl.DataFrame:
    """One row a text, in order; a few milliseconds for one, from any thread, and no text makes it raise.

    `complaint` (Complaint; null where the classifier abstains), `best` (its guess even then), `confidence` (0 to 1, of
    `best`), `evidence` (JSON list of [words, weight] for `best`, words as they stand in the text) and `model`.
    """
    speaking = classifier(work)
    found = explained(speaking.model, pl.Series("text", list(texts), dtype=pl.String))
    return found.select("complaint", "best", "confidence", "evidence").with_columns(model=pl.lit(speaking.model_id))


def classifier(work: Workplace) -> Speaking:
    """The model that speaks, read again only after a training, by whatever process."""
    version = work.database.last_version(TRAINED)
    known = work.speaking
    if known is None or known.version != version:
        known = _champion(work, version)
        work.speaking = known
    return known


def _champion(work: Workplace, version: int) -> Speaking:
    kept = work.database.read("SELECT model_id, content FROM ticket_models WHERE state = 'champion'")
    language, policy = load_language(), load_ticket_policy()
    for model_id, content in kept.iter_rows():
        if fits(content, language, policy):
            return Speaking(version, model_id, from_content(content, language, policy))
    return Speaking(version, SHIPPED, shipped_model())


def shipped_lesson() -> Lesson:
    """The project's own texts, which weigh 1 and judge nobody."""
    texts = shipped_texts()
    return lesson(texts["text"], texts["label"], weight=1.0, judged=False)


def shipped_model() -> ComplaintModel:
    """Fitted from the shipped texts, once a process."""
    return shipped_fit().model


def shipped_fit() -> Fitted:
    """The same with what it was checked by."""
    with _FITTING:  # two first tickets at once fit it once
        return _fitted()


@cache
def _fitted() -> Fitted:
    return fit_and_check(shipped_lesson(), load_language(), load_ticket_policy())
