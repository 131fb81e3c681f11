"""What does the buyer of an order see? Everything the page needs, from a link id; never another order's data.

Buyers who look at the same moment are read together: a round of questions costs the same for one and for fifty. Every
row that comes back names its order (its waybill, which belongs to one parcel of it), and is dealt out by that alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from engine.errors import NotFound
from engine.logistics import buyer_outlook
from engine.logistics.buyer_outlook import Facts, Late, Range
from engine.model.buyers import Wish
from engine.model.states import OrderStatus
from engine.model.tracking import Stage
from engine.store.screens import buyers as buyer_screens
from engine.usecases.buyers.track_policy import track_policy
from engine.usecases.room.workplace import Workplace

Row = Mapping[str, Any]
Point = tuple[float, float]
"""Longitude and latitude, WGS-84."""


@dataclass(frozen=True, slots=True)
class ParcelView:
    """One parcel: its row of the view, this order's goods in it, what carriers told (newest first), what to expect."""

    row: Row
    stage: Stage | None
    goods: tuple[Row, ...]
    scans: tuple[Row, ...]
    eta: Range | None
    late: Late | None
    courier: Point | None

    @property
    def seen(self) -> tuple[Point, ...]:
        """Where it was seen, in the order of travel; what is not placed is left out."""
        points = [(scan["lon"], scan["lat"]) for scan in reversed(self.scans) if scan["lon"] is not None]
        return tuple(dict.fromkeys(points))


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order for its buyer's eyes.

    `order`: its row of `link_targets`. `offer`: a wait that an operator offered before it was planned; `wait_cents`:
    what waiting is worth, whoever offers it; `requests`: what was asked so far.
    """

    order: Row
    parcels: tuple[ParcelView, ...]
    requests: tuple[Row, ...]
    offer: Row | None
    wait_cents: int
    wishes: tuple[Wish, ...]
    late: bool
    as_of: datetime


def track_order(work: Workplace, link_id: str) -> OrderView:
    """The order that the link leads to. Raises NotFound."""
    found = track_orders(work, [link_id]).get(link_id)
    if found is None:
        raise NotFound("No order has this link.")
    return found


def track_orders(work: Workplace, link_ids: Sequence[str]) -> dict[str, OrderView]:
    """The orders that links lead to, by link; a link to nothing is not among them."""
    database, now = work.database, work.now()
    orders = {row["order_id"]: row for row in buyer_screens.link_targets(database, link_ids).iter_rows(named=True)}
    if not orders:
        return {}
    round_ = _read(work, orders, now)
    return {order["link_id"]: _view(order, round_, now) for order in orders.values()}


@dataclass(frozen=True, slots=True)
class _Round:
    """What one round of questions brought, each by what it belongs to: order, order and parcel, or waybill."""

    parcels: Mapping[str, Sequence[Row]]
    goods: Mapping[tuple[str, str], Sequence[Row]]
    scans: Mapping[str, Sequence[Row]]
    couriers: Mapping[str, Point]
    requests: Mapping[str, Sequence[Row]]
    offers: Mapping[str, Sequence[Row]]
    options: Mapping[str, Sequence[Row]]


def _read(work: Workplace, orders: Mapping[str, Row], now: datetime) -> _Round:
    database, ids = work.database, list(orders)
    planned = {key: row for key, row in orders.items() if row["status"] == OrderStatus.ALLOCATED}
    since = min((row["since"] for row in planned.values()), default=0)
    parcels = _grouped(buyer_screens.buyer_parcels(database, list(planned), since), "order_id") if planned else {}
    rows = [row for ours in parcels.values() for row in ours]
    bills = list(dict.fromkeys(row["waybill_no"] for row in rows if row["waybill_no"] is not None))
    goods = buyer_screens.buyer_goods(database, list(planned), since) if rows else None
    return _Round(
        parcels=parcels,
        goods={} if goods is None else _grouped(goods, "order_id", "parcel_id"),
        scans=_grouped(buyer_screens.buyer_scans(database, bills, since), "waybill_no") if bills else {},
        couriers=_couriers(work, rows, now),
        requests=_grouped(buyer_screens.asked_for_orders(database, ids), "order_id"),
        offers=_grouped(buyer_screens.open_offers(database, ids), "order_id"),
        options=_grouped(buyer_screens.open_options(database, ids), "order_id"),
    )


def _view(order: Row, found: _Round, now: datetime) -> OrderView:
    order_id, status = order["order_id"], OrderStatus(order["status"])
    parcels = tuple(_parcel(order, row, found, now) for row in found.parcels.get(order_id, ()))
    live = [offer for offer in found.offers.get(order_id, ()) if offer["expires_at"] > now]
    offer = live[0] if live else None
    options = {Wish(row["option"]): int(row["compensation_cents"]) for row in found.options.get(order_id, ())}
    late = any(parcel.late for parcel in parcels) or (not parcels and now > order["promise_at"])
    return OrderView(
        order=order,
        parcels=parcels,
        requests=tuple(found.requests.get(order_id, ())),
        offer=offer,
        wait_cents=_wait_cents(offer, options),
        wishes=buyer_outlook.wishes(
            status,
            [parcel.stage for parcel in parcels],
            late=late,
            offered=[*options, *([Wish.WAIT] if offer else [])],
        ),
        late=late,
        as_of=now,
    )


def _wait_cents(offer: Row | None, options: Mapping[Wish, int]) -> int:
    """Of the offer, else of the mass delay, else the policy's."""
    if offer is not None:
        return int(offer["compensation_cents"])
    return options.get(Wish.WAIT, track_policy().wishes.wait_cents)


def _parcel(order: Row, row: Row, found: _Round, now: datetime) -> ParcelView:
    facts, policy = _facts(row), track_policy().late
    return ParcelView(
        row=row,
        stage=facts.stage,
        goods=tuple(found.goods.get((order["order_id"], row["parcel_id"]), ())),
        scans=tuple(found.scans.get(row["waybill_no"], ())),
        eta=buyer_outlook.expected(facts, order["promise_at"], policy),
        late=buyer_outlook.lateness(facts, order["promise_at"], policy, now=now),
        courier=found.couriers.get(row["parcel_id"]),
    )


def _couriers(work: Workplace, rows: Sequence[Row], now: datetime) -> dict[str, Point]:
    """Where whoever brings a parcel is: only while it is out, and only if heard of lately."""
    out = list(dict.fromkeys(row["parcel_id"] for row in rows if row["stage"] == Stage.OUT_FOR_DELIVERY))
    if not out:
        return {}
    since = now - timedelta(minutes=track_policy().courier.fresh_minutes)
    heard = buyer_screens.buyer_couriers(work.database, out).filter(pl.col("event_time") >= since)
    return {parcel: (round(lon, 3), round(lat, 3)) for parcel, lon, lat, _ in heard.iter_rows()}


def _facts(row: Row) -> Facts:
    known = row["eta_p10"] is not None
    return Facts(
        stage=None if row["stage"] is None else Stage(row["stage"]),
        trouble=row["trouble"],
        planned_at=row["planned_at"],
        picked_up_at=row["picked_up_at"],
        eta=(row["eta_p10"], row["eta_p90"]) if known else None,
        days=row["days"],
        late_pick_up=row["late_pick_up"],
        late_delivery=row["late_delivery"],
    )


def _grouped(frame: pl.DataFrame, *key: str) -> dict[Any, Sequence[Row]]:
    """Rows by one column, or by several as a tuple."""
    groups: dict[Any, list[Row]] = {}
    for row in frame.iter_rows(named=True):
        groups.setdefault(row[key[0]] if len(key) == 1 else tuple(row[name] for name in key), []).append(row)
    return groups  # type: ignore[return-value]
