"""What would a steering change do? Gathers the plan that stands, judges it, plans what must move; writes nothing.

A preview shows this; `steer` decides it once more inside its commit, by this very code, and writes it. Planning is what
takes time, so its result is kept with what it rests on (kept_steering.py): asked again for the same change, everything
else is gathered anew, and only where the plan no longer fits is it made anew.
"""

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from engine.allocation import reallocation as moves
from engine.allocation.move_costs import move_costs
from engine.allocation.plan import Plan
from engine.allocation.planner import plan_batch
from engine.allocation.problem import Problem
from engine.allocation.reallocation import PICKS, PIECE, WhyStuck
from engine.allocation.steering import TAKES_AWAY, Change, ChangeKind
from engine.allocation.window import Window, WindowPolicy, policy_from
from engine.errors import NotAllowed
from engine.settings import DATA
from engine.store.database import Database, as_json
from engine.usecases.allocation.allocation_problem import gather_problem
from engine.usecases.allocation.offer_sheet import offer_sheet
from engine.usecases.room.rule_files import parsed_rules
from engine.usecases.room.workplace import Workplace
from engine.usecases.steering.kept_steering import basis_of, still_fits
from engine.usecases.steering.standing_plan import standing_picks, stands_already
from engine.usecases.steering.steering_plans import Asked, KeptSteering, Moves
from engine.usecases.steering.steering_state import barriers
from engine.usecases.stock.settle_promises import Settlements, settlements
from engine.usecases.stock.stock_levels import levels_after, stock_levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """What a change does. Frames: `ended` (order_id, parcel_id), `dead` (parcel_id), `moved` (of move_costs), `stuck`
    (order_id, parcel_id or null, reason, detail), `levels` (node, sku, lot; on_hand, reserved, quarantined and the same
    `_before`). `problem` and `plan`: of the orders that leave; None where none does. `standing`: it stands already."""

    change: Change
    standing: bool
    ended: pl.DataFrame
    dead: pl.DataFrame
    moved: pl.DataFrame
    stuck: pl.DataFrame
    levels: pl.DataFrame
    due: Settlements
    problem: Problem | None
    plan: Plan | None

    @property
    def waiting(self) -> list[str]:
        """Orders that leave their parcels and wait to be planned again."""
        back = self.stuck.filter(pl.col("reason") == WhyStuck.BACK_TO_WAITING.value)
        return back["order_id"].to_list()

    @property
    def empty(self) -> bool:
        """Nothing would be written but the change itself."""
        return self.ended.is_empty() and self.levels.is_empty() and self.due.withdrawn.is_empty()

    def routes(self) -> pl.DataFrame:
        """from_node, from_carrier, to_node, to_carrier, orders, extra_cents: the ways that change, most orders first. A
        piece that is split over several parcels counts to the first of them."""
        picks = pl.DataFrame(schema=_NEW_PICKS) if self.plan is None else self.plan.picks
        to = picks.unique("order_id", keep="first", maintain_order=True)
        return (
            self.moved.join(to.select("order_id", to_node="node", to_carrier="carrier"), on="order_id")
            .group_by("from_node", "from_carrier", "to_node", "to_carrier")
            .agg(
                orders=pl.col("order_id").n_unique(), extra_cents=(pl.col("after_cents") - pl.col("before_cents")).sum()
            )
            .sort("orders", "from_node", "to_node", "to_carrier", descending=[True, False, False, False])
        )

    def figures(self) -> dict[str, Any]:
        """For a preview, a receipt and the audit. Money in cents; units of stock."""
        before, after = int(self.moved["before_cents"].sum()), int(self.moved["after_cents"].sum())
        edits = self.moved.filter(pl.col("legal_window") == Window.EDIT.value)
        stays = self.stuck.filter(pl.col("reason") != WhyStuck.BACK_TO_WAITING.value)
        delta = self.levels.select(
            on_hand=pl.col("on_hand") - pl.col("on_hand_before"),
            quarantined=pl.col("quarantined") - pl.col("quarantined_before"),
        ).sum()
        return {
            "orders_moved": self.moved["order_id"].n_unique(),
            "parcels_cancelled": self.dead.height,
            "parcels_planned": 0 if self.plan is None else self.plan.parcels.height,
            "before_cents": before,
            "after_cents": after,
            "extra_cents": after - before,
            "edits": edits["order_id"].n_unique(),
            "edit_risk_cents": int(edits["edit_risk_cents"].sum()),
            "back_to_waiting": len(self.waiting),
            "not_possible": stays["order_id"].n_unique(),
            "on_hand_delta": int(delta["on_hand"].item() or 0),
            "quarantined_delta": int(delta["quarantined"].item() or 0),
            "withdrawn_units": int(self.due.withdrawn["units"].sum()),
            "short_units": int(self.due.shortages["delta"].sum()),
        }


def load_window_policy() -> WindowPolicy:
    """The rules of data/rules/reallocation.toml."""
    return policy_from(parsed_rules(DATA / "rules" / "reallocation.toml", "re-allocation rules"))


def plan_steering(
    work: Workplace, change: Change, *, policy: WindowPolicy | None = None, keep: frozenset[str] = frozenset()
) -> Steering:
    """Decide a change as of the last commit. Raises NotFound for what the room does not know, and NotAllowed where the
    change stands already and nothing is left to do. `keep`: orders that stay where they are all the same, for asking
    what a part of a change would do."""
    standing = stands_already(work.database, change)
    policy = policy or load_window_policy()
    picks = standing_picks(work.database, change) if change.kind in TAKES_AWAY else pl.DataFrame(schema=dict(PICKS))
    levels = stock_levels(work.database)
    missing = _missing(levels, change)
    stuck, leaving, problem, plan = _planned(work, change, policy, keep, picks=picks, missing=missing)
    back = set() if plan is None else set(plan.unserved["order_id"])
    waiting = picks.filter(pl.col("order_id").is_in(list(back))).select(*PIECE).unique(maintain_order=True)
    staying = leaving.filter(~pl.col("order_id").is_in(list(back)))
    ended = pl.concat([staying.select(PIECE), waiting])
    new_picks = None if plan is None else plan.picks
    after = levels_after(
        levels,
        change,
        back=picks.join(ended, on=PIECE, how="semi"),
        taken=new_picks,
        quarantined=barriers(work.database).lots,
    )
    made = Steering(
        change=change,
        standing=standing,
        ended=ended,
        dead=moves.dead_parcels(picks, ended).select("parcel_id"),
        moved=_moved(work, picks, staying, ended, plan, policy),
        stuck=_all_stuck(stuck, plan),
        levels=after,
        due=_due(work.database, after, picks.join(waiting, on=PIECE, how="semi")),
        problem=problem,
        plan=plan,
    )
    if standing and made.empty:
        raise NotAllowed(f"{change.subject} is {_WORDS[change.kind]} already, and nothing is left that could be moved.")
    return made


_WORDS = {
    ChangeKind.NODE_CLOSED: "closed",
    ChangeKind.NODE_REOPENED: "open",
    ChangeKind.LOT_QUARANTINED: "quarantined",
    ChangeKind.LOT_RELEASED: "released",
    ChangeKind.CARRIER_STOPPED: "stopped",
    ChangeKind.CARRIER_RESUMED: "in service",
    ChangeKind.STOCK_COUNTED: "counted",
    ChangeKind.ORDERS_LED_AWAY: "without such orders",
}


def _missing(levels: pl.DataFrame, change: Change) -> int:
    """Units that orders hold of a counted lot beyond what was found of it outside quarantine."""
    if change.units is None:
        return 0
    [(reserved, quarantined)] = (
        levels.filter(pl.col("node") == change.node, pl.col("lot") == change.lot)
        .select("reserved", "quarantined")
        .rows()
    )
    left = change.units - min(quarantined, change.units)
    return max(int(reserved - left), 0)


def _planned(
    work: Workplace, change: Change, policy: WindowPolicy, keep: frozenset[str], *, picks: pl.DataFrame, missing: int
) -> Moves:
    """The plan that is kept, if it is for this and still fits; else a new one, which is kept."""
    asked = Asked(change, policy, keep, missing)
    kept = work.kept_steering
    if kept is not None and kept.asked == asked and still_fits(work, kept, picks):
        return kept.moves
    basis = basis_of(work)
    made = _plan(work, picks, change, policy, missing, keep)
    work.kept_steering = KeptSteering(asked, basis, picks, made)
    return made


def _plan(
    work: Workplace, picks: pl.DataFrame, change: Change, policy: WindowPolicy, missing: int, keep: frozenset[str]
) -> Moves:
    """Stuck pieces, leaving pieces, and the problem and plan of the latter.

    An order that finds no other way while a part of it can no longer wait keeps what it has, so it is taken out and the
    rest planned again, until all that is left unserved can go back to waiting.
    """
    barred = set(keep)
    whole = moves.whole_orders(picks, change, policy)
    while True:
        verdict = moves.judge(picks, change, policy, missing=missing, barred=barred)
        if verdict.leaving.is_empty():
            return Moves(verdict.stuck, verdict.leaving, None, None)
        problem = _problem(work, picks, verdict.leaving, change)
        plan = plan_batch(problem)
        stranded = set(plan.unserved["order_id"]) - whole
        if not stranded:
            return Moves(verdict.stuck, verdict.leaving, problem, plan)
        barred |= stranded


def _problem(work: Workplace, picks: pl.DataFrame, leaving: pl.DataFrame, change: Change) -> Problem:
    ids = leaving["order_id"].unique().to_list()
    orders = work.database.read(
        """
        SELECT o.order_id, o.buyer, o.adcode AS region, r.lat, r.lon, o.paid_at, o.promise_at, o.address, o.street
        FROM orders o LEFT JOIN regions r ON r.adcode = o.adcode
        WHERE o.order_id IN (SELECT unnest($ids)) ORDER BY o.paid_at, o.order_id
        """,
        {"ids": ids},
    )
    order_lines = work.database.read(
        "SELECT order_id, sku, qty, kit FROM order_lines WHERE order_id IN (SELECT unnest($ids)) ORDER BY ALL",
        {"ids": ids},
    )
    lots = work.database.read(
        "SELECT b.node, b.sku, b.lot, l.expires_on AS expiry, b.on_hand - b.reserved - b.quarantined AS qty "
        "FROM stock_balance b JOIN lots l ON l.lot = b.lot ORDER BY ALL"
    )
    freed = moves.dead_parcels(picks, leaving.select(PIECE))["parcel_id"].to_list()
    problem = moves.problem_left(
        replace(gather_problem(work, orders, now=work.now(), freed=freed), stock=lots),
        picks=picks,
        leaving=leaving.select(PIECE),
        lines=moves.lines_of(picks.join(leaving, on=PIECE, how="semi"), order_lines),
        change=change,
    )
    return barriers(work.database).before(problem)


def _moved(
    work: Workplace,
    picks: pl.DataFrame,
    staying: pl.DataFrame,
    ended: pl.DataFrame,
    plan: Plan | None,
    policy: WindowPolicy,
) -> pl.DataFrame:
    """The pieces that found another way, with what they cost before and after."""
    empty = plan is None
    return move_costs(
        picks=picks,
        leaving=staying,
        ended=ended,
        new_picks=pl.DataFrame(schema=_NEW_PICKS) if plan is None else plan.picks,
        new_parcels=pl.DataFrame(schema=_NEW_PARCELS) if plan is None else plan.parcels,
        skus=work.database.read("SELECT sku, weight_kg FROM skus"),
        offers=_tariffs(work, empty=empty),
        policy=policy,
    )


_NEW_PICKS = {
    **dict.fromkeys(("order_id", "parcel_id", "sku", "node", "carrier"), pl.String),
    "qty": pl.Int32,
}
_NEW_PARCELS = {"parcel_id": pl.String, "cost_yuan": pl.Float64}


def _tariffs(work: Workplace, *, empty: bool) -> pl.DataFrame:
    """Offers as the master data has them, stopped carriers included: what a parcel under way costs a kilogram."""
    if empty:
        names = ("node", "carrier", "layer", "region")
        return pl.DataFrame(schema={**dict.fromkeys(names, pl.String), "per_kg_yuan": pl.Float64})
    return work.made_once("offer_sheet", lambda: offer_sheet(work.database)).offers


def _all_stuck(stuck: pl.DataFrame, plan: Plan | None) -> pl.DataFrame:
    """order_id, parcel_id, reason, detail: pieces that stay, and orders that go back to waiting (parcel_id null)."""
    stay = stuck.with_columns(detail=pl.lit(""))
    if plan is None:
        return stay
    told = [as_json({"unserved": reason, "detail": detail}) for _, reason, detail in plan.unserved.iter_rows()]
    back = plan.unserved.select(
        "order_id",
        parcel_id=pl.lit(None, dtype=pl.String),
        detail=pl.Series(told, dtype=pl.String),
        reason=pl.lit(WhyStuck.BACK_TO_WAITING.value),
    )
    return pl.concat([stay, back.select(stay.columns)])


def _due(database: Database, levels: pl.DataFrame, waiting: pl.DataFrame) -> Settlements:
    free = (
        levels.with_columns(
            more=(pl.col("on_hand") - pl.col("reserved") - pl.col("quarantined"))
            - (pl.col("on_hand_before") - pl.col("reserved_before") - pl.col("quarantined_before"))
        )
        .group_by("sku")
        .agg(pl.col("more").sum())
    )
    units = waiting.group_by("sku").agg(pl.col("qty").sum())
    return settlements(
        lambda sql, _: database.read(sql),
        {*free["sku"], *units["sku"]},
        more_waiting=dict(units.iter_rows()),
        more_free=dict(free.iter_rows()),
    )
