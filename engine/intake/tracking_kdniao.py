"""A push of KDNiao (快递鸟) -> a report: a form with `RequestData`, whole histories as JSON, and `DataSign`.

    {"EBusinessID": "1237100", "Count": "1",
     "Data": [{"LogisticCode": "YT...", "ShipperCode": "YTO", "State": "2", "StateEx": "201",
               "Traces": [{"AcceptTime": "2026-11-11 20:15:03", "AcceptStation": "...", "Location": "杭州市",
                           "Action": "1"}]}]}

Traces are everything, oldest first, on every push. A trace without an Action tells its words only; State and StateEx
are the newest trace's. Source: several public code bases, which agree; not KDNiao's own documentation.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import md5
from typing import Any

import orjson

from engine.clock import BEIJING
from engine.errors import BadRequest
from engine.intake.tracking_report import Told, TrackingReport, report_of
from engine.model.tracking import Provider

WORDS_ONLY = "none"
"""The code of a trace that has none: kept as a note."""


def accepted(push_of: str, now: datetime) -> dict[str, Any]:
    """What KDNiao wants to hear of a push of this customer number; after anything else it sends it again."""
    return answer(push_of, now, success=True, reason="")


def answer(push_of: str, now: datetime, *, success: bool, reason: str) -> dict[str, Any]:
    """The answer to a push."""
    told = f"{now.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    return {"EBusinessID": push_of, "UpdateTime": told, "Success": success, "Reason": reason}


def signed_by(data: str, sign: str, key: str) -> bool:
    """Whether `sign` is Base64 of the hexadecimal MD5 of data and key."""
    expected = b64encode(md5(f"{data}{key}".encode(), usedforsecurity=False).hexdigest().encode())
    return hmac.compare_digest(expected, sign.strip().encode())


def parse_kdniao_push(data: str) -> tuple[str, TrackingReport]:
    """The customer number and the report of one push. Raises BadRequest where it is not one."""
    try:
        push = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"RequestData is not JSON: {error}") from None
    parcels = push.get("Data") if isinstance(push, dict) else None
    if not isinstance(parcels, list):
        raise BadRequest("RequestData has no Data: a KDNiao push is a list of waybills.")
    told: list[Told] = []
    faults: list[dict[str, Any]] = []
    complete: list[str] = []
    for parcel in parcels:
        number = _text(parcel.get("LogisticCode")) if isinstance(parcel, Mapping) else None
        traces = parcel.get("Traces") or [] if isinstance(parcel, Mapping) else None
        row = len(told) + len(faults) + 1
        if number is None or not isinstance(traces, list) or not all(isinstance(trace, Mapping) for trace in traces):
            faults.append({"row": row, "waybill_no": number, "fault": "A waybill of the push cannot be read."})
            continue
        latest = _text(parcel.get("StateEx")) or _text(parcel.get("State"))
        last = len(traces) - 1
        told.extend(
            _told(row + n, number, trace, latest if n == last else None) for n, trace in enumerate(_by_time(traces))
        )
        complete.append(number)
    return _text(push.get("EBusinessID")) or "", report_of(Provider.KDNIAO, told, complete=complete, faults=faults)


def _by_time(traces: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(traces, key=lambda trace: _text(trace.get("AcceptTime")) or "")


def _told(row: int, number: str, trace: Mapping[str, Any], state: str | None) -> Told:
    return Told(
        row=row,
        waybill_no=number,
        code=_text(trace.get("Action")) or state or WORDS_ONLY,
        time=_text(trace.get("AcceptTime")),
        said=_text(trace.get("AcceptStation")) or "",
        place=_text(trace.get("Location")),
    )


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None
