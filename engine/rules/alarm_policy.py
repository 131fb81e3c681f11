"""The knobs of alarms (data/rules/alarms.toml): when a cause is worth a warning, and when the warning is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import BadSetting
from engine.model.alarms import Desk, Watch
from engine.model.toml_values import member, no_strangers, table, tables, value

FILE = "alarms.toml"
_FLOORS = (Watch.FLOOR_NO_PICK_UP, Watch.FLOOR_NO_SCAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRule:
    """One watch. warn_minutes, escalate_minutes: before the deadline; of a floor both are 0, its deadline is
    `after_hours` after the upload or the last scan (0 for a clock, whose deadline the platform sets)."""

    watch: Watch
    warn_minutes: float
    escalate_minutes: float
    after_hours: float
    raise_orders: int
    clear_orders: int
    desk: Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPolicy:
    """All of it; `rules` has every watch."""

    look_back_days: int
    pick_up_minutes: float
    t_minus_hours: tuple[float, ...]
    quiet_minutes: float
    rules: Mapping[Watch, WatchRule]


def policy_from(parsed: Mapping[str, Any]) -> AlarmPolicy:
    """The policy of a parsed alarms.toml; raises BadSetting at what is missing, unknown or out of bounds."""
    no_strangers(parsed, ["watch", "clock", "floor"], file=FILE, where="")
    watch, where = table(parsed, "watch", file=FILE), " [watch]"
    no_strangers(watch, ["look_back_days", "pick_up_minutes", "t_minus_hours", "quiet_minutes"], file=FILE, where=where)
    rules = [_clock(one) for one in tables(parsed, "clock", file=FILE)]
    rules += [_floor(one) for one in tables(parsed, "floor", file=FILE)]
    names = [rule.watch for rule in rules]
    if twice := [name for name in names if names.count(name) > 1]:
        raise BadSetting(f"{FILE}: {twice[0]} stands there twice.")
    if missing := [name for name in Watch if name not in names]:
        raise BadSetting(f"{FILE}: {missing[0]} is missing.")
    return AlarmPolicy(
        look_back_days=int(_number(watch, "look_back_days", 1, 90, where=where, whole=True)),
        pick_up_minutes=_number(watch, "pick_up_minutes", 5, 24 * 60, where=where),
        t_minus_hours=_hours(watch),
        quiet_minutes=_number(watch, "quiet_minutes", 0, 24 * 60, where=where),
        rules={rule.watch: rule for rule in rules},
    )


def _clock(parsed: Mapping[str, Any]) -> WatchRule:
    watch = member(parsed, "clock", Watch, file=FILE, where="")
    where = f", clock {watch}"
    if watch in _FLOORS:
        raise BadSetting(f"{FILE}{where}: this is a floor, and belongs under [[floor]].")
    no_strangers(
        parsed,
        ["clock", "warn_minutes", "escalate_minutes", "raise_orders", "clear_orders", "desk"],
        file=FILE,
        where=where,
    )
    warn = _number(parsed, "warn_minutes", 1, 7 * 24 * 60, where=where)
    escalate = _number(parsed, "escalate_minutes", 0, warn, where=where)
    return _rule(parsed, watch, warn_minutes=warn, escalate_minutes=escalate, after_hours=0.0, where=where)


def _floor(parsed: Mapping[str, Any]) -> WatchRule:
    watch = member(parsed, "floor", Watch, file=FILE, where="")
    where = f", floor {watch}"
    if watch not in _FLOORS:
        raise BadSetting(f"{FILE}{where}: this is a clock, and belongs under [[clock]].")
    no_strangers(parsed, ["floor", "after_hours", "raise_orders", "clear_orders", "desk"], file=FILE, where=where)
    hours = _number(parsed, "after_hours", 1, 30 * 24, where=where)
    return _rule(parsed, watch, warn_minutes=0.0, escalate_minutes=0.0, after_hours=hours, where=where)


def _rule(parsed: Mapping[str, Any], watch: Watch, *, where: str, **times: float) -> WatchRule:
    least = int(_number(parsed, "raise_orders", 1, 1_000_000, where=where, whole=True))
    return WatchRule(
        watch=watch,
        raise_orders=least,
        clear_orders=int(_number(parsed, "clear_orders", 1, least, where=where, whole=True)),
        desk=member(parsed, "desk", Desk, file=FILE, where=where),
        warn_minutes=times["warn_minutes"],
        escalate_minutes=times["escalate_minutes"],
        after_hours=times["after_hours"],
    )


def _hours(parsed: Mapping[str, Any]) -> tuple[float, ...]:
    found = parsed.get("t_minus_hours")
    numbers = found if isinstance(found, list) else []
    fits = numbers and all(isinstance(n, (int, float)) and not isinstance(n, bool) and n > 0 for n in numbers)
    if not fits or numbers != sorted(set(numbers)) or len(numbers) > 8:
        raise BadSetting(f"{FILE} [watch]: t_minus_hours is {found!r}; it must be up to 8 rising numbers above 0.")
    return tuple(float(n) for n in numbers)


def _number(parsed: Mapping[str, Any], key: str, low: float, high: float, *, where: str, whole: bool = False) -> float:
    found: float = value(parsed, key, int if whole else float, file=FILE, where=where)
    if not low <= found <= high:
        raise BadSetting(f"{FILE}{where}: {key} is {found:g}; it must lie between {low:g} and {high:g}.")
    return found
