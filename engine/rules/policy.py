"""Every knob of allocation in the room, with its unit and its limits. Values and reasons: data/rules/allocation.toml.

Knows no file and no rule of planning; a value out of bounds is refused before the room opens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model.toml_values import no_strangers, part, within

FILE = "allocation.toml"
_YUAN = (0.0, 1e6)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPolicy:
    """What a round takes up, and what the planner charges beside the tariff.

    unserved_yuan: one order that cannot be served. handling_yuan_per_parcel: packing and material of one parcel.
    merge: orders of one buyer and door may share a parcel. max_share_yuan, min_share_yuan: a parcel above (below) a
    carrier's agreed share, when deciding; no part of the plan's cost. retry_seconds: an order found unservable is
    tried again this much later. min_order_age_seconds: a younger order waits, so that a second one of its buyer can
    join it. join_orders_at_most: orders of one door up to which planned ones are planned again with a new one (1:
    never). prices_kept_days: how long the shadow prices of a round are kept.
    """

    unserved_yuan: float
    handling_yuan_per_parcel: float
    merge: bool
    max_share_yuan: float
    min_share_yuan: float
    retry_seconds: float
    min_order_age_seconds: float
    join_orders_at_most: int
    prices_kept_days: float

    def __post_init__(self) -> None:
        within(
            self,
            FILE,
            {
                "unserved_yuan": _YUAN,
                "handling_yuan_per_parcel": _YUAN,
                "max_share_yuan": _YUAN,
                "min_share_yuan": _YUAN,
                "retry_seconds": (0, 86_400),
                "min_order_age_seconds": (0, 86_400),
                "join_orders_at_most": (1, 100),
                "prices_kept_days": (0.1, 365),
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitPolicy:
    """How far ahead nodes and carriers are counted on.

    tight_hours: an order whose promise is nearer than this, or past, can hardly be kept. horizon_hours: such an order
    counts as due this much from now; it shall ship late rather than not at all. look_back_hours: parcels planned longer
    ago than this have left.
    """

    tight_hours: float
    horizon_hours: float
    look_back_hours: float

    def __post_init__(self) -> None:
        within(
            self, FILE, {"tight_hours": (1, 24 * 30), "horizon_hours": (1, 24 * 30), "look_back_hours": (24, 24 * 30)}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LatenessPolicy:
    """How the delay history becomes probabilities, and what lateness costs beyond the platform's ladder.

    lane_prior_parcels: a lane with this many parcels of its own counts half itself, half its carrier.
    carrier_prior_parcels: the same for a carrier against all carriers. tail_half_life_hours: beyond the last bucket
    of the history, the share not yet picked up halves in this time. upload_lead_hours: the waybill is uploaded this
    long before the predicted pick-up. late_order_yuan: one order picked up after its promise, on any platform.
    """

    lane_prior_parcels: float
    carrier_prior_parcels: float
    tail_half_life_hours: float
    upload_lead_hours: float
    late_order_yuan: float

    def __post_init__(self) -> None:
        within(
            self,
            FILE,
            {
                # Above nought, so that a lane without a single parcel still has a distribution: its carrier's.
                "lane_prior_parcels": (1, 1e6),
                "carrier_prior_parcels": (1, 1e6),
                "tail_half_life_hours": (0.5, 24 * 30),
                "upload_lead_hours": (0, 24 * 30),
                "late_order_yuan": _YUAN,
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditPolicy:
    """Planning prices of stock; see engine/rules/stock_prices.py. Both are off unless switched on.

    near_expiry_days: a lot that crosses the platform's threshold within so many days is at risk. near_expiry_loss:
    share of the unit's cost that is lost when it crosses. balance_yuan: price of a unit where a node has all the
    shortage there can be, credit where it has all the surplus. demand_days: days of allocations that tell the demand.
    """

    near_expiry: bool
    near_expiry_days: int
    near_expiry_loss: float
    balance: bool
    balance_yuan: float
    demand_days: float

    def __post_init__(self) -> None:
        within(
            self,
            FILE,
            {
                "near_expiry_days": (0, 365),
                "near_expiry_loss": (0, 1),
                "balance_yuan": (0, 1000),
                "demand_days": (0.1, 365),
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRules:
    """The four parts of allocation.toml."""

    plan: PlanPolicy
    limits: LimitPolicy
    lateness: LatenessPolicy
    credits: CreditPolicy


def rules_from(parsed: Mapping[str, Any]) -> AllocationRules:
    """The rules of a parsed allocation.toml; raises BadSetting at what is missing, unknown or out of bounds."""
    no_strangers(parsed, ["plan", "limits", "lateness", "credits"], file=FILE, where="")
    return AllocationRules(
        plan=part(PlanPolicy, parsed, "plan", file=FILE),
        limits=part(LimitPolicy, parsed, "limits", file=FILE),
        lateness=part(LatenessPolicy, parsed, "lateness", file=FILE),
        credits=part(CreditPolicy, parsed, "credits", file=FILE),
    )
