"""When people watch and buy: the viewer curve of a show, and the arrival times that follow from it.

A livestream's demand is a base rate that follows the viewers, and a pulse of 10 to 50 times that rate when an
item is presented. Everything scales with the length played: three hours squeezed into eight minutes keep their
shape. Pure: all randomness comes from the generator handed in.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.demo.show_script import ShowScript

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GRID = 4096
"""Steps of the curve over the whole show: 0.1 s of an eight-minute show, 2.6 s of one of three hours."""
PULSE_SHARE = 0.006
"""A pulse decays with this share of the show: 65 s of three hours."""
PULSE_LOW, PULSE_HIGH = 10.0, 50.0
"""How many times the base rate a pulse starts with; the customers' documents name 10 to 50."""
PEAK_VIEWERS = 60_000
CLICKS_PER_ORDER = 18.0
"""A view-to-order rate of 5 to 6 % is what a good food show reaches; clicks are a few times the orders."""
BASE = -1
"""In `Arrivals.pulse`: an order that no item's pulse brought."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Viewers on a grid of seconds, and for each item when it is presented and how hard its pulse hits."""

    seconds: float
    grid: Floats
    viewers: Floats
    base: Floats  # relative base rate on the grid, mean 1
    moments: Floats  # seconds, ascending, one an item
    strength: Floats  # times the base rate, one an item


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When each order is placed, ascending, and which item's pulse brought it (BASE: none)."""

    at: Floats
    pulse: Ints


def show_curve(script: ShowScript, *, seconds: float, rng: np.random.Generator) -> Curve:
    """The show's curve squeezed (or stretched) to `seconds`."""
    grid = np.linspace(0.0, seconds, GRID)
    share = grid / seconds
    minutes = np.array([item.from_minute for item in script.items], dtype=np.float64)
    # The first item comes after the greeting, the last early enough for its pulse to be seen.
    moments = (0.02 + 0.95 * minutes / script.minutes) * seconds
    popular = np.array([item.expected_units for item in script.items], dtype=np.float64)
    strength = PULSE_LOW + (PULSE_HIGH - PULSE_LOW) * np.sqrt(popular / popular.max())
    strength = np.clip(strength * rng.uniform(0.75, 1.0, len(moments)), PULSE_LOW, PULSE_HIGH)
    ramp = np.minimum(1.0, 0.25 + share / 0.08) * np.minimum(1.0, 0.3 + (1.0 - share) / 0.07)
    wander = np.interp(share, np.linspace(0, 1, 24), rng.normal(0.0, 0.07, 24))
    bumps = sum(0.22 * np.where(grid >= m, np.exp(-(grid - m) / (0.03 * seconds)), 0.0) for m in moments.tolist())
    shape = ramp * np.clip(1.0 + wander, 0.5, 1.5) * (1.0 + bumps)
    return Curve(
        seconds=seconds,
        grid=grid,
        viewers=PEAK_VIEWERS * shape / shape.max(),
        base=shape / shape.mean(),
        moments=moments,
        strength=strength,
    )


def arrivals(curve: Curve, *, orders: int, rng: np.random.Generator) -> Arrivals:
    """`orders` arrival times drawn from the curve: base rate plus pulses, as one mixture."""
    decay = PULSE_SHARE * curve.seconds
    left = curve.seconds - curve.moments
    weights = np.concatenate(
        [
            [curve.seconds],
            curve.strength * decay * (1.0 - np.exp(-left / decay)),
        ]  # areas under base and pulses
    )
    source = rng.choice(len(weights), size=orders, p=weights / weights.sum()) + BASE
    at = np.empty(orders)
    quiet = source == BASE
    grown = np.cumsum(curve.base)
    at[quiet] = np.interp(rng.random(int(quiet.sum())) * grown[-1], grown, curve.grid)
    loud = ~quiet
    which = source[loud]
    reach = 1.0 - np.exp(-left[which] / decay)
    at[loud] = curve.moments[which] - decay * np.log1p(-rng.random(len(which)) * reach)
    order = np.argsort(at, kind="stable")
    return Arrivals(at=np.clip(at[order], 0.0, curve.seconds), pulse=source[order].astype(np.int64))


def viewers_at(curve: Curve, at: Floats) -> Ints:
    """Viewers at these seconds."""
    return np.rint(np.interp(at, curve.grid, curve.viewers)).astype(np.int64)
