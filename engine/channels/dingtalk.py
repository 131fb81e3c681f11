"""钉钉 group robot: a signed address; markdown where somebody is mentioned, a card with one button otherwise."""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from engine.channels.http_post import Reply
from engine.channels.outgoing import Answer, Outgoing, cut, harmless, with_tail
from engine.channels.robot_answers import judged

BUSY = frozenset({130101, 130102, 660026})
"""发送速度太快而限流, in its three spellings."""


def signed(url: str, secret: str, now: datetime) -> str:
    """The address with timestamp (ms) and Base64 HMAC-SHA256 under the secret of "timestamp, newline, secret"."""
    if not secret:
        return url
    stamp = round(now.timestamp() * 1000)
    made = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return f"{url}{'&' if '?' in url else '?'}timestamp={stamp}&sign={quote_plus(base64.b64encode(made).decode())}"


def body(message: Outgoing, *, rich_bytes: int) -> dict[str, Any]:
    """The JSON that the robot takes."""
    title, text = cut(harmless(message.title), 200), harmless(message.text).replace("\n", "\n\n")
    if message.mentions or not message.link:
        names = " ".join(f"@{one}" for one in message.mentions)  # only who stands in the text as well is told
        tail = f"\n\n[{message.link_label}]({message.link})" if message.link else ""
        tail += f"\n\n{names}" if names else ""
        return {
            "msgtype": "markdown",
            "markdown": {"title": title, "text": with_tail(f"### {title}\n\n{text}", tail, rich_bytes)},
            "at": {"atMobiles": message.mobiles, "atUserIds": message.ids, "isAtAll": False},
        }
    return {
        "msgtype": "actionCard",
        "actionCard": {
            "title": title,
            "text": cut(f"### {title}\n\n{text}", rich_bytes),
            "singleTitle": message.link_label,
            "singleURL": message.link,
        },
    }


def judge(reply: Reply) -> Answer:
    """What became of it."""
    return judged(reply, ("errcode",), ("errmsg",), BUSY)
