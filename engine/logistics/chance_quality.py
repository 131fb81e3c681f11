"""How good are chances of being late? Ranking, sharpness and honesty, in the words of the field.

AUC and AP ask whether the late ones stand first; Brier and the calibration error whether a chance of 30 % is kept three
times in ten.
"""

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, roc_auc_score

from engine.logistics.parcel_history import Flags, Floats

BINS = 10
"""Equal shares of the parcels, from the least to the most threatened."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures of one set of chances against what happened."""

    parcels: int
    late: float  # share
    auc: float | None  # None where all or none were late: nothing can be ranked
    ap: float | None
    brier: float
    ece: float  # mean distance of chance and share over BINS

    def as_dict(self) -> dict[str, float | int | None]:
        """Ready for JSON."""
        return {key: round(v, 5) if isinstance(v, float) else v for key, v in asdict(self).items()}


def quality(chance: Floats, late: Flags) -> Quality:
    """The figures of chances of at least one parcel."""
    both = 0 < late.sum() < len(late)
    bins = reliability(chance, late)
    return Quality(
        parcels=len(late),
        late=float(late.mean()),
        auc=float(roc_auc_score(late, chance)) if both else None,
        ap=float(average_precision_score(late, chance)) if both else None,
        brier=float(np.mean((chance - late) ** 2)),
        ece=float(sum(n * abs(said - was) for said, was, n in bins) / len(late)),
    )


def reliability(chance: Floats, late: Flags) -> list[tuple[float, float, int]]:
    """Per bin of BINS: the mean chance, the share that was late, the parcels."""
    order: npt.NDArray[np.int64] = np.argsort(chance, kind="stable")
    return [
        (float(chance[part].mean()), float(late[part].mean()), len(part))
        for part in np.array_split(order, min(BINS, len(order)))
    ]
