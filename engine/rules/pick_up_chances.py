"""How likely does a parcel still wait for its pick-up at each moment ahead? Knows no clause and no yuan.

From the predicted pick-up and the carrier's hand-over times; where a model has forecast the parcel's pick-up, from that
forecast's median and 90 % point, between which and beyond which waits are taken as lognormal.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from engine.rules.handover import HandoverTimes

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

HOUR = 60.0
Z90 = 1.2816
"""Standard deviations from the median to the 90 % point of a normal distribution."""
LEAST_HOURS, LEAST_SPREAD = 0.25, 0.05
"""A forecast is no sharper than a courier's round: a quarter of an hour, and one twentieth of the wait."""


def waiting_by_schedule(times: HandoverTimes, rows: Integers, pick_up: Floats, instants: Floats) -> Floats:
    """P(still waiting) for parcels predicted for `pick_up`, at `instants` (both Beijing minutes; the first is now).

    `rows`: of the hand-over times, one a parcel. Given that it waits now, so the first column is 1. A pick-up that is
    never (infinite) leaves the parcel waiting.
    """
    hours = (instants[None, :] - pick_up[:, None]) / HOUR
    return _given_now(times.later_than(rows, hours))


def waiting_by_forecast(made_at: Floats, median: Floats, late: Floats, instants: Floats) -> Floats:
    """The same from forecasts made at `made_at` with this median and 90 % point, all Beijing minutes."""
    middle = np.maximum((median - made_at) / HOUR, LEAST_HOURS)
    spread = np.maximum(np.log(np.maximum(late - made_at, HOUR * middle) / HOUR / middle) / Z90, LEAST_SPREAD)
    waited = np.maximum((instants[None, :] - made_at[:, None]) / HOUR, 1e-9)
    return _given_now(ndtr(-(np.log(waited / middle[:, None])) / spread[:, None]))


def _given_now(waiting: Floats) -> Floats:
    """Shares of those that still wait at the first instant; where nobody should, all are taken to be picked up next."""
    first = waiting[:, :1]
    result: Floats = np.divide(waiting, first, out=np.zeros_like(waiting), where=first > 1e-12)
    result[:, 0] = 1.0
    return result
