"""Which paid orders wait for a person, and why. Rules are data (data/rules/holds.toml); each is one function here.

Two rules need memory, the earlier orders of a buyer and of an address; `HoldWatch` keeps it for the longest
window and no longer. It knows no clock: "now" is the time the batch was received.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.errors import BadSetting

MINUTE = 60_000_000
"""Microseconds: times in this file are integers since 1970, because 50,000 orders a second pass through here."""


class Reason(NamedTuple):
    """Why something was decided: the rule's name and one sentence of detail."""

    rule: str
    detail: str


class Suspect(NamedTuple):
    """What the hold rules look at in one order."""

    buyer: str
    address: str  # "" when masked or missing
    city: str
    district: str
    street: str
    created_us: int
    paid_us: int
    amount_cents: int
    list_cents: int  # what the catalogue asks for these lines; 0 when unknown
    units: int


@dataclass(frozen=True, slots=True)
class HoldPolicy:
    """The knobs of data/rules/holds.toml; a rule whose limit is None is off."""

    buyer_orders: int | None = 5
    buyer_minutes: int = 60
    address_orders: int | None = 8
    address_minutes: int = 60
    vague_address: bool = True
    cities_without_districts: frozenset[str] = field(default_factory=frozenset)
    min_share_of_list: float | None = 0.3
    max_amount_cents: int | None = 500_000
    max_units: int | None = 50
    max_hours_after_order: float | None = 72
    max_minutes_ahead: float | None = 10

    def __post_init__(self) -> None:
        for name in ("buyer_orders", "address_orders", "max_units", "max_amount_cents"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise BadSetting(f"holds.toml: {name} is {value}; it must be at least 1, or be left out.")
        for name in ("buyer_minutes", "address_minutes"):
            if not 1 <= getattr(self, name) <= 7 * 24 * 60:
                raise BadSetting(f"holds.toml: {name} must lie between 1 minute and a week.")
        if self.min_share_of_list is not None and not 0 < self.min_share_of_list < 1:
            raise BadSetting("holds.toml: min_share_of_list must lie between 0 and 1.")

    @property
    def memory_minutes(self) -> int:
        """How far back earlier orders matter."""
        return max(self.buyer_minutes, self.address_minutes)


_SHAPE: dict[str, dict[str, tuple[str, tuple[type, ...]]]] = {
    "same_buyer": {"orders": ("buyer_orders", (int,)), "minutes": ("buyer_minutes", (int,))},
    "same_address": {"orders": ("address_orders", (int,)), "minutes": ("address_minutes", (int,))},
    "vague_address": {
        "enabled": ("vague_address", (bool,)),
        "cities_without_districts": ("cities_without_districts", (list,)),
    },
    "amount": {
        "min_share_of_list": ("min_share_of_list", (int, float)),
        "max_yuan": ("max_amount_cents", (int, float)),
    },
    "units": {"max_units": ("max_units", (int,))},
    "payment": {
        "max_hours_after_order": ("max_hours_after_order", (int, float)),
        "max_minutes_ahead": ("max_minutes_ahead", (int, float)),
    },
}
_OFF = {"same_buyer": "buyer_orders", "same_address": "address_orders"}


def policy_from(rules: Mapping[str, Any]) -> HoldPolicy:
    """A HoldPolicy from the parsed TOML. A rule left out is off; an unknown rule or key raises BadSetting."""
    values: dict[str, Any] = {
        "buyer_orders": None,
        "address_orders": None,
        "vague_address": False,
        "min_share_of_list": None,
        "max_amount_cents": None,
        "max_units": None,
        "max_hours_after_order": None,
        "max_minutes_ahead": None,
    }
    for rule, knobs in rules.items():
        if rule not in _SHAPE or not isinstance(knobs, Mapping):
            raise BadSetting(f"holds.toml has a rule nobody knows: [{rule}].")
        for knob, value in knobs.items():
            if knob not in _SHAPE[rule]:
                raise BadSetting(f"holds.toml [{rule}] has a setting nobody reads: {knob}.")
            name, kinds = _SHAPE[rule][knob]
            if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
                raise BadSetting(f"holds.toml [{rule}] {knob} is {value!r}: a value of another kind is needed.")
            values[name] = _as_policy(name, value)
    return HoldPolicy(**values)


def _as_policy(name: str, value: Any) -> Any:
    if name == "max_amount_cents":
        return round(value * 100)
    return frozenset(value) if isinstance(value, list) else value


class HoldWatch:
    """Decides order by order; remembers the payment times of each buyer and address inside the windows."""

    def __init__(self, policy: HoldPolicy) -> None:
        self.policy = policy
        self._buyers: dict[str, list[int]] = {}
        self._addresses: dict[str, list[int]] = {}
        self._newest = 0

    def remember(self, buyer: str, address: str, paid_us: int) -> None:
        """Take note of an order that was decided before (at start-up, or by another process)."""
        self._buyers.setdefault(buyer, []).append(paid_us)
        if address:
            self._addresses.setdefault(address, []).append(paid_us)
        if paid_us > self._newest:
            self._newest = paid_us

    def examine(self, suspect: Suspect, now_us: int) -> tuple[Reason, ...]:
        """Every reason to hold this order, in a fixed order; empty: let it go. Then remembers it."""
        policy = self.policy
        reasons = (
            *_repeated("buyer", self._buyers.get(suspect.buyer), policy.buyer_orders, policy.buyer_minutes, suspect),
            *_repeated(
                "address", self._addresses.get(suspect.address), policy.address_orders, policy.address_minutes, suspect
            ),
            *vague_address(suspect, policy),
            *odd_amount(suspect, policy),
            *odd_payment(suspect, policy, now_us),
        )
        self.remember(suspect.buyer, suspect.address, suspect.paid_us)
        if len(self._buyers) > 200_000:  # about 40 MB; one pass a few hundred thousand orders
            self._forget()
        return reasons

    def _forget(self) -> None:
        floor = self._newest - self.policy.memory_minutes * MINUTE
        for memory in (self._buyers, self._addresses):
            for key in [k for k, times in memory.items() if max(times) < floor]:
                del memory[key]


def _repeated(
    who: str, times: Sequence[int] | None, limit: int | None, minutes: int, suspect: Suspect
) -> tuple[Reason, ...]:
    """The same buyer or address, too often within the window before this payment. `times`: earlier payments."""
    if times is None or limit is None or len(times) < limit:
        return ()
    window = minutes * MINUTE
    recent = sum(1 for t in times if -window <= t - suspect.paid_us <= 0)
    if recent < limit:
        return ()
    detail = f"{recent} earlier orders of this {who} within {minutes} min; {limit} are let through"
    return (Reason(f"same_{who}", detail),)


def vague_address(suspect: Suspect, policy: HoldPolicy) -> tuple[Reason, ...]:
    """No district (where the city has districts) or no street: the courier would have to guess."""
    if not policy.vague_address:
        return ()
    missing = [] if suspect.district or suspect.city in policy.cities_without_districts else ["district"]
    if not suspect.street:
        missing.append("street")
    return (Reason("vague_address", f"the address has no {' and no '.join(missing)}"),) if missing else ()


def odd_amount(suspect: Suspect, policy: HoldPolicy) -> tuple[Reason, ...]:
    """Paid far below the list price, far above what one household spends, or very many units."""
    found: list[Reason] = []
    low, high, units = policy.min_share_of_list, policy.max_amount_cents, policy.max_units
    if low is not None and suspect.list_cents and suspect.amount_cents < low * suspect.list_cents:
        share = suspect.amount_cents / suspect.list_cents
        found.append(Reason("amount_low", f"paid ¥{suspect.amount_cents / 100:.2f}, {share:.0%} of the list price"))
    if high is not None and suspect.amount_cents > high:
        found.append(Reason("amount_high", f"paid ¥{suspect.amount_cents / 100:,.2f}, over ¥{high / 100:,.0f}"))
    if units is not None and suspect.units > units:
        found.append(Reason("units_high", f"{suspect.units} units in one order, over {units}"))
    return tuple(found)


def odd_payment(suspect: Suspect, policy: HoldPolicy, now_us: int) -> tuple[Reason, ...]:
    """Paid days after it was placed, or in the future."""
    found: list[Reason] = []
    late, ahead = policy.max_hours_after_order, policy.max_minutes_ahead
    hours = (suspect.paid_us - suspect.created_us) / (60 * MINUTE)
    if late is not None and hours > late:
        found.append(Reason("paid_late", f"paid {hours:.0f} h after it was placed, over {late:g} h"))
    minutes = (suspect.paid_us - now_us) / MINUTE
    if ahead is not None and minutes > ahead:
        found.append(Reason("paid_ahead", f"paid {minutes:.0f} min in the future: a clock or the file is wrong"))
    return tuple(found)
