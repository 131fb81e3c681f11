"""What does one more late order, or one more 轨迹异常, add to the risk that the platform locks the shop today?

A convex cost of the day's expected count: nothing far below the cliff, the whole sanction at it, and straight on from
there, because a longer backlog takes longer to be picked up, and only then is the shop released.
"""

from dataclasses import dataclass

from engine.rules.waybill_policy import CliffPolicy


@dataclass(frozen=True, slots=True)
class Cliff:
    """A day's cliff in orders, and what standing on it costs."""

    orders: float
    yuan: float
    sharpness: float

    def cost(self, count: float) -> float:
        """Yuan of an expected count."""
        beyond = max(count - self.orders, 0.0)
        return self.yuan * (min(count, self.orders) / self.orders) ** self.sharpness + beyond * self.price(self.orders)

    def price(self, count: float) -> float:
        """Yuan of one more: the slope of `cost`."""
        return self.yuan * self.sharpness / self.orders * (min(count, self.orders) / self.orders) ** (
            self.sharpness - 1
        )


def cliff_of(policy: CliffPolicy, due: float) -> Cliff:
    """The cliff of a day with so many orders due: the share counts, but never below the least number."""
    return Cliff(max(policy.share * due, float(policy.orders)), policy.yuan, policy.sharpness)
