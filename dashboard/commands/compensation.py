"""Clicks on the desk of compensations become use cases."""

from collections.abc import Sequence

from dashboard import people
from dashboard.commands.desk import attempt, operator
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.model.roles import Role
from engine.usecases.making_good import propose_compensations as proposing
from engine.usecases.making_good import review_compensations as reviewing


@command("propose_compensations")
def propose(t: Words, ticket_ids: Sequence[str] | None = None) -> Told:
    """Look through the open tickets now, or through these, even where something was refused before."""
    runs: list[proposing.CompensationRun] = []

    def act() -> None:
        runs.append(proposing.propose_compensations(room().database, actor=operator(), ticket_ids=ticket_ids))

    told = attempt(t, act, "")
    if not runs:
        return told
    [run] = runs
    if run.proposed:
        return Told(done=True, text=t("compensation.proposed_now", n=t.count(len(run.proposed))))
    reasons = "; ".join(f"{t.of('why_none', why)} {t.count(count)}" for why, count in run.none.items())
    text = t("compensation.nothing_new", reasons=f" ({reasons})" if reasons else "")
    return Told(done=True, text=text, nothing=True)


@command("approve_compensations")
def approve(t: Words, ids: Sequence[str]) -> Told:
    """Let proposals go to the gateway, as far as budgets and the person's role allow."""
    found: list[reviewing.CompensationReview] = []
    told = attempt(
        t,
        lambda: found.append(
            reviewing.approve_compensations(room().database, ids, actor=operator(), role=acting_role())
        ),
        "",
    )
    if not found:
        return told
    [review] = found
    parts = [t("compensation.approved_now", n=t.count(review.done), money=t.money(review.cents))]
    if review.over_budget:
        parts.append(t("compensation.over_budget_now", n=t.count(review.over_budget)))
    if review.for_manager:
        parts.append(t("compensation.for_manager_now", n=t.count(review.for_manager)))
    return Told(done=True, text=" ".join(parts))


@command("reject_compensations")
def reject(t: Words, ids: Sequence[str], *, reason: str) -> Told:
    """Drop proposals."""
    return attempt(
        t,
        lambda: reviewing.reject_compensations(
            room().database, ids, actor=operator(), role=acting_role(), reason=reason
        ),
        t("compensation.rejected_now", n=t.count(len(ids))),
    )


@command("withdraw_compensations")
def withdraw(t: Words, ids: Sequence[str], *, reason: str) -> Told:
    """Take back what was approved, as far as the gateway has not reported on it."""
    found: list[reviewing.CompensationReview] = []
    told = attempt(
        t,
        lambda: found.append(reviewing.withdraw_compensations(room().database, ids, actor=operator(), reason=reason)),
        "",
    )
    if not found:
        return told
    n, of = t.count(found[0].done), t.count(len(ids))
    return Told(done=True, text=t("compensation.withdrawn_now", n=n, of=of), nothing=found[0].done == 0)


@command("set_compensation_budget")
def set_budget(t: Words, key: str, cents: int, *, reason: str) -> Told:
    """Set what a budget holds."""
    return attempt(
        t,
        lambda: reviewing.set_compensation_budget(
            room().database, key, cents, actor=operator(), role=acting_role(), reason=reason
        ),
        t("compensation.budget_now", money=t.money(cents)),
    )


def acting_role() -> Role:
    """The role of whoever clicked; a command runs for nobody without one."""
    return people.person().role or Role.ANALYST
