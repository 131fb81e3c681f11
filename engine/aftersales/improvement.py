"""Goods break too often on a route: which change saves most, and how much? Packaging and carriers weighed in yuan."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.aftersales.returns_policy import ImprovePolicy
from engine.model.improvements import ImprovementKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One article on one route. Per parcel: `qty` units of it, each `cost_yuan`; a parcel with a broken one costs
    `event_yuan` more (complaint, second shipment). `parcels_month`: expected there."""

    share: float
    qty: float
    cost_yuan: float
    event_yuan: float
    parcels_month: float

    def damage_yuan(self, share: float) -> float:
        """Expected a parcel if `share` of the units broke."""
        unbroken: float = (1 - share) ** self.qty
        return self.qty * share * self.cost_yuan + (1 - unbroken) * self.event_yuan


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A change that could be made: `subject` is the material, or the carrier that would get the parcels.

    share_after: expected share of units that break then; extra_yuan: more a parcel; weight: share of the carrier's
    parcels on the route that hold the article, which a surcharge on all of them must be scaled by.
    """

    kind: ImprovementKind
    subject: str
    share_after: float
    extra_yuan: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """A choice with the yuan it saves a parcel and a month, and the surcharge a parcel that would steer there."""

    choice: Choice
    saving_parcel: float
    saving_month: float
    surcharge_yuan: float


def judge(trouble: Trouble, choices: Sequence[Choice], policy: ImprovePolicy) -> tuple[Judged, ...]:
    """Every choice that saves something, the one that saves most first."""
    judged = []
    now = trouble.damage_yuan(trouble.share)
    for choice in choices:
        avoided = now - trouble.damage_yuan(choice.share_after)
        saving = avoided - choice.extra_yuan
        if saving <= 0:
            continue
        surcharge = (
            min(avoided * choice.weight, policy.most_surcharge_yuan)
            if choice.kind is ImprovementKind.SURCHARGE
            else 0.0
        )
        judged.append(Judged(choice, saving, saving * trouble.parcels_month, surcharge))
    return tuple(sorted(judged, key=lambda one: (-one.saving_month, one.choice.kind, one.choice.subject)))


def best(judged: Sequence[Judged], policy: ImprovePolicy) -> Judged | None:
    """The first, if it is worth the trouble of a change at all."""
    return judged[0] if judged and judged[0].saving_month >= policy.least_yuan_month else None
