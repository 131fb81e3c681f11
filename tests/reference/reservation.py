"""Admission the slow and obvious way: one order at a time, and every total counted anew from the whole history.

No counter is kept, so none can drift. Nothing here is imported by the engine.
"""

from dataclasses import dataclass, field
from typing import Any

MINUTE_US = 60 * 1_000_000
HOUR_US = 60 * MINUTE_US


@dataclass(frozen=True)
class Arrival:
    """One order as it comes; `lines` are (physical SKU, units), kits exploded, a SKU as often as it likes."""

    order_id: str
    lines: tuple[tuple[str, int], ...] = (("RICE", 1),)
    fate: str = "paid"
    fingerprint: int = 1
    show: str = "NIGHT"
    province: str = "上海市"
    city: str | None = "上海市"
    district: str | None = "浦东新区"
    street: str | None = "张江镇"
    address: str | None = "******"
    buyer: str = "王**|138****0001"
    created_us: int = 0
    paid_us: int | None = 0
    amount_cents: int = 9_900
    list_cents: int = 9_900
    units: int = 1


@dataclass(frozen=True)
class Ending:
    """How an arrival ended: RowEnd, the order's first status (accepted only), and the rules that explain it."""

    end: str
    outcome: str | None = None
    rules: tuple[str, ...] = ()


@dataclass
class Taken:
    """An accepted order and where it stands now."""

    arrival: Arrival
    outcome: str
    status: str


@dataclass
class SequentialAdmission:
    """A clerk with a ledger and no memory aids. `policy` has the fields of engine.orders.holds.HoldPolicy."""

    pools: dict[tuple[str, str], int]
    quotas: dict[tuple[str, str], int]
    policy: Any
    taken: list[Taken] = field(default_factory=list)
    unpaid: list[str] = field(default_factory=list)
    early: dict[str, str] = field(default_factory=dict)

    def arrive(self, order: Arrival, *, now_us: int) -> Ending:
        """Decide the next order in the queue."""
        before = [t for t in self.taken if t.arrival.order_id == order.order_id]
        if before:
            return self._again(order, before[0])
        if order.fate == "unpaid":
            if order.order_id in self.unpaid:
                return Ending("duplicate")
            self.unpaid.append(order.order_id)
            return Ending("unpaid")
        fate = order.fate
        if order.order_id in self.early:
            fate = self.early.pop(order.order_id)
        if fate in ("cancelled", "refunded"):
            return self._take(order, fate, ("source",))
        lack = self._lack(order)
        if lack:
            return self._take(order, "sold_out", (lack,))
        rules = self._suspicions(order, now_us)
        return self._take(order, "held" if rules else "reserved", rules)

    def change(self, order_id: str, kind: str) -> None:
        """A cancellation or refund is reported on its own, for a known order or one that is still to come."""
        for known in self.taken:
            if known.arrival.order_id == order_id:
                if known.status not in ("cancelled", "refunded"):
                    known.status = kind
                return
        self.early.setdefault(order_id, kind)

    def pool_taken(self, show: str, sku: str) -> int:
        """Units of a SKU that orders of a show hold."""
        return sum(
            units
            for t in self.taken
            if t.status in ("reserved", "held") and t.arrival.show == show
            for line_sku, units in t.arrival.lines
            if line_sku == sku
        )

    def quota_taken(self, show: str, province: str) -> int:
        """Orders of a province that hold stock of a show."""
        return sum(
            1
            for t in self.taken
            if t.status in ("reserved", "held") and (t.arrival.show, t.arrival.province) == (show, province)
        )

    def _again(self, order: Arrival, known: Taken) -> Ending:
        if order.fate == "unpaid":
            return Ending("duplicate")
        if order.fingerprint != known.arrival.fingerprint:
            return Ending("quarantined", None, ("conflict",))
        if order.fate in ("cancelled", "refunded"):
            self.change(order.order_id, order.fate)
        return Ending("duplicate")

    def _take(self, order: Arrival, outcome: str, rules: tuple[str, ...]) -> Ending:
        self.taken.append(Taken(order, outcome, outcome))
        return Ending("accepted", outcome, rules)

    def _lack(self, order: Arrival) -> str | None:
        quota = self.quotas.get((order.show, order.province))
        if quota is not None and self.quota_taken(order.show, order.province) + 1 > quota:
            return "quota"
        for sku in dict.fromkeys(sku for sku, _ in order.lines):
            asked = sum(units for line_sku, units in order.lines if line_sku == sku)
            pool = self.pools.get((order.show, sku))
            if pool is None:
                return "no_pool"
            if self.pool_taken(order.show, sku) + asked > pool:
                return "pool"
        return None

    def _suspicions(self, order: Arrival, now_us: int) -> tuple[str, ...]:
        p, paid = self.policy, order.paid_us or 0
        served = [t.arrival for t in self.taken if t.outcome in ("reserved", "held")]

        def recent(minutes: int) -> list[Arrival]:
            return [a for a in served if paid - minutes * MINUTE_US <= (a.paid_us or 0) <= paid]

        rules = []
        if p.buyer_orders and sum(a.buyer == order.buyer for a in recent(p.buyer_minutes)) >= p.buyer_orders:
            rules.append("same_buyer")
        door = _door(order)
        same_door = sum(_door(a) == door for a in recent(p.address_minutes)) if door else 0
        if p.address_orders and same_door >= p.address_orders:
            rules.append("same_address")
        no_district = not order.district and (order.city or "") not in p.cities_without_districts
        if p.vague_address and (no_district or not order.street):
            rules.append("vague_address")
        if p.min_share_of_list and order.amount_cents < p.min_share_of_list * order.list_cents:
            rules.append("amount_low")
        if p.max_amount_cents and order.amount_cents > p.max_amount_cents:
            rules.append("amount_high")
        if p.max_units and order.units > p.max_units:
            rules.append("units_high")
        if p.max_hours_after_order is not None and paid - order.created_us > p.max_hours_after_order * HOUR_US:
            rules.append("paid_late")
        if p.max_minutes_ahead is not None and paid - now_us > p.max_minutes_ahead * MINUTE_US:
            rules.append("paid_ahead")
        return tuple(rules)


def _door(order: Arrival) -> tuple[str | None, ...] | None:
    """What tells one door from another; None where the platform shows nothing but asterisks."""
    if not (order.address or "").replace("*", "").strip():
        return None
    return (order.province, order.city, order.district, order.street, order.address)
