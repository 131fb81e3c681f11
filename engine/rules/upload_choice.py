"""Which moment for each group, when groups share a day whose 轨迹异常 count may lock the shop?

Without that coupling each group takes its cheapest moment. With it, a price on each further 轨迹异常 of the day tells
the groups apart: the one price that is what the count it causes makes it. Cost is convex in the count, so this price
exists between nought and the cliff's, and is found by halving; where groups are indifferent there, the cheaper of both
sides is taken, which is off the optimum by less than one group's part in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.rules.lock_out_price import LockOut

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

HALVINGS = 40
"""Of a price of a few hundred yuan: far below a cent."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Per group: the chosen moment, and the price of one more 轨迹异常 on its day (yuan)."""

    moment: Integers
    price: Floats


def choose_moments(
    yuan: Floats, broken: Floats, *, day: Integers, cliffs: Sequence[LockOut], already: Sequence[float]
) -> Choice:
    """The moments of least cost. `yuan`, `broken`: groups x moments, expected yuan without lock-out by 轨迹异常, and
    orders expected to break it, of the whole group. `day` of each group indexes `cliffs` and `already`, the orders that
    have broken it on that day so far.
    """
    moment = np.zeros(len(yuan), dtype=np.int64)
    price = np.zeros(len(yuan))
    for number, (cliff, before) in enumerate(zip(cliffs, already, strict=True)):
        of = np.flatnonzero(day == number)
        if len(of):
            moment[of], price[of] = _day(yuan[of], broken[of], cliff, before)
    return Choice(moment, price)


def _day(yuan: Floats, broken: Floats, cliff: LockOut, before: float) -> tuple[Integers, float]:
    def chosen(price: float) -> tuple[Integers, float]:
        moment = np.argmin(yuan + price * broken, axis=1)
        return moment, before + float(np.take_along_axis(broken, moment[:, None], axis=1).sum())

    low, high = 0.0, cliff.price(cliff.orders)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if cliff.price(chosen(middle)[1]) > middle:
            low = middle
        else:
            high = middle
    found = []
    for price in (low, high):
        moment, count = chosen(price)
        plain = float(np.take_along_axis(yuan, moment[:, None], axis=1).sum())
        found.append((plain + cliff.cost(count), moment, cliff.price(count)))
    _, moment, price = min(found, key=lambda one: one[0])
    return moment, price
