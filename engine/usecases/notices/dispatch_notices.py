"""Sends what is due: claims it, sends it outside of any transaction, records what came of it. At least once.

A crash between sending and recording leaves a claim that runs out; the message goes out again under the same id, which
the gateway knows. Every channel is worked off by its own thread: one that hangs holds up no other.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from engine.channels.configured import Channel, configured
from engine.channels.outgoing import Answer, Outcome, Outgoing
from engine.channels.send import send
from engine.response.notice_policy import ChannelLimit
from engine.usecases.notices.claim_notices import Claimed, abandon, claim_notices, due_channels
from engine.usecases.notices.compose_notice import compose
from engine.usecases.notices.notice_policy import load_notice_policy, load_notice_templates
from engine.usecases.notices.record_sent import Sent, record_sent
from engine.usecases.room.workplace import Workplace

RUN_SECONDS = 5.0
"""A run takes no further chunk after so long; the next one goes on. A stop of the room waits for a run to end."""

Sender = Callable[[Channel, Outgoing, ChannelLimit, datetime, float], Answer]


@dataclass(frozen=True, slots=True)
class DispatchRun:
    """Messages of one run by what came of them."""

    sent: int = 0
    failed: int = 0
    refused: int = 0

    @property
    def any(self) -> bool:
        """Whether anything was tried."""
        return bool(self.sent or self.failed or self.refused)


def over_the_network(channel: Channel, message: Outgoing, limit: ChannelLimit, now: datetime, timeout: float) -> Answer:
    """The real sender."""
    return send(channel, message, limit, now=now, timeout=timeout)


def dispatch_notices(work: Workplace, *, sender: Sender = over_the_network, actor: str = "outbox") -> DispatchRun:
    """One run over every channel that something is due for."""
    due = due_channels(work.database, work.now())
    if not due:
        return DispatchRun()
    known = {channel.name: channel for channel in configured(work.settings.channels)}
    for name in due:
        if name not in known:
            abandon(work.database, name, actor=actor)
    busy = [known[name] for name in due if name in known]
    if not busy:
        return DispatchRun()
    with ThreadPoolExecutor(max_workers=len(busy), thread_name_prefix="outbox") as threads:
        runs = list(threads.map(lambda channel: _work_off(work, channel, sender, actor), busy))
    return DispatchRun(sum(run.sent for run in runs), sum(run.failed for run in runs), sum(run.refused for run in runs))


def _work_off(work: Workplace, channel: Channel, sender: Sender, actor: str) -> DispatchRun:
    policy, templates = load_notice_policy(), load_notice_templates()
    began, results = time.monotonic(), []
    while time.monotonic() - began < RUN_SECONDS:
        claimed = claim_notices(work.database, channel, policy, templates, actor=actor)
        if not claimed:
            break
        tried, untried = _send_all(work, channel, claimed, sender)
        record_sent(work.database, channel, tried, untried, policy, actor=actor)
        results += [one.answer.outcome for one in tried]
        if untried or results[-1] in (Outcome.FAILED, Outcome.THROTTLED):
            break
    failed = results.count(Outcome.FAILED) + results.count(Outcome.THROTTLED)
    return DispatchRun(results.count(Outcome.SENT), failed, results.count(Outcome.REFUSED))


def _send_all(
    work: Workplace, channel: Channel, claimed: Sequence[Claimed], sender: Sender
) -> tuple[list[Sent], list[Claimed]]:
    """Send one after the other, until the channel fails or the claim could run out. Returns tried and untried."""
    policy, templates = load_notice_policy(), load_notice_templates()
    began = time.monotonic()
    tried: list[Sent] = []
    for number, one in enumerate(claimed):
        if time.monotonic() - began > policy.send.lease_seconds - 2 * policy.send.timeout_seconds:
            return tried, list(claimed[number:])
        message = compose(work, channel, one, templates)
        start = time.monotonic()
        answer = sender(channel, message, policy.limits[channel.kind], work.now(), policy.send.timeout_seconds)
        tried.append(Sent(one, answer, round(1000 * (time.monotonic() - start))))
        if answer.outcome in (Outcome.FAILED, Outcome.THROTTLED):
            return tried, list(claimed[number + 1 :])
    return tried, []
