"""What does the timing of uploads save? Seeded fates: as proposed, at once, with the pick-up, and all-knowing.

The proposals know the carriers' hand-over times and the risk of refunds, never a fate. Every fate is then told by the
rules as they stand in words, one parcel after the other, with none of the sums that made the proposals. All-knowing:
for each parcel the moment that was best for it afterwards, which nobody can know; no policy can cost less.
The delay history that proposals are made from is one draw of the true one, so they are somewhat wrong on purpose.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.bench.measure import BenchFailed, machine
from engine.rules.handover import BUCKETS, EDGES, handover_times
from engine.rules.hours import beijing_minutes
from engine.rules.packs import RulePack
from engine.rules.penalties import Clause
from engine.rules.refund_risk import refund_risk
from engine.rules.upload_proposals import upload_proposals
from engine.rules.waybill_policy import WaybillPolicy
from engine.usecases.clocks.waybill_rules import waybill_policy
from engine.usecases.room.rules import load_rules

Floats = npt.NDArray[np.float64]

HOUR = 60.0
NOW = datetime(2026, 11, 11, 14, 0, tzinfo=UTC)  # 22:00 in Beijing, at the end of a show
CARRIERS = {"PUNCTUAL": (70, 15, 7, 4, 2, 1.4, 0.4, 0.2), "SLOW": (35, 15, 12, 12, 8, 10, 5, 3)}
"""Percent of a carrier's parcels in each bucket of the delay history."""
NODES = 12
COHORTS = 4
TAIL_HOURS = 24.0


@dataclass(frozen=True, slots=True)
class _World:
    """Parcels and their fates: hours from now until the scan and until a refund would be asked for."""

    parcels: pl.DataFrame
    scanned: Floats
    asked: Floats
    consents: npt.NDArray[np.bool_]


def run_upload(*, orders: int, say: Callable[[str], None]) -> dict[str, Any]:
    """So many parcels of one order each. Raises BenchFailed if a policy beats the one that knows everything."""
    # A lock-out is the shop's fate, not a parcel's: it is left out of what is proposed as of what is told.
    free = {"shop_day_yuan": 0.0, "trace_anomaly_day_yuan": 0.0}
    policy = waybill_policy()
    policy = replace(policy, lock_out=replace(policy.lock_out, **free))
    pack = load_rules().platforms["douyin"].versions[-1]
    random = np.random.default_rng(20261111)
    now = beijing_minutes(NOW)
    world = _world(orders, policy, pack, random, now=now)
    history = _history(random)
    rules = load_rules().allocation.lateness
    times = handover_times(history, rules)
    none = np.zeros(len(policy.refund.from_hours))
    began = time.perf_counter()
    proposals = upload_proposals(
        world.parcels,
        times=times,
        risk=refund_risk(policy.refund, none.astype(np.int64), none),
        pack=pack,
        days={},
        policy=policy,
        now=now,
    )
    seconds = time.perf_counter() - began
    keys = ["node", "carrier", "cohort"]
    cohort = (pl.col("promise") // (policy.moments.cohort_hours * HOUR)).cast(pl.Int64) * policy.moments.cohort_hours
    moments = world.parcels.with_columns(cohort=cohort).join(proposals, on=keys, how="left", maintain_order="left")
    proposed = ((moments["upload"] - now) / HOUR).fill_null(np.inf).to_numpy()
    grid = np.append(np.arange(0, policy.moments.horizon_hours + 0.01, policy.moments.step_minutes / HOUR), np.inf)
    lost = {
        "proposed": _lost(world, proposed, policy, pack, now=now),
        "at_once": _lost(world, np.zeros(orders), policy, pack, now=now),
        "with_the_pick_up": _lost(world, np.full(orders, np.inf), policy, pack, now=now),
    }
    every = np.column_stack([_lost(world, np.full(orders, moment), policy, pack, now=now) for moment in grid])
    lost["all_knowing"] = every.min(axis=1)
    yuan = {name: round(float(each.sum()), 2) for name, each in lost.items()}
    if min(yuan.values()) < yuan["all_knowing"] - 0.01:
        raise BenchFailed("A policy costs less than the one that knows every fate: the fates are told wrongly.")
    for name, cost in yuan.items():
        say(f"{name}: {cost:,.0f} yuan, {cost / yuan['proposed']:.3f} of what is proposed")
    return {
        "bench": "upload",
        "machine": machine(),
        "parcels": orders,
        "groups": proposals.height,
        "yuan": yuan,
        "expected_yuan": round(float(proposals["best_yuan"].sum()), 2),
        "proposed_over_at_once": round(yuan["proposed"] / yuan["at_once"], 4),
        "proposed_over_with_the_pick_up": round(yuan["proposed"] / yuan["with_the_pick_up"], 4),
        "proposed_over_all_knowing": round(yuan["proposed"] / max(yuan["all_knowing"], 0.01), 4),
        "weighing_seconds": round(seconds, 3),
    }


def _world(orders: int, policy: WaybillPolicy, pack: RulePack, random: np.random.Generator, *, now: float) -> _World:
    names = np.array(list(CARRIERS))
    carrier = names[random.integers(0, len(names), orders)]
    node = random.integers(0, NODES, orders)
    cohort = random.integers(0, COHORTS, orders)
    # Paid in the last hours of the show, promised two or three days later, collected tomorrow or the day after.
    paid = now - HOUR * random.uniform(0, 4, orders)
    promise = now + HOUR * (24 + 12.0 * cohort + random.uniform(0, 5, orders))
    collected = now + HOUR * (np.array([4.0, 12.0, 20.0, 26.0, 34.0, 40.0])[node % 6])
    amount = np.round(random.lognormal(3.7, 0.6, orders) * 100).astype(np.int64)
    priced = pl.DataFrame({"amount_cents": amount, "promise_hours": (promise - paid) / HOUR}).with_columns(
        band=pack.ladder.band_name()
    )
    clauses = {
        "late": Clause.LATE,
        "beyond": Clause.LATE_BEYOND,
        "timeout": Clause.TRACE_TIMEOUT,
        "anomaly": Clause.TRACE_ANOMALY,
    }
    taken = priced.select(**{name: pack.ladder.penalty(clause).fill_null(0.0) for name, clause in clauses.items()})
    taken = taken.with_columns(
        beyond=pl.max_horizontal("late", "beyond"), anomaly=pl.max_horizontal("timeout", "anomaly")
    )
    parcels = pl.DataFrame(
        {
            "node": [f"N{n:02d}" for n in node],
            "carrier": carrier.tolist(),
            "origin": ["310104"] * orders,
            "orders": np.ones(orders, dtype=np.int64),
            "promise": promise,
            "paid": paid,
            "pick_up": collected,
            "refund": amount / 100 * policy.refund.margin_share,
            "shipped_anyway": amount / 100 * 0.5,
        }
    ).with_columns(
        *taken.get_columns(),
        **{f"forecast_{name}": pl.lit(None, dtype=pl.Float64) for name in ("at", "p50", "p90")},
    )
    return _World(
        parcels,
        scanned=(collected - now) / HOUR + _delays(carrier, random),
        asked=_requests((now - paid) / HOUR, policy, random),
        consents=random.random(orders) < policy.refund.consent_share,
    )


def _delays(carrier: npt.NDArray[Any], random: np.random.Generator) -> Floats:
    """Hours from the predicted pick-up to the scan: a bucket, evenly inside it, and a tail that halves."""
    delay = np.zeros(len(carrier))
    for name, percent in CARRIERS.items():
        of = np.flatnonzero(carrier == name)
        bucket = random.choice(len(BUCKETS), len(of), p=np.array(percent) / sum(percent))
        low, high = np.array((0.0, *EDGES))[bucket], np.array((*EDGES, np.inf))[bucket]
        inside = low + (np.minimum(high, 1e9) - low) * random.random(len(of))
        delay[of] = np.where(np.isfinite(high), inside, low + random.exponential(TAIL_HOURS / np.log(2), len(of)))
    return delay


def _history(random: np.random.Generator) -> pl.DataFrame:
    """What the brand has seen of each carrier: 2,000 parcels."""
    rows = []
    for name, percent in CARRIERS.items():
        seen = random.multinomial(2000, np.array(percent) / sum(percent)).tolist()
        rows.append((name, "*", "*", "*", *seen))
    return pl.DataFrame(rows, schema=["carrier", "origin", "weekdays", "hours", *BUCKETS], orient="row")


def _requests(age: Floats, policy: WaybillPolicy, random: np.random.Generator) -> Floats:
    """Hours from now at which each buyer would ask, infinite for most: the policy's risk, drawn by inversion."""
    edges = np.array((*policy.refund.from_hours, 24.0 * 30))
    summed = np.concatenate([[0.0], np.cumsum(np.diff(edges) * np.array(policy.refund.per_hour))])
    reached = np.interp(age, edges, summed) + random.exponential(1.0, len(age))
    return np.where(reached >= summed[-1], np.inf, np.interp(reached, summed, edges) - age)


def _lost(world: _World, upload: Floats, policy: WaybillPolicy, pack: RulePack, *, now: float) -> Floats:
    """Yuan that each parcel lost, uploaded so many hours from now or with its scan if that comes first."""
    scanned, asked, parcels = world.scanned, world.asked, world.parcels
    uploaded = np.minimum(upload, scanned)
    auto = pack.auto_refund.after_upload_hours
    decided = np.where((asked < uploaded) | world.consents, asked, np.maximum(asked, uploaded + auto))
    refunded = np.where((asked < scanned) & (decided < scanned), decided, np.inf)
    gone = np.isfinite(refunded)
    anyway = gone & (scanned <= refunded + policy.refund.stop_hours)
    lost: Floats = gone * parcels["refund"].to_numpy() + anyway * parcels["shipped_anyway"].to_numpy()

    def broken(at: Floats) -> Floats:
        return ((at > 0) & (scanned > at) & (refunded >= at)).astype(np.float64)

    promise = (parcels["promise"].to_numpy() - now) / HOUR
    early = upload <= scanned
    steps = (
        ("late", "beyond", broken(promise), broken(promise + pack.ladder.hours_of(Clause.LATE_BEYOND))),
        (
            "timeout",
            "anomaly",
            early * broken(uploaded + pack.ladder.hours_of(Clause.TRACE_TIMEOUT)),
            early * broken(uploaded + pack.ladder.hours_of(Clause.TRACE_ANOMALY)),
        ),
    )
    for short, long, first, second in steps:
        yuan = parcels[short].to_numpy()
        lost = lost + first * yuan + second * (parcels[long].to_numpy() - yuan)
    return lost
