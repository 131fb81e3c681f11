"""What may be done about an incident, what each costs, and how many complaints it would still spare.

Costs come from tariffs, stock and the rules of data/rules/batches.toml; nothing here does anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.aftersales.batch_policy import ResponseRules
from engine.aftersales.further import Further
from engine.model.incidents import Level
from engine.model.tickets import Complaint


class Response(StrEnum):
    """What the room proposes."""

    QUARANTINE = "quarantine"  # stop the lot in stock; orders not shipped are planned anew
    INTERCEPT = "intercept"  # call back parcels on the road
    CARE = "care"  # a message and a compensation to every buyer, complained or not
    PACKAGING = "packaging"  # a better box for what still goes out
    CARRIER = "carrier"  # give what still goes out to another carrier
    QUALITY_DESK = "quality_desk"  # somebody looks: at the goods, at the shelf, at the packing table


class AffectedStage(StrEnum):
    """Where goods of a cause are, as far as something can be done about them."""

    NOT_SHIPPED = "not_shipped"  # no waybill yet
    INTERCEPTABLE = "interceptable"  # a waybill, and not yet out for delivery
    AT_THE_DOOR = "at_the_door"  # out for delivery, or in a locker
    DELIVERED = "delivered"  # signed for
    GONE = "gone"  # rejected, on its way back, lost: no buyer has it


FITTING: dict[Level, dict[Complaint | None, tuple[Response, ...]]] = {
    Level.LOT: {None: (Response.QUARANTINE, Response.INTERCEPT, Response.CARE, Response.QUALITY_DESK)},
    Level.SKU: {
        Complaint.DAMAGED: (Response.PACKAGING, Response.CARE, Response.QUALITY_DESK),
        None: (Response.CARE, Response.QUALITY_DESK),
    },
    Level.NODE: {
        Complaint.DAMAGED: (Response.PACKAGING, Response.CARE, Response.QUALITY_DESK),
        None: (Response.CARE, Response.QUALITY_DESK),
    },
    Level.CARRIER: {None: (Response.CARRIER, Response.CARE)},
    Level.REGION: {None: (Response.CARRIER, Response.CARE)},
    Level.ROUTE: {
        Complaint.DAMAGED: (Response.PACKAGING, Response.CARRIER, Response.CARE),
        None: (Response.CARRIER, Response.CARE),
    },
    Level.TOPIC: {None: (Response.QUALITY_DESK,)},
}
"""What fits which cause and complaint; None: any other complaint. Whether the goods are the matter, people judge."""


@dataclass(frozen=True, slots=True)
class Stakes:
    """What a cause touches. parcels, units: by stage; stock_units: of the goods, in stock; goods_cents: what one costs;
    freight_cents: paid for parcels on the road; a_day: parcels that go out a day; care_cents: of compensation."""

    parcels: Mapping[AffectedStage, int]
    orders: int
    stock_units: int
    goods_cents: int
    freight_cents: int
    a_day: float
    care_cents: int | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """One response: how many parcels (of a quarantine units, of care orders) it touches, its cost, and the complaints
    it would spare, at what a complaint costs. A cost of None: nobody can say."""

    response: Response
    touches: int
    cost_cents: int | None
    spares: float
    saved_cents: int


def proposals(
    level: Level, complaint: Complaint | None, stakes: Stakes, further: Further, rules: ResponseRules
) -> tuple[Proposal, ...]:
    """The responses that fit, in the order in which they help."""
    fitting = FITTING[level].get(complaint, FITTING[level][None])
    return tuple(_proposal(one, stakes, further, rules) for one in fitting)


def _proposal(response: Response, stakes: Stakes, further: Further, rules: ResponseRules) -> Proposal:
    still_here = stakes.parcels.get(AffectedStage.NOT_SHIPPED, 0)
    on_the_road = stakes.parcels.get(AffectedStage.INTERCEPTABLE, 0)
    waiting = max(still_here + on_the_road + stakes.parcels.get(AffectedStage.AT_THE_DOOR, 0), 1)
    horizon = round(stakes.a_day * rules.horizon_days)
    yuan = {
        Response.QUARANTINE: stakes.stock_units * stakes.goods_cents / 100 * rules.write_off_share
        + still_here * rules.replan_yuan,
        Response.INTERCEPT: on_the_road * (rules.intercept_yuan + rules.reship_yuan) + stakes.freight_cents / 100,
        Response.PACKAGING: horizon * rules.packaging_yuan,
        Response.CARRIER: horizon * rules.carrier_yuan,
        Response.QUALITY_DESK: rules.quality_desk_hours * rules.hour_yuan,
    }.get(response)
    touches = {
        Response.QUARANTINE: stakes.stock_units, Response.INTERCEPT: on_the_road, Response.CARE: stakes.orders,
        Response.PACKAGING: horizon, Response.CARRIER: horizon, Response.QUALITY_DESK: 0,
    }[response]  # fmt: skip
    # Of what is to come, the share of parcels that would not come to the door; all else spares no complaint by itself.
    share = {
        Response.QUARANTINE: still_here / waiting,
        Response.INTERCEPT: on_the_road / waiting * rules.intercepted_share,
    }.get(response, 0.0)
    spared = further.expected * share
    if response is Response.CARE:
        cost = (
            None if stakes.care_cents is None else stakes.care_cents + round(100 * stakes.orders * rules.message_yuan)
        )
    else:
        assert yuan is not None, f"{response} has a cost"
        cost = round(100 * yuan)
    return Proposal(response, touches, cost, spared, round(100 * spared * rules.complaint_yuan))
