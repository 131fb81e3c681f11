"""What a rule pack has besides its penalties: transit limits, cliffs, named promises, near expiry, refunds, exemptions.

Each part is a value with its own strict reading; knows no file and no order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from engine.errors import BadSetting
from engine.model.clocks import Cliff, CliffOf, Clock, NamedPromise
from engine.model.toml_values import member, no_strangers, table, texts, value
from engine.rules.penalties import Clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Transit:
    """Hours that may pass between scans; `near`: groups of provinces that count as one, `remote`: provinces with most
    time. Provinces are the first two digits of an adcode."""

    no_hub_hours: float
    no_hub_long_hours: float
    near_hours: float
    far_hours: float
    remote_hours: float
    near: tuple[tuple[str, ...], ...]
    remote: tuple[str, ...]
    text_of: date
    interpreted: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CliffRule:
    """Reached when of the orders due on each of `days` days in a row so large a share (more than it, where `strict`)
    and so many `orders` broke the clock `counts`. orders_per_day: what the shop or SKU may then sell, None: no cap."""

    cliff: Cliff
    counts: Clock
    per: CliffOf
    days: int
    share: float
    strict: bool
    orders: int
    orders_per_day: int | None
    for_days: int | None
    text_of: date
    interpreted: bool
    note: str

    def least(self, due: int) -> int:
        """The smallest number of broken orders out of `due` that reaches it."""
        # In tenths of a percent, so that no binary fraction decides over a shop.
        tenths = round(self.share * 1000)
        by_share = due * tenths // 1000 + 1 if self.strict else -(-due * tenths // 1000)
        return max(by_share, self.orders)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRule:
    """A promise by name: `hours` from payment, or `until` (Beijing) `days` after the day of payment, one day more for
    payments from `paid_before` on."""

    name: NamedPromise
    hours: float | None
    days: int
    until: time | None
    paid_before: time | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoRefund:
    """When a buyer who asks is refunded without the shop being asked. max_order_yuan: None, no limit."""

    without_waybill: bool
    max_order_yuan: float | None
    after_upload_hours: float
    text_of: date
    interpreted: bool
    note: str


class ExemptEnd(StrEnum):
    """Which end of a parcel's way an exemption looks at."""

    ORIGIN = "origin"
    DESTINATION = "destination"
    EITHER = "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """Clauses that are not punished for regions (adcode prefixes), where the deadline lies from `since` to before
    `until`. `notice` says where it was announced."""

    notice: str
    regions: tuple[str, ...]
    end: ExemptEnd
    since: datetime
    until: datetime
    clauses: frozenset[Clause]


_HOURS = ("no_hub_hours", "no_hub_long_hours", "near_hours", "far_hours", "remote_hours")
_KNOWN = ("text_of", "interpreted", "note")


def transit_from(parsed: Mapping[str, Any], *, file: str) -> Transit:
    """The table [transit]."""
    found, where = table(parsed, "transit", file=file), " [transit]"
    no_strangers(found, [*_HOURS, "near", "remote", *_KNOWN], file=file, where=where)
    hours = {name: value(found, name, float, file=file, where=where) for name in _HOURS}
    if not 0 < hours["no_hub_hours"] < hours["no_hub_long_hours"]:
        raise BadSetting(f"{file}{where}: no_hub_long_hours must be more than no_hub_hours, and both above 0.")
    if not 0 < hours["near_hours"] <= hours["far_hours"] <= hours["remote_hours"]:
        raise BadSetting(f"{file}{where}: near_hours, far_hours and remote_hours must rise, and be above 0.")
    groups = found.get("near")
    if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
        raise BadSetting(f"{file}{where}: near must be a list of lists of provinces.")
    near = tuple(texts({"near": group}, "near", file=file, where=where) for group in groups)
    remote = texts(found, "remote", file=file, where=where)
    if strange := [p for p in (*remote, *(p for group in near for p in group)) if not (len(p) == 2 and p.isdigit())]:
        raise BadSetting(f"{file}{where}: {strange[0]!r} is no province; it must be two digits of an adcode.")
    return Transit(**hours, near=near, remote=remote, **_provenance(found, file=file, where=where))


def cliffs_from(parsed: Sequence[Mapping[str, Any]], *, file: str) -> tuple[CliffRule, ...]:
    """The tables [[cliff]], each cliff once."""
    found = tuple(_cliff(one, file=file) for one in parsed)
    _once([rule.cliff for rule in found], "cliff", file=file)
    return found


def _cliff(parsed: Mapping[str, Any], *, file: str) -> CliffRule:
    cliff = member(parsed, "cliff", Cliff, file=file, where="")
    where = f", cliff {cliff}"
    keys = ["cliff", "counts", "per", "days", "share_percent", "strict", "orders", "orders_per_day", "for_days"]
    no_strangers(parsed, [*keys, *_KNOWN], file=file, where=where)
    percent = value(parsed, "share_percent", float, file=file, where=where)
    days, orders = (value(parsed, name, int, file=file, where=where) for name in ("days", "orders"))
    if not 0 < percent <= 100 or round(percent * 10) != percent * 10:
        raise BadSetting(f"{file}{where}: share_percent is {percent:g}; it must be above 0, up to 100, one decimal.")
    if not 1 <= days <= 2 or orders < 1:
        raise BadSetting(f"{file}{where}: days must be 1 or 2 and orders at least 1.")
    optional = {name: _optional(parsed, name, int, file=file, where=where) for name in ("orders_per_day", "for_days")}
    return CliffRule(
        cliff=cliff,
        counts=member(parsed, "counts", Clock, file=file, where=where),
        per=member(parsed, "per", CliffOf, file=file, where=where),
        days=days,
        share=percent / 100,
        strict=value(parsed, "strict", bool, file=file, where=where),
        orders=orders,
        **optional,
        **_provenance(parsed, file=file, where=where),
    )


def promises_from(parsed: Sequence[Mapping[str, Any]], *, file: str) -> tuple[PromiseRule, ...]:
    """The tables [[promise]], each name once."""
    found = tuple(_promise(one, file=file) for one in parsed)
    _once([rule.name for rule in found], "promise", file=file)
    return found


def _promise(parsed: Mapping[str, Any], *, file: str) -> PromiseRule:
    name = member(parsed, "promise", NamedPromise, file=file, where="")
    where = f", promise {name}"
    no_strangers(parsed, ["promise", "hours", "days", "until", "paid_before"], file=file, where=where)
    hours = _optional(parsed, "hours", float, file=file, where=where)
    if (hours is None) == ("until" not in parsed):
        raise BadSetting(f"{file}{where}: it needs either hours or until.")
    if hours is not None and hours <= 0:
        raise BadSetting(f"{file}{where}: hours is {hours:g}; it must be above 0.")
    days = 0 if hours is not None else value(parsed, "days", int, file=file, where=where)
    until = None if hours is not None else _clock(parsed, "until", file=file, where=where)
    before = _clock(parsed, "paid_before", file=file, where=where) if "paid_before" in parsed else None
    return PromiseRule(name=name, hours=hours, days=days, until=until, paid_before=before)


def near_expiry_from(parsed: Sequence[Mapping[str, Any]], *, file: str) -> tuple[tuple[int, int], ...]:
    """(shelf life of at least so many days, near at so many days left or fewer), the longest first, down to 0."""
    for one in parsed:
        no_strangers(one, ["from_days", "days_left"], file=file, where=", near_expiry")
    rows = tuple(
        (
            value(one, "from_days", int, file=file, where=", near_expiry"),
            value(one, "days_left", int, file=file, where=", near_expiry"),
        )
        for one in parsed
    )
    lives = [life for life, _ in rows]
    if not lives or lives[-1] != 0 or lives != sorted(set(lives), reverse=True) or any(left < 0 for _, left in rows):
        raise BadSetting(f"{file}: near_expiry must go from long shelf lives to short, end with 0 and have no minus.")
    return rows


def auto_refund_from(parsed: Mapping[str, Any], *, file: str) -> AutoRefund:
    """The table [auto_refund]."""
    found, where = table(parsed, "auto_refund", file=file), " [auto_refund]"
    no_strangers(found, ["without_waybill", "max_order_yuan", "after_upload_hours", *_KNOWN], file=file, where=where)
    hours = value(found, "after_upload_hours", float, file=file, where=where)
    if hours <= 0:
        raise BadSetting(f"{file}{where}: after_upload_hours is {hours:g}; it must be above 0.")
    return AutoRefund(
        without_waybill=value(found, "without_waybill", bool, file=file, where=where),
        max_order_yuan=_optional(found, "max_order_yuan", float, file=file, where=where),
        after_upload_hours=hours,
        **_provenance(found, file=file, where=where),
    )


def exemption_from(parsed: Mapping[str, Any], *, file: str) -> Exemption:
    """One table [[exemption]]."""
    notice = value(parsed, "notice", str, file=file, where=", exemption")
    where = f", exemption {notice!r}"
    no_strangers(parsed, ["notice", "regions", "end", "from", "until", "clauses"], file=file, where=where)
    since, until = (value(parsed, name, datetime, file=file, where=where).astimezone(UTC) for name in ("from", "until"))
    if since >= until:
        raise BadSetting(f"{file}{where}: it ends before it begins.")
    regions = texts(parsed, "regions", file=file, where=where)
    if strange := [region for region in regions if region and not (region.isdigit() and len(region) <= 6)]:
        raise BadSetting(f"{file}{where}: {strange[0]!r} is no region; it must begin an adcode.")
    clauses = texts(parsed, "clauses", file=file, where=where)
    if strange := [clause for clause in clauses if clause not in list(Clause)]:
        raise BadSetting(f"{file}{where}: {strange[0]} is no clause; it must be one of {', '.join(Clause)}.")
    return Exemption(
        notice=notice,
        regions=regions,
        end=member(parsed, "end", ExemptEnd, file=file, where=where),
        since=since,
        until=until,
        clauses=frozenset(Clause(clause) for clause in clauses),
    )


def _provenance(parsed: Mapping[str, Any], *, file: str, where: str) -> dict[str, Any]:
    kinds = {"text_of": date, "interpreted": bool, "note": str}
    return {name: value(parsed, name, kind, file=file, where=where) for name, kind in kinds.items()}


def _optional(parsed: Mapping[str, Any], key: str, kind: type, *, file: str, where: str) -> Any:
    found = value(parsed, key, kind, file=file, where=where) if key in parsed else None
    if found is not None and found < 0:
        raise BadSetting(f"{file}{where}: {key} is {found:g}; it must not be negative.")
    return found


def _clock(parsed: Mapping[str, Any], key: str, *, file: str, where: str) -> time:
    written = value(parsed, key, str, file=file, where=where)
    try:
        return time.fromisoformat(written)
    except ValueError:
        raise BadSetting(f"{file}{where}: {key} is {written!r}; it must be a time of day such as 16:00.") from None


def _once(names: Sequence[StrEnum], kind: str, *, file: str) -> None:
    if twice := [name for name in names if names.count(name) > 1]:
        raise BadSetting(f"{file}: the {kind} {twice[0]} stands there twice.")
