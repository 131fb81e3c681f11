"""Is a chance of 30 % kept three times in ten? Two numbers that correct log odds: a shift and a stretch."""

from dataclasses import dataclass

import numpy as np

from engine.logistics.parcel_history import Flags, Floats

_ROUNDS = 50
_SETTLED = 1e-10


@dataclass(frozen=True, slots=True)
class Calibration:
    """Corrected log odds = shift + stretch x log odds; stretch is above 0, so that the ranking stays."""

    shift: float = 0.0
    stretch: float = 1.0

    def chance(self, odds: Floats) -> Floats:
        """The corrected chances."""
        chances: Floats = 1.0 / (1.0 + np.exp(-(self.shift + self.stretch * odds)))
        return chances


def calibrated(odds: Floats, late: Flags, *, pull: float, least: int) -> Calibration:
    """The likeliest correction, pulled towards none as by `pull` units of information; none below `least` parcels."""
    if len(odds) < least:
        return Calibration()
    columns = np.column_stack([np.ones(len(odds)), odds])
    start = np.array([0.0, 1.0])
    found = start.copy()
    for _ in range(_ROUNDS):  # Newton's method; the penalty makes it convex with one optimum
        chance = 1.0 / (1.0 + np.exp(-np.clip(columns @ found, -30, 30)))
        slope = columns.T @ (chance - late) + pull * (found - start)
        curve = (columns * (chance * (1 - chance))[:, None]).T @ columns + pull * np.eye(2)
        step = np.linalg.solve(curve, slope)
        found = found - step
        if np.abs(step).max() < _SETTLED:
            break
    return Calibration(float(found[0]), float(max(found[1], 0.05)))
