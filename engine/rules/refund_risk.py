"""How likely does a buyer ask for a refund while an order waits? Requests per waiting order and hour, by its age.

The shop's own orders correct the policy's table (gamma prior: the table counts as so many order-hours). Waiting ends
with the upload, the pick-up or the request, whichever comes first: afterwards a request is a matter of after-sales.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.rules.waybill_policy import RefundPolicy

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RefundRisk:
    """`per_hour[i]` holds from `from_hours[i]` after payment until the next. `orders_hours`: what was learned from."""

    from_hours: tuple[float, ...]
    per_hour: tuple[float, ...]
    order_hours: float
    requests: int

    def unasked(self, age_hours: Floats, ahead_hours: Floats) -> Floats:
        """P(no request so many hours from now | none so far): orders of these ages x hours ahead."""
        start = self._summed(age_hours)[:, None]
        result: Floats = np.exp(start - self._summed(age_hours[:, None] + ahead_hours[None, :]))
        return result

    def _summed(self, age: Floats) -> Floats:
        """The risk summed up from payment to an age."""
        total = np.zeros_like(age, dtype=np.float64)
        ends = (*self.from_hours[1:], np.inf)
        for begin, end, rate in zip(self.from_hours, ends, self.per_hour, strict=True):
            total += rate * np.clip(age - begin, 0, end - begin)
        return total


def refund_risk(policy: RefundPolicy, requests: npt.NDArray[np.int64], order_hours: Floats) -> RefundRisk:
    """The policy's table, corrected by what happened: requests and waiting order-hours in each of its bands."""
    prior = policy.prior_order_hours
    rates = (requests + prior * np.array(policy.per_hour)) / (order_hours + prior)
    return RefundRisk(policy.from_hours, tuple(rates.tolist()), float(order_hours.sum()), int(requests.sum()))
