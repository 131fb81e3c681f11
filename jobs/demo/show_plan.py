"""A drawn show: arrays over orders, written out as events in time order, one order at a time.

Arrays, because a show of a million orders must fit into memory; the same arrays give the same events, always.
Draws nothing itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.demo import buyers
from jobs.demo.buyers import Places
from jobs.demo.events import Event, OrderChanged, OrderSeen, SignalSeen, SourceRow, Trait
from jobs.demo.show_curve import Curve, Floats, Ints
from jobs.demo.show_script import ShowScript

REASONS = ("不想要了", "多拍/拍错", "地址填错", "等太久了", "价格变动")
BAD_KINDS = ("no_province", "zero_units", "unknown_item", "unreadable_time")


class Kind(IntEnum):
    """What an entry of the agenda is."""

    UNPAID = 0
    ORDER = 1
    DUPLICATE = 2
    CHANGE = 3
    SIGNAL = 4
    BAD = 5


@dataclass(frozen=True, slots=True)
class ShowPlan:
    """A drawn show. Arrays over orders unless they say otherwise; times in seconds from the start."""

    script: ShowScript
    places: Places
    seconds: float
    curve: Curve
    arrive: Floats  # reaches the room
    paid: Floats
    created: Floats
    item: Ints  # orders x LINES, index into script.items; -1: no such line
    units: Ints  # orders x LINES
    place: Ints
    surname: Ints
    phone_head: Ints
    phone_tail: Ints
    street: Ints
    door: Ints  # -1: masked; else the number of a scalper's door
    vague: npt.NDArray[np.bool_]
    odd: npt.NDArray[np.bool_]
    late: npt.NDArray[np.bool_]
    scalper: Ints  # 0 none, 1 same buyer, 2 same address
    unpaid_first: Ints  # order numbers
    duplicate: Ints  # order numbers, with:
    duplicate_at: Floats
    change: Ints
    change_at: Floats
    change_refund: npt.NDArray[np.bool_]
    change_reason: Ints
    bad: Ints  # order that the bad row resembles
    bad_at: Floats
    signal_at: Floats
    signal_viewers: Ints
    signal_clicks: Ints

    @property
    def orders(self) -> int:
        """Good orders; sightings before payment, repeats and bad rows come on top."""
        return len(self.arrive)

    @property
    def rows(self) -> int:
        """Rows that intake will read when all of it is played."""
        return len(self.arrive) + len(self.duplicate) + len(self.unpaid_first) + len(self.bad)

    def events(self) -> Iterator[Event]:
        """Every event, ascending in time."""
        parts = (
            (Kind.UNPAID, self.created[self.unpaid_first] + 0.5),
            (Kind.ORDER, self.arrive),
            (Kind.DUPLICATE, self.duplicate_at),
            (Kind.CHANGE, self.change_at),
            (Kind.SIGNAL, self.signal_at),
            (Kind.BAD, self.bad_at),
        )
        at = np.concatenate([times for _, times in parts])
        kind = np.concatenate([np.full(len(times), k) for k, times in parts])
        index = np.concatenate([np.arange(len(times)) for _, times in parts])
        for n in np.argsort(at, kind="stable").tolist():
            yield self._event(Kind(int(kind[n])), int(index[n]), float(max(at[n], 0.0)))

    def _event(self, kind: Kind, i: int, at: float) -> Event:
        if kind is Kind.ORDER:
            return OrderSeen(at, "canonical", (self._row(i),), self._traits(i))
        if kind is Kind.UNPAID:
            return OrderSeen(
                at,
                "canonical",
                (self._row(int(self.unpaid_first[i]), status="unpaid"),),
                frozenset({Trait.UNPAID_FIRST}),
            )
        if kind is Kind.DUPLICATE:
            order = int(self.duplicate[i])
            return OrderSeen(at, "canonical", (self._row(order),), self._traits(order) | {Trait.DUPLICATE})
        if kind is Kind.CHANGE:
            return OrderChanged(
                at,
                self.script.platform,
                _number(int(self.change[i])),
                "refunded" if self.change_refund[i] else "cancelled",
                REASONS[self.change_reason[i]],
            )
        if kind is Kind.SIGNAL:
            return SignalSeen(at, self.script.show_id, int(self.signal_viewers[i]), int(self.signal_clicks[i]))
        return OrderSeen(at, "canonical", (self._bad_row(i),), frozenset({Trait.BAD}))

    def _row(self, i: int, *, status: str = "paid") -> SourceRow:
        items = [(self.script.items[k], int(u)) for k, u in zip(self.item[i], self.units[i], strict=True) if k >= 0]
        share = 0.1 if self.odd[i] else 1.0
        place = self.places.frame.row(int(self.place[i]))
        vague, door = bool(self.vague[i]), int(self.door[i])
        fields: dict[str, Any] = {
            "platform": self.script.platform,
            "order_no": _number(i),
            "status": status,
            "show_id": self.script.show_id,
            "anchor": self._anchor(float(self.paid[i])),
            "buyer": {
                "name": buyers.masked_name(int(self.surname[i])),
                "phone": buyers.masked_phone(int(self.phone_head[i]), int(self.phone_tail[i])),
            },
            "address": {
                "province": place[0],
                "city": place[1],
                "district": "" if vague else place[2],
                "street": "" if vague else buyers.STREETS[self.street[i]],
                "detail": f"物流园{door}号仓代收点" if door >= 0 else buyers.MASKED,
            },
            "lines": [
                {"sku": item.sku, "qty": units, "amount_yuan": _yuan(item.price_cents * units * share)}
                for item, units in items
            ],
        }
        times = {"created_at": float(self.created[i])}
        if status == "paid":
            times["paid_at"] = float(self.paid[i])
        return SourceRow(fields, times, ("order_no",))

    def _bad_row(self, i: int) -> SourceRow:
        row = self._row(int(self.bad[i]))
        fields = {**row.fields, "order_no": f"9{i:07d}"}
        times = dict(row.times)
        kind = BAD_KINDS[i % len(BAD_KINDS)]
        if kind == "no_province":
            fields["address"] = {**fields["address"], "province": ""}
        elif kind == "zero_units":
            fields["lines"] = [{**line, "qty": 0} for line in fields["lines"]]
        elif kind == "unknown_item":
            fields["lines"] = [{**line, "sku": f"X-{line['sku']}"} for line in fields["lines"]]
        else:
            fields["paid_at"] = "昨天晚上"
            del times["paid_at"]
        return SourceRow(fields, times, ("order_no",))

    def _traits(self, i: int) -> frozenset[Trait]:
        lines = self.item[i][self.item[i] >= 0]
        told = {
            Trait.KIT: any(self.script.items[k].is_kit for k in lines.tolist()),
            Trait.MULTI_LINE: len(lines) > 1,
            Trait.MULTI_UNIT: bool((self.units[i] > 1).any()),
            Trait.SAME_BUYER: self.scalper[i] == 1,
            Trait.SAME_ADDRESS: self.scalper[i] == 2,
            Trait.VAGUE_ADDRESS: bool(self.vague[i]),
            Trait.ODD_AMOUNT: bool(self.odd[i]),
            Trait.LATE: bool(self.late[i]),
        }
        return frozenset(trait for trait, holds in told.items() if holds)

    def _anchor(self, at: float) -> str:
        shown = max(int(np.searchsorted(self.curve.moments, at, side="right")) - 1, 0)
        return self.script.anchors[shown % len(self.script.anchors)]


def _number(i: int) -> str:
    return f"{i:08d}"


def _yuan(cents: float) -> str:
    whole = max(1, round(cents))
    return f"{whole // 100}.{whole % 100:02d}"
