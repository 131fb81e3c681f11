"""How good are labels against a person's? Scores by complaint, the curve of abstaining, whether confidence is true."""

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.aftersales.complaint_model import COMPLAINTS, Floats

Places = npt.NDArray[np.int64]
COVERAGES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5)
"""Shares of the texts answered, the surest first."""
_EDGES = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def scores(chances: Floats, named: Places, *, certain: float) -> dict[str, Any]:
    """Everything about chances (texts x complaints) against a person's labels (places in COMPLAINTS); ready for JSON.

    Shares from 0 to 1. A complaint nobody named and nobody guessed has no scores and no part in macro-F1.
    """
    guessed, confidence = chances.argmax(axis=1), chances.max(axis=1)
    right = guessed == named
    parts = by_complaint(guessed, named)
    sure = confidence >= certain
    return {
        "texts": len(named),
        "accuracy": float(right.mean()),
        "macro_f1": macro_f1(guessed, named),
        "by_complaint": parts,
        "certain": {
            "line": certain,
            "coverage": float(sure.mean()),
            "accuracy": float(right[sure].mean()) if sure.any() else None,
        },
        "abstaining": abstaining(confidence, right),
        "reliability": reliability(confidence, right),
    }


def by_complaint(guessed: Places, named: Places) -> list[dict[str, Any]]:
    """Precision, recall and F1 of each complaint; None where there is nothing to divide by."""
    parts = []
    for place, complaint in enumerate(COMPLAINTS):
        both = int(((guessed == place) & (named == place)).sum())
        said, were = int((guessed == place).sum()), int((named == place).sum())
        parts.append(
            {
                "complaint": complaint.value,
                "texts": were,
                "precision": both / said if said else None,
                "recall": both / were if were else None,
                "f1": 2 * both / (said + were) if said + were else None,
            }
        )
    return parts


def macro_f1(guessed: Places, named: Places) -> float:
    """The mean of the complaints' F1, each counting the same."""
    return float(np.mean([part["f1"] for part in by_complaint(guessed, named) if part["f1"] is not None]))


def abstaining(confidence: Floats, right: npt.NDArray[np.bool_]) -> list[list[float]]:
    """[share answered, accuracy on it], the surest first."""
    order = np.argsort(-confidence, kind="stable")
    curve = []
    for share in COVERAGES:
        answered = order[: max(1, round(share * len(order)))]
        curve.append([share, float(right[answered].mean())])
    return curve


def reliability(confidence: Floats, right: npt.NDArray[np.bool_]) -> list[list[float]]:
    """[mean confidence, share right, texts] of each band of confidence that has texts."""
    bands = np.digitize(confidence, _EDGES[1:-1])
    return [
        [float(confidence[bands == band].mean()), float(right[bands == band].mean()), int((bands == band).sum())]
        for band in np.unique(bands)
    ]
