"""What does the buyer of one order see? Everything the page needs, from one link id; never another order's data."""

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
from engine.store import buyer_screens
from engine.usecases.track_policy import track_policy
from engine.usecases.workplace import Workplace

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

    `offer`: a wait that an operator offered before it was planned; `wait_cents`: what waiting is worth, whoever offers
    it; `requests`: what was asked so far.
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
    database, now = work.database, work.now()
    found = buyer_screens.link_targets(database, link_id)
    if found.is_empty():
        raise NotFound("No order has this link.")
    order = found.row(0, named=True)
    order_id, since, status = order["order_id"], order["since"], OrderStatus(order["status"])
    rows = buyer_screens.buyer_parcels(database, order_id, since) if status is OrderStatus.ALLOCATED else None
    parcels = () if rows is None or rows.is_empty() else _parcels(work, order, rows, now)
    offers = buyer_screens.open_offers(database, order_id)
    live = [offer for offer in offers.iter_rows(named=True) if offer["expires_at"] > now]
    offer = live[0] if live else None
    options = {Wish(option): cents for _, option, cents in buyer_screens.open_options(database, order_id).iter_rows()}
    late = any(parcel.late for parcel in parcels) or (not parcels and now > order["promise_at"])
    return OrderView(
        order=order,
        parcels=parcels,
        requests=tuple(buyer_screens.asked_by_buyers(database, order_id).iter_rows(named=True)),
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


def _parcels(work: Workplace, order: Row, rows: pl.DataFrame, now: datetime) -> tuple[ParcelView, ...]:
    goods = _grouped(buyer_screens.buyer_goods(work.database, order["order_id"], order["since"]), "parcel_id")
    bills = rows["waybill_no"].drop_nulls().to_list()
    scans = _grouped(buyer_screens.buyer_scans(work.database, bills, order["since"]), "waybill_no") if bills else {}
    policy = track_policy().late
    couriers = _couriers(work, rows, now)
    made = []
    for row in rows.iter_rows(named=True):
        facts = _facts(row)
        made.append(
            ParcelView(
                row=row,
                stage=facts.stage,
                goods=tuple(goods.get(row["parcel_id"], ())),
                scans=tuple(scans.get(row["waybill_no"], ())),
                eta=buyer_outlook.expected(facts, order["promise_at"], policy),
                late=buyer_outlook.lateness(facts, order["promise_at"], policy, now=now),
                courier=couriers.get(row["parcel_id"]),
            )
        )
    return tuple(made)


def _couriers(work: Workplace, rows: pl.DataFrame, now: datetime) -> dict[str, Point]:
    """Where whoever brings a parcel is: only while it is out, and only if heard of lately."""
    out = rows.filter(pl.col("stage") == Stage.OUT_FOR_DELIVERY.value)["parcel_id"].to_list()
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


def _grouped(frame: pl.DataFrame, key: str) -> dict[str, Sequence[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in frame.iter_rows(named=True):
        groups.setdefault(row[key], []).append(row)
    return {name: tuple(rows) for name, rows in groups.items()}
