"""The standardised share written out: a general optimiser instead of Newton's method, loops instead of matrices."""

import math

import numpy as np
from scipy.optimize import minimize


def adjusted_slowly(rows: list[tuple[str, str, int, int]], *, prior_parcels: float) -> dict[str, float]:
    """Partner -> share over the whole mix of lanes. rows: partner, lane, parcels, good."""
    partners, lanes = sorted({r[0] for r in rows}), sorted({r[1] for r in rows})
    parcels, good = sum(r[2] for r in rows), sum(r[3] for r in rows)
    centre = math.log((good + 0.5) / (parcels - good + 0.5))
    counted = {(p, lane): (n, g) for p, lane, n, g in rows}

    def expected(effects: np.ndarray, p: int, lane: int) -> float:
        return 1 / (1 + math.exp(-(centre + effects[p] + effects[len(partners) + lane])))

    def unlikely(effects: np.ndarray) -> float:
        total = float((effects**2).sum() / 2)
        for (name, lane), (n, g) in counted.items():
            score = centre + effects[partners.index(name)] + effects[len(partners) + lanes.index(lane)]
            total += n * np.logaddexp(0, score) - g * score
        return total

    best = minimize(unlikely, np.zeros(len(partners) + len(lanes)), method="BFGS", options={"gtol": 1e-7}).x
    shares = {}
    for p, name in enumerate(partners):
        share = 0.0
        for column, lane in enumerate(lanes):
            n, g = counted.get((name, lane), (0, 0))
            here = (g + prior_parcels * expected(best, p, column)) / (n + prior_parcels)
            share += here * sum(r[2] for r in rows if r[1] == lane) / parcels
        shares[name] = share
    return shares
