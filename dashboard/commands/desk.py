"""Clicks become use cases. A refusal is told as it is worded; a bug is logged under an id, and the id is told.

Every command is done in the name of whoever clicked, if that role may (permits.py), and leaves its audit row. Knows no
page.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from dashboard import people, sentences, state
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.allocation.steering import Change
from engine.errors import WarRoomError
from engine.floor.policy import WaveReason
from engine.floor.waves import Route
from engine.usecases.actions.kinds import KINDS
from engine.usecases.actions.kinds.spec import Planned
from engine.usecases.actions.kinds.steering import action_for
from engine.usecases.allocation import propose_delays as proposals
from engine.usecases.allocation import review_delays
from engine.usecases.floor import release_waves as waves
from engine.usecases.floor.floor_policy import load_floor_policy
from engine.usecases.orders import review_holds, review_quarantine
from engine.usecases.riders.plan_routes import Planned as PlannedRoutes
from engine.usecases.riders.plan_routes import plan_node_routes
from engine.usecases.riders.route_policy import load_route_policy
from jobs.registry import record_checks

log = logging.getLogger(__name__)


@command
def release_holds(t: Words, order_ids: Sequence[str], *, reason: str) -> Told:
    """Let held orders go on to allocation."""
    return attempt(
        t,
        lambda: review_holds.release_hold(room(), order_ids, actor=operator(), reason=reason),
        t("done.released", n=len(order_ids)),
    )


@command
def cancel_holds(t: Words, order_ids: Sequence[str], *, reason: str) -> Told:
    """Cancel held orders; their stock and quota go back."""
    return attempt(
        t,
        lambda: review_holds.cancel_held(room(), order_ids, actor=operator(), reason=reason),
        t("done.cancelled", n=len(order_ids)),
    )


@command
def correct_row(t: Words, row_id: str, corrected: Mapping[str, Any]) -> Told:
    """Send a quarantined row through intake again, corrected."""
    faults: list[str] = []

    def act() -> None:
        receipt = review_quarantine.correct_row(room(), row_id, corrected, actor=operator())
        if receipt.quarantined:
            faults.extend(str(fault["fault"]) for fault in receipt.faults)

    told = attempt(t, act, t("done.corrected"))
    return (
        Told(
            done=False,
            text=t(
                "done.still_wrong", faults="; ".join(part for fault in faults for part in sentences.faults(t, fault))
            ),
        )
        if faults
        else told
    )


@command
def drop_row(t: Words, row_id: str, *, reason: str) -> Told:
    """Close a quarantined row for good."""
    return attempt(
        t,
        lambda: review_quarantine.drop_row(room(), row_id, actor=operator(), reason=reason),
        t("done.dropped"),
    )


@command
def preview_steering(t: Words, change: Change) -> Planned | Told:
    """What a change of the network would do; nothing is written."""
    kind, params = action_for(change)
    found: list[Planned] = []
    told = attempt(t, lambda: found.append(KINDS[kind].look(room(), params)), "")
    return found[0] if found else told


@command
def propose_delays(t: Words) -> Told:
    """Look for buyers who could be asked to wait; nobody is asked yet."""
    runs: list[proposals.ProposalRun] = []
    told = attempt(t, lambda: runs.append(proposals.propose_delays(room(), actor=operator())), "")
    if not runs:
        return told
    [run] = runs
    if run.offered:
        saving = t.money(run.saving_cents)
        return Told(done=True, text=t("stagger.proposed_now", n=t.count(run.offered), saving=saving))
    why = t.of("stagger_nothing", run.nothing)
    reasons = [f"{t.of('not_asked', reason)} {t.count(count)}" for reason, count in run.passed_over.items()]
    listed = t("stagger.list", items="; ".join(reasons)) if reasons else ""
    return Told(done=True, text=f"{why} {listed}".strip(), nothing=True)


@command
def reject_delays(t: Words, offer_ids: Sequence[str], *, reason: str) -> Told:
    """Drop proposed offers."""
    reviews: list[review_delays.DelayReview] = []
    told = attempt(
        t,
        lambda: reviews.append(review_delays.reject_delays(room(), offer_ids, actor=operator(), reason=reason)),
        "",
    )
    return Told(done=True, text=t("stagger.rejected_now", n=t.count(reviews[0].done))) if reviews else told


@command
def release_waves(t: Words, node: str, routes: Sequence[Route], *, pressed_only: bool) -> Told:
    """Send open work of a node to the floor: of these routes (none: all), on wish only what must go now."""
    reasons = (WaveReason.PRESSED,) if pressed_only else tuple(WaveReason)
    found: list[waves.Release] = []

    def act() -> None:
        policy = load_floor_policy()
        found.append(
            waves.release_waves(
                room().database, node, policy, actor=operator(), routes=list(routes) or None, reasons=reasons
            )
        )

    told = attempt(t, act, "")
    if not told.done:
        return told
    [release] = found
    text = t(
        "done.released_waves", n=len(release.wave_ids), parcels=t.count(release.parcels), left=t.count(release.left)
    )
    return Told(done=True, text=text)


@command
def plan_routes(t: Words, node: str) -> Told:
    """Put the open stops of a store's own people in order, anew."""
    found: list[PlannedRoutes] = []
    told = attempt(
        t,
        lambda: found.append(plan_node_routes(room().database, node, load_route_policy(), actor=operator())),
        "",
    )
    if not told.done:
        return told
    [plan] = found
    km = f"{plan.metres / 1000:.1f}"
    return Told(done=True, text=t("done.planned_routes", n=plan.routes, stops=plan.stops, missed=plan.missed, km=km))


@command
def verify_now(t: Words) -> Told:
    """Check every invariant now and keep the result."""
    found: list[int] = []

    def act() -> None:
        report = record_checks(room())
        found.append(sum(check.breaches for check in report.checks))

    told = attempt(t, act, t("done.verified"))
    return Told(done=False, text=t("done.breached", n=found[0])) if found and found[0] else told


def operator() -> str:
    """In whose name commands are done."""
    return people.person().name


def attempt(t: Words, act: Callable[[], object], done: str) -> Told:
    """Do it; tell `done`, or the refusal as it is worded, or the id under which a bug was logged."""
    try:
        act()
    except WarRoomError as refusal:
        return Told(done=False, text=sentences.said(t, str(refusal)))
    except Exception:
        trouble = uuid4().hex[:8]
        log.exception("command failed, id %s", trouble)
        return Told(done=False, text=t("done.bug", id=trouble))
    state.saw(room().database.data_version())
    return Told(done=True, text=done)
