"""Tracking over HTTP: each provider's own push, and the room's own format. 200 means committed, or known already."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.intake import WRITERS, caller_of, json_of, listed, rows_of
from dashboard.api.push_signs import form_of
from dashboard.api.refusals import Refused, json_response, refused
from engine.errors import BadRequest, WarRoomError
from engine.intake import tracking_kdniao, tracking_kuaidi100, tracking_sf
from engine.intake.tracking_canonical import parse_canonical_tracking
from engine.intake.tracking_report import TrackingReport
from engine.usecases.road.track import TrackReceipt, track
from engine.usecases.room.room import Room
from jobs.runtime import get_room

Answer = Mapping[str, Any]


async def post_canonical(request: Request) -> Response:
    """POST /api/tracking/canonical. {"events": [...]} or the bare list; the format is in tracking_canonical.py."""

    async def read(room: Room) -> TrackingReport:
        return parse_canonical_tracking(rows_of(listed(await json_of(request), "events"), "events", room))

    return await _taken(request, read)


async def post_sf(request: Request) -> Response:
    """POST /api/tracking/sf. SF's route push, as JSON."""

    async def read(_: Room) -> TrackingReport:
        return tracking_sf.parse_sf_routes(await json_of(request))

    return await _taken(request, read, answer=lambda receipt: {**tracking_sf.ACCEPTED, **receipt.as_dict()})


async def post_kuaidi100(request: Request) -> Response:
    """POST /api/tracking/kuaidi100. Its push, a form with param and sign; answered as it wants to be."""

    async def read(room: Room) -> TrackingReport:
        form = form_of(await request.body())
        if "param" not in form:
            raise BadRequest("The form has no param: it is no push of kuaidi100.")
        return tracking_kuaidi100.parse_kuaidi100_push(form["param"], now=room.now())

    return await _taken(request, read, answer=lambda _: tracking_kuaidi100.ACCEPTED, refusal=tracking_kuaidi100.refused)


async def post_kdniao(request: Request) -> Response:
    """POST /api/tracking/kdniao. Its push, a form with RequestData and DataSign; answered as it wants to be."""
    pushed_for = ""

    async def read(_: Room) -> TrackingReport:
        nonlocal pushed_for
        form = form_of(await request.body())
        if "RequestData" not in form:
            raise BadRequest("The form has no RequestData: it is no push of KDNiao.")
        pushed_for, report = tracking_kdniao.parse_kdniao_push(form["RequestData"])
        return report

    def told(*, success: bool, reason: str) -> Answer:
        return tracking_kdniao.answer(pushed_for, get_room().now(), success=success, reason=reason)

    return await _taken(
        request,
        read,
        answer=lambda _: told(success=True, reason=""),
        refusal=lambda why: told(success=False, reason=why),
    )


async def _taken(
    request: Request,
    read: Callable[[Room], Any],
    *,
    answer: Callable[[TrackReceipt], Answer] = TrackReceipt.as_dict,
    refusal: Callable[[str], Answer] | None = None,
) -> Response:
    """Read the report and take it in, in a thread; refusals in the provider's own words where it has some."""
    try:
        room = get_room()
        report: TrackingReport = await read(room)
        most = room.settings.intake.max_rows
        if report.read > most:
            raise Refused(413, f"The push has {report.read} events; one request may bring {most}.")
        done = partial(track, room, report, actor=f"api:{caller_of(request)}")
        return json_response(answer(await anyio.to_thread.run_sync(done, limiter=WRITERS)))
    except (WarRoomError, Refused) as error:
        why = refused(error) if isinstance(error, WarRoomError) else error
        if refusal is None:
            return why.response()
        return json_response({**refusal(why.sentence), "error": why.sentence}, status=why.status, headers=why.headers)
