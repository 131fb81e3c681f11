"""Who finds the common cause of a mass delay? The contrast, beside the value that most late parcels have."""

import time
from collections.abc import Callable
from typing import Any

from engine.bench.delay_worlds import KINDS, DelayWorld, delay_world
from engine.bench.measure import BenchFailed
from engine.logistics.contrast import Cause, find_causes, most_frequent
from engine.usecases.road.mass_delay_policy import load_mass_delay_rules

WORLDS = 30
"""Worlds of each kind; the standard error of a share of 90 % is then 5 points."""


def run_mass_delay(*, parcels: int, say: Callable[[str], None], worlds: int = WORLDS) -> dict[str, Any]:
    """Share of worlds of `parcels` in which the first cause told is the planted one, by kind. Raises BenchFailed."""
    rules = load_mass_delay_rules().contrast
    kinds: dict[str, Any] = {}
    began = time.perf_counter()
    for kind in KINDS:
        found = naive = also = missed = 0
        for seed in range(worlds):
            world = delay_world(kind, parcels=parcels, seed=seed)
            causes = find_causes(world.parcels, world.marks, rules)
            found += _right(world, causes)
            naive += world.planted is not None and (most_frequent(world.parcels, world.marks),) == world.planted
            also += len(causes) > (world.planted is not None)
            missed += world.planted is not None and not causes
        kinds[kind] = {"found": found / worlds, "missed": missed / worlds, "one_too_many": also / worlds,
                       "most_frequent_value": naive / worlds}  # fmt: skip
        say(f"{kind}: {kinds[kind]}")
    seconds = time.perf_counter() - began
    if kinds["nothing"]["found"] < 1 - 2 * rules.alpha - 1 / worlds:
        raise BenchFailed(f"A cause was found where there is none: {kinds['nothing']}.")
    return {"parcels": parcels, "worlds_a_kind": worlds, "seconds_a_world": seconds / worlds / len(KINDS), **kinds}


def _right(world: DelayWorld, causes: list[Cause]) -> bool:
    if world.planted is None:
        return not causes
    return bool(causes) and set(world.planted) in [set(named) for named in (causes[0].named, *causes[0].same)]
