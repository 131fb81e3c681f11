"""What does a claimed message say, to whom, with which link? Texts from the templates, people from the settings."""

from collections.abc import Mapping
from typing import Any

import orjson

from engine.channels.configured import Channel
from engine.channels.outgoing import Outgoing
from engine.model.notices import Audience, NoticeKind, StaffDesk
from engine.response.notice_templates import Said, Templates
from engine.usecases.actions.approval_links import approval_link
from engine.usecases.notices.claim_notices import Claimed
from engine.usecases.room.workplace import Workplace

LABELS = {
    "zh": {"approve": "查看并审批", "open": "打开作战室"},
    "en": {"approve": "Look and decide", "open": "Open the war room"},
}
"""Words on the button of a card."""


def compose(work: Workplace, channel: Channel, claimed: Claimed, templates: Templates) -> Outgoing:
    """The message as the channel's adapter takes it."""
    rows = claimed.notices.to_dicts()
    if channel.audience is Audience.BUYER:
        [row] = rows
        return _to_buyer(work, row, templates)
    language = work.settings.boards.language
    said = [templates.render(NoticeKind(row["kind"]), orjson.loads(row["fields"]), language) for row in rows]
    critical = any(row["critical"] for row in rows)
    one = rows[0]
    if len(rows) == 1:
        action: str | None = one["action_id"]
        link = approval_link(work, action, _role(one)) if action else work.settings.channels.room_url
        return Outgoing(
            key=claimed.sent_as,
            title=said[0].title,
            text=said[0].text,
            critical=critical,
            link=link,
            link_label=LABELS[language]["approve" if action else "open"],
            mentions=_mentioned(channel, rows),
        )
    head = templates.render(NoticeKind.DIGEST, {"count": len(rows)}, language)
    return Outgoing(
        key=claimed.sent_as,
        title=head.title,
        text="\n".join([head.text, *(_line(one) for one in said)]),
        critical=critical,
        link=work.settings.channels.room_url,
        link_label=LABELS[language]["open"],
        mentions=_mentioned(channel, rows) if critical else (),  # a digest of small things calls nobody
    )


def _line(said: Said) -> str:
    return f"· {said.title} {said.text}"


def _role(row: Mapping[str, Any]) -> str:
    return str(orjson.loads(row["fields"]).get("role", ""))


def _mentioned(channel: Channel, rows: list[dict[str, Any]]) -> tuple[str, ...]:
    people = [one for row in rows for one in channel.desks.get(StaffDesk(row["desk"]), ())]
    return tuple(dict.fromkeys(people))


def _to_buyer(work: Workplace, row: Mapping[str, Any], templates: Templates) -> Outgoing:
    kind = NoticeKind(row["kind"])
    language = row["language"] or work.settings.boards.language
    fields = orjson.loads(row["fields"])
    said = templates.render(kind, fields, language)
    order = {
        "kind": kind.value,
        "platform": row["platform"],
        "order_no": row["order_no"],
        "order_id": row["order_id"],
        "language": language,
        "via": [via.value for via in templates.by_kind[kind].via],
        "fields": templates.shown(fields, language),  # for a gateway with texts of its own
        "created_at": row["created_at"].isoformat(),
        "attempt": row["attempts"],
    }
    return Outgoing(key=row["notice_id"], title=said.title, text=said.text, order=order)
