"""Clicks on the board of promise clocks become use cases."""

from datetime import datetime

from dashboard.commands.desk import attempt, operator
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.rules.pack_parts import ExemptEnd
from engine.rules.penalties import Clause
from engine.usecases.clocks import enter_exemption as entering_desk
from engine.usecases.clocks import log_promise as logging_desk
from engine.usecases.clocks import withdraw_exemption as taking_desk
from engine.usecases.clocks import withdraw_promise as withdrawing_desk
from engine.usecases.clocks.enter_exemption import ExemptionNotice
from engine.usecases.clocks.log_promise import PromiseReceipt, SpokenPromise
from engine.usecases.clocks.replay_rules import Replay, replay_rules


@command
def log_promise(
    t: Words,
    *,
    show_id: str,
    sku: str | None,
    words: str,
    said_at: datetime,
    hours: float | None,
    moment: datetime | None,
    whole_show: bool,
) -> Told:
    """Log what was promised on air."""
    found: list[PromiseReceipt] = []

    def act() -> None:
        promise = SpokenPromise(
            show_id=show_id,
            sku=sku,
            words=words,
            said_at=said_at,
            hours=hours,
            moment=moment,
            whole_show=whole_show,
        )
        found.append(logging_desk.log_promise(room(), promise, actor=operator()))

    told = attempt(t, act, "")
    if not found:
        return told
    return Told(done=True, text=t("promises.logged", id=found[0].promise_id, n=t.count(found[0].moved)))


@command
def withdraw_promise(t: Words, promise_id: str, *, reason: str) -> Told:
    """Take back a promise that was logged by mistake."""
    found: list[PromiseReceipt] = []
    told = attempt(
        t,
        lambda: found.append(withdrawing_desk.withdraw_promise(room(), promise_id, reason=reason, actor=operator())),
        "",
    )
    if not found:
        return told
    return Told(done=True, text=t("promises.taken_back", id=promise_id, n=t.count(found[0].moved)))


@command
def enter_exemption(
    t: Words,
    *,
    platform: str,
    notice: str,
    regions: list[str],
    end: str,
    since: datetime,
    until: datetime,
    clauses: list[str],
) -> Told:
    """Enter a platform's notice that exempts regions and days."""
    found: list[str] = []

    def act() -> None:
        said = ExemptionNotice(
            platform=platform,
            notice=notice,
            regions=regions,
            since=since,
            until=until,
            place=ExemptEnd(end),
            clauses=[Clause(clause) for clause in clauses],
        )
        found.append(entering_desk.enter_exemption(room(), said, actor=operator()))

    told = attempt(t, act, "")
    return Told(done=True, text=t("exemptions.entered", id=found[0])) if found else told


@command
def withdraw_exemption(t: Words, notice_id: str, *, reason: str) -> Told:
    """Take back a notice."""
    done = t("exemptions.taken_back", id=notice_id)
    return attempt(t, lambda: taking_desk.withdraw_exemption(room(), notice_id, reason=reason, actor=operator()), done)


@command
def replay(t: Words, *, platform: str, version: str, against: str) -> Replay | Told:
    """Past orders under two versions of their rules; nothing is written."""
    here = room()
    found: list[Replay] = []

    def act() -> None:
        found.append(
            replay_rules(
                here.database,
                here.platforms,
                platform=platform,
                version=version,
                against=against,
                now=here.now(),
            )
        )

    told = attempt(t, act, "")
    return found[0] if found else told
