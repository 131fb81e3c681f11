"""What anchors promised on air, over HTTP: logged and withdrawn, each in a commit of its own."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.intake import apply_items, instant_of, one_by_one, text_of
from dashboard.api.refusals import Refused
from engine.usecases.clocks.log_promise import SpokenPromise, log_promise
from engine.usecases.clocks.withdraw_promise import withdraw_promise
from engine.usecases.room.room import Room


async def post_promises(request: Request) -> Response:
    """POST /api/promises. {"promises": [{show_id, words, said_at, sku?, hours? or moment?, anchor?, whole_show?}]} or
    the bare list. The answer has `logged` ({promise_id, moved}) and `refused` ({entry, error}) in turn."""
    return await apply_items(request, "promises", _promise, _log)


async def post_withdrawals(request: Request) -> Response:
    """POST /api/promises/withdrawals. {"withdrawals": [{promise_id, reason}]} or the bare list."""
    return await apply_items(request, "withdrawals", _withdrawal, _withdraw)


def _promise(item: Mapping[str, Any], where: str) -> SpokenPromise:
    def optional(name: str) -> str | None:
        return None if item.get(name) is None else text_of(item, name, where)

    hours = item.get("hours")
    if hours is not None and (isinstance(hours, bool) or not isinstance(hours, int | float)):
        raise Refused(422, f"{where}.hours must be a number.")
    whole = item.get("whole_show", False)
    if not isinstance(whole, bool):
        raise Refused(422, f"{where}.whole_show must be true or false.")
    return SpokenPromise(
        show_id=text_of(item, "show_id", where),
        words=text_of(item, "words", where),
        said_at=instant_of(item, "said_at", where),
        sku=optional("sku"),
        hours=None if hours is None else float(hours),
        moment=None if item.get("moment") is None else instant_of(item, "moment", where),
        anchor=optional("anchor"),
        whole_show=whole,
    )


def _withdrawal(item: Mapping[str, Any], where: str) -> tuple[str, str]:
    return text_of(item, "promise_id", where), text_of(item, "reason", where)


def _log(room: Room, promises: list[SpokenPromise], caller: str) -> dict[str, Any]:
    def log(promise: SpokenPromise) -> dict[str, Any]:
        receipt = log_promise(room, promise, actor=f"api:{caller}")
        return {"promise_id": receipt.promise_id, "moved": receipt.moved}

    return one_by_one(promises, log, called="logged")


def _withdraw(room: Room, withdrawals: list[tuple[str, str]], caller: str) -> dict[str, Any]:
    def withdraw(one: tuple[str, str]) -> dict[str, Any]:
        promise_id, reason = one
        receipt = withdraw_promise(room, promise_id, reason=reason, actor=f"api:{caller}")
        return {"promise_id": promise_id, "moved": receipt.moved}

    return one_by_one(withdrawals, withdraw, called="withdrawn")
