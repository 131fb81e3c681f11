"""What would it mean to give a carrier's unshipped parcels in a region to others? Asks the planner; writes nothing.

Which parcels may move follows from the legal window: free before the waybill is uploaded, by an edit at the platform
afterwards, not at all once the carrier has them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from engine.allocation.reallocation import WhyStuck
from engine.allocation.steering import Change, ChangeKind
from engine.clock import BEIJING
from engine.errors import NotAllowed
from engine.logistics.outcomes import cells, described, outcomes
from engine.logistics.scorecard import LaneModel, lane_model
from engine.logistics.standards import Measure, PartnerKind, Standards
from engine.logistics.switching import PRICED, Expected, expected, group_chances, miss_chances, places_for
from engine.rules.penalties import Clause
from engine.store.partner_screens import parcel_journeys
from engine.usecases.plan_steering import Steering, plan_steering
from engine.usecases.standing_plan import standing_picks
from engine.usecases.workplace import Workplace

_CLAUSE = {Measure.LABEL_SCAN: Clause.TRACE_TIMEOUT, Measure.PICK_UP: Clause.LATE}
"""What the platform takes for a miss; a late delivery costs only what an annoyed buyer costs."""


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
    moved = made.moved["order_id"].n_unique()
    if moved == 0:
        raise NotAllowed(
            "No parcel of this carrier there can still move: all are picked up, or nobody could take them."
        )
    figures = made.figures()
    no_more = (WhyStuck.WAYBILL_UPLOADED.value, WhyStuck.PART_HAS_LEFT.value)
    stays = made.stuck.filter(pl.col("reason").is_in(no_more), ~pl.col("order_id").is_in(list(kept)))
    return Switch(
        carrier=carrier,
        region=region,
        share=share,
        prefixes=prefixes,
        orders=moved,
        edits=figures["edits"],
        fixed=stays["order_id"].n_unique(),
        waiting=figures["back_to_waiting"],
        extra_cents=figures["extra_cents"],
        edit_risk_cents=figures["edit_risk_cents"],
        expected=tuple(_expected(work, made, standards)),
        takers=_takers(made),
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


def _expected(work: Workplace, made: Steering, standards: Standards) -> Iterator[Expected]:
    now = work.now()
    start = now - timedelta(days=standards.evidence.window_days)
    older = start - timedelta(days=standards.switch.recovery_days)
    journeys = described(parcel_journeys(work.database, older), standards)
    recent = journeys.filter(pl.col("planned_at") > start)
    before = journeys.filter(pl.col("planned_at") <= start)
    moved = _with_lanes(work, made, standards)
    for measure in PRICED:
        models = list(_models(recent, measure, standards, now=now))
        if not models:
            continue
        records = list(_models(before, measure, standards, now=start))
        known = {name for record in records for name in record.partners}
        group = pl.concat([group_chances(model) for model in models]).filter(~pl.col("carrier").is_in(list(known)))
        found = expected(
            moved.with_columns(yuan=_yuan(work, moved, measure, standards, day=now)),
            measure,
            now=pl.concat([miss_chances(model) for model in models]),
            record=pl.concat([*(miss_chances(record) for record in records), group]),
        )
        if found is not None:
            yield found


def _models(journeys: pl.DataFrame, measure: Measure, standards: Standards, *, now: datetime) -> Iterator[LaneModel]:
    counted = cells(outcomes(journeys, measure, standards, now=now), PartnerKind.CARRIER)
    for one in counted.partition_by("group"):
        yield lane_model(one, prior_parcels=standards.evidence.prior_parcels)


def _with_lanes(work: Workplace, made: Steering, standards: Standards) -> pl.DataFrame:
    """One row a moved order: from_carrier, from_lane, to_carrier, to_lane, and what its penalties depend on."""
    assert made.plan is not None, "orders moved without a plan"
    to = made.plan.picks.unique("order_id", keep="first", maintain_order=True)
    rows = made.moved.unique("order_id", keep="first", maintain_order=True).join(
        to.select("order_id", to_node="node", to_carrier="carrier"), on="order_id"
    )
    orders = work.database.read(
        "SELECT order_id, platform, adcode AS destination, amount_cents, "
        "epoch(promise_at - paid_at) / 3600.0 AS promise_hours FROM orders WHERE order_id IN (SELECT unnest($ids))",
        {"ids": rows["order_id"].to_list()},
    )
    nodes = work.database.read("SELECT node, adcode AS origin FROM nodes")
    carriers = work.database.read("SELECT carrier, kind AS carrier_kind FROM carriers")
    for side in ("from", "to"):
        way = rows.select("order_id", node=f"{side}_node", carrier=f"{side}_carrier")
        whole = way.join(orders, on="order_id").join(nodes, on="node").join(carriers, on="carrier")
        lanes = described(whole, standards).select("order_id", pl.col("lane").alias(f"{side}_lane"))
        rows = rows.join(lanes, on="order_id")
    return rows.join(orders, on="order_id")


def _yuan(work: Workplace, moved: pl.DataFrame, measure: Measure, standards: Standards, *, day: datetime) -> pl.Series:
    """Yuan lost by a miss of each order: the platform's penalty, where its amounts are known, and an annoyed buyer."""
    ladders = work.rules.ladders_on(day.astimezone(BEIJING).date())
    clause = _CLAUSE.get(measure)
    yuan = []
    for platform, cents, hours in moved.select("platform", "amount_cents", "promise_hours").iter_rows():
        ladder = ladders.get(platform)
        taken = None if clause is None or ladder is None else ladder.penalty_yuan(clause, cents, hours)
        annoyed = standards.switch.late_order_yuan if measure is not Measure.LABEL_SCAN else 0.0
        yuan.append(float(taken or 0) + annoyed)
    return pl.Series("yuan", yuan, dtype=pl.Float64)
