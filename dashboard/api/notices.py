"""What the brand's gateway reports of notices, and what buyers want to be told; and the links of chat cards.

The two doors for the gateway are open to known callers only. A card's link is open to whoever has it, and leads to the
room's own inbox: it shows nothing and decides nothing.
"""

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboard import sentences
from dashboard.api.intake import apply_items, instant_of, text_of
from dashboard.api.refusals import Refused
from dashboard.wording import LANGUAGES, words
from engine.errors import WarRoomError
from engine.usecases.actions.approval_links import open_approval
from engine.usecases.notices.record_consents import EVERY, ConsentSaid, record_consents
from engine.usecases.notices.record_notice_reports import NoticeReport, record_notice_reports
from engine.usecases.room.room import Room
from jobs.runtime import get_room


async def post_reports(request: Request) -> Response:
    """POST /api/notice-reports. {"reports": [{notice_id, state: delivered | undelivered, at, reason}]} or the list."""
    return await apply_items(request, "reports", _report, _apply_reports)


async def post_consents(request: Request) -> Response:
    """POST /api/notice-consents. {"consents": [{order_id, kind, allowed, at, language}]} or the bare list.

    What the buyer of that order said; `kind` left out or "*" is every kind, `language` (zh, en) may be left out.
    """
    return await apply_items(request, "consents", _consent, _apply_consents)


async def go(request: Request) -> Response:
    """GET /go/{token}: to the inbox, at the card that a chat message asked about; or the sentence that says why not."""
    try:
        room = get_room()
        card = await anyio.to_thread.run_sync(open_approval, room, request.path_params["token"])
    except WarRoomError as refusal:
        return _told(str(refusal))
    return RedirectResponse(f"/inbox?{urlencode({'action': card.action_id, 'role': card.role})}", status_code=303)


def _told(sentence: str) -> Response:
    """One page in both languages: nobody knows yet whose it is."""
    lines = "".join(f"<p>{escape(sentences.said(words(language), sentence))}</p>" for language in LANGUAGES)
    names = " · ".join(escape(words(language)("page.inbox")) for language in LANGUAGES)
    return HTMLResponse(
        f'<!doctype html><meta charset=utf-8>{lines}<p><a href="/inbox">{names}</a></p>', status_code=404
    )


def _report(item: Mapping[str, Any], where: str) -> NoticeReport:
    return NoticeReport(
        notice_id=text_of(item, "notice_id", where),
        state=text_of(item, "state", where),
        at=instant_of(item, "at", where),
        reason=text_of(item, "reason", where, least=0) if item.get("reason") is not None else "",
    )


def _consent(item: Mapping[str, Any], where: str) -> ConsentSaid:
    allowed = item.get("allowed")
    if not isinstance(allowed, bool):
        raise Refused(422, f"{where}.allowed must be true or false.")
    return ConsentSaid(
        order_id=text_of(item, "order_id", where),
        kind=text_of(item, "kind", where) if item.get("kind") is not None else EVERY,
        allowed=allowed,
        at=instant_of(item, "at", where),
        language=text_of(item, "language", where) if item.get("language") is not None else None,
    )


def _apply_reports(room: Room, reports: list[NoticeReport], caller: str) -> dict[str, Any]:
    return record_notice_reports(room, reports, actor=f"api:{caller}").as_dict()


def _apply_consents(room: Room, said: list[ConsentSaid], caller: str) -> dict[str, Any]:
    return record_consents(room, said, actor=f"api:{caller}").as_dict()
