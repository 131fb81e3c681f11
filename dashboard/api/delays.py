"""Offers to wait, for the brand's gateway: what buyers may be asked now, and what they answered.

The room sends nothing itself. Both doors are open to known callers only, as /api/orders is.
"""

from collections.abc import Mapping
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.intake import apply_items, instant_of, text_of
from dashboard.api.refusals import json_response, refused
from engine.errors import WarRoomError
from engine.store.screens import room as screens
from engine.usecases.allocation.answer_delays import DelayAnswer, answer_delays
from engine.usecases.allocation.delay_records import stagger_policy
from engine.usecases.room.room import Room
from jobs.runtime import get_room

MOST = 1000
"""Offers in one answer; the gateway reports those as sent and asks again for the rest."""

_READERS = anyio.CapacityLimiter(2)


async def get_offers(request: Request) -> Response:
    """GET /api/delay-offers: approved offers that have not run out, those not yet asked first; `more`: ask again."""
    try:
        room = get_room()
        return json_response(await anyio.to_thread.run_sync(_offers, room, limiter=_READERS))
    except WarRoomError as refusal:
        return refused(refusal).response()


async def post_answers(request: Request) -> Response:
    """POST /api/delay-answers. {"answers": [{offer_id, answer: sent | accepted | declined, at}]} or the bare list."""
    return await apply_items(request, "answers", _answer, _apply)


def _offers(room: Room) -> dict[str, Any]:
    found = screens.delays_to_ask(room.database, room.now(), limit=MOST + 1)
    tiers = {tier.name: tier for tier in stagger_policy().tiers}
    offers = []
    for row in found.head(MOST).iter_rows(named=True):
        tier = tiers.get(row["tier"])
        name = {"zh": tier.zh, "en": tier.en} if tier else {"zh": row["tier"], "en": row["tier"]}
        cents = row.pop("compensation_cents")
        offers.append({**row, "tier_name": name, "compensation_yuan": f"{cents / 100:.2f}"})
    return {"offers": offers, "more": found.height > MOST}


def _answer(item: Mapping[str, Any], where: str) -> DelayAnswer:
    return DelayAnswer(
        offer_id=text_of(item, "offer_id", where),
        answer=text_of(item, "answer", where),
        at=instant_of(item, "at", where),
    )


def _apply(room: Room, answers: list[DelayAnswer], caller: str) -> dict[str, Any]:
    return answer_delays(room, answers, actor=f"api:{caller}").as_dict()
