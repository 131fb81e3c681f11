"""A route push of SF (顺丰) -> a report: single scans by opCode, each told once.

    {"Body": {"WaybillRoute": [{"mailno": "SF...", "opCode": "50", "acceptTime": "2026-11-11 20:15:03",
                                "acceptAddress": "杭州市", "remark": "顺丰速运 已收取快件"}]}}

The bare list of routes is taken as well. Source: public code bases and three real traces; not SF's own documentation.
"""

from collections.abc import Mapping
from typing import Any

from engine.errors import BadRequest
from engine.intake.tracking_report import Told, TrackingReport, report_of
from engine.model.tracking import Provider

ACCEPTED = {"return_code": "0000", "return_msg": "成功"}


def parse_sf_routes(body: object) -> TrackingReport:
    """The report of one push, decoded. Raises BadRequest where it is not one."""
    routes = body
    if isinstance(body, Mapping):
        inside = body.get("Body", body)
        routes = inside.get("WaybillRoute") if isinstance(inside, Mapping) else None
    if not isinstance(routes, list):
        raise BadRequest("There is no Body.WaybillRoute in it: an SF push is a list of routes.")
    told: list[Told] = []
    faults: list[dict[str, Any]] = []
    for row, route in enumerate(routes, start=1):
        if isinstance(route, Mapping):
            told.append(
                Told(
                    row=row,
                    waybill_no=_text(route.get("mailno")),
                    code=_text(route.get("opCode")) or "",
                    time=_text(route.get("acceptTime")),
                    said=_text(route.get("remark")) or "",
                    place=_text(route.get("acceptAddress")),
                )
            )
        else:
            faults.append({"row": row, "waybill_no": None, "fault": "This is no JSON object: a route is one object."})
    return report_of(Provider.SF, told, faults=faults)


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None
