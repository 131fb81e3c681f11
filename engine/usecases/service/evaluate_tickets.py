"""Say of each text of a file what it is about: `engine evaluate tickets FILE.csv --out FILE [--train FILE ...]`.

Touches no database. Learns from the shipped texts and from the files given with --train, but never from a text that is
to be judged, nor from one that is nearly the same. Whatever is wrong with a file is said in one sentence.
"""

import time
from pathlib import Path

import polars as pl

from engine.aftersales.complaint_model import Lesson, classify, lesson
from engine.aftersales.self_training import teach, told_again
from engine.aftersales.ticket_policy import TicketPolicy
from engine.usecases.room.evaluation_files import written_whole
from engine.usecases.service.classify_tickets import shipped_lesson
from engine.usecases.service.complaint_texts import TrainingTexts, read_texts, read_training
from engine.usecases.service.ticket_language import load_language


def evaluate_tickets(path: Path, out: Path, *, train: list[Path], policy: TicketPolicy) -> dict[str, object]:
    """Write id, label (the best guess, always), confidence and certain (false: the room would ask a person).

    Returns the summary. Raises BadFile.
    """
    started = time.perf_counter()
    texts, training = read_texts(path), read_training(train)
    given, unlabelled, dropped = _lesson(texts["text"], training, policy)
    taught = teach(given, unlabelled, load_language(), policy)
    learned = time.perf_counter()
    answered = classify(taught.model, texts["text"])
    judged = time.perf_counter() - learned
    labelled = pl.DataFrame(
        {
            "id": texts["id"],
            "label": answered["best"],
            "confidence": answered["confidence"].round(6),
            "certain": answered["complaint"].is_not_null(),
        }
    )
    with written_whole(out, called="The labels") as file:
        labelled.write_csv(file)
    return {
        "texts": texts.height,
        "certain": int(answered["complaint"].is_not_null().sum()),
        "labels": dict(answered["best"].value_counts().sort("best").rows()),
        "learned_from": {
            "shipped": len(shipped_lesson().texts),
            "labelled": len(given.texts) - len(shipped_lesson().texts),
            "unlabelled": len(unlabelled),
            "unlabelled_sure_of": taught.texts,
            "left_out_as_tested": dropped,
        },
        "judging_seconds": round(judged, 3),
        "seconds": round(time.perf_counter() - started, 2),
    }


def _lesson(tested: pl.Series, training: TrainingTexts, policy: TicketPolicy) -> tuple[Lesson, pl.Series, int]:
    """What may be learned from, labelled and unlabelled, and how many texts were left out because they are tested."""
    language = load_language()
    given, labelled, unlabelled = shipped_lesson(), training.labelled, training.unlabelled
    if not labelled.is_empty():
        labelled = labelled.filter(pl.Series(~told_again(labelled["text"], tested, language)))
        weight = policy.learning.labelled_weight
        given = given.with_more(lesson(labelled["text"], labelled["label"], weight=weight, judged=True))
    if not unlabelled.is_empty():
        unlabelled = unlabelled.filter(pl.Series(~told_again(unlabelled, tested, language)))
    dropped = training.labelled.height - labelled.height + len(training.unlabelled) - len(unlabelled)
    return given, unlabelled, dropped
