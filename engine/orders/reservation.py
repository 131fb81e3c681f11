"""The show pools and province quotas as they stand, and the one decision on them: whole or not at all, in turn.

Counters live in memory because a contended row of a database takes 500 to 9,000 updates a second and this takes
a million; the caller appends the outcome durably before anybody is told (see DECISIONS.md). Knows no order, no
time and no database.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from engine.orders.holds import Reason

Key = tuple[str, str]
"""(show, sku) for a pool, (show, province) for a quota."""


NEVER = 2**63 - 1
"""A moment that no promise reaches: a pool closed until then is paused."""


class Level(NamedTuple):
    """Quantity that may be promised, and how much of it is."""

    quantity: int
    reserved: int


class ReservationBook:
    """Free units of every pool and free places of every quota. `reserve` takes; what comes back is loaded anew."""

    def __init__(
        self, pools: Mapping[Key, Level], quotas: Mapping[Key, Level], *, closed: Mapping[Key, int] | None = None
    ) -> None:
        """`closed`: pools that sell only to orders promised then (epoch microseconds) or later; NEVER: to none."""
        self._closed = dict(closed or {})
        self._pool_quantity = {key: level.quantity for key, level in pools.items()}
        self._pool_free = {key: level.quantity - level.reserved for key, level in pools.items()}
        self._quota_quantity = {key: level.quantity for key, level in quotas.items()}
        self._quota_free = {key: level.quantity - level.reserved for key, level in quotas.items()}
        self._touched_pools: set[Key] = set()
        self._touched_quotas: set[Key] = set()

    def reserve(
        self, show: str, province: str, needs: Mapping[str, int], *, promise_us: int | None = None
    ) -> Reason | None:
        """Take `needs` (units by physical SKU) and one place of the province, or nothing. None: taken; else why not."""
        if self._closed:
            for sku in needs:
                ready = self._closed.get((show, sku))
                if ready is not None and (promise_us is None or promise_us < ready):
                    return _closed_reason(show, sku, ready)
        quota = (show, province)
        places = self._quota_free.get(quota)
        if places is not None and places < 1:
            return Reason("quota", f"{province} has taken its {self._quota_quantity[quota]} orders of this show")
        after: list[tuple[Key, int]] = []
        for sku, units in needs.items():
            key = (show, sku)
            left = self._pool_free.get(key)
            if left is None:
                return Reason("no_pool", f"{sku} has no pool in {show}")
            if left < units:
                return Reason("pool", f"{sku}: {left} left in the pool, {units} asked")
            after.append((key, left - units))
        for key, left in after:
            self._pool_free[key] = left
            self._touched_pools.add(key)
        if places is not None:
            self._quota_free[quota] = places - 1
            self._touched_quotas.add(quota)
        return None

    def take_touched(self) -> tuple[dict[Key, int], dict[Key, int]]:
        """Reserved units of every pool and places of every quota changed since the last call; then forgets them."""
        pools = {key: self._pool_quantity[key] - self._pool_free[key] for key in self._touched_pools}
        quotas = {key: self._quota_quantity[key] - self._quota_free[key] for key in self._touched_quotas}
        self._touched_pools.clear()
        self._touched_quotas.clear()
        return pools, quotas


def _closed_reason(show: str, sku: str, ready_us: int) -> Reason:
    if ready_us == NEVER:
        return Reason("paused", f"{sku} is paused in {show}")
    ready = datetime.fromtimestamp(ready_us / 1e6, tz=UTC).isoformat(timespec="minutes")
    return Reason("presale", f"{sku} is on pre-sale: it leaves from {ready} on, and the order promises earlier")
