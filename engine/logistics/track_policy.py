"""The knobs of the buyer's own page (data/rules/track.toml): life of a link, when a parcel counts as late, wishes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model.knobs import no_other, numbers, within

FILE = "track.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPolicy:
    """`valid_days`: days from its making after which a link opens nothing."""

    valid_days: int

    def __post_init__(self) -> None:
        within(FILE, "link", self, {"valid_days": (1, 730)})


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePolicy:
    """Chances as shares, hours and days; data/rules/track.toml explains each."""

    pick_up_chance: float
    delivery_chance: float
    delivery_grace_hours: float
    published_slack_days: float

    def __post_init__(self) -> None:
        limits = {"pick_up_chance": (0.01, 1), "delivery_chance": (0.01, 1), "delivery_grace_hours": (0, 240)}
        within(FILE, "late", self, {**limits, "published_slack_days": (0, 30)})


@dataclass(frozen=True, slots=True, kw_only=True)
class WishPolicy:
    """`wait_yuan`: the coupon for waiting; `most_requests` of one order; `address_letters` of a new address."""

    wait_yuan: float
    most_requests: int
    address_letters: int

    def __post_init__(self) -> None:
        within(FILE, "wishes", self, {"wait_yuan": (0, 1000), "most_requests": (1, 100), "address_letters": (10, 400)})

    @property
    def wait_cents(self) -> int:
        """The coupon in cents."""
        return round(self.wait_yuan * 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierPolicy:
    """`fresh_minutes`: minutes after which a courier's position is not shown any more."""

    fresh_minutes: float

    def __post_init__(self) -> None:
        within(FILE, "courier", self, {"fresh_minutes": (1, 120)})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPolicy:
    """All of it."""

    link: LinkPolicy
    late: LatePolicy
    wishes: WishPolicy
    courier: CourierPolicy


def policy_from(rules: Mapping[str, Any]) -> TrackPolicy:
    """A TrackPolicy from the parsed TOML, which must hold every setting and nothing else. Raises BadSetting."""
    no_other(rules, ("link", "late", "wishes", "courier"), file=FILE)
    return TrackPolicy(
        link=numbers(LinkPolicy, rules, "link", file=FILE),
        late=numbers(LatePolicy, rules, "late", file=FILE),
        wishes=numbers(WishPolicy, rules, "wishes", file=FILE),
        courier=numbers(CourierPolicy, rules, "courier", file=FILE),
    )
