"""The knobs of making good (data/rules/compensation.toml): remedies allowed, expected costs, words, limits, budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import BadSetting
from engine.model.compensation import Remedy, Severity
from engine.model.knobs import no_other, numbers, within
from engine.model.tickets import Claim, Complaint

FILE = "compensation.toml"
_SECTIONS = ("value", "coupon", "unheard", "content", "claims", "severity", "allow", "approval", "buyer", "abuse",
             "budget")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuePolicy:
    """Yuan, and shares from 0 to 1; the file explains each and marks assumptions."""

    escalation_yuan: float
    low_rating_yuan: float
    lost_buyer_yuan: float
    coupon_redeemed: float
    resale_share: float
    return_freight_yuan: float
    reship_handling_yuan: float
    reship_freight_yuan: float

    def __post_init__(self) -> None:
        yuan = ("escalation_yuan", "low_rating_yuan", "lost_buyer_yuan", "return_freight_yuan",
                "reship_handling_yuan", "reship_freight_yuan")  # fmt: skip
        limits = {**dict.fromkeys(yuan, (0.0, 10_000.0)), "coupon_redeemed": (0.0, 1.0), "resale_share": (0.0, 1.0)}
        within(FILE, "value", self, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponPolicy:
    """`share` of what was paid, in whole yuan between `least_yuan` and `most_yuan`."""

    least_yuan: float
    most_yuan: float
    share: float

    def __post_init__(self) -> None:
        within(
            FILE, "coupon", self, {"least_yuan": (0.01, 1000), "most_yuan": (self.least_yuan, 1000), "share": (0, 1)}
        )

    def cents(self, value_cents: int) -> int:
        """The coupon for goods that `value_cents` were paid for."""
        yuan = round(self.share * value_cents / 100)
        return round(100 * min(max(yuan, self.least_yuan), self.most_yuan))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """Shares of buyers of whom nobody takes notice that escalate, rate low, do not come back, and are refunded by the
    platform all the same (`ruled`)."""

    escalates: float
    ruled: float
    low_rating: float
    leaves: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Words by severity, what denies them within `near` characters before, and what counts where nothing is said."""

    words: Mapping[Severity, tuple[str, ...]]
    negators: tuple[str, ...]
    near: int
    serious_refund_share: float
    unsaid: Mapping[Complaint, Severity]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """A row of the decision table: what may be offered where all of it fits. `value_from`: yuan."""

    severity: frozenset[Severity]
    complaints: frozenset[Complaint]
    claims: frozenset[Claim]
    value_from: float
    remedies: tuple[Remedy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy:
    """Yuan and points from which a manager must agree."""

    operator_yuan: float
    manager_score: int

    def __post_init__(self) -> None:
        within(FILE, "approval", self, {"operator_yuan": (0, 100_000), "manager_score": (1, 101)})


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerPolicy:
    """What one buyer is given within `days` without a manager: `most` compensations, `yuan` together."""

    days: int
    most: int
    yuan: float

    def __post_init__(self) -> None:
        within(FILE, "buyer", self, {"days": (1, 366), "most": (1, 1000), "yuan": (1, 100_000)})


@dataclass(frozen=True, slots=True, kw_only=True)
class AbusePolicy:
    """Points and the limits from which they are given; the file explains each."""

    days: int
    usual_rate: float
    prior_orders: float
    high_rate: float
    rate_points: int
    same_text_letters: int
    same_text_points: int
    high_value_yuan: float
    high_value_claims: int
    high_value_points: int
    early_points: int

    def __post_init__(self) -> None:
        points = ("rate_points", "same_text_points", "high_value_points", "early_points")
        limits = {
            "days": (1, 730), "usual_rate": (0, 1), "prior_orders": (0.1, 10_000), "high_rate": (0, 1),
            "same_text_letters": (1, 1000), "high_value_yuan": (0, 100_000), "high_value_claims": (1, 1000),
            **dict.fromkeys(points, (0, 100)),
        }  # fmt: skip
        within(FILE, "abuse", self, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetPolicy:
    """A show's budget: `show_share` of its sales, at least `show_least_yuan`; outside shows a sum a month."""

    show_share: float
    show_least_yuan: float
    shop_month_yuan: float

    def __post_init__(self) -> None:
        limits = {"show_share": (0, 1), "show_least_yuan": (0, 10_000_000), "shop_month_yuan": (0, 100_000_000)}
        within(FILE, "budget", self, limits)

    def show_cents(self, sales_cents: int) -> int:
        """The budget of a show whose orders paid so much."""
        return max(round(self.show_share * sales_cents), round(100 * self.show_least_yuan))

    @property
    def shop_cents(self) -> int:
        """The budget of a month outside shows."""
        return round(100 * self.shop_month_yuan)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationPolicy:
    """All of it. `content`: share of buyers contented, by severity and remedy; `meets`: what a claim asks for."""

    value: ValuePolicy
    coupon: CouponPolicy
    unheard: Mapping[Severity, Unheard]
    content: Mapping[Severity, Mapping[Remedy, float]]
    missed: float
    meets: Mapping[Claim, frozenset[Remedy]]
    wording: Wording
    table: tuple[Allow, ...]
    approval: ApprovalPolicy
    buyer: BuyerPolicy
    abuse: AbusePolicy
    budget: BudgetPolicy


def policy_from(rules: Mapping[str, Any]) -> CompensationPolicy:
    """A CompensationPolicy from the parsed TOML: every setting, and no other. Raises BadSetting."""
    no_other(rules, _SECTIONS, file=FILE)
    missed, meets = _claims(_table(rules, "claims"))
    return CompensationPolicy(
        value=numbers(ValuePolicy, rules, "value", file=FILE),
        coupon=numbers(CouponPolicy, rules, "coupon", file=FILE),
        unheard={severity: _unheard(rules, severity) for severity in Severity},
        content={severity: _content(rules, severity) for severity in Severity},
        missed=missed,
        meets=meets,
        wording=_wording(_table(rules, "severity")),
        table=_rows(rules.get("allow")),
        approval=numbers(ApprovalPolicy, rules, "approval", file=FILE),
        buyer=numbers(BuyerPolicy, rules, "buyer", file=FILE),
        abuse=numbers(AbusePolicy, rules, "abuse", file=FILE),
        budget=numbers(BudgetPolicy, rules, "budget", file=FILE),
    )


def _table(rules: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = rules.get(name)
    if not isinstance(found, Mapping):
        raise BadSetting(f"{FILE} has no table [{name}].")
    return found


def _unheard(rules: Mapping[str, Any], severity: Severity) -> Unheard:
    found = numbers(Unheard, _table(rules, "unheard"), severity, file=f"{FILE} [unheard]")
    within(FILE, f"unheard.{severity}", found, dict.fromkeys(("escalates", "ruled", "low_rating", "leaves"), (0, 1)))
    return found


def _content(rules: Mapping[str, Any], severity: Severity) -> Mapping[Remedy, float]:
    found = _table(_table(rules, "content"), severity)
    _names(found, Remedy, f"content.{severity}")
    return {remedy: _share(found[remedy], f"content.{severity}] {remedy}") for remedy in Remedy}


def _claims(found: Mapping[str, Any]) -> tuple[float, Mapping[Claim, frozenset[Remedy]]]:
    _names({name: met for name, met in found.items() if name != "missed"}, Claim, "claims")
    meets = {claim: frozenset(_members(found[claim], Remedy, f"claims] {claim}")) for claim in Claim}
    return _share(found.get("missed"), "claims] missed"), meets


def _wording(found: Mapping[str, Any]) -> Wording:
    known = {*Severity, "negators", "near", "serious_refund_share", "unsaid"}
    if strange := sorted(set(found) - known):
        raise BadSetting(f"{FILE} [severity] has a setting nobody reads: {strange[0]}.")
    near = found.get("near")
    if isinstance(near, bool) or not isinstance(near, int) or not 0 <= near <= 10:
        raise BadSetting(f"{FILE} [severity] near is {near!r}: it must be a whole number from 0 to 10.")
    unsaid = _table(found, "unsaid")
    _names(unsaid, Complaint, "severity.unsaid")
    return Wording(
        words={
            Severity.SMALL: _words(found, "small"),
            Severity.SERIOUS: _words(found, "serious"),
            Severity.HEALTH: _words(found, "health"),
        },
        negators=_words(found, "negators"),
        near=near,
        serious_refund_share=_share(found.get("serious_refund_share"), "severity] serious_refund_share"),
        unsaid={c: _members([unsaid[c]], Severity, f"severity.unsaid] {c}")[0] for c in Complaint},
    )


def _rows(found: Any) -> tuple[Allow, ...]:
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise BadSetting(f"{FILE} has no [[allow]].")
    return tuple(_row(row, f"allow] row {n}") for n, row in enumerate(found, start=1))


def _row(row: Mapping[str, Any], where: str) -> Allow:
    if strange := sorted(set(row) - {"severity", "complaints", "claims", "value_from", "remedies"}):
        raise BadSetting(f"{FILE} [{where} has a setting nobody reads: {strange[0]}.")
    value = row.get("value_from", 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1_000_000:
        raise BadSetting(f"{FILE} [{where}: value_from is {value!r}: it must lie between 0 and 1000000.")
    return Allow(
        severity=frozenset(_members(row.get("severity"), Severity, f"{where}: severity")),
        complaints=frozenset(_members(row.get("complaints"), Complaint, f"{where}: complaints")),
        claims=frozenset(_members(row.get("claims", list(Claim)), Claim, f"{where}: claims")),
        value_from=float(value),
        remedies=tuple(_members(row.get("remedies"), Remedy, f"{where}: remedies")),
    )


def _names(found: Mapping[str, Any], kind: Any, section: str) -> None:
    if set(found) != set(kind):
        odd = min(set(found) ^ set(kind))
        raise BadSetting(f"{FILE} [{section}] must say exactly {', '.join(kind)}; look at {odd}.")


def _members(found: Any, kind: Any, where: str) -> list[Any]:
    if not isinstance(found, Sequence) or isinstance(found, str) or any(one not in set(kind) for one in found):
        raise BadSetting(f"{FILE} [{where} is {found!r}: it must be a list of {', '.join(kind)}.")
    return [kind(one) for one in found]


def _words(found: Mapping[str, Any], name: str) -> tuple[str, ...]:
    words = found.get(name)
    if not isinstance(words, list) or not words or any(not isinstance(word, str) or not word for word in words):
        raise BadSetting(f"{FILE} [severity] {name} must be a list of words, at least one.")
    return tuple(words)


def _share(found: Any, where: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= 1:
        raise BadSetting(f"{FILE} [{where} is {found!r}: it must lie between 0 and 1.")
    return float(found)
