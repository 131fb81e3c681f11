"""The brand's own gateway, which knows the buyers: a signed webhook with an idempotency key.

The signature is the API's own: hex HMAC-SHA256 under the agreed key of `timestamp + "\\n" + body`. The gateway answers
2xx with {"accepted": true}, or 409 for a key that it has seen; anything else is no success, a login page included.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Any

from engine.channels.http_post import Reply
from engine.channels.outgoing import Answer, Outcome, Outgoing, cut, told
from engine.channels.robot_answers import json_of

CALLER = "warroom"
PASSING = frozenset({401, 403, 404, 408, 425})
"""Answers of a gateway that is set up wrongly or starting: the next message would get them as well."""


def body(message: Outgoing, *, text_bytes: int) -> dict[str, Any]:
    """The JSON that the gateway takes."""
    return {
        "notice_id": message.key,
        **message.order,
        "title": message.title,
        "text": cut(message.text, text_bytes),
    }


def headers(raw: bytes, message: Outgoing, *, key: str, now: datetime) -> dict[str, str]:
    """Who sends, when, and that nobody else did."""
    stamp = f"{now.timestamp():.3f}"
    made = hmac.new(key.encode(), f"{stamp}\n".encode() + raw, hashlib.sha256).hexdigest()
    return {
        "Idempotency-Key": message.key,
        "X-Warroom-Caller": CALLER,
        "X-Warroom-Timestamp": stamp,
        "X-Warroom-Signature": made,
    }


def judge(reply: Reply) -> Answer:
    """What became of it."""
    found = json_of(reply) or {}
    words = told(found.get("error") or found.get("errmsg") or "")
    said = f"The gateway answered {reply.status}{f': {words}' if words else '.'}"
    if reply.status == 409:
        return Answer(Outcome.SENT, "The gateway has it already.")
    if reply.status == 429:
        return Answer(Outcome.THROTTLED, said, reply.retry_after)
    if 200 <= reply.status < 300:
        if found.get("accepted") is True and not found.get("errcode"):
            return Answer(Outcome.SENT)
        if found.get("accepted") is False:
            return Answer(Outcome.REFUSED, f"The gateway does not take it{f': {words}' if words else '.'}")
        return Answer(Outcome.FAILED, f"{said} It does not say that it accepted the message.")
    if 400 <= reply.status < 500 and reply.status not in PASSING:
        return Answer(Outcome.REFUSED, said)
    return Answer(Outcome.FAILED, said)
