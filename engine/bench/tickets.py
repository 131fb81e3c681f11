"""The classifier of complaints beside TF-IDF of 1 to 3 characters with a linear SVM: labels by people, and speed.

Repeated stratified cross-validation on a labelled file that is not the project's; unlabelled texts of the same source
may be given, and lose whatever is tested. Fails where a hundred thousand texts take 20 s of a core.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from engine.aftersales.complaint_model import COMPLAINTS, ComplaintModel, Floats, chances, classify, lesson
from engine.aftersales.label_scores import Places, abstaining, macro_f1, scores
from engine.aftersales.self_training import teach, told_again
from engine.bench.measure import BenchFailed
from engine.bench.ticket_asking import asking
from engine.model.tickets import Complaint
from engine.usecases.service.classify_tickets import shipped_lesson, shipped_model
from engine.usecases.service.complaint_texts import read_training
from engine.usecases.service.ticket_language import load_language, load_ticket_policy

FOLDS, REPEATS = 5, 2
_LIMIT = 20.0
"""Seconds of a core for 100,000 texts, at most."""


def run_tickets(*, labelled: Path, unlabelled: Path | None, texts: int, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures, ready for JSON. Raises BadFile, and BenchFailed where it was too slow."""
    policy, language = load_ticket_policy(), load_language()
    known = read_training([labelled]).labelled
    known = known.unique("text", maintain_order=True)  # the same text on both sides of a split would be learned
    named = np.array([COMPLAINTS.index(Complaint(label)) for label in known["label"]])
    more = read_training([unlabelled]).unlabelled if unlabelled else pl.Series("text", [], dtype=pl.String)
    more = more.filter(pl.Series(~told_again(more, known["text"], language))) if len(more) else more
    certain = policy.certainty.certain

    shipped = shipped_model()
    result: dict[str, Any] = {
        "labelled": known.height,
        "unlabelled": len(more),
        "shipped_texts": len(shipped_lesson().texts),
        "folds": FOLDS,
        "repeats": REPEATS,
        "shipped_alone": scores(chances(shipped, known["text"]), named, certain=certain),
    }
    if len(more):
        alone = teach(shipped_lesson(), more, language, policy).model
        result["shipped_and_unlabelled"] = scores(chances(alone, known["text"]), named, certain=certain)
    result["speed"] = _speed(shipped, known, named, more, texts, say)  # first: it may fail, and the rest takes minutes
    say("asking for labels")
    result["asking"] = asking(shipped, known, named)
    ours, plain, peer = [], [], []
    split = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=REPEATS, random_state=0).split(named, named)
    for number, (learn, judge) in enumerate(split):
        say(f"fold {number + 1} of {FOLDS * REPEATS}")
        taught, tested = known[learn], known["text"].gather(judge)
        given = shipped_lesson().with_more(
            lesson(taught["text"], taught["label"], weight=policy.learning.labelled_weight, judged=True)
        )
        none = more.head(0)
        plain.append((judge, chances(teach(given, none, language, policy).model, tested)))
        if len(more):
            ours.append((judge, chances(teach(given, more, language, policy).model, tested)))
        peer.append((judge, _margins(_peer(taught["text"].to_list(), named[learn]), tested.to_list())))
    result["model"] = _pooled(plain, named, certain=certain)
    if ours:
        result["model_and_unlabelled"] = _pooled(ours, named, certain=certain)
    result["peer"] = _pooled(peer, named, certain=None)
    return result


def _peer(texts: list[str], named: Places) -> Pipeline:
    return make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 3)), LinearSVC(random_state=0)).fit(
        texts, named
    )


def _margins(peer: Pipeline, texts: list[str]) -> Floats:
    found = np.full((len(texts), len(COMPLAINTS)), -np.inf)
    found[:, peer.classes_] = peer.decision_function(texts)
    return found


def _pooled(folds: list[tuple[Places, Floats]], named: Places, *, certain: float | None) -> dict[str, Any]:
    """Each repeat judges every text once: scores by repeat, their mean, and everything on all of them together."""
    by_repeat, everything = [], []
    for repeat in range(REPEATS):
        whole = np.zeros((len(named), len(COMPLAINTS)))
        for judge, found in folds[repeat * FOLDS : (repeat + 1) * FOLDS]:
            whole[judge] = found
        guessed = whole.argmax(axis=1)
        [at_80] = [hit for share, hit in abstaining(whole.max(axis=1), guessed == named) if share == 0.8]
        by_repeat.append((macro_f1(guessed, named), float((guessed == named).mean()), at_80))
        everything.append(whole)
    means = dict(zip(("macro_f1", "accuracy", "accuracy_at_80"), np.mean(by_repeat, axis=0).tolist(), strict=True))
    if certain is None:
        return {**means, "macro_f1_by_repeat": [part[0] for part in by_repeat]}
    together = scores(np.concatenate(everything), np.tile(named, REPEATS), certain=certain)
    return {**together, **means, "macro_f1_by_repeat": [part[0] for part in by_repeat]}


def _speed(
    model: ComplaintModel,
    known: pl.DataFrame,
    named: Places,
    more: pl.Series,
    texts: int,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Both on the same texts, the better of two runs each, one after the other; by the clock and by the processor."""
    pool = pl.concat([known["text"], more])
    pool = pool.gather(np.arange(texts) % len(pool))
    listed, peer = pool.to_list(), _peer(known["text"].to_list(), named)
    say(f"labelling {texts} texts")
    ours, theirs = (
        np.min([_timed(work) for _ in range(2)], axis=0).tolist()
        for work in (lambda: classify(model, pool), lambda: peer.predict(listed))
    )
    if ours[1] * 100_000 / texts >= _LIMIT:
        raise BenchFailed(f"{texts} texts took {ours[1]:.1f} s of a core; 100,000 must take less than {_LIMIT:g} s.")
    return {
        "texts": texts,
        "seconds": ours[0],
        "core_seconds": ours[1],
        "texts_per_core_second": texts / ours[1],
        "peer_seconds": theirs[0],
        "peer_core_seconds": theirs[1],
        "peer_texts_per_core_second": texts / theirs[1],
        "ratio": theirs[0] / ours[0],
        "core_ratio": theirs[1] / ours[1],
    }


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of all cores: on a busy machine only the second says what the work costs."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor
