"""飞书 group robot: a card with a coloured head, mentions in its text and one button; signed in the body."""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

from engine.channels.http_post import Reply
from engine.channels.outgoing import Answer, Outgoing, cut, harmless, with_tail
from engine.channels.robot_answers import judged

BUSY = frozenset({9499, 11232})
"""too many request, and frequency limited."""


def signature(secret: str, stamp: int) -> str:
    """Base64 HMAC-SHA256 of nothing, under "timestamp (s), newline, secret" as the key: that is how it is."""
    return base64.b64encode(hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


def body(message: Outgoing, *, secret: str, now: datetime, rich_bytes: int) -> dict[str, Any]:
    """The JSON that the robot takes."""
    # Mobile numbers are no way to mention somebody here: only ids are.
    names = " ".join(f'<at id="{one}"></at>' for one in message.ids)
    content = with_tail(harmless(message.text), f"\n{names}" if names else "", rich_bytes)
    elements: list[dict[str, Any]] = [{"tag": "div", "text": {"tag": "lark_md", "content": content}}]
    if message.link:
        button = {
            "tag": "button",
            "text": {"tag": "plain_text", "content": message.link_label},
            "url": message.link,
            "type": "primary",
        }
        elements.append({"tag": "action", "actions": [button]})
    head = {"tag": "plain_text", "content": cut(harmless(message.title), 200)}
    made: dict[str, Any] = {
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": True},
            "header": {"title": head, "template": "red" if message.critical else "blue"},
            "elements": elements,
        },
    }
    if secret:
        stamp = int(now.timestamp())
        made |= {"timestamp": str(stamp), "sign": signature(secret, stamp)}
    return made


def judge(reply: Reply) -> Answer:
    """What became of it; robots of old spell the code StatusCode."""
    return judged(reply, ("code", "StatusCode"), ("msg", "StatusMessage"), BUSY)
