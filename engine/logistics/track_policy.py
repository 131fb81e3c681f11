"""The knobs of the buyer's own page (data/rules/track.toml): life of a link, when a parcel counts as late, wishes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import BadSetting

FILE = "track.toml"


def _in(section: str, policy: object, limits: Mapping[str, tuple[float, float]]) -> None:
    for name, (low, high) in limits.items():
        value = getattr(policy, name)
        if not low <= value <= high:
            raise BadSetting(f"{FILE} [{section}] {name} is {value}: it must lie between {low:g} and {high:g}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPolicy:
    """`valid_days`: days from its making after which a link opens nothing."""

    valid_days: int

    def __post_init__(self) -> None:
        _in("link", self, {"valid_days": (1, 730)})


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePolicy:
    """Chances as shares, hours and days; data/rules/track.toml explains each."""

    pick_up_chance: float
    delivery_chance: float
    delivery_grace_hours: float
    published_slack_days: float

    def __post_init__(self) -> None:
        limits = {"pick_up_chance": (0.01, 1), "delivery_chance": (0.01, 1), "delivery_grace_hours": (0, 240)}
        _in("late", self, {**limits, "published_slack_days": (0, 30)})


@dataclass(frozen=True, slots=True, kw_only=True)
class WishPolicy:
    """`wait_yuan`: the coupon for waiting; `most_requests` of one order; `address_letters` of a new address."""

    wait_yuan: float
    most_requests: int
    address_letters: int

    def __post_init__(self) -> None:
        _in("wishes", self, {"wait_yuan": (0, 1000), "most_requests": (1, 100), "address_letters": (10, 400)})

    @property
    def wait_cents(self) -> int:
        """The coupon in cents."""
        return round(self.wait_yuan * 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierPolicy:
    """`fresh_minutes`: minutes after which a courier's position is not shown any more."""

    fresh_minutes: float

    def __post_init__(self) -> None:
        _in("courier", self, {"fresh_minutes": (1, 120)})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPolicy:
    """All of it."""

    link: LinkPolicy
    late: LatePolicy
    wishes: WishPolicy
    courier: CourierPolicy


_SECTIONS: dict[str, tuple[type, dict[str, type]]] = {
    "link": (LinkPolicy, {"valid_days": int}),
    "late": (
        LatePolicy,
        dict.fromkeys(("pick_up_chance", "delivery_chance", "delivery_grace_hours", "published_slack_days"), float),
    ),
    "wishes": (WishPolicy, {"wait_yuan": float, "most_requests": int, "address_letters": int}),
    "courier": (CourierPolicy, {"fresh_minutes": float}),
}


def policy_from(rules: Mapping[str, Any]) -> TrackPolicy:
    """A TrackPolicy from the parsed TOML, which must hold every setting and nothing else. Raises BadSetting."""
    strange = sorted(set(rules) - set(_SECTIONS))
    if strange:
        raise BadSetting(f"{FILE} has a section nobody reads: [{strange[0]}].")
    return TrackPolicy(**{name: _section(name, rules.get(name)) for name in _SECTIONS})


def _section(name: str, found: Any) -> Any:
    cls, kinds = _SECTIONS[name]
    if not isinstance(found, Mapping):
        raise BadSetting(f"{FILE}: the table [{name}] is missing.")
    for knob in found:
        if knob not in kinds:
            raise BadSetting(f"{FILE} [{name}] has a setting nobody reads: {knob}.")
    values = {}
    for knob, kind in kinds.items():
        if knob not in found:
            raise BadSetting(f"{FILE} [{name}]: {knob} is missing.")
        value = found[knob]
        if isinstance(value, bool) or not isinstance(value, int if kind is int else (int, float)):
            raise BadSetting(
                f"{FILE} [{name}] {knob} is {value!r}: it must be {'a whole number' if kind is int else 'a number'}."
            )
        values[knob] = kind(value)
    return cls(**values)
