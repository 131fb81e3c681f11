"""Clicks on the page of notices become use cases."""

from collections.abc import Sequence

from dashboard.commands.desk import attempt, operator
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.usecases.notices import review_notices as reviews


@command("retry_notices")
def retry(t: Words, notice_ids: Sequence[str]) -> Told:
    """Let notices go out with the next run."""
    return attempt(
        t,
        lambda: reviews.retry_notices(room(), notice_ids, actor=operator()),
        t("notices.retried", n=len(notice_ids)),
    )


@command("give_up_notices")
def give_up(t: Words, notice_ids: Sequence[str], *, reason: str) -> Told:
    """Stop notices for good."""
    return attempt(
        t,
        lambda: reviews.give_up_notices(room(), notice_ids, actor=operator(), reason=reason),
        t("notices.stopped", n=len(notice_ids)),
    )


@command("send_test_notice")
def send_test(t: Words, channel: str) -> Told:
    """Write a test message."""
    return attempt(t, lambda: reviews.send_test(room(), channel, actor=operator()), t("notices.tested"))
