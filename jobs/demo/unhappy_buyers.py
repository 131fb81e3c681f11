"""Which buyers of the demo complain, when, about what: follows from the seed and their waybill, whoever asks.

Knows no room: from a parcel, its goods and when it came to the door to the tickets that a platform would send, in the
room's own format, each with the planted cause behind it (which stays here).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log
from random import Random
from typing import Any

from engine.model.tickets import Claim, Complaint
from jobs.demo.carrier_chance import uniform
from jobs.demo.complaint_texts import reason_of, text_of
from jobs.demo.planted_causes import COMPLAINT_OF, Cause, CauseKind, Tonight

SHARES = {Complaint.DAMAGED: 0.020, Complaint.WRONG_ITEM: 0.012, Complaint.QUALITY: 0.022, Complaint.OTHER: 0.030}
"""Of parcels that came to the door with nothing planted: some 9 % of food sold in shows has an after-sales matter."""
HOURS = {Complaint.DAMAGED: 5.0, Complaint.WRONG_ITEM: 4.0, Complaint.QUALITY: 14.0, Complaint.OTHER: 20.0}
"""Mean hours from the door to the message: who sees it on opening, and who has to cook first."""
PATIENCE_HOURS, IMPATIENT = 60.0, 0.45
"""Hours from the label after which one who still waits writes, and the share of those who do."""
AGAIN = 0.04
"""Of complaints: the same buyer writes a second time."""
CLAIMS = {
    Complaint.NOT_RECEIVED: (Claim.WORDS, Claim.REFUND),
    Complaint.DAMAGED: (Claim.REFUND, Claim.RESHIP, Claim.REFUND),
    Complaint.WRONG_ITEM: (Claim.EXCHANGE, Claim.RESHIP, Claim.RETURN),
    Complaint.QUALITY: (Claim.REFUND, Claim.RETURN, Claim.REFUND),
    Complaint.OTHER: (Claim.WORDS,),
}


@dataclass(frozen=True, slots=True)
class Goods:
    """One article of a parcel."""

    sku: str
    lot: str
    category: str
    packaging: str
    price_cents: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A labelled parcel. door_at: None where it never comes."""

    waybill_no: str
    platform: str
    order_no: str
    buyer: str
    node: str
    adcode: str
    goods: tuple[Goods, ...]
    labelled_at: datetime
    door_at: datetime | None


@dataclass(frozen=True, slots=True)
class Written:
    """One ticket as the platform sends it, what it means, and the planted cause behind it; None: none."""

    at: datetime
    ticket: dict[str, Any]
    complaint: Complaint
    cause: CauseKind | None


def written_about(
    delivery: Delivery, causes: tuple[Cause, ...], *, seed: int, tonight: Tonight | None = None
) -> Iterator[Written]:
    """What is ever written about a parcel, in no order. Without `tonight` nobody writes of tonight's bad lot."""
    number = delivery.waybill_no
    due = delivery.labelled_at + timedelta(hours=PATIENCE_HOURS)
    if (delivery.door_at is None or delivery.door_at > due) and uniform(seed, number, "impatient") < IMPATIENT:
        at = due + timedelta(hours=-12 * log(uniform(seed, number, "patience")))
        if delivery.door_at is None or at < delivery.door_at:
            yield from _tickets(delivery, delivery.goods[0], Complaint.NOT_RECEIVED, at, seed)
    if delivery.door_at is None:
        return
    for goods in delivery.goods:
        for cause in causes:
            touched = cause.touches(goods.sku, goods.lot, delivery.node, delivery.adcode, delivery.labelled_at)
            if touched and uniform(seed, number, goods.sku, cause.kind) < cause.share:
                moment = _moment(delivery, cause, goods, seed, tonight)
                if moment is not None:
                    yield from _tickets(delivery, goods, COMPLAINT_OF[cause.kind], moment, seed, cause)
    for complaint, share in SHARES.items():
        if uniform(seed, number, complaint, "usual") < share:
            hours = -HOURS[complaint] * log(uniform(seed, number, complaint, "hours"))
            which = int(uniform(seed, number, complaint, "goods") * len(delivery.goods))
            at = delivery.door_at + timedelta(hours=hours)
            yield from _tickets(delivery, delivery.goods[which], complaint, at, seed)


def _moment(delivery: Delivery, cause: Cause, goods: Goods, seed: int, tonight: Tonight | None) -> datetime | None:
    name = (seed, delivery.waybill_no, goods.sku, cause.kind, "moment")
    assert delivery.door_at is not None
    if cause.kind is not CauseKind.BAD_LOT_TONIGHT:
        return delivery.door_at + timedelta(hours=-HOURS[COMPLAINT_OF[cause.kind]] * log(uniform(*name)))
    if tonight is None or delivery.door_at >= tonight.begins:
        return None
    return tonight.begins + uniform(*name) * (tonight.ends - tonight.begins)


def _tickets(
    delivery: Delivery, goods: Goods, complaint: Complaint, at: datetime, seed: int, cause: Cause | None = None
) -> Iterator[Written]:
    kind = cause.kind if cause else None
    name = f"{seed}|{delivery.waybill_no}|{goods.sku}|{complaint}|{kind}"
    luck = Random(name)  # noqa: S311 - a demo's words, no secret
    times = 2 if luck.random() < AGAIN else 1
    for turn in range(times):
        claim = Claim.WORDS if turn else luck.choice(CLAIMS[complaint])
        asked_at = (at + turn * timedelta(hours=3 * luck.random())).replace(microsecond=0)
        asks_money = claim in (Claim.REFUND, Claim.RETURN)
        share = luck.choice((1.0, 1.0, 0.5, 0.2)) if complaint is not Complaint.WRONG_ITEM else 1.0
        ticket = {
            "platform": delivery.platform,
            "ticket_no": f"{delivery.waybill_no}-{complaint.value[:3]}{'P' if kind else 'U'}{turn}-{goods.sku}",
            "order_no": delivery.order_no,
            "sku": goods.sku,
            "buyer": delivery.buyer,
            "claim": claim.value,
            "reason": reason_of(complaint, luck),
            "text": text_of(
                complaint, goods.category, goods.packaging, luck, theme=cause.theme if cause is not None else None
            ),
            "asked_at": asked_at.isoformat(),
            "refund_yuan": f"{goods.price_cents * share / 100:.2f}" if asks_money and goods.price_cents else None,
        }
        yield Written(asked_at, ticket, complaint, kind)
