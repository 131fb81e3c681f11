"""How many of the orders that a plan moves are expected to miss a deadline, with whom they are and with whom they go?

By what carriers showed lately on the same lanes, beside their longer record; in orders, and in yuan.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from engine.clock import BEIJING
from engine.logistics.outcomes import cells, described, outcomes
from engine.logistics.scorecard import LaneModel, lane_model
from engine.logistics.standards import Measure, PartnerKind, Standards
from engine.logistics.switching import PRICED, Expected, expected, group_chances, miss_chances
from engine.rules.penalties import Clause
from engine.store.screens.partners import parcel_journeys
from engine.usecases.room.workplace import Workplace
from engine.usecases.steering.plan_steering import Steering

_CLAUSE = {Measure.LABEL_SCAN: Clause.TRACE_TIMEOUT, Measure.PICK_UP: Clause.LATE}
"""What the platform takes for a miss; a late delivery costs only what an annoyed buyer costs."""


def expected_misses(work: Workplace, made: Steering, standards: Standards) -> Iterator[Expected]:
    """One value a measure that costs money and that anybody was measured by."""
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
