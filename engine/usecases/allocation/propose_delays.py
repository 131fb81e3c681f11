"""Suggests whom to ask to wait: plans the waiting orders once on paper, takes that plan's prices, and chooses.

Only where a fresh certificate says that throughput or a carrier is dear. Nothing reaches a buyer from here: an
operator approves first, and sending is the gateway's. The plan on paper is thrown away.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import orjson
import polars as pl

from engine.allocation.bottlenecks import prices_of, relief_of, usage_of
from engine.allocation.planner import plan_batch
from engine.allocation.problem import Problem
from engine.allocation.stagger_policy import StaggerPolicy
from engine.allocation.staggering import ORDERS, Bottleneck, DelayChoice, DelayHistory, DelayOffer, choose_delays
from engine.model.delays import DelayState
from engine.model.frames import INSTANT
from engine.model.states import OrderStatus
from engine.store import tables
from engine.store.database import Database, as_json
from engine.store.transaction import Transaction
from engine.usecases.allocation.allocation_problem import WAITS, gather_problem
from engine.usecases.allocation.delay_records import stagger_policy
from engine.usecases.room.workplace import Workplace


class WhyNothing(StrEnum):
    """Why no offer was proposed."""

    NO_CERTIFICATE = "no_certificate"  # the planner in use proves no prices
    OLD_CERTIFICATE = "old_certificate"
    NOTHING_DEAR = "nothing_dear"  # no node and no carrier is dearer than the cheapest compensation
    NOBODY_WAITS = "nobody_waits"  # no order is left to ask about
    NOBODY_CHOSEN = "nobody_chosen"  # orders wait, and each has its reason; see passed_over


@dataclass(frozen=True, slots=True)
class ProposalRun:
    """Orders looked at, offers proposed, the others by WhyNotAsked; `nothing` says why where there is no offer.

    saving_cents: expected of all offers together. dearest_yuan: throughput and carrier at their dearest, a parcel.
    """

    looked_at: int = 0
    offered: int = 0
    saving_cents: int = 0
    dearest_yuan: float | None = None
    passed_over: dict[str, int] = field(default_factory=dict)
    nothing: WhyNothing | None = None


def propose_delays(work: Workplace, *, actor: str) -> ProposalRun:
    """Propose offers for the orders that wait now."""
    policy, now = stagger_policy(), work.now()
    dearest, nothing = _worth_a_look(work.database, policy, now=now)
    if nothing is not None:
        return ProposalRun(dearest_yuan=dearest, nothing=nothing)
    orders = _waiting(work.database, now=now, limit=policy.batch_orders)
    if orders.is_empty():
        return ProposalRun(dearest_yuan=dearest, nothing=WhyNothing.NOBODY_WAITS)
    problem = gather_problem(work, orders, now=now)
    plan = plan_batch(problem)
    prices = prices_of(plan)
    usage = usage_of(plan, prices)
    choice = choose_delays(
        _described(work.database, orders, problem),
        usage,
        prices=prices,
        relief=_less_proposed(work.database, relief_of(plan, usage, share=policy.relief_share)),
        history=_history(work.database, policy, looked_at=orders.height, now=now),
        policy=policy,
        now=now,
    )
    passed_over = dict(sorted(_counted(choice).items()))
    if not choice.offers:
        return ProposalRun(orders.height, 0, 0, dearest, passed_over, WhyNothing.NOBODY_CHOSEN)
    with work.database.transaction(
        actor=actor, verb="propose_delays", subject=f"{len(choice.offers)} of {orders.height} orders"
    ) as tx:
        written = _write(tx, choice.offers)
        tx.note(offered=len(written), passed_over=passed_over, price_yuan=dearest)
    saving = sum(_cents(offer.saving_yuan) for offer in written)
    nothing = None if written else WhyNothing.NOBODY_CHOSEN
    return ProposalRun(orders.height, len(written), saving, dearest, passed_over, nothing)


def _worth_a_look(
    database: Database, policy: StaggerPolicy, *, now: datetime
) -> tuple[float | None, WhyNothing | None]:
    """The dearest parcel by the latest certificate, and why there is nothing to do. Costs two small reads."""
    latest = database.read('SELECT version, "at" FROM allocation_rounds ORDER BY version DESC LIMIT 1')
    if latest.is_empty():
        return None, WhyNothing.NO_CERTIFICATE
    version, at = latest.row(0)
    if now - at > timedelta(minutes=policy.certificate_minutes):
        return None, WhyNothing.OLD_CERTIFICATE
    prices = database.read(
        "SELECT max(yuan) AS yuan FROM shadow_prices WHERE version = $version AND kind IN ('throughput', 'capacity') "
        "GROUP BY kind",
        {"version": version},
    )
    dearest = float(prices["yuan"].sum())
    # An order in two parcels could be worth it at half the price: the few there are do not justify a plan on paper.
    cheapest = min(tier.compensation_yuan for tier in policy.tiers)
    return dearest, None if dearest > cheapest else WhyNothing.NOTHING_DEAR


def _waiting(database: Database, *, now: datetime, limit: int) -> pl.DataFrame:
    """Reserved orders that allocation may take, those it just found unservable included; first paid first."""
    return database.read(
        f"""
        SELECT o.order_id, o.buyer, o.adcode AS region, r.lat, r.lon, o.paid_at, o.promise_at, o.address, o.street
        FROM orders o
        LEFT JOIN regions r ON r.adcode = o.adcode
        WHERE {WAITS}
        ORDER BY o.paid_at, o.order_id
        LIMIT $limit
        """,
        {"now": now, "limit": limit},
    )


def _described(database: Database, orders: pl.DataFrame, problem: Problem) -> pl.DataFrame:
    """What `choose_delays` looks at in each order (ORDERS)."""
    goods = database.read("SELECT sku, category, layer, shelf_life_days FROM skus")
    of_order = (
        problem.lines.select("order_id", "sku")
        .join(goods, on="sku")
        .group_by("order_id")
        .agg(
            layers=pl.col("layer").unique().sort(),
            categories=pl.col("category").unique().sort(),
            shelf_life_days=pl.col("shelf_life_days").min().cast(pl.Int32),
        )
    )
    return orders.join(of_order, on="order_id", maintain_order="left").select(list(ORDERS))


def _history(database: Database, policy: StaggerPolicy, *, looked_at: int, now: datetime) -> DelayHistory:
    asked = database.read(
        "SELECT d.order_id, d.tier, d.state FROM delay_offers d JOIN orders o ON o.order_id = d.order_id "
        "WHERE o.status = 'reserved'"
    )
    runs = asked.filter(
        pl.col("state").is_in([DelayState.PROPOSED, DelayState.APPROVED, DelayState.SENT, DelayState.ACCEPTED])
    )
    held = runs.filter(pl.col("state") != DelayState.PROPOSED).height
    buyers = database.read(
        """
        SELECT o.buyer, count(*) AS offers
        FROM delay_offers d JOIN orders o ON o.order_id = d.order_id
        WHERE d.offered_at > $since AND (
            d.state NOT IN ('rejected', 'expired', 'withdrawn')
            OR d.offer_id IN (SELECT offer_id FROM delay_events WHERE kind = 'approved'))
        GROUP BY o.buyer
        """,
        {"since": now - timedelta(days=policy.buyer_days)},
    )
    answers = database.read(
        """
        SELECT tier, count(*) FILTER (state = 'accepted') AS accepted, count(*) FILTER (state <> 'accepted') AS other
        FROM delay_offers
        WHERE state IN ('accepted', 'declined') OR (
            state = 'expired' AND offer_id IN (SELECT offer_id FROM delay_events WHERE kind = 'sent'))
        GROUP BY tier
        """
    )
    return DelayHistory(
        waiting=looked_at + held,
        asked_orders=frozenset(asked["order_id"]),
        running=dict(runs.group_by("tier").len().iter_rows()),
        of_buyer=dict(buyers.iter_rows()),
        answers={tier: (accepted, other) for tier, accepted, other in answers.iter_rows()},
    )


def _less_proposed(database: Database, relief: dict[Bottleneck, float]) -> dict[Bottleneck, float]:
    """Relief less what the open proposals are expected to bring: their orders are still in the batch, as approved ones
    are not."""
    proposed = database.read(
        "SELECT d.acceptance, d.bottlenecks FROM delay_offers d JOIN orders o ON o.order_id = d.order_id "
        "WHERE d.state = 'proposed' AND o.status = 'reserved'"
    )
    for rate, bottlenecks in proposed.iter_rows():
        for kind, key, _yuan, parcels in orjson.loads(bottlenecks):
            relief[kind, key] = relief.get((kind, key), 0.0) - rate * parcels
    return relief


def _counted(choice: DelayChoice) -> dict[str, int]:
    counts: dict[str, int] = {}
    for why in choice.passed_over.values():
        counts[why.value] = counts.get(why.value, 0) + 1
    return counts


def _write(tx: Transaction, offers: tuple[DelayOffer, ...]) -> list[DelayOffer]:
    """Write the offers whose orders still wait unasked; returns those."""
    ids = pl.DataFrame({"order_id": [offer.order_id for offer in offers]})
    standing = tx.matching(tables.orders, ids, "order_id", "status")
    waiting = set(standing.filter(pl.col("status") == OrderStatus.RESERVED)["order_id"])
    waiting -= set(tx.matching(tables.delay_offers, ids, "order_id")["order_id"])
    kept = [offer for offer in offers if offer.order_id in waiting]
    rows = [
        (
            f"d{tx.version}-{place}", o.order_id, o.tier.name, o.tier.extra_hours, o.tier.compensation_cents,
            o.tier.form, _cents(o.price_yuan), o.acceptance, _cents(o.saving_yuan), as_json(o.bottlenecks),
            o.expires_at, o.decide_by, o.promise_before, o.promise_after, o.ship_from,
        )
        for place, o in enumerate(kept, start=1)
    ]  # fmt: skip
    frame = pl.DataFrame(
        rows,
        schema={
            "offer_id": pl.String, "order_id": pl.String, "tier": pl.String, "extra_hours": pl.Int64,
            "compensation_cents": pl.Int64, "form": pl.String, "price_cents": pl.Int64, "acceptance": pl.Float64,
            "saving_cents": pl.Int64, "bottlenecks": pl.String, "expires_at": INSTANT, "decide_by": INSTANT,
            "promise_before": INSTANT, "promise_after": INSTANT, "ship_from": INSTANT,
        },
        orient="row",
    )  # fmt: skip
    now = pl.lit(tx.at).dt.cast_time_unit("us")
    hold = pl.lit(None, dtype=INSTANT)
    proposed = pl.lit(DelayState.PROPOSED.value)
    tx.append(
        tables.delay_offers,
        frame.with_columns(offered_at=now, state=proposed, state_at=now, hold_until=hold),
        stamp=True,
    )
    return kept


def _cents(yuan: float) -> int:
    return round(yuan * 100)
