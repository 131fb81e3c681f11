"""What would it mean to give a carrier's unshipped parcels in a region to others? Asks the planner; writes nothing.

Which parcels may move follows from the legal window: free before the waybill is uploaded, by an edit at the platform
afterwards, not at all once the carrier has them.
"""

from dataclasses import dataclass, replace

import polars as pl

from engine.allocation.reallocation import WhyStuck
from engine.allocation.steering import Change, ChangeKind
from engine.errors import NotAllowed
from engine.logistics.standards import Standards
from engine.logistics.switching import Expected, places_for
from engine.usecases.allocation.expected_misses import expected_misses
from engine.usecases.room.workplace import Workplace
from engine.usecases.steering.plan_steering import Steering, plan_steering
from engine.usecases.steering.standing_plan import standing_picks


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchMoves:
    """What moves when a carrier loses a share of a region. `made`: the plan, without the orders that stay because they
    are outside the share; `prefixes`: the carrier is stopped in these."""

    made: Steering
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """A carrier that would take over: orders, parcels, and the parcels that it could still take after that."""

    carrier: str
    orders: int
    parcels: int
    capacity_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A switch of carrier, planned. Orders: that move, of these by an edit, not picked up and yet fixed, that would
    have to wait. Money in cents, see Expected; `prefixes`: stopping the carrier in these does it."""

    carrier: str
    region: str
    share: float
    prefixes: tuple[str, ...]
    orders: int
    edits: int
    fixed: int
    waiting: int
    extra_cents: int
    edit_risk_cents: int
    expected: tuple[Expected, ...]
    takers: tuple[Taker, ...]

    @property
    def saved_cents(self) -> int:
        """What fewer misses save, beyond the carriers' longer record."""
        return round(100 * sum(one.saved_yuan for one in self.expected))

    @property
    def worth_cents(self) -> int:
        """What the switch brings if the carrier stays as it is."""
        return self.saved_cents - self.extra_cents - self.edit_risk_cents

    @property
    def regret_cents(self) -> int:
        """What it loses if the carrier is back at its record at once; 0 where it would be worth it even then."""
        recovered = round(100 * sum(one.saved_if_recovered_yuan for one in self.expected))
        return max(self.extra_cents + self.edit_risk_cents - recovered, 0)


def plan_switch(work: Workplace, carrier: str, region: str, *, share: float, standards: Standards) -> Switch:
    """Plan it. Raises NotFound for what the room does not know, NotAllowed where nothing can move."""
    moves = switch_moves(work, carrier, region, share=share)
    made = moves.made
    figures = made.figures()
    no_more = (WhyStuck.WAYBILL_UPLOADED.value, WhyStuck.PART_HAS_LEFT.value)
    return Switch(
        carrier=carrier,
        region=region,
        share=share,
        prefixes=moves.prefixes,
        orders=figures["orders_moved"],
        edits=figures["edits"],
        fixed=made.stuck.filter(pl.col("reason").is_in(no_more))["order_id"].n_unique(),
        waiting=figures["back_to_waiting"],
        extra_cents=figures["extra_cents"],
        edit_risk_cents=figures["edit_risk_cents"],
        expected=tuple(expected_misses(work, made, standards)),
        takers=_takers(made),
    )


def switch_moves(work: Workplace, carrier: str, region: str, *, share: float) -> SwitchMoves:
    """Which orders move, and where the carrier is stopped for that. Raises NotFound, NotAllowed."""
    if not 0 < share <= 1:
        raise NotAllowed(f"A share of {100 * share:g} % is none; name one above 0 and up to 100 %.")
    change = Change(kind=ChangeKind.CARRIER_STOPPED, carrier=carrier, region=region)
    picks = standing_picks(work.database, change).filter(
        pl.col("carrier") == carrier, pl.col("region").str.starts_with(region), pl.col("picked_up_at").is_null()
    )
    concerned = picks.unique("order_id", maintain_order=True)
    by_city = dict(concerned.group_by(pl.col("region").str.slice(0, 4)).len().iter_rows())
    prefixes = places_for(by_city, share, region)
    inside = pl.any_horizontal([pl.col("region").str.starts_with(prefix) for prefix in prefixes])
    kept = frozenset(concerned.filter(~inside)["order_id"])
    made = plan_steering(work, change, keep=kept)
    if made.moved.is_empty():
        raise NotAllowed(
            "No parcel of this carrier there can still move: all are picked up, or nobody could take them."
        )
    return SwitchMoves(
        made=replace(made, stuck=made.stuck.filter(~pl.col("order_id").is_in(list(kept)))), prefixes=prefixes
    )


def _takers(made: Steering) -> tuple[Taker, ...]:
    assert made.plan is not None, "orders moved without a plan"
    assert made.problem is not None, "orders moved without a problem"
    picks, parcels = made.plan.picks, made.plan.parcels
    orders = dict(picks.group_by("carrier").agg(pl.col("order_id").n_unique()).iter_rows())
    counted = dict(parcels.group_by("carrier").len().iter_rows())
    capacity = dict(made.problem.carriers.select("carrier", "capacity").iter_rows())
    return tuple(
        Taker(carrier=name, orders=n, parcels=counted[name], capacity_left=capacity[name] - counted[name])
        for name, n in sorted(orders.items(), key=lambda one: (-one[1], one[0]))
    )
