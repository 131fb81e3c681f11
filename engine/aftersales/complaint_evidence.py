"""Which of the buyer's own words speak for a label, and how strongly? As they stand in the text, strongest first."""

from dataclasses import dataclass

import numpy as np
import orjson
import polars as pl
from scipy import sparse

from engine.aftersales.character_grams import spelled
from engine.aftersales.complaint_model import ComplaintModel, chances_of, features, labelled, said_in
from engine.aftersales.ticket_words import plain_with_places

_WORTH = 0.1
"""Of the strongest words' weight: what weighs less only makes the list longer."""


@dataclass(slots=True)
class _Span:
    """From letter `begin` to before `end` of the text; `weight` in log odds."""

    begin: int
    end: int
    weight: float


def explained(model: ComplaintModel, texts: pl.Series) -> pl.DataFrame:
    """`classify` with `evidence`: JSON list of [words, weight], for the likeliest complaint even where it abstains."""
    found = features(model, said_in(model, texts))
    frame = labelled(model, chances_of(model, found))
    complaints = chances_of(model, found).argmax(axis=1)
    evidence = [
        orjson.dumps(_strongest(model, text or "", found[row], int(complaints[row]))).decode()
        for row, text in enumerate(texts.cast(pl.String))
    ]
    return frame.with_columns(evidence=pl.Series(evidence, dtype=pl.String))


def _strongest(model: ComplaintModel, text: str, found: sparse.csr_matrix, complaint: int) -> list[list[str | float]]:
    """Overlapping words are one piece of evidence: the strongest of them, with the weight of all."""
    letters, places = plain_with_places(text, model.language.simplified, most=2 * model.policy.reading.most_characters)
    weighed = found.data * model.weights[complaint, found.indices]
    kept: list[_Span] = []
    for part in np.argsort(-weighed, kind="stable"):
        if weighed[part] <= 0:
            break
        span = _span(model, letters, places, int(found.indices[part]))
        if span is None:
            continue
        overlapped = next((one for one in kept if span[0] < one.end and one.begin < span[1]), None)
        if overlapped is not None:
            overlapped.weight += float(weighed[part])
        elif span[1] - span[0] > 1:  # one character says nothing to a reader
            kept.append(_Span(*span, float(weighed[part])))
    kept.sort(key=lambda one: -one.weight)
    worth = [one for one in kept if one.weight >= _WORTH * kept[0].weight]
    return [[text[one.begin : one.end], round(one.weight, 3)] for one in worth[: model.policy.certainty.evidence]]


def _span(model: ComplaintModel, letters: str, places: list[int], feature: int) -> tuple[int, int] | None:
    """Where a feature's first words stand in the text; None where only the plain form has them."""
    if feature < len(model.keys):
        run = spelled(int(model.keys[feature])).strip()
        begin, end = letters.find(run), letters.find(run) + len(run)
    else:
        match = model.language.lexicon.compiled[feature - len(model.keys)].search(letters)
        begin, end = match.span() if match else (-1, -1)
    if begin < 0 or end <= begin:
        return None
    return places[begin], places[end - 1] + 1
