"""What should a buyer be given? The allowed remedy whose expected cost is least: what it costs itself, and what those
cost whom it does not content: help requests at the platform, its rulings, low ratings, buyers who do not come back.
"""

from dataclasses import dataclass

from engine.aftersales.abuse import Abuse
from engine.aftersales.compensation_policy import CompensationPolicy
from engine.aftersales.severity import Judged, severity_of
from engine.model.compensation import Remedy, Severity, WhyManager
from engine.model.roles import Role
from engine.model.tickets import Claim, Complaint


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One complaint. Cents: paid for the goods concerned (`value`), their cost to the shop (`goods`), freight of
    sending them once more, asked back by the buyer (None where unknown)."""

    complaint: Complaint
    claim: Claim
    text: str
    value_cents: int
    goods_cents: int
    freight_cents: int
    refund_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """A remedy (None: do nothing). `pay_cents` reach the buyer, `cost_cents` are charged to the budget at most; the
    rest is expected, in cents: of the remedy itself, of help requests, of what the platform pays back beyond it, of
    ratings, of buyers lost."""

    remedy: Remedy | None
    pay_cents: int
    cost_cents: int
    direct: float
    escalation: float
    ruled: float
    rating: float
    lost: float

    @property
    def total(self) -> float:
        """What the choice is made by, in cents."""
        return self.direct + self.escalation + self.ruled + self.rating + self.lost


@dataclass(frozen=True, slots=True)
class Given:
    """What one buyer was given lately: how often, and cents together."""

    times: int
    cents: int


@dataclass(frozen=True, slots=True)
class Decision:
    """The options from best to worst (none: a person decides), what doing nothing costs, who must agree and why."""

    judged: Judged
    options: tuple[Priced, ...]
    nothing: Priced
    approver: Role
    why_manager: tuple[WhyManager, ...]

    @property
    def best(self) -> Priced | None:
        """The allowed remedy that is expected to cost least."""
        return self.options[0] if self.options else None


def decide(case: Case, abuse: Abuse, given: Given, policy: CompensationPolicy) -> Decision:
    """Judge, price and choose. Of equal totals the plainer remedy wins."""
    share = case.refund_cents / case.value_cents if case.refund_cents is not None and case.value_cents > 0 else None
    judged = severity_of(case.text, case.complaint, case.claim, refund_share=share, wording=policy.wording)
    order = list(Remedy)
    options = sorted(
        (price(case, judged.severity, remedy, policy) for remedy in allowed(case, judged.severity, policy)),
        key=lambda option: (option.total, order.index(option.remedy) if option.remedy else len(order)),
    )
    why = _why_manager(judged.severity, options[0], abuse, given, policy) if options else ()
    return Decision(
        judged=judged,
        options=tuple(options),
        nothing=price(case, judged.severity, None, policy),
        approver=Role.MANAGER if why else Role.OPERATOR,
        why_manager=why,
    )


def allowed(case: Case, severity: Severity, policy: CompensationPolicy) -> tuple[Remedy, ...]:
    """What the decision table allows: its first row that fits. No row, or an empty one: a person decides."""
    for row in policy.table:
        fits = severity in row.severity and case.complaint in row.complaints and case.claim in row.claims
        if fits and case.value_cents >= 100 * row.value_from:
            return row.remedies
    return ()


def price(case: Case, severity: Severity, remedy: Remedy | None, policy: CompensationPolicy) -> Priced:
    """What a remedy is expected to cost in all."""
    pay, cost, direct = _itself(case, remedy, policy)
    content = 0.0
    if remedy is not None:
        met = remedy in policy.meets[case.claim]
        content = policy.content[severity][remedy] * (1.0 if met else policy.missed)
    unhappy, value = policy.unheard[severity], policy.value
    return Priced(
        remedy=remedy,
        pay_cents=pay,
        cost_cents=cost,
        direct=direct,
        escalation=(1 - content) * unhappy.escalates * 100 * value.escalation_yuan,
        ruled=(1 - content) * unhappy.ruled * max(case.value_cents - pay, 0),
        rating=(1 - content) * unhappy.low_rating * 100 * value.low_rating_yuan,
        lost=(1 - content) * unhappy.leaves * 100 * value.lost_buyer_yuan,
    )


def _itself(case: Case, remedy: Remedy | None, policy: CompensationPolicy) -> tuple[int, int, float]:
    """Cents that reach the buyer, cents charged at most, cents expected."""
    value = policy.value
    if remedy is None:
        return 0, 0, 0.0
    if remedy is Remedy.COUPON:
        face = policy.coupon.cents(case.value_cents)
        return face, face, face * value.coupon_redeemed
    if remedy is Remedy.RESHIP:
        again = case.goods_cents + case.freight_cents + round(100 * value.reship_handling_yuan)
        return 0, again, float(again)
    if remedy is Remedy.REFUND:
        return case.value_cents, case.value_cents, float(case.value_cents)
    charged = case.value_cents + round(100 * value.return_freight_yuan)
    # What is broken or bad comes back as waste; a wrong article comes back as goods.
    back = value.resale_share * case.goods_cents if case.complaint is Complaint.WRONG_ITEM else 0.0
    return case.value_cents, charged, charged - back


def _why_manager(
    severity: Severity, best: Priced, abuse: Abuse, given: Given, policy: CompensationPolicy
) -> tuple[WhyManager, ...]:
    limit = policy.buyer
    over = given.times + 1 > limit.most or given.cents + best.cost_cents > 100 * limit.yuan
    found = {
        WhyManager.AMOUNT: best.cost_cents > 100 * policy.approval.operator_yuan,
        WhyManager.ABUSE: abuse.score >= policy.approval.manager_score,
        WhyManager.BUYER_LIMIT: over,
        WhyManager.HEALTH: severity is Severity.HEALTH,
    }
    return tuple(why for why, yes in found.items() if yes)
