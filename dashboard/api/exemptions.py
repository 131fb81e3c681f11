"""Notices of platforms that exempt regions and days, over HTTP: entered and withdrawn, each in a commit of its own."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.intake import apply_items, instant_of, one_by_one, text_of
from dashboard.api.refusals import Refused
from engine.rules.pack_parts import ExemptEnd
from engine.rules.penalties import DELAY_CLAUSES, Clause
from engine.usecases.clocks.enter_exemption import ExemptionNotice, enter_exemption
from engine.usecases.clocks.withdraw_exemption import withdraw_exemption
from engine.usecases.room.room import Room


async def post_exemptions(request: Request) -> Response:
    """POST /api/exemptions. {"exemptions": [{platform, notice, regions, since, until, place?, clauses?}]} or the bare
    list; regions: adcode prefixes. The answer has `entered` ({entry, notice_id}) and `refused` ({entry, error})."""
    return await apply_items(request, "exemptions", _notice, _enter)


async def post_withdrawals(request: Request) -> Response:
    """POST /api/exemptions/withdrawals. {"withdrawals": [{notice_id, reason}]} or the bare list."""
    return await apply_items(request, "withdrawals", _withdrawal, _withdraw)


def _notice(item: Mapping[str, Any], where: str) -> ExemptionNotice:
    place = item.get("place", ExemptEnd.EITHER.value)
    if place not in list(ExemptEnd):
        raise Refused(422, f"{where}.place must be one of {', '.join(ExemptEnd)}.")
    clauses = _texts(item, "clauses", where) if "clauses" in item else [clause.value for clause in DELAY_CLAUSES]
    if strange := [clause for clause in clauses if clause not in list(DELAY_CLAUSES)]:
        raise Refused(422, f"{where}.clauses has {strange[0]!r}: only {', '.join(DELAY_CLAUSES)} can be exempt.")
    return ExemptionNotice(
        platform=text_of(item, "platform", where),
        notice=text_of(item, "notice", where),
        regions=_texts(item, "regions", where),
        since=instant_of(item, "since", where),
        until=instant_of(item, "until", where),
        place=ExemptEnd(place),
        clauses=[Clause(clause) for clause in clauses],
    )


def _texts(item: Mapping[str, Any], name: str, where: str) -> list[str]:
    found = item.get(name)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise Refused(422, f"{where}.{name} must be a list of texts.")
    return found


def _withdrawal(item: Mapping[str, Any], where: str) -> tuple[str, str]:
    return text_of(item, "notice_id", where), text_of(item, "reason", where)


def _enter(room: Room, notices: list[ExemptionNotice], caller: str) -> dict[str, Any]:
    actor = f"api:{caller}"
    return one_by_one(notices, lambda one: {"notice_id": enter_exemption(room, one, actor=actor)}, called="entered")


def _withdraw(room: Room, withdrawals: list[tuple[str, str]], caller: str) -> dict[str, Any]:
    def withdraw(one: tuple[str, str]) -> dict[str, Any]:
        notice_id, reason = one
        withdraw_exemption(room, notice_id, reason=reason, actor=f"api:{caller}")
        return {"notice_id": notice_id}

    return one_by_one(withdrawals, withdraw, called="withdrawn")
