"""How long should this parcel take, going by its lane, seller, weight and hour? Three opinions, learned from the past.

The first is the mean of its lane and seller, the second a ridge regression, the third small boosted trees. They say how
parcels differ from each other; how slow the network is these days, the life table says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge

from engine.logistics.delay_policy import ExpectationPolicy
from engine.logistics.life_table import borrowed
from engine.logistics.parcel_history import DAY, EXTRA, NEVER, Floats, Integers, ParcelHistory, combined
from engine.logistics.past_means import differences, past_mean

_FIRST_GUESS = float(np.log(3.0))
"""Three days, the log of which counts as five parcels before a brand has any of its own."""

_FIRST_PICK_UP = float(np.log(1.0))
_SHORTEST = 0.2
"""Days: shorter ones are clerical (a parcel scanned as delivered at the counter) and would rule the logarithm."""

_FORTNIGHT = 14 * DAY
"""Effects are learned within fortnights, so that a season is not mistaken for a property of what was sold in it."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of each parcel when it is ordered, one column a name; and the first opinion."""

    names: tuple[str, ...]
    columns: Floats  # rows x names, NaN where unknown
    usual: Floats  # log of the days that its lane and seller usually take


def features(history: ParcelHistory, levels: Sequence[Integers], policy: ExpectationPolicy) -> Features:
    """The features of every parcel, each from what had happened before it was ordered."""
    at, arrived = history.ordered, history.delivered
    took = _log_days(arrived - at)
    columns: dict[str, Floats] = {}
    shares = borrowed(policy.borrowed_wide, policy.borrowed_lane, len(levels))
    usual = np.zeros(len(at))
    for days, tag in ((None, "ever"), (policy.recent_days, "recent")):
        means = [past_mean(took, arrived, levels[0], at, days=days, above=_FIRST_GUESS)]
        for groups, borrow in zip(levels[1:], shares, strict=True):
            means.append(past_mean(took, arrived, groups, at, days=days, above=means[-1], borrow=borrow))
        for number, difference in enumerate(differences(means), start=1):
            columns[f"level_{number}_{tag}"] = difference
        sides = [("seller", policy.borrowed_seller), ("origin", policy.borrowed_wide)]
        sides += [(name, policy.borrowed_wide) for name in history.names if name.startswith(EXTRA)]
        for name, borrow in sides:
            groups = combined(history.names[name])
            mean = past_mean(took, arrived, groups, at, days=days, above=means[0], borrow=borrow)
            columns[f"{name}_{tag}"] = mean - means[0]
        if days is None:
            usual = means[-1] + policy.seller_share * columns["seller_ever"]
    columns |= _pick_ups(history, policy) | _measures(history)
    return Features(tuple(columns), np.column_stack(list(columns.values())), usual)


def _pick_ups(history: ParcelHistory, policy: ExpectationPolicy) -> dict[str, Floats]:
    at, picked = history.ordered, history.picked_up
    known = np.where(picked >= at, picked, NEVER)  # a scan before the order is a clerical error
    took = _log_days(known - at)
    found: dict[str, Floats] = {}
    everybody = np.zeros(len(at), dtype=np.int64)
    for days, tag in ((policy.recent_days, "recent"), (14.0, "fortnight")):
        mean = past_mean(took, known, everybody, at, days=days, above=_FIRST_PICK_UP)
        for name, borrow in (("seller", policy.borrowed_seller), ("origin", policy.borrowed_wide)):
            groups = combined(history.names[name])
            found[f"pick_up_{name}_{tag}"] = (
                past_mean(took, known, groups, at, days=days, above=mean, borrow=borrow) - mean
            )
    return found


def _measures(history: ParcelHistory) -> dict[str, Floats]:
    found = {name: np.sign(of) * np.log1p(np.abs(of)) for name, of in history.measures.items()}
    weekday = (history.ordered // DAY + 3) % 7  # 1 January 1970 was a Thursday
    found |= {f"weekday_{day}": (weekday == day).astype(np.float64) for day in range(7)}
    found["hour"] = (history.ordered % DAY) / (DAY / 24)
    return found


def _log_days(spans: Integers) -> Floats:
    logs: Floats = np.log(np.maximum(spans / DAY, _SHORTEST))
    return logs


@dataclass(frozen=True, slots=True)
class Effects:
    """What a regression learned: how far from the mean of all parcels each feature moves the log of the days."""

    names: tuple[str, ...]
    kept: Integers  # columns that said anything in the past
    centre: Floats
    scale: Floats
    weights: Floats
    level: float

    def contributions(self, columns: Floats) -> Floats:
        """Rows x kept features: the log days that each adds. What is unknown adds nothing."""
        known = (columns[:, self.kept] - self.centre) / self.scale
        added: Floats = np.nan_to_num(known, nan=0.0) * self.weights
        return added

    def expected(self, columns: Floats) -> Floats:
        """The log of the expected days, per row."""
        logs: Floats = self.contributions(columns).sum(axis=1) + self.level
        return logs


def learn_effects(
    history: ParcelHistory, known: Features, rows: npt.NDArray[np.bool_], moment: int, policy: ExpectationPolicy
) -> Effects | None:
    """A ridge regression on `rows` as known at `moment`, within fortnights; None where they are too few."""
    chosen = np.flatnonzero(rows)
    if len(chosen) < policy.least_parcels:
        return None
    kept = _telling(known.columns[chosen])
    columns = known.columns[np.ix_(chosen, kept)]
    centre, scale = np.nanmean(columns, axis=0), np.nanstd(columns, axis=0)
    standard = np.nan_to_num((columns - centre) / scale, nan=0.0)
    took = _days_so_far(history, chosen, moment)
    fortnight = np.unique(history.ordered[chosen] // _FORTNIGHT, return_inverse=True)[1]
    model = Ridge(policy.ridge, fit_intercept=False)
    model.fit(_within(standard, fortnight), _within(took[:, None], fortnight)[:, 0])
    return Effects(known.names, kept, centre, scale, np.asarray(model.coef_, dtype=np.float64), float(took.mean()))


def learn_trees(
    history: ParcelHistory, known: Features, rows: npt.NDArray[np.bool_], moment: int, policy: ExpectationPolicy
) -> Floats | None:
    """The log days that boosted trees expect of every parcel, learned like the effects; None where too few."""
    chosen = np.flatnonzero(rows)
    if len(chosen) < policy.least_parcels:
        return None
    kept = _telling(known.columns[chosen])
    took = _days_so_far(history, chosen, moment)
    fortnight = np.unique(history.ordered[chosen] // _FORTNIGHT, return_inverse=True)[1]
    model = HistGradientBoostingRegressor(
        max_iter=policy.trees,
        learning_rate=policy.learning_rate,
        max_leaf_nodes=policy.leaves,
        min_samples_leaf=policy.leaf_parcels,
        l2_regularization=10.0,
        max_features=0.4,
        early_stopping=False,
        random_state=0,
    )
    model.fit(known.columns[np.ix_(chosen, kept)], _within(took[:, None], fortnight)[:, 0])
    expected: Floats = model.predict(known.columns[:, kept]) + took.mean()
    return expected


def _days_so_far(history: ParcelHistory, rows: Integers, moment: int) -> Floats:
    """The log days of parcels whose promise has passed; those still under way have taken at least until `moment`."""
    return _log_days(np.minimum(history.delivered[rows], moment) - history.ordered[rows])


def _telling(columns: Floats) -> Integers:
    """Columns that are known somewhere and not always the same."""
    spread = [np.nanstd(column) if np.isfinite(column).any() else 0.0 for column in columns.T]
    kept: Integers = np.flatnonzero(np.array(spread) > 1e-9)
    return kept


def _within(columns: Floats, group: Integers) -> Floats:
    """Columns less the mean of each row's group."""
    size = np.bincount(group)
    means = np.stack([np.bincount(group, column) / size for column in columns.T], axis=1)
    less: Floats = columns - means[group]
    return less
