"""Every number of waybill timing, with its unit and its limits. Values and reasons: data/rules/waybills.toml."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from engine.errors import BadSetting
from engine.model.toml_values import no_strangers, part, table, tables, value, within

FILE = "waybills.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentPolicy:
    """Which moments are compared: every `step_minutes` up to `horizon_hours` from now.

    cohort_hours: promises this close together are timed as one. lead_minutes: until a parcel in no wave is packed.
    """

    step_minutes: int
    horizon_hours: float
    cohort_hours: int
    lead_minutes: float

    def __post_init__(self) -> None:
        limits = {"step_minutes": (10, 120), "horizon_hours": (2, 24 * 10), "cohort_hours": (1, 24)}
        within(self, FILE, {**limits, "lead_minutes": (0, 24 * 60)})
        if 60 % self.step_minutes and self.step_minutes % 60:
            raise BadSetting(f"{FILE}: step_minutes is {self.step_minutes}; hours must be whole steps, or steps hours.")
        if 24 % self.cohort_hours:
            raise BadSetting(f"{FILE}: cohort_hours is {self.cohort_hours}; a day must hold whole cohorts.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPolicy:
    """What a refund takes, and who decides on one.

    margin_share: of the amount paid, lost with an order. consent_share: of requests after the upload, granted by the
    shop at once. stop_hours: a parcel refunded this near to its pick-up leaves all the same. recovered_share: of its
    goods' cost. history_days, prior_order_hours: how
    the risk is learned (refund_risk.py). from_hours, per_hour: requests per waiting order, by hours since payment.
    """

    margin_share: float
    consent_share: float
    stop_hours: float
    recovered_share: float
    history_days: float
    prior_order_hours: float
    from_hours: tuple[float, ...]
    per_hour: tuple[float, ...]

    def __post_init__(self) -> None:
        within(
            self,
            FILE,
            {
                "margin_share": (0, 1),
                "consent_share": (0, 1),
                "stop_hours": (0, 48),
                "recovered_share": (0, 1),
                "history_days": (1, 365),
                # Above nought, so that an age without a single order of the shop's own still has a risk.
                "prior_order_hours": (1, 1e9),
            },
        )
        if self.from_hours[0] != 0 or list(self.from_hours) != sorted(set(self.from_hours)):
            raise BadSetting(f"{FILE}: from_hours of refund.request must begin at 0 and rise.")
        if not all(0 <= rate <= 1 for rate in self.per_hour):
            raise BadSetting(f"{FILE}: per_hour of refund.request must lie between 0 and 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOutPolicy:
    """What standing on a cliff of the platform's rules costs the shop, in yuan, and how early it is felt."""

    shop_day_yuan: float
    trace_anomaly_day_yuan: float
    sharpness: float

    def __post_init__(self) -> None:
        yuan = (0.0, 1e9)
        within(self, FILE, {"shop_day_yuan": yuan, "trace_anomaly_day_yuan": yuan, "sharpness": (1, 50)})


@dataclass(frozen=True, slots=True, kw_only=True)
class WaybillPolicy:
    """All of waybills.toml."""

    moments: MomentPolicy
    refund: RefundPolicy
    lock_out: LockOutPolicy


def waybill_policy_from(parsed: Mapping[str, Any]) -> WaybillPolicy:
    """The policy of a parsed waybills.toml; raises BadSetting at what is missing, unknown or out of bounds."""
    no_strangers(parsed, ["moments", "refund", "lock_out"], file=FILE, where="")
    return WaybillPolicy(
        moments=part(MomentPolicy, parsed, "moments", file=FILE),
        refund=_refund(table(parsed, "refund", file=FILE)),
        lock_out=part(LockOutPolicy, parsed, "lock_out", file=FILE),
    )


def _refund(parsed: Mapping[str, Any]) -> RefundPolicy:
    numbers = [field.name for field in fields(RefundPolicy) if field.name not in ("from_hours", "per_hour")]
    no_strangers(parsed, [*numbers, "request"], file=FILE, where=" [refund]")
    plain: dict[str, Any] = {name: value(parsed, name, float, file=FILE, where=" [refund]") for name in numbers}
    requests = tables(parsed, "request", file=f"{FILE} [refund]")
    for one in requests:
        no_strangers(one, ["from_hours", "per_hour"], file=FILE, where=" [[refund.request]]")
    rates: dict[str, Any] = {
        name: tuple(value(one, name, float, file=FILE, where=" [[refund.request]]") for one in requests)
        for name in ("from_hours", "per_hour")
    }
    return RefundPolicy(**plain, **rates)
