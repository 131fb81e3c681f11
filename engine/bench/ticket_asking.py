"""Does asking people the right questions teach the classifier sooner than asking any? Learning curves, side by side."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.model_selection import StratifiedKFold

from engine.aftersales.complaint_model import ComplaintModel, chances, fit, lesson
from engine.aftersales.label_scores import Places, macro_f1
from engine.aftersales.worth_asking import worth_asking
from engine.usecases.service.classify_tickets import shipped_lesson
from engine.usecases.service.ticket_language import load_language, load_ticket_policy

STEP, STEPS = 20, 4
"""Labels a round and rounds: a person's evening is some eighty."""
FOLDS, REPEATS = 4, 3

Ask = Callable[[ComplaintModel, pl.Series], npt.NDArray[np.int64]]


def asking(shipped: ComplaintModel, known: pl.DataFrame, named: Places) -> dict[str, list[float]]:
    """Macro-F1 after each round of STEP labels, mean of REPEATS times FOLDS: `asked`, and `drawn` by lot instead."""
    draws = np.random.default_rng(0)
    ways: dict[str, Ask] = {
        "asked": lambda model, texts: worth_asking(model, texts, most=STEP),
        "drawn": lambda _, texts: draws.permutation(len(texts))[:STEP],
    }
    found: dict[str, list[list[float]]] = {name: [] for name in ways}
    for repeat in range(REPEATS):
        split = list(StratifiedKFold(FOLDS, shuffle=True, random_state=repeat).split(named, named))
        for name, ask in ways.items():
            guessed = np.zeros((STEPS, len(named)), dtype=np.int64)
            for pool, judge in split:
                guessed[:, judge] = _rounds(shipped, known, pool, known["text"].gather(judge), ask)
            found[name].append([macro_f1(one, named) for one in guessed])
    return {"labels": [float(STEP * (step + 1)) for step in range(STEPS)]} | {
        name: np.mean(curves, axis=0).tolist() for name, curves in found.items()
    }


def _rounds(
    shipped: ComplaintModel, known: pl.DataFrame, pool: npt.NDArray[np.int64], judged: pl.Series, ask: Ask
) -> npt.NDArray[np.int64]:
    policy, language = load_ticket_policy(), load_language()
    model, rest, taught, guesses = shipped, pool, known.clear(), []
    for _ in range(STEPS):
        chosen = ask(model, known["text"].gather(rest))
        taught, rest = pl.concat([taught, known[rest[chosen]]]), np.delete(rest, chosen)
        given = lesson(taught["text"], taught["label"], weight=policy.learning.labelled_weight, judged=True)
        model = fit(shipped_lesson().with_more(given), language, policy)
        guesses.append(chances(model, judged).argmax(axis=1))
    return np.array(guesses)
