"""Sends one message over one channel, once, and says what came of it. The only place that knows every kind."""

from datetime import datetime
from typing import Any, assert_never

import orjson

from engine.channels import apprise_library, dingtalk, feishu, gateway, wecom
from engine.channels.configured import Channel
from engine.channels.http_post import NoReply, post
from engine.channels.outgoing import Answer, Outcome, Outgoing
from engine.model.notices import ChannelKind
from engine.response.notice_policy import ChannelLimit


def send(channel: Channel, message: Outgoing, limit: ChannelLimit, *, now: datetime, timeout: float) -> Answer:
    """One attempt. Never raises for what the other side does."""
    try:
        answer = _send(channel, message, limit, now=now, timeout=timeout)
    except NoReply as silence:
        answer = Answer(Outcome.FAILED, str(silence))
    return Answer(answer.outcome, channel.without_secrets(answer.detail), answer.rest_seconds)


def _send(channel: Channel, message: Outgoing, limit: ChannelLimit, *, now: datetime, timeout: float) -> Answer:
    match channel.kind:
        case ChannelKind.WECOM:
            made = wecom.body(message, text_bytes=limit.text_bytes, rich_bytes=limit.rich_bytes)
            return wecom.judge(post(channel.url, _json(made), {}, timeout=timeout))
        case ChannelKind.DINGTALK:
            made = dingtalk.body(message, rich_bytes=limit.rich_bytes)
            return dingtalk.judge(
                post(dingtalk.signed(channel.url, channel.secret, now), _json(made), {}, timeout=timeout)
            )
        case ChannelKind.FEISHU:
            made = feishu.body(message, secret=channel.secret, now=now, rich_bytes=limit.rich_bytes)
            return feishu.judge(post(channel.url, _json(made), {}, timeout=timeout))
        case ChannelKind.APPRISE:
            return apprise_library.send(channel.url, message, text_bytes=limit.text_bytes, timeout=timeout)
        case ChannelKind.GATEWAY:
            raw = _json(gateway.body(message, text_bytes=limit.text_bytes))
            signed = gateway.headers(raw, message, key=channel.secret, now=now)
            return gateway.judge(post(channel.url, raw, signed, timeout=timeout))
        case _:
            assert_never(channel.kind)


def _json(made: dict[str, Any]) -> bytes:
    return orjson.dumps(made)
