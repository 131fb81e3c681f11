"""By how much does each circumstance stretch a leg? Effects on the logarithm of its days, learned side by side.

A ridge regression of how much longer or shorter than published each resolved parcel's leg took, within its carrier and
area, so that the weather of the far west is not mistaken for its distance. Effects add up in the logarithm, and the
life tables are then learned on ages relative to what is expected so: they keep the level, and the last word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import Ridge

from engine.logistics.circumstance_policy import CircumstancePolicy
from engine.logistics.circumstances import Kind
from engine.logistics.parcel_history import Flags, Floats, Integers

_DIGITS = 5


@dataclass(frozen=True, slots=True)
class LegEffects:
    """Effect of each column, per unit beyond its usual value; nothing beyond the values that were seen."""

    kinds: Mapping[str, Kind]
    usual: Floats
    effect: Floats
    low: Floats
    high: Floats
    most: float

    def parts(self, columns: Floats) -> Floats:
        """Rows x columns: what each adds to the logarithm of the leg's days; 0 where it is unknown.

        Where the sum would pass `most`, all are cut in proportion.
        """
        away = np.clip(columns, self.low, self.high) - self.usual
        parts = np.where(np.isfinite(columns), away, 0.0) * self.effect
        total = np.abs(parts.sum(axis=1, keepdims=True))
        cut: Floats = parts * np.minimum(1.0, self.most / np.maximum(total, 1e-9))
        return cut

    def by_kind(self, parts: Floats) -> dict[Kind, Floats]:
        """The parts summed by kind of circumstance."""
        kinds = list(self.kinds.values())
        return {
            kind: parts[:, [i for i, one in enumerate(kinds) if one is kind]].sum(axis=1)
            for kind in dict.fromkeys(kinds)
        }

    def as_content(self) -> dict[str, Any]:
        """Ready for JSON."""
        rounded = {name: np.round(getattr(self, name), _DIGITS).tolist() for name in ("usual", "effect", "low", "high")}
        return {"columns": list(self.kinds), "most": self.most, **rounded}


def effects_from(content: Mapping[str, Any], kinds: Mapping[str, Kind]) -> LegEffects:
    """The effects of a content."""
    arrays = {name: np.array(content[name], dtype=np.float64) for name in ("usual", "effect", "low", "high")}
    return LegEffects(kinds={name: kinds[name] for name in content["columns"]}, most=content["most"], **arrays)


def learn_leg_effects(
    columns: Floats,
    kinds: Mapping[str, Kind],
    longer: Floats,
    group: Integers,
    policy: CircumstancePolicy,
) -> LegEffects | None:
    """From resolved legs: their circumstances, the log of how much longer than expected each took, its group.

    None where there are too few. A column that says nothing (never known, or always the same) has no effect.
    """
    if len(longer) < policy.least_parcels:
        return None
    known = np.isfinite(columns)
    count = known.sum(axis=0)
    usual = np.where(known, columns, 0.0).sum(axis=0) / np.maximum(count, 1)
    filled = np.where(known, columns, usual)
    within = _within(columns, group)
    spread = within.std(axis=0)
    telling: Flags = spread > 1e-9
    effect = np.zeros(columns.shape[1])
    if telling.any():
        inside = np.column_stack([within[:, telling] / spread[telling], _within(longer[:, None], group)])
        model = Ridge(alpha=policy.ridge, fit_intercept=False).fit(inside[:, :-1], inside[:, -1])
        effect[telling] = model.coef_ / spread[telling]
    return LegEffects(dict(kinds), usual, effect, filled.min(axis=0), filled.max(axis=0), policy.most_shift)


def _within(columns: Floats, group: Integers) -> Floats:
    """Columns less the mean of what is known in each row's group; 0 where nothing is known of the row."""
    known = np.isfinite(columns)
    plain = np.where(known, columns, 0.0)
    sums = np.stack([np.bincount(group, column) for column in plain.T], axis=1)
    counts = np.stack([np.bincount(group, column.astype(np.float64)) for column in known.T], axis=1)
    less: Floats = np.where(known, columns - (sums / np.maximum(counts, 1.0))[group], 0.0)
    return less
