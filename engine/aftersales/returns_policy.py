"""The knobs of returns, damage, changes and ratings (data/rules/returns.toml)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import BadSetting
from engine.model.before_after import EffectPolicy
from engine.model.knobs import no_other, numbers, within

FILE = "returns.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPolicy:
    """Days of parcels counted, and days after the signature from which one counts."""

    window_days: int
    settle_days: int

    def __post_init__(self) -> None:
        within(FILE, "look", self, {"window_days": (7, 730), "settle_days": (0, 60)})


@dataclass(frozen=True, slots=True, kw_only=True)
class RatePolicy:
    """How sure a share is: probabilities from 0 to 1, weights in units."""

    interval: float
    prior_units: float
    min_units: int
    sure: float

    def __post_init__(self) -> None:
        limits = {
            "interval": (0.5, 0.999),
            "prior_units": (1, 100_000),
            "min_units": (1, 100_000),
            "sure": (0.5, 0.999),
        }
        within(FILE, "rates", self, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovePolicy:
    """Yuan a month and a parcel, and days; the file explains each."""

    least_yuan_month: float
    most_surcharge_yuan: float
    again_days: int

    def __post_init__(self) -> None:
        limits = {"least_yuan_month": (0, 1_000_000), "most_surcharge_yuan": (0.01, 1000), "again_days": (0, 366)}
        within(FILE, "improve", self, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingPolicy:
    """When a buyer may rate, and what a low rating is."""

    ask_days: int
    change_days: int
    letters: int
    low: int

    def __post_init__(self) -> None:
        limits = {"ask_days": (1, 366), "change_days": (0, 366), "letters": (0, 2000), "low": (1, 4)}
        within(FILE, "rating", self, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnsPolicy:
    """All of it. `limit`: share of units damaged by packaging of the goods; `other` for what is not named."""

    look: LookPolicy
    rates: RatePolicy
    limit: Mapping[str, float]
    improve: ImprovePolicy
    effect: EffectPolicy
    rating: RatingPolicy

    def limit_of(self, packaging: str) -> float:
        """The share that is too much for goods in this packaging."""
        return self.limit.get(packaging, self.limit["other"])


def policy_from(rules: Mapping[str, Any]) -> ReturnsPolicy:
    """A ReturnsPolicy from the parsed TOML: every setting, and no other. Raises BadSetting."""
    no_other(rules, ("look", "rates", "limit", "improve", "effect", "rating"), file=FILE)
    effect = numbers(EffectPolicy, rules, "effect", file=FILE)
    limits = {"weeks": (1, 26), "min_units": (1, 100_000), "interval": (0.5, 0.999), "worth": (0.001, 0.5)}
    within(FILE, "effect", effect, limits)
    return ReturnsPolicy(
        look=numbers(LookPolicy, rules, "look", file=FILE),
        rates=numbers(RatePolicy, rules, "rates", file=FILE),
        limit=_limits(rules.get("limit")),
        improve=numbers(ImprovePolicy, rules, "improve", file=FILE),
        effect=effect,
        rating=numbers(RatingPolicy, rules, "rating", file=FILE),
    )


def _limits(found: Any) -> Mapping[str, float]:
    if not isinstance(found, Mapping) or "other" not in found:
        raise BadSetting(f"{FILE} [limit] does not say other.")
    for name, share in found.items():
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
            raise BadSetting(f"{FILE} [limit] {name} is {share!r}: it must lie between 0 and 1.")
    return {name: float(share) for name, share in found.items()}
