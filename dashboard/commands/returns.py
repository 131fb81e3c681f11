"""Clicks on the page of returns become use cases."""

from collections.abc import Callable, Sequence

from dashboard.commands.desk import attempt, operator
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.usecases.making_good import propose_improvements as proposing
from engine.usecases.making_good import review_improvements as reviewing


@command("propose_improvements")
def propose(t: Words) -> Told:
    """Look through all routes now."""
    runs: list[proposing.ImprovementRun] = []
    told = attempt(
        t,
        lambda: runs.append(proposing.propose_improvements(room().database, actor=operator(), now=room().now())),
        "",
    )
    if not runs:
        return told
    [run] = runs
    text = t("returns.looked", over=t.count(run.over), n=t.count(run.proposed), gone=t.count(run.withdrawn))
    return Told(done=True, text=text, nothing=run.proposed == 0)


@command("reject_improvements")
def reject(t: Words, ids: Sequence[str], *, reason: str) -> Told:
    """Drop proposals."""
    return _decide(t, reviewing.reject_improvements, ids, reason, t("returns.rejected_now", n=t.count(len(ids))))


@command("end_improvements")
def end(t: Words, ids: Sequence[str], *, reason: str) -> Told:
    """Take changes out of force."""
    return _decide(t, reviewing.end_improvements, ids, reason, t("returns.ended_now", n=t.count(len(ids))))


def _decide(t: Words, act: Callable[..., int], ids: Sequence[str], reason: str, done: str) -> Told:
    return attempt(t, lambda: act(room().database, ids, actor=operator(), reason=reason), done)
