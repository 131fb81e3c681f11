"""How good would each partner be if all had carried the same parcels?

A carrier that is given the hard lanes looks bad, and one that is given the easy ones looks good, whatever they are
worth (Simpson's paradox). So each share is standardised directly: what the partner achieves in a lane, weighted by the
lanes of its whole group. Lanes it hardly serves borrow from an additive model, partner + lane on the log-odds scale,
which is worth `prior_parcels` parcels in every lane; the interval widens by what is borrowed.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import betaincinv, expit, logit

Floats = npt.NDArray[np.float64]

PARTNER_SPREAD = 1.0
LANE_SPREAD = 1.0
"""Standard deviations of partners and lanes in log-odds: shares of 90 % become 77 % or 96 % within one. Wide enough
that a hundred parcels overrule them, narrow enough that a partner without a failure is not held to be perfect."""
STEPS, CLOSE = 50, 1e-9


@dataclass(frozen=True, slots=True)
class LaneModel:
    """Partners and lanes with counts, a row a partner and a column a lane, and what the model expects in each cell.

    `chance`: expected share of good parcels, the cell's own parcels counted; `prior`: without them; `weight`: of the
    lanes in the mix; `spread`: standard error of each partner's own effect, in log-odds.
    """

    partners: tuple[str, ...]
    lanes: tuple[str, ...]
    parcels: Floats
    good: Floats
    prior: Floats
    chance: Floats
    weight: Floats
    spread: Floats
    prior_parcels: float

    def chances(self) -> pl.DataFrame:
        """partner, lane, chance of every pair, those without a parcel included."""
        return pl.DataFrame(
            {
                "partner": np.repeat(np.array(self.partners, dtype=object), len(self.lanes)),
                "lane": list(self.lanes) * len(self.partners),
                "chance": self.chance.ravel(),
            },
            schema={"partner": pl.String, "lane": pl.String, "chance": pl.Float64},
        )


def lane_model(cells: pl.DataFrame, *, prior_parcels: float) -> LaneModel:
    """The model of one group. `cells`: partner, lane, parcels, good; at least one row, one a pair, parcels > 0."""
    partners, lanes = cells["partner"].unique().sort(), cells["lane"].unique().sort()
    row = cells["partner"].replace_strict(partners, np.arange(len(partners)), return_dtype=pl.Int64).to_numpy()
    column = cells["lane"].replace_strict(lanes, np.arange(len(lanes)), return_dtype=pl.Int64).to_numpy()
    parcels = np.zeros((len(partners), len(lanes)))
    good = np.zeros_like(parcels)
    parcels[row, column] = cells["parcels"].to_numpy()
    good[row, column] = cells["good"].to_numpy()
    prior, spread = _fitted(parcels, good)
    return LaneModel(
        partners=tuple(partners),
        lanes=tuple(lanes),
        parcels=parcels,
        good=good,
        prior=prior,
        chance=(good + prior_parcels * prior) / (parcels + prior_parcels),
        weight=parcels.sum(axis=0) / parcels.sum(),
        spread=spread,
        prior_parcels=prior_parcels,
    )


def _fitted(parcels: Floats, good: Floats) -> tuple[Floats, Floats]:
    """Shares that partner + lane explain, and the standard error of each partner's effect.

    The most likely effects under normal priors, by Newton's method. Lanes enter only through their own sums, so they
    are eliminated (Schur complement) and each step solves one equation a partner.
    """
    centre = float(logit((good.sum() + 0.5) / (parcels.sum() + 1)))
    partner = np.zeros(parcels.shape[0])
    lane = np.zeros(parcels.shape[1])
    for _ in range(STEPS):
        share = expit(centre + partner[:, None] + lane[None, :])
        miss = good - parcels * share
        weight = parcels * share * (1 - share)
        slope_partner = miss.sum(axis=1) - partner / PARTNER_SPREAD**2
        slope_lane = miss.sum(axis=0) - lane / LANE_SPREAD**2
        on_lane = weight.sum(axis=0) + 1 / LANE_SPREAD**2
        left = np.diag(weight.sum(axis=1) + 1 / PARTNER_SPREAD**2) - (weight / on_lane) @ weight.T
        step = np.linalg.solve(left, slope_partner - (weight / on_lane) @ slope_lane)
        lane_step = (slope_lane - weight.T @ step) / on_lane
        # A full step may overshoot where shares are near 0 or 1; more than 2 in log-odds at once never helps.
        largest = max(float(np.abs(step).max()), float(np.abs(lane_step).max()))
        scale = min(1.0, 2.0 / largest) if largest > 0 else 1.0
        partner += scale * step
        lane += scale * lane_step
        if largest < CLOSE:
            break
    spread = np.sqrt(np.diag(np.linalg.inv(left)))
    return expit(centre + partner[:, None] + lane[None, :]), spread


def standardised(model: LaneModel, *, interval: float) -> pl.DataFrame:
    """partner, parcels, good, raw, adjusted, low, high, overlap: one row a partner.

    The interval is that of a Beta distribution with the mean and the variance of the weighted sum: each lane's own, and
    the partner's effect where lanes rest on it, which they then do together.
    """
    counted = model.parcels + model.prior_parcels
    adjusted = model.chance @ model.weight
    own = (model.chance * (1 - model.chance) / (counted + 1)) @ model.weight**2
    borrowed = (model.prior_parcels / counted * model.prior * (1 - model.prior)) @ model.weight * model.spread
    variance = own + borrowed**2
    size = np.maximum(adjusted * (1 - adjusted) / variance - 1, 1.0)  # parcels that this certainty is worth
    tail = (1 - interval) / 2
    low = betaincinv(adjusted * size, (1 - adjusted) * size, tail)
    high = betaincinv(adjusted * size, (1 - adjusted) * size, 1 - tail)
    parcels, good = model.parcels.sum(axis=1), model.good.sum(axis=1)
    return pl.DataFrame(
        {
            "partner": list(model.partners),
            "parcels": parcels.astype(np.int64),
            "good": good.astype(np.int64),
            "raw": good / parcels,
            "adjusted": adjusted,
            "low": np.minimum(low, adjusted),
            "high": np.maximum(high, adjusted),
            "overlap": (model.parcels > 0) @ model.weight,
        }
    )


def standardised_hours(timed: pl.DataFrame) -> pl.DataFrame:
    """partner, p50_hours, p90_hours over the group's mix of lanes. `timed`: partner, lane, hours, one row a parcel; a
    parcel weighs what its lane weighs in the mix, shared among the partner's parcels there."""
    whole = timed.filter(pl.col("hours").is_not_null())
    weighed = (
        whole.with_columns(lane_total=pl.len().over("lane"), own=pl.len().over("partner", "lane"))
        .with_columns(weight=pl.col("lane_total") / pl.col("own"))
        .sort("partner", "hours")
        .with_columns(reached=pl.col("weight").cum_sum().over("partner") / pl.col("weight").sum().over("partner"))
    )
    # A share that is reached but for rounding is reached.
    return weighed.group_by("partner", maintain_order=True).agg(
        p50_hours=pl.col("hours").filter(pl.col("reached") >= 0.5 - 1e-9).first(),
        p90_hours=pl.col("hours").filter(pl.col("reached") >= 0.9 - 1e-9).first(),
    )
