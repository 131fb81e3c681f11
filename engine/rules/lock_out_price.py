"""What does one more late order, or one more 轨迹异常, add to the risk that the platform locks the shop today?

A convex cost of the day's expected count: nothing far below the cliff, the whole sanction at it, and straight on from
there, because a longer backlog takes longer to be picked up, and only then is the shop released.
"""

from dataclasses import dataclass

from engine.rules.pack_parts import CliffRule


@dataclass(frozen=True, slots=True)
class LockOut:
    """A day's cliff in orders, and what standing on it costs."""

    orders: float
    yuan: float
    sharpness: float

    def cost(self, count: float) -> float:
        """Yuan of an expected count."""
        reached: float = (min(count, self.orders) / self.orders) ** self.sharpness
        return self.yuan * reached + max(count - self.orders, 0.0) * self.price(self.orders)

    def price(self, count: float) -> float:
        """Yuan of one more: the slope of `cost`."""
        slope: float = (min(count, self.orders) / self.orders) ** (self.sharpness - 1)
        return self.yuan * self.sharpness / self.orders * slope


def lock_out(rule: CliffRule | None, due: float, *, yuan: float, sharpness: float) -> LockOut:
    """The cliff of a day with so many orders due; a platform without that rule never locks."""
    if rule is None:
        return LockOut(1.0, 0.0, sharpness)
    return LockOut(float(rule.least(round(due))), yuan, sharpness)
