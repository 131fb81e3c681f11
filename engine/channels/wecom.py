"""企业微信 group robot: text where somebody is mentioned (markdown has no list of mentions), markdown otherwise."""

from typing import Any

from engine.channels.http_post import Reply
from engine.channels.outgoing import Answer, Outgoing, cut, harmless, with_tail
from engine.channels.robot_answers import judged

BUSY = frozenset({45009, 45033})
"""接口调用超过限制, and 并发调用超过限制."""


def body(message: Outgoing, *, text_bytes: int, rich_bytes: int) -> dict[str, Any]:
    """The JSON that the robot takes."""
    title, text = harmless(message.title), harmless(message.text)
    if message.mentions:
        tail = f"\n{message.link_label}：{message.link}" if message.link else ""
        content = with_tail(f"{title}\n{text}", tail, text_bytes)
        return {
            "msgtype": "text",
            "text": {
                "content": content,
                "mentioned_list": message.ids,
                "mentioned_mobile_list": message.mobiles,
            },
        }
    colour = "warning" if message.critical else "info"
    tail = f"\n[{message.link_label}]({message.link})" if message.link else ""
    head = f'<font color="{colour}">**{cut(title, 300)}**</font>\n'
    return {"msgtype": "markdown", "markdown": {"content": with_tail(head + text, tail, rich_bytes)}}


def judge(reply: Reply) -> Answer:
    """What became of it."""
    return judged(reply, ("errcode",), ("errmsg",), BUSY)
