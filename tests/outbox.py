"""An outbox for tests: a room with channels, and a world outside that can be down, slow to record, or counting."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from engine.channels.configured import Channel
from engine.channels.outgoing import Answer, Outcome, Outgoing
from engine.model.notices import NoticeKind, StaffDesk
from engine.response.notice_policy import ChannelLimit
from engine.settings import load_settings
from engine.usecases.notices.register_channels import register_channels
from engine.usecases.notices.write_notice import StaffNotice, write_buyer_notices, write_staff_notice
from engine.usecases.room.room import Room

ROBOT = {"wecom": "ops=https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"}
GATEWAY = {"gateway": "https://gateway.brand.cn/notices", "gateway_key": "gateway-key-of-16"}


def with_channels(room: Room, **channels: str) -> Room:
    """The same room under settings that name these channels."""
    environment = {f"WARROOM_CHANNELS_{name.upper()}": value for name, value in channels.items()}
    room.settings = replace(room.settings, channels=load_settings(environment=environment).channels)
    register_channels(room.database, room.settings.channels)
    return room


class Outside:
    """Where messages arrive: `accepted` and `tried` are (when, channel, message); `judge` says what to answer."""

    def __init__(self, judge: Callable[[Outgoing, datetime], Answer] | None = None) -> None:
        self.accepted: list[tuple[datetime, str, Outgoing]] = []
        self.tried: list[tuple[datetime, str, Outgoing]] = []
        self.judge = judge or (lambda message, now: Answer(Outcome.SENT))

    def __call__(
        self, channel: Channel, message: Outgoing, limit: ChannelLimit, now: datetime, timeout: float
    ) -> Answer:
        self.tried.append((now, channel.name, message))
        answer = self.judge(message, now)
        if answer.outcome is Outcome.SENT:
            self.accepted.append((now, channel.name, message))
        return answer

    @property
    def keys(self) -> list[str]:
        return [message.key for _, _, message in self.accepted]

    @property
    def texts(self) -> list[str]:
        return [f"{message.title} {message.text}" for _, _, message in self.accepted]


def down(message: Outgoing, now: datetime) -> Answer:
    return Answer(Outcome.FAILED, "The connection was refused.")


def alert(cause: str, **changes: Any) -> StaffNotice:
    fields = {"what": "late", "where": cause, "orders": 3, "yuan": "9.00", "due_at": None}
    plain: dict[str, Any] = {"kind": NoticeKind.ALERT, "desk": StaffDesk.WAREHOUSE, "cause": cause, "fields": fields}
    return StaffNotice(**(plain | changes))


def write(room: Room, *notices: StaffNotice) -> int:
    with room.database.transaction(actor="test", verb="cause") as tx:
        return sum(write_staff_notice(tx, notice) for notice in notices)


def tell_buyers(room: Room, *orders: str, kind: NoticeKind = NoticeKind.LATE, **fields: Any) -> int:
    frame = pl.DataFrame({"order_id": list(orders), "cause": [f"{kind}:{one}" for one in orders]})
    named = {"order_no": pl.col("order_id").str.split(":").list.get(1), "carrier": pl.lit("FAST")}
    frame = frame.with_columns(**(named if kind is NoticeKind.LATE else {n: pl.lit(v) for n, v in fields.items()}))
    with room.database.transaction(actor="test", verb="cause") as tx:
        return write_buyer_notices(tx, kind, frame)


def states(room: Room) -> list[str]:
    return room.database.read("SELECT state FROM notices ORDER BY created_at, cause")["state"].to_list()
