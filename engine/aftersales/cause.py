"""One burst, seen at every level: is it the lot, its SKU, the node, the carrier, the region or the route?

The key that explains the burst best: the likelihood of "its rate alone is raised", over the burst's time, against
nothing raised. A bad lot explains its own complaints better than its SKU does, which has well lots too; where all its
lots are raised, the SKU explains more than any of them. Naming a key costs the logarithm of how many there were to
name, for a lot: SKUs, then lots of that SKU. Where two cannot be told apart, the first in order of levels is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

from engine.aftersales.streams import Floats, Ints
from engine.model.incidents import Level


@dataclass(frozen=True, slots=True)
class Seen:
    """A level during a burst, by key: distinct buyers, how many were expected, what is already explained of its
    surprise by incidents that lie within it, and the logarithm of how many keys there were to choose from; and the head
    start of a level where such complaints usually have their cause."""

    buyers: Floats
    expected: Floats
    explained: Floats
    choices: Floats
    doubt: Floats  # variance of what is expected, as a share
    elsewhere: Floats  # times the expected at all other keys, 1 at least
    head_start: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key that may be the cause, with the logarithm of the likelihood by which it explains the burst."""

    level: Level
    key: int
    buyers: int
    expected: float
    score: float
    sure: float

    @property
    def ratio(self) -> float:
        """Times the usual."""
        return self.buyers / max(self.expected, 1e-9)


def surprise(buyers: Floats, expected: Floats) -> Floats:
    """The logarithm of the likelihood ratio of the best raised rate against the expected one; 0 where not raised."""
    usual = np.maximum(expected, 1e-6)
    found: Floats = np.where(buyers > usual, xlogy(buyers, buyers / usual) - (buyers - usual), 0.0)
    return found


def doubtful_surprise(buyers: Floats, expected: Floats, doubt: Floats) -> Floats:
    """The same where the expected one is only known with that variance, as a share: a gamma's mixture of Poissons."""
    usual, shape = np.maximum(expected, 1e-6), 1 / np.maximum(doubt, 1e-9)
    raised = xlogy(buyers, buyers / usual) - (buyers + shape) * np.log((buyers + shape) / (usual + shape))
    found: Floats = np.where(buyers > usual, raised, 0.0)
    return found


def candidates(levels: Mapping[Level, Seen], *, least_buyers: int, margin: float) -> list[Candidate]:
    """The best keys of each level, the best of all first; levels in the order they come, the narrowest first.

    Surprise begins above the `margin` for wrong exposure: else a few percent of a big carrier outweigh any small lot.
    """
    found: list[Candidate] = []
    for level, seen in levels.items():
        usual = seen.expected * seen.elsewhere
        sure = doubtful_surprise(seen.buyers, usual, seen.doubt) - seen.choices
        score = surprise(seen.buyers, usual * (1 + margin)) - seen.explained - seen.choices + seen.head_start
        score = np.where((seen.buyers >= least_buyers) & (seen.buyers > seen.expected), score, -np.inf)
        for key in np.argsort(-score, kind="stable")[:2]:
            if np.isfinite(score[key]):
                counts = int(seen.buyers[key]), float(seen.expected[key])
                found.append(Candidate(level, int(key), *counts, float(score[key]), float(sure[key])))
    # Equal to a thousandth is the same burst seen twice; the order of the levels then decides.
    return sorted(found, key=lambda one: -round(one.score, 3))


def choices(level: Level, size: int, sku_of_lot: Ints) -> Floats:
    """By key: the logarithm of how many there were to choose from."""
    if level is not Level.LOT or not size:
        return np.full(size, np.log(max(size, 1)))
    lots = np.bincount(sku_of_lot)
    chosen: Floats = np.log(np.count_nonzero(lots)) + np.log(lots[sku_of_lot])
    return chosen
