"""A plan for a steering change as a value: what it was asked for, what it rests on, and what is to move."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import polars as pl

from engine.allocation.barriers import Barriers
from engine.allocation.plan import Plan
from engine.allocation.problem import Problem
from engine.allocation.steering import Change
from engine.allocation.window import WindowPolicy


class Moves(NamedTuple):
    """What planning answers: pieces that stay though touched, pieces that leave, and for these the problem and plan."""

    stuck: pl.DataFrame
    leaving: pl.DataFrame
    problem: Problem | None
    plan: Plan | None


@dataclass(frozen=True, slots=True)
class Asked:
    """For what a plan was made. missing: units that a count found too few."""

    change: Change
    policy: WindowPolicy
    keep: frozenset[str]
    missing: int


@dataclass(frozen=True, slots=True)
class Basis:
    """The moment and the commit that a plan was made after, the master data, and what was barred then."""

    at: datetime
    version: int
    masters: int
    barriers: Barriers


@dataclass(frozen=True, slots=True)
class KeptSteering:
    """A plan with what it rests on. picks: the pieces it judged, as reallocation.PICKS."""

    asked: Asked
    basis: Basis
    picks: pl.DataFrame
    moves: Moves
