"""What the brand allows itself when it asks buyers to wait: the checked form of data/rules/stagger.toml.

Says who may be asked, for what, how often and until when. Decides nothing and reads no file.
"""

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from engine.errors import BadSetting
from engine.model.delays import CompensationForm
from engine.model.states import Layer

NEVER_WAITS = frozenset({Layer.CHILLED, Layer.FROZEN})
"""Goods of these layers are not asked to wait, whatever the file says: a cold chain has no spare day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One step of promise: so many hours later, for so much; `acceptance` is the prior share of the asked that
    accepts, with the weight of `acceptance_answers` answers."""

    name: str
    zh: str
    en: str
    extra_hours: int
    compensation_yuan: float
    form: str
    max_share: float
    acceptance: float
    acceptance_answers: float

    def __post_init__(self) -> None:
        where = f"stagger.toml tier {self.name}"
        for name in ("name", "zh", "en"):
            if not getattr(self, name).strip():
                raise BadSetting(f"{where}: {name} is empty.")
        _between(where, "extra_hours", self.extra_hours, 1, 24 * 14)
        _between(where, "compensation_yuan", self.compensation_yuan, 0.01, 1000)
        _between(where, "max_share", self.max_share, 0, 1)
        _between(where, "acceptance", self.acceptance, 0.001, 0.999)
        _between(where, "acceptance_answers", self.acceptance_answers, 1, 1_000_000)
        if self.form not in set(CompensationForm):
            raise BadSetting(f"{where}: form is {self.form!r}; it must be one of {', '.join(CompensationForm)}.")

    @property
    def compensation_cents(self) -> int:
        """What an accepting buyer is owed."""
        return round(self.compensation_yuan * 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaggerPolicy:
    """The knobs of data/rules/stagger.toml; hours, days, minutes and yuan as the names say, shares in 0..1."""

    layers: frozenset[str]
    categories: frozenset[str]
    min_shelf_life_days: int
    max_share_of_orders: float
    buyer_offers: int
    buyer_days: int
    batch_orders: int
    least_saving_yuan: float
    window_hours: int
    answer_hours: float
    hours_before_promise: float
    least_answer_minutes: float
    certificate_minutes: float
    relief_share: float
    told_parcels: int
    told_units: int
    tiers: tuple[Tier, ...]

    def __post_init__(self) -> None:
        where = "stagger.toml"
        if cold := sorted(self.layers & NEVER_WAITS):
            raise BadSetting(f"{where}: layers names {cold[0]}; chilled and frozen goods never wait.")
        if strange := sorted(self.layers - set(Layer)):
            raise BadSetting(f"{where}: layers names {strange[0]!r}, which is no temperature layer.")
        for name, low, high in _LIMITS:
            _between(where, name, getattr(self, name), low, high)
        if self.answer_hours * 60 < self.least_answer_minutes:
            raise BadSetting(f"{where}: answer_hours is shorter than least_answer_minutes.")
        if not self.tiers:
            raise BadSetting(f"{where}: there is no [[tier]].")
        if len({tier.name for tier in self.tiers}) < len(self.tiers):
            raise BadSetting(f"{where}: two tiers have one name.")
        for tier in self.tiers:
            if tier.extra_hours < self.window_hours:
                raise BadSetting(
                    f"{where} tier {tier.name}: {tier.extra_hours} h is shorter than window_hours "
                    f"({self.window_hours} h); such a delay relieves nothing."
                )

    def tier(self, name: str) -> Tier | None:
        """The tier of this name; None where the policy no longer has it."""
        return next((tier for tier in self.tiers if tier.name == name), None)


_LIMITS: tuple[tuple[str, float, float], ...] = (
    ("min_shelf_life_days", 30, 3650),
    ("max_share_of_orders", 0, 1),
    ("buyer_offers", 1, 100),
    ("buyer_days", 1, 365),
    ("batch_orders", 1, 100_000),
    ("least_saving_yuan", 0, 1000),
    ("window_hours", 1, 24 * 7),
    ("answer_hours", 0.1, 24 * 7),
    ("hours_before_promise", 1, 24 * 7),
    ("least_answer_minutes", 1, 24 * 60),
    ("certificate_minutes", 1, 24 * 60),
    ("relief_share", 0, 1),
    ("told_parcels", 1, 1_000_000),
    ("told_units", 1, 1_000_000),
)
_SECTIONS: dict[str, tuple[str, ...]] = {
    "who_may_wait": ("layers", "categories", "min_shelf_life_days"),
    "limits": ("max_share_of_orders", "buyer_offers", "buyer_days", "batch_orders", "least_saving_yuan"),
    "time": ("window_hours", "answer_hours", "hours_before_promise", "least_answer_minutes", "certificate_minutes"),
    "bottleneck": ("relief_share", "told_parcels", "told_units"),
}


def policy_from(rules: Mapping[str, Any]) -> StaggerPolicy:
    """A StaggerPolicy from the parsed TOML. Anything missing, unknown or of the wrong type raises BadSetting."""
    unknown = set(rules) - set(_SECTIONS) - {"tier"}
    if unknown:
        raise BadSetting(f"stagger.toml has a section nobody reads: [{min(unknown)}].")
    values: dict[str, Any] = {}
    for section, names in _SECTIONS.items():
        values |= _read(StaggerPolicy, f"[{section}]", rules.get(section), names)
    tiers = rules.get("tier", [])
    if not isinstance(tiers, list):
        raise BadSetting("stagger.toml: write every tier as [[tier]].")
    wanted = tuple(f.name for f in fields(Tier))
    values["tiers"] = tuple(
        Tier(**_read(Tier, f"tier {place}", tier, wanted)) for place, tier in enumerate(tiers, start=1)
    )
    return StaggerPolicy(**values)


def _read(kind: type, where: str, given: object, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise BadSetting(f"stagger.toml lacks {where}.")
    if unknown := set(given) - set(names):
        raise BadSetting(f"stagger.toml {where} has a setting nobody reads: {min(unknown)}.")
    types = {f.name: f.type for f in fields(kind) if f.default is MISSING}
    values: dict[str, Any] = {}
    for name in names:
        if name not in given:
            raise BadSetting(f"stagger.toml {where} lacks {name}.")
        values[name] = _typed(where, name, given[name], types[name])
    return values


def _typed(where: str, name: str, value: object, kind: object) -> object:
    if kind is str and isinstance(value, str):
        return value
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind == frozenset[str] and isinstance(value, list) and all(isinstance(part, str) for part in value):
        return frozenset(value)
    words = {str: "text", int: "a whole number", float: "a number"}.get(kind, "a list of texts")  # type: ignore[call-overload]
    raise BadSetting(f"stagger.toml {where}: {name} is {value!r}; it must be {words}.")


def _between(where: str, name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise BadSetting(f"{where}: {name} is {value}; it must lie between {low:g} and {high:g}.")
