"""Compensations, for the brand's gateway: what may be paid or shipped now, and what became of it.

The room pays nothing itself. Both doors are open to known callers only, as /api/orders is.
"""

from collections.abc import Mapping
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.intake import apply_items, instant_of, text_of
from dashboard.api.refusals import json_response, refused
from engine.errors import WarRoomError
from engine.store.screens import compensation as compensation_screens
from engine.usecases.making_good.answer_compensations import CompensationAnswer, answer_compensations
from engine.usecases.room.room import Room
from jobs.runtime import get_room

MOST = 1000
"""Compensations in one answer; the gateway reports those as sent and asks again for the rest."""

_READERS = anyio.CapacityLimiter(2)


async def get_compensations(request: Request) -> Response:
    """GET /api/compensations: approved ones that were not reported on, the oldest first; `more`: ask again."""
    try:
        room = get_room()
        return json_response(await anyio.to_thread.run_sync(_waiting, room, limiter=_READERS))
    except WarRoomError as refusal:
        return refused(refusal).response()


async def post_answers(request: Request) -> Response:
    """POST /api/compensation-answers. {"answers": [{compensation_id, answer: sent | paid | failed, at, reason}]} or the
    bare list; `reason` may be left out."""
    return await apply_items(request, "answers", _answer, _apply)


def _waiting(room: Room) -> dict[str, Any]:
    found = compensation_screens.compensations_to_pay(room.database, limit=MOST + 1)
    rows = []
    for row in found.head(MOST).iter_rows(named=True):
        cents = row.pop("pay_cents")
        rows.append({**row, "pay_yuan": f"{cents / 100:.2f}"})
    return {"compensations": rows, "more": found.height > MOST}


def _answer(item: Mapping[str, Any], where: str) -> CompensationAnswer:
    return CompensationAnswer(
        compensation_id=text_of(item, "compensation_id", where),
        answer=text_of(item, "answer", where),
        at=instant_of(item, "at", where),
        reason=text_of(item, "reason", where, least=0) if item.get("reason") is not None else "",
    )


def _apply(room: Room, answers: list[CompensationAnswer], caller: str) -> dict[str, Any]:
    return answer_compensations(room.database, answers, actor=f"api:{caller}").as_dict()
