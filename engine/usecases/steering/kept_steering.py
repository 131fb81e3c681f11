"""A plan for a steering change, kept with what it rests on: does it still fit what the room has become meanwhile?

Planning tens of thousands of orders takes seconds, and nobody should wait for it at the writer's lock. So it is made
on what stood before, and inside the commit only this is asked: are the same goods in the same parcels, are the barriers
the same, and do stock and places still hold what the plan takes? What else happened meanwhile (orders that came in,
waves, even other plans that took from the same shelves but left enough) does not matter to it.
"""

from datetime import timedelta

import polars as pl

from engine.allocation.plan import Plan
from engine.allocation.problem import Problem
from engine.allocation.reallocation import PIECE
from engine.usecases.room.workplace import Workplace
from engine.usecases.steering.steering_plans import Basis, KeptSteering
from engine.usecases.steering.steering_state import barriers

LIVES = timedelta(seconds=120)
"""A plan older than this is made anew: prices of lateness and what is left of the day have moved on."""


def basis_of(work: Workplace) -> Basis:
    """As of now; to be taken before anything is read for the plan."""
    return Basis(work.now(), work.database.data_version(), work.masters().version, barriers(work.database))


def still_fits(work: Workplace, kept: KeptSteering, picks: pl.DataFrame) -> bool:
    """Whether the plan can be written as it is. `picks`: the pieces concerned, as they stand now."""
    now, then = basis_of(work), kept.basis
    if not then.at <= now.at <= then.at + LIVES or (now.masters, now.barriers) != (then.masters, then.barriers):
        return False
    if not picks.equals(kept.picks):
        return False
    plan, problem = kept.moves.plan, kept.moves.problem
    if plan is None or problem is None or now.version == then.version:
        return True
    back = picks.join(kept.moves.leaving, on=PIECE, how="semi")
    return _in_stock(work, plan, back) and _in_place(work, plan, problem, since=then.version)


def _in_stock(work: Workplace, plan: Plan, back: pl.DataFrame) -> bool:
    """Whether the shelves hold what the plan takes, with what leaves its parcels given back."""
    keys = ("node", "sku", "lot")
    free = work.database.read("SELECT node, sku, lot, on_hand - reserved - quarantined AS units FROM stock_balance")
    taken = plan.picks.select(*keys, units=-pl.col("qty").cast(pl.Int64))
    left = pl.concat([free, back.select(*keys, units="qty"), taken]).group_by(keys).agg(pl.col("units").sum())
    return left.join(taken, on=keys, how="semi").filter(pl.col("units") < 0).is_empty()


def _in_place(work: Workplace, plan: Plan, problem: Problem, *, since: int) -> bool:
    """Whether nodes and carriers still have the places, after the parcels that were planned since."""
    planned = work.database.read(
        "SELECT node, carrier FROM parcels WHERE version > $since AND status = 'planned'", {"since": since}
    )
    if planned.is_empty():
        return True
    sent = pl.concat([planned, plan.parcels.select("node", "carrier")])
    places = (("node", problem.nodes, "throughput"), ("carrier", problem.carriers, "capacity"))
    return all(
        sent.join(plan.parcels, on=key, how="semi")
        .group_by(key)
        .len()
        .join(frame, on=key)
        .filter(pl.col("len") > pl.col(column))
        .is_empty()
        for key, frame, column in places
    )
