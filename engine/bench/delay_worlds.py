"""Simulated worlds of parcels with a planted cause of delay, for measuring who finds it."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from engine.logistics.contrast import Dimension

REGIONS = ("11", "13", "31", "32", "33", "37", "41", "42", "43", "44", "50", "51", "61", "65")
CARRIERS = {"ZTO": 0.55, "YTO": 0.18, "JD": 0.14, "SF": 0.13}
NODES = ("WH-EAST", "WH-NORTH", "WH-SOUTH", "DP-CAN", "DP-CGO")
WEATHER = ("calm", "rain", "storm")
LEAST = 80
"""Parcels that meet a planted cause at least: of fewer, not enough are late to be told from chance."""
REMOTE = frozenset({"65"})
KINDS = ("hub", "hub_of_one_region", "carrier", "region", "weather", "carrier_in_region", "nothing")
"""`hub_of_one_region`: a hub whose parcels all go to one region, while that region has other hubs too."""


@dataclass(frozen=True, slots=True)
class DelayWorld:
    """A world: PARCELS and MARKS of contrast.py, and what was planted (None: nothing)."""

    kind: str
    parcels: pl.DataFrame
    marks: pl.DataFrame
    planted: tuple[tuple[str, str], ...] | None


def delay_world(kind: str, *, parcels: int, seed: int, usual: float = 0.06, struck: float = 0.45) -> DelayWorld:
    """One world. Parcels of remote regions are late three times as often even when nothing is the matter, which their
    `usual` says; the planted cause makes a share of `struck` late. A twentieth is not decided yet."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    region = rng.choice(REGIONS, parcels, p=_weights(len(REGIONS), rng))
    carrier = rng.choice(list(CARRIERS), parcels, p=list(CARRIERS.values()))
    node = rng.choice(NODES, parcels, p=_weights(len(NODES), rng))
    weather = rng.choice(WEATHER, len(REGIONS))[np.searchsorted(REGIONS, region)]
    hour = rng.choice(("night", "morning", "afternoon", "evening"), parcels, p=(0.1, 0.2, 0.3, 0.4))
    # Each carrier has two hubs in a region, and one gateway that serves two of its regions.
    branch = rng.integers(0, 2, parcels)
    own = np.char.add(np.char.add(np.char.add(carrier, "-"), region), np.where(branch == 0, "-A", "-B"))
    pairs = np.char.add(np.char.add(carrier, "-G"), (np.searchsorted(REGIONS, region) // 2).astype(str))
    planted = _planted(kind, rng, own=own, gateway=pairs, carrier=carrier, region=region, weather=weather)
    marks = {
        Dimension.CARRIER: carrier, Dimension.NODE: node, Dimension.REGION: region, Dimension.WEATHER: weather,
        Dimension.HOUR: hour,
    }  # fmt: skip
    hubs = {"own": own, "gateway": pairs}
    chance = np.where(np.isin(region, list(REMOTE)), 3 * usual, usual)
    hit = np.zeros(parcels, dtype=bool)
    if planted is not None:
        hit[:] = True
        for name, value in planted:
            column = (own == value) | (pairs == value) if name == Dimension.HUB else marks[Dimension(name)] == value
            hit &= column
    late = rng.random(parcels) < np.where(hit, np.maximum(struck, chance), chance)
    undecided = rng.random(parcels) < 0.05
    ids = np.char.add("P", np.arange(parcels).astype(str))
    frames = [(name.value, values) for name, values in marks.items()]
    frames += [(Dimension.HUB.value, values) for values in hubs.values()]
    return DelayWorld(
        kind,
        pl.DataFrame({"parcel_id": ids, "late": late, "usual": chance}).with_columns(
            late=pl.when(pl.Series(undecided)).then(None).otherwise("late")
        ),
        pl.concat(
            [
                pl.DataFrame({"parcel_id": ids, "value": values}).select(
                    "parcel_id", dimension=pl.lit(name), value="value"
                )
                for name, values in frames
            ]
        ),
        planted,
    )


def _planted(kind: str, rng: np.random.Generator, **columns: np.ndarray) -> tuple[tuple[str, str], ...] | None:
    if kind == "nothing":
        return None
    some = {
        "hub": (("hub", "gateway"),),
        "hub_of_one_region": (("hub", "own"),),
        "carrier": (("carrier", "carrier"),),
        "region": (("region", "region"),),
        "weather": (("weather", "weather"),),
        "carrier_in_region": (("carrier", "carrier"), ("region", "region")),
    }[kind]
    while True:  # ends: with thousands of parcels most of them lie in sets of that size
        at = int(rng.integers(0, len(columns["carrier"])))  # a parcel's own values: what is common is struck more often
        planted = tuple((name, str(columns[column][at])) for name, column in some)
        hit = np.logical_and.reduce([columns[column] == columns[column][at] for _, column in some])
        if hit.sum() >= LEAST:
            return planted


def _weights(n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.dirichlet(np.full(n, 4.0))
