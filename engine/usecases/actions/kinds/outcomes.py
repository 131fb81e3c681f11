"""What the kinds measure by, once the horizon has passed: gathers counts, leaves the judging to engine/response.

Windows are half a horizon long, before the deed and after it, and every parcel is watched for half a horizon: so what
was planned last before and last after has had the same time to become late or to be complained of.
"""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from engine.model.before_after import BeforeAfter
from engine.response.outcome import Measure, Outcome, OutcomeRules, against_elsewhere, counted
from engine.usecases.actions.action_policy import load_action_policy
from engine.usecases.actions.kinds.spec import Executed
from engine.usecases.room.workplace import Workplace


def outcome_rules() -> OutcomeRules:
    """Of data/rules/actions.toml."""
    return load_action_policy().outcome


def beyond_pool(work: Workplace, done: Executed, _horizon: timedelta) -> Outcome:
    """Units sold beyond what the pool had before: without the deed the gate would have called them sold out."""
    show, sku, units = done.params["show_id"], done.params["sku"], done.happened["units"]
    old = done.happened["pool_after"] - units
    [(ever, standing)] = work.database.read(
        """
        SELECT coalesce(sum(l.qty), 0)::BIGINT,
               coalesce(sum(l.qty) FILTER (o.status IN ('reserved', 'held', 'allocated')), 0)::BIGINT
        FROM order_lines l JOIN orders o ON o.order_id = l.order_id
        WHERE o.show_id = $show AND l.sku = $sku AND o.outcome IN ('reserved', 'held')
        """,
        {"show": show, "sku": sku},
    ).rows()
    beyond = [min(max(int(sold) - old, 0), units) for sold in (standing, ever)]
    return counted(Measure.UNITS_SOLD, standing=beyond[0], ever=beyond[1], of=units)


def kept_out(work: Workplace, show: str, rule: str, said: str, done: Executed, *, of: int) -> Outcome:
    """Orders since then that the gate refused by `rule`, with `said` in its words."""
    [(orders,)] = work.database.read(
        "SELECT count(*) FROM orders WHERE show_id = $show AND outcome = 'sold_out' AND version > $version "
        "AND contains(reason, $rule) AND contains(reason, $said)",
        {"show": show, "version": done.version, "rule": f'"{rule}"', "said": said},
    ).rows()
    return counted(Measure.ORDERS_KEPT_OUT, standing=int(orders), ever=int(orders), of=of)


_PICKED = """
    SELECT p.parcel_id, p.node, p.carrier, left(any_value(o.adcode), 2) AS province, any_value(o.adcode) AS adcode,
           p.planned_at, bool_or(w.picked_up_at IS NULL OR w.picked_up_at > o.promise_at) AS late
    FROM parcels p
    JOIN boards.standing_picks a ON a.parcel_id = p.parcel_id
    JOIN orders o ON o.order_id = a.order_id
    LEFT JOIN boards.waybill_states w ON w.parcel_id = p.parcel_id
    WHERE p.planned_at > $since AND p.planned_at <= $until AND o.promise_at <= $now
    GROUP BY p.parcel_id, p.node, p.carrier, p.planned_at
"""
"""Parcels whose promise is over, and whether the pick-up scan missed it."""


def lateness(
    work: Workplace, done: Executed, horizon: timedelta, *, before: pl.Expr, after: pl.Expr, unit: str, others: pl.Expr
) -> Outcome:
    """Late pick-ups: `before` and `after` choose the parcels that the deed is about, `others` those it left alone, one
    row a `unit` of them."""
    half = horizon / 2
    parcels = work.database.read(
        _PICKED, {"since": done.at - half, "until": done.at + half, "now": work.now()}
    ).with_columns(is_after=pl.col("planned_at") >= done.at)
    moved = parcels.filter(pl.when("is_after").then(after).otherwise(before))
    rows = [_row(moved, treated=True)]
    rows += [_row(one, treated=False) for one in parcels.filter(others).partition_by(unit)]
    return against_elsewhere(Measure.LATE_SHARE, rows, outcome_rules())


def _row(parcels: pl.DataFrame, *, treated: bool) -> BeforeAfter:
    sides = [parcels.filter(pl.col("is_after") == after)["late"] for after in (False, True)]
    return BeforeAfter(treated, sides[0].len(), int(sides[0].sum()), sides[1].len(), int(sides[1].sum()))


def switched(work: Workplace, done: Executed, horizon: timedelta, places: Sequence[str]) -> Outcome:
    """Late pick-ups in these places (prefixes of regions), by the carrier before and by whoever after, against the same
    carrier elsewhere."""
    here = pl.any_horizontal([pl.col("adcode").str.starts_with(place) for place in places])
    own = pl.col("carrier") == done.params["carrier"]
    return lateness(work, done, horizon, unit="province", before=here & own, after=here, others=own & ~here)


def complaints(work: Workplace, done: Executed, horizon: timedelta, lot: str) -> Outcome:
    """Orders of the lot's article that were complained of within half a horizon of their planning, before and after,
    against every other article."""
    half = horizon / 2
    counts = work.database.read(
        """
        WITH planned AS (
            SELECT DISTINCT a.order_id, a.sku, min(p.planned_at) OVER (PARTITION BY a.order_id, a.sku) AS planned_at
            FROM boards.standing_picks a JOIN parcels p USING (parcel_id)
        ),
        complained AS (
            SELECT g.order_id, g.sku, min(t.asked_at) AS asked_at
            FROM ticket_goods g JOIN tickets t USING (ticket_id)
            WHERE t.complaint IN ('quality', 'damaged', 'wrong_item') GROUP BY ALL
        )
        SELECT p.sku, p.planned_at >= $at AS is_after, count(*) AS orders,
               count(*) FILTER (c.asked_at <= p.planned_at + $half) AS bad
        FROM planned p LEFT JOIN complained c ON c.order_id = p.order_id AND c.sku = p.sku
        WHERE p.planned_at > $since AND p.planned_at <= $until GROUP BY ALL
        """,
        {"at": done.at, "half": half, "since": done.at - half, "until": done.at + half},
    )
    [(own,)] = work.database.read("SELECT sku FROM lots WHERE lot = $lot", {"lot": lot}).rows()
    rows = []
    for (sku,), one in counts.group_by("sku", maintain_order=True):
        sides = {bool(after): (int(orders), int(bad)) for after, orders, bad in one.drop("sku").iter_rows()}
        rows.append(BeforeAfter(sku == own, *sides.get(False, (0, 0)), *sides.get(True, (0, 0))))
    if not any(row.treated for row in rows):
        rows.append(BeforeAfter(treated=True, before=0, bad_before=0, after=0, bad_after=0))
    return against_elsewhere(Measure.COMPLAINT_SHARE, rows, outcome_rules())


def failed_over(work: Workplace, done: Executed, horizon: timedelta) -> Outcome:
    """Late pick-ups of the orders that left a node: its parcels before, those they moved to after, against other nodes.
    Whether they do worse where they are now is what the failover cost beside its freight."""
    node, region = done.params["node"], done.params.get("region", "")
    kept = work.database.read(
        "SELECT to_parcels FROM reallocations WHERE version = $version", {"version": done.version}
    )["to_parcels"]
    moved = pl.col("parcel_id").is_in(sorted({parcel for parcels in kept for parcel in parcels.split("|")}))
    own = (pl.col("node") == node) & pl.col("adcode").str.starts_with(region)
    others = (pl.col("node") != node) & ~moved
    return lateness(work, done, horizon, unit="node", before=own, after=moved, others=others)
