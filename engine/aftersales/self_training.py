"""What can unlabelled texts of the same buyers teach? The model labels those it is sure of and learns from them too.

Sure ones repeat what is known in the buyers' own words, so new words beside known ones get their meaning. Their weight
is small, for some are wrong.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from engine.aftersales.character_grams import counted, grams
from engine.aftersales.complaint_model import (
    ComplaintModel,
    Language,
    Lesson,
    chances,
    fit,
)
from engine.aftersales.ticket_policy import TicketPolicy
from engine.aftersales.ticket_words import plain

NEAR = 0.8
"""Of all runs of up to three characters that two texts have, so many in common: they are one text, told again."""

_MARKS = r"[^0-9a-z\u4e00-\u9fff]"
_AT_ONCE = 4_000
"""Texts compared with the tested ones at a time; with 2,000 of those it takes about 100 MB."""


@dataclass(frozen=True, slots=True)
class Taught:
    """The model after learning from its own labels, and from how many."""

    model: ComplaintModel
    texts: int


def teach(given: Lesson, unlabelled: pl.Series, language: Language, policy: TicketPolicy) -> Taught:
    """Fit on the lesson, label `unlabelled` where sure, and fit again on both."""
    first = fit(given, language, policy)
    if unlabelled.is_empty() or policy.learning.taught_most == 0:
        return Taught(first, 0)
    chance = chances(first, unlabelled)
    named, sure = chance.argmax(axis=1), chance.max(axis=1)
    certain = np.flatnonzero(sure >= policy.learning.taught_confidence)
    # A draw, not the surest: the surest few of each complaint all say the same, and would even out how common each is.
    rows = np.sort(np.random.default_rng(0).permutation(certain)[: policy.learning.taught_most])
    if not len(rows):
        return Taught(first, 0)
    weights = np.full(len(rows), policy.learning.taught_weight)
    more = Lesson(unlabelled.gather(rows), named[rows], weights, np.zeros(len(rows), dtype=np.bool_))
    return Taught(fit(given.with_more(more), language, policy), len(rows))


def told_again(texts: pl.Series, tested: pl.Series, language: Language) -> npt.NDArray[np.bool_]:
    """Which of `texts` are one of `tested`, or nearly: what is tested must not have been learned from."""
    judged = _bare(tested, language)
    found = grams(judged)
    known = np.unique(found.keys)
    theirs = _sets(counted(found, known))
    sizes = np.asarray(theirs.sum(axis=1)).ravel()
    told = np.zeros(len(texts), dtype=np.bool_)
    for begin in range(0, len(texts), _AT_ONCE):
        said = _bare(texts.slice(begin, _AT_ONCE), language)
        runs = grams(said)
        ours = _sets(counted(runs, np.unique(runs.keys)))
        shared = (_sets(counted(runs, known)) @ theirs.T).tocoo()
        union = np.asarray(ours.sum(axis=1)).ravel()[shared.row] + sizes[shared.col] - shared.data
        told[begin + shared.row[shared.data >= NEAR * union]] = True
    return told


def _bare(texts: pl.Series, language: Language) -> pl.Series:
    """Letters and figures alone, of the first 500 characters."""
    return plain(texts, language.simplified, most=500).str.replace_all(_MARKS, "")


def _sets(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    return counts.sign()
