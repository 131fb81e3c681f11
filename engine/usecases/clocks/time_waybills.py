"""A round of waybill timing: what waits, what the rules make of each moment, the proposals in one commit.

The room uploads nothing: a middleware asks which parcels are due (due_waybills.py).
"""

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from engine.clock import BEIJING
from engine.model.frames import INSTANT
from engine.rules.handover import HandoverTimes
from engine.rules.hours import beijing_minutes
from engine.rules.packs import RulePack
from engine.rules.penalties import Clause
from engine.rules.refund_risk import RefundRisk, refund_risk
from engine.rules.upload_proposals import PROPOSALS, DueDay, upload_proposals
from engine.rules.waybill_policy import WaybillPolicy
from engine.store import tables
from engine.store.database import Database
from engine.store.screens import waybills as waybill_screens
from engine.usecases.allocation.offers_now import brand_times
from engine.usecases.clocks.waiting_parcels import at_stake, waiting_parcels
from engine.usecases.clocks.waybill_rules import waybill_policy
from engine.usecases.room.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Timing:
    """What a round came to. Yuan expected of `parcels` in `groups`: all uploaded now, as proposed, with the pick-up.
    `unknown`: parcels for which nothing can be proposed."""

    parcels: int
    unknown: int
    groups: int
    now_yuan: float
    best_yuan: float
    pick_up_yuan: float


def time_waybills(work: Workplace, *, actor: str) -> Timing | None:
    """Weigh all parcels without a waybill and write the proposals. None: nothing waits, and nothing stood."""
    policy, now = waybill_policy(), work.now()
    rows = waiting_parcels(work.database, policy, now=now)
    parcels = rows["parcel_id"].n_unique()
    if parcels == 0 and waybill_screens.upload_proposals(work.database).is_empty():
        return None
    risk = _risk(work.database, policy, now=now)
    began = time.perf_counter()
    found = _proposals(work, rows, policy, risk, now=now)
    timing = _timing(found, parcels)
    took_ms = round((time.perf_counter() - began) * 1000)
    with work.database.transaction(actor=actor, verb="time_waybills", subject=f"{parcels} parcels") as tx:
        tx.execute(tables.waybill_proposals.delete().where(tables.waybill_proposals.c.version < tx.version))
        tx.append(tables.waybill_rounds, _round_row(timing, risk, at=tx.at, took_ms=took_ms), stamp=True)
        tx.append(tables.waybill_proposals, _rows(found), stamp=True)
        tx.note(parcels=timing.parcels, unknown=timing.unknown, groups=timing.groups)
    return timing


def _risk(database: Database, policy: WaybillPolicy, *, now: datetime) -> RefundRisk:
    since = now - timedelta(days=policy.refund.history_days)
    learned = waybill_screens.refund_requests(database, now, since, from_hours=policy.refund.from_hours)
    return refund_risk(policy.refund, learned["requests"].to_numpy(), learned["order_hours"].to_numpy())


def _proposals(
    work: Workplace, rows: pl.DataFrame, policy: WaybillPolicy, risk: RefundRisk, *, now: datetime
) -> pl.DataFrame:
    """PROPOSALS of every platform whose rules are known, with `platform`."""
    today, at = now.astimezone(BEIJING).date(), beijing_minutes(now)
    times = brand_times(work)
    told = [pl.DataFrame(schema={"platform": pl.String, **PROPOSALS})]
    for platform in rows["platform"].unique().sort():
        pack = work.rules.platforms[platform].on(today) if platform in work.rules.platforms else None
        if pack is None:
            continue
        of = _foreseeable(rows.filter(pl.col("platform") == platform), times)
        if of.is_empty():
            continue
        proposals = upload_proposals(
            at_stake(of, pack, policy, late_order_yuan=work.rules.allocation.lateness.late_order_yuan),
            times=times,
            risk=risk,
            pack=pack,
            days=_days(work.database, platform, pack, now=now),
            policy=policy,
            now=at,
        )
        told.append(proposals.select(pl.lit(platform).alias("platform"), *PROPOSALS))
    return pl.concat(told)


def _foreseeable(rows: pl.DataFrame, times: HandoverTimes | None) -> pl.DataFrame:
    """Without a delay history, only what the delay model forecasts can be weighed."""
    return rows if times is not None else rows.filter(pl.col("forecast_at").is_not_null())


def _days(database: Database, platform: str, pack: RulePack, *, now: datetime) -> dict[date, DueDay]:
    hours = round(pack.ladder.hours_of(Clause.TRACE_ANOMALY))
    days = waybill_screens.due_days(database, now, anomaly_hours=hours).filter(pl.col("platform") == platform)
    return {
        day: DueDay(due, late, anomalies)
        for day, due, late, anomalies in days.select("day", "due", "late", "anomalies").iter_rows()
    }


def _timing(found: pl.DataFrame, parcels: int) -> Timing:
    weighed = int(found["parcels"].sum())
    # What is not paid yet can not be uploaded now: it is counted as proposed.
    now, best, pick_up = (
        float(found.select(total.sum()).item())
        for total in (pl.coalesce("now_yuan", "best_yuan"), pl.col("best_yuan"), pl.col("pick_up_yuan"))
    )
    return Timing(weighed, parcels - weighed, found.height, now, best, pick_up)


def _round_row(timing: Timing, risk: RefundRisk, *, at: datetime, took_ms: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "at": [at],
            "parcels": [timing.parcels],
            "unknown_parcels": [timing.unknown],
            "groups": [timing.groups],
            "now_cents": [round(timing.now_yuan * 100)],
            "best_cents": [round(timing.best_yuan * 100)],
            "pick_up_cents": [round(timing.pick_up_yuan * 100)],
            "requests": [risk.requests],
            "order_hours": [risk.order_hours],
            "took_ms": [took_ms],
        },
        schema_overrides={"at": INSTANT},
    )


def _rows(found: pl.DataFrame) -> pl.DataFrame:
    """Proposals as stored: instants, and cents whose parts add up to what they are parts of."""
    parts = ("refund", "trace", "late", "lock_out")
    moments = {"promise_at": "promise", "pick_up_at": "pick_up", "upload_at": "upload"}
    cents = found.with_columns(
        **{
            f"{name}_cents": (pl.col(f"{name}_yuan") * 100).round().cast(pl.Int64)
            for name in (*parts, "now", "pick_up")
        },
        **{
            name: pl.from_epoch(((pl.col(column) - 480) * 60).round().cast(pl.Int64), time_unit="s")
            .dt.replace_time_zone("UTC")
            .dt.cast_time_unit("us")
            for name, column in moments.items()
        },
    )
    return cents.select(
        "node", "carrier", "platform", "cohort", "parcels", "orders", *moments, "now_cents",
        pl.sum_horizontal(f"{name}_cents" for name in parts).cast(pl.Int64).alias("best_cents"),
        "pick_up_cents", *(f"{name}_cents" for name in parts), "curve",
    )  # fmt: skip
