"""When should the waybills of one platform's waiting parcels be uploaded, cohort by cohort, and what does that save?

A cohort is what one node hands to one carrier with promises that lie together. Its parcels may differ in their
predicted pick-up, which is averaged over as chances, and in amount and age, of which the mean counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import ceil

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl

from engine.model.clocks import Cliff
from engine.model.frames import Contract
from engine.rules.handover import HandoverTimes
from engine.rules.hours import beijing_day
from engine.rules.lock_out_price import LockOut, lock_out
from engine.rules.packs import RulePack
from engine.rules.penalties import Clause
from engine.rules.pick_up_chances import waiting_by_forecast, waiting_by_schedule
from engine.rules.refund_risk import RefundRisk
from engine.rules.upload_choice import choose_moments
from engine.rules.upload_costs import UploadCosts, UploadStakes, UploadWorld, upload_costs
from engine.rules.waybill_policy import WaybillPolicy

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

HOUR = 60.0

WAITING_PARCELS: Contract = {
    # One parcel without a waybill. Moments are Beijing minutes, yuan are of the whole parcel.
    "node": pl.String,
    "carrier": pl.String,
    "origin": pl.String,  # adcode of the node
    "orders": pl.Int64,
    "promise": pl.Float64,  # the earliest of its orders
    "paid": pl.Float64,  # the latest
    "pick_up": pl.Float64,  # predicted from the schedule; infinite: nobody comes
    "forecast_at": pl.Float64,  # when the delay model said the two below; null: it did not
    "forecast_p50": pl.Float64,
    "forecast_p90": pl.Float64,
    "refund": pl.Float64,
    "shipped_anyway": pl.Float64,
    "late": pl.Float64,
    "beyond": pl.Float64,
    "timeout": pl.Float64,
    "anomaly": pl.Float64,
}
MONEY = ("refund", "shipped_anyway", "late", "beyond", "timeout", "anomaly")

PROPOSALS: Contract = {
    # One cohort. Yuan are expected, of all its parcels. `upload`: Beijing minutes; null: with the pick-up.
    "node": pl.String,
    "carrier": pl.String,
    "cohort": pl.Int64,  # start of its promises in Beijing hours since 1970
    "parcels": pl.Int64,
    "orders": pl.Int64,
    "promise": pl.Float64,
    "pick_up": pl.Float64,  # half are expected to be picked up by then; null: not within the time looked at
    "upload": pl.Float64,
    "now_yuan": pl.Float64,  # null: one of its orders is not paid yet
    "best_yuan": pl.Float64,
    "pick_up_yuan": pl.Float64,  # uploaded only with the pick-up
    "refund_yuan": pl.Float64,  # the four parts of best_yuan
    "trace_yuan": pl.Float64,
    "late_yuan": pl.Float64,
    "lock_out_yuan": pl.Float64,
    "curve": pl.String,  # JSON: hours from now and the four parts at each; the last entry, null hours, is the pick-up
}


@dataclass(frozen=True, slots=True)
class DueDay:
    """Orders of a platform due on a Beijing day, and how many of them are late, or broke 轨迹异常, so far."""

    due: int
    late: int
    anomalies: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Instants every `step` minutes from `now` (Beijing minutes)."""

    now: float
    step: int
    moments: int
    auto: int
    stop: int
    instants: int

    @property
    def times(self) -> Floats:
        """The instants, in Beijing minutes."""
        return self.now + self.step * np.arange(self.instants, dtype=np.float64)

    def nearest(self, minutes: Floats) -> Integers:
        """The instant nearest to each time."""
        return np.rint((minutes - self.now) / self.step).astype(np.int64)

    def first_from(self, minutes: Floats) -> Integers:
        """The first instant at or after each time, none before now."""
        return np.maximum(np.ceil((minutes - self.now) / self.step - 1e-9), 0).astype(np.int64)


def grid_of(policy: WaybillPolicy, pack: RulePack, *, now: float) -> Grid:
    """Long enough for every clock that the last moment starts; a clock ends at the first instant after its hours."""
    step = policy.moments.step_minutes
    moments = int(policy.moments.horizon_hours * HOUR / step) + 1
    auto, stop = ceil(pack.auto_refund.after_upload_hours * HOUR / step), ceil(policy.refund.stop_hours * HOUR / step)
    longest = max(auto, *(_steps(pack, clause, step) for clause in (Clause.TRACE_TIMEOUT, Clause.TRACE_ANOMALY)))
    return Grid(now, step, moments, auto, stop, moments + longest + stop)


def upload_proposals(
    parcels: pl.DataFrame,
    *,
    times: HandoverTimes | None,
    risk: RefundRisk,
    pack: RulePack,
    days: Mapping[date, DueDay],
    policy: WaybillPolicy,
    now: float,
) -> pl.DataFrame:
    """PROPOSALS for WAITING_PARCELS of one platform under its rules. Parcels without a forecast need `times`.

    A day's late orders are expected from these parcels whatever is chosen; their price is the same for all moments, but
    a refund spares it. 轨迹异常 is counted on the day of the promise: the platform's text does not name a day.
    """
    grid = grid_of(policy, pack, now=now)
    cohort = (pl.col("promise") // (policy.moments.cohort_hours * HOUR)).cast(pl.Int64) * policy.moments.cohort_hours
    keyed = parcels.with_columns(cohort=cohort)
    keys = ["node", "carrier", "cohort"]
    groups = (
        keyed.group_by(keys)
        .agg(
            pl.len().cast(pl.Int64).alias("parcels"),
            pl.col("orders").sum(),
            pl.col("promise").min(),
            latest_paid=pl.col("paid").max(),
            paid=pl.col("paid").mean(),
            **{name: pl.col(name).mean() for name in MONEY},
        )
        .sort(keys)
        .with_row_index("group")
    )
    waiting = _waiting(keyed.join(groups.select(*keys, "group"), on=keys), groups.height, grid, times)
    age = np.maximum(now - groups["paid"].to_numpy(), 0) / HOUR
    # What is asked before the next instant counts at this one.
    ahead = grid.step * np.arange(1, grid.instants + 1) / HOUR
    world = UploadWorld(
        waiting=waiting,
        unasked=risk.unasked(age, ahead),
        moments=grid.moments,
        auto=grid.auto,
        stop=grid.stop,
        consent=policy.refund.consent_share,
    )
    costs = upload_costs(world, _stakes(groups, grid, pack))
    return _told(groups, costs, waiting, grid, pack, days, policy)


def _steps(pack: RulePack, clause: Clause, step: int) -> int:
    return ceil(pack.ladder.hours_of(clause) * HOUR / step)


def _waiting(keyed: pl.DataFrame, groups: int, grid: Grid, times: HandoverTimes | None) -> Floats:
    """P(still waiting), groups x instants: the mean over the group's parcels, alike ones looked up once."""
    near = ((pl.col("pick_up", "forecast_p50", "forecast_p90") - grid.now) / grid.step).round() * grid.step + grid.now
    alike = (
        keyed.with_columns(near)
        .group_by("group", "carrier", "origin", "pick_up", "forecast_at", "forecast_p50", "forecast_p90")
        .agg(pl.len().alias("parcels"))
        .sort(pl.all())
    )
    total = np.zeros((groups, grid.instants))
    foreseen = alike.filter(pl.col("forecast_at").is_not_null())
    if not foreseen.is_empty():
        made, median, late = (foreseen[f"forecast_{name}"].to_numpy() for name in ("at", "p50", "p90"))
        _spread(total, foreseen, waiting_by_forecast(made, median, late, grid.times))
    others = alike.filter(pl.col("forecast_at").is_null())
    if not others.is_empty():
        assert times is not None, "parcels without a forecast, and no hand-over times"
        pick_up = others["pick_up"].to_numpy()
        rows = times.row_of(others["carrier"].to_list(), others["origin"].to_list(), pick_up)
        _spread(total, others, waiting_by_schedule(times, rows, pick_up, grid.times))
    return (
        total / np.bincount(alike["group"].to_numpy(), weights=alike["parcels"].to_numpy(), minlength=groups)[:, None]
    )


def _spread(total: Floats, alike: pl.DataFrame, waiting: Floats) -> None:
    np.add.at(total, alike["group"].to_numpy(), waiting * alike["parcels"].to_numpy()[:, None])


def _stakes(groups: pl.DataFrame, grid: Grid, pack: RulePack) -> UploadStakes:
    promise = groups["promise"].to_numpy()
    same = np.ones(groups.height, dtype=np.int64)
    return UploadStakes(
        **{name: groups[name].to_numpy() for name in MONEY},
        promise=grid.nearest(promise),
        beyond_at=grid.nearest(promise + pack.ladder.hours_of(Clause.LATE_BEYOND) * HOUR),
        timeout_after=same * _steps(pack, Clause.TRACE_TIMEOUT, grid.step),
        anomaly_after=same * _steps(pack, Clause.TRACE_ANOMALY, grid.step),
        earliest=grid.first_from(groups["latest_paid"].to_numpy()),
    )


def _told(
    groups: pl.DataFrame,
    costs: UploadCosts,
    waiting: Floats,
    grid: Grid,
    pack: RulePack,
    days: Mapping[date, DueDay],
    policy: WaybillPolicy,
) -> pl.DataFrame:
    parcels, orders = groups["parcels"].to_numpy()[:, None], groups["orders"].to_numpy()[:, None]
    when = [beijing_day(minutes) for minutes in groups["promise"]]
    known = sorted(set(when))
    day = np.array([known.index(one) for one in when], dtype=np.int64)
    due = [days.get(one, DueDay(0, 0, 0)) for one in known]
    late_cliffs, anomaly_cliffs = _cliffs(pack, due, policy)
    expected = np.bincount(day, weights=(costs.broken_late[:, -1:] * orders)[:, 0], minlength=len(known))
    late_price = np.array(
        [cliff.price(one.late + count) for cliff, one, count in zip(late_cliffs, due, expected, strict=True)]
    )[day]
    late_lock = costs.broken_late * late_price[:, None] * orders
    broken = costs.broken_anomaly * orders
    choice = choose_moments(
        costs.total * parcels + late_lock,
        broken,
        day=day,
        cliffs=anomaly_cliffs,
        already=[one.anomalies for one in due],
    )
    parts = {
        "refund": costs.refund * parcels,
        "trace": costs.trace * parcels,
        "late": costs.late * parcels,
        "lock_out": late_lock + broken * choice.price[:, None],
    }
    total = sum(parts.values())
    assert isinstance(total, np.ndarray)
    at_best = choice.moment[:, None]
    upload = np.where(choice.moment < grid.moments, grid.now + grid.step * choice.moment, np.nan)
    half = waiting <= 0.5
    median = np.where(half.any(axis=1), grid.now + grid.step * half.argmax(axis=1), np.nan)
    told = groups.select(
        "node",
        "carrier",
        "cohort",
        "parcels",
        "orders",
        "promise",
        pick_up=pl.Series(median, dtype=pl.Float64),
        upload=pl.Series(upload, dtype=pl.Float64),
        now_yuan=pl.Series(np.where(np.isfinite(total[:, 0]), total[:, 0], np.nan)),
        best_yuan=pl.Series(np.take_along_axis(total, at_best, axis=1)[:, 0]),
        pick_up_yuan=pl.Series(total[:, -1]),
        **{f"{name}_yuan": pl.Series(np.take_along_axis(part, at_best, axis=1)[:, 0]) for name, part in parts.items()},
        curve=pl.Series(_curves(parts, grid), dtype=pl.String),
    )
    return told.with_columns(pl.col("pick_up", "upload", "now_yuan").fill_nan(None)).select(list(PROPOSALS))


def _cliffs(pack: RulePack, due: list[DueDay], policy: WaybillPolicy) -> tuple[list[LockOut], list[LockOut]]:
    rules = {rule.cliff: rule for rule in pack.cliffs}
    costs = {
        Cliff.SHOP_DAY: policy.lock_out.shop_day_yuan,
        Cliff.TRACE_ANOMALY_DAY: policy.lock_out.trace_anomaly_day_yuan,
    }
    late, anomaly = (
        [lock_out(rules.get(cliff), one.due, yuan=yuan, sharpness=policy.lock_out.sharpness) for one in due]
        for cliff, yuan in costs.items()
    )
    return late, anomaly


def _curves(parts: Mapping[str, Floats], grid: Grid) -> list[str]:
    """Per group, as JSON; every other moment is left out where there are more than a screen can tell apart."""
    every = max(1, -(-grid.moments // 60))
    columns = [*range(0, grid.moments, every), grid.moments]
    hours = [*(grid.step * column / HOUR for column in columns[:-1]), None]
    shown = {
        name: np.ascontiguousarray(np.where(np.isfinite(part), np.round(part, 2), np.nan)[:, columns])
        for name, part in parts.items()
    }
    options = orjson.OPT_SERIALIZE_NUMPY  # not a number becomes null: before the payment
    groups = len(next(iter(shown.values())))
    return [
        orjson.dumps({"hours": hours, **{name: part[row] for name, part in shown.items()}}, option=options).decode()
        for row in range(groups)
    ]
