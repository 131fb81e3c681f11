"""Does a claim look like a trade in claims? Points for what is odd, each with its figures; a person decides."""

from dataclasses import dataclass

from engine.aftersales.compensation_policy import AbusePolicy
from engine.model.compensation import AbuseSignal


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerPast:
    """What is known of a buyer within the policy's days, this claim counted.

    orders, claims (tickets that ask for money or goods), dear_claims (of those on orders of at least the policy's high
    value); same_text: tickets of other buyers in exactly the same words; early: had not arrived when the ticket came.
    """

    orders: int
    claims: int
    dear_claims: int
    same_text: int
    early: bool


@dataclass(frozen=True, slots=True)
class Oddity:
    """One signal, its points, and the figures it rests on: (count, of how many)."""

    signal: AbuseSignal
    points: int
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Abuse:
    """0 (nothing odd) to 100, and why."""

    score: int
    why: tuple[Oddity, ...]


def abuse_of(past: BuyerPast, policy: AbusePolicy) -> Abuse:
    """The score of one claim. A buyer's rate is drawn towards everybody's: two claims of two orders prove little."""
    why = []
    rate = (past.claims + policy.prior_orders * policy.usual_rate) / (past.orders + policy.prior_orders)
    if past.claims > 1 and rate >= policy.high_rate:
        why.append(Oddity(AbuseSignal.RATE, policy.rate_points, past.claims, past.orders))
    if past.same_text > 0:
        why.append(Oddity(AbuseSignal.SAME_TEXT, policy.same_text_points, past.same_text, past.same_text))
    if past.claims >= policy.high_value_claims and past.dear_claims == past.claims:
        why.append(Oddity(AbuseSignal.HIGH_VALUE, policy.high_value_points, past.dear_claims, past.claims))
    if past.early:
        why.append(Oddity(AbuseSignal.EARLY, policy.early_points, 1, 1))
    return Abuse(min(100, sum(odd.points for odd in why)), tuple(why))
