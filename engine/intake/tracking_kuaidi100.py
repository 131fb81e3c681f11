"""A push of kuaidi100 (快递100) -> a report: a form with `param`, the waybill's whole history as JSON, and `sign`.

    {"status": "polling | shutdown | abort | updateall", "message": "", "comOld": "", "comNew": "",
     "lastResult": {"nu": "...", "com": "zhongtong", "state": "0",
                    "data": [{"context": "...", "ftime": "2026-09-01 12:00:00", "statusCode": "1002", "status": "干线",
                              "areaCode": "CN330100000000", "areaName": "...", "areaCenter": "120.1,30.2"}]}}

`data` is everything, newest first, on every push. abort (nothing for 3 days, or no change for 60) is one more event at
the time of the newest. An event without statusCode is read by its `status` word; failing that, `state` is the newest
event's. Source: the field list of kuaidi100's Java demo (68a6ab4), not a captured push. The formula of the sign and the
datum of areaCenter are told by users, not by the documentation: the position is kept as it is told (it is a city's
centre, so that a datum moves it by less than it is wide), and a sign that does not fit is refused.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import md5
from typing import Any

import orjson

from engine.clock import BEIJING
from engine.errors import BadRequest
from engine.intake.tracking_codes import KUAIDI100_WORDS
from engine.intake.tracking_report import Told, TrackingReport, report_of
from engine.model.tracking import Provider

STATUSES = ("polling", "shutdown", "abort", "updateall")
ACCEPTED = {"result": True, "returnCode": "200", "message": "成功"}
"""What kuaidi100 wants to hear; after anything else it sends the push again, three times."""


def refused(sentence: str) -> dict[str, Any]:
    """The answer that makes it send the push again."""
    return {"result": False, "returnCode": "500", "message": sentence}


def signed_by(param: str, sign: str, salt: str) -> bool:
    """Whether `sign` is the upper-case MD5 of param and salt; in either case of letters."""
    expected = md5(f"{param}{salt}".encode(), usedforsecurity=False).hexdigest().upper()
    return hmac.compare_digest(expected.encode(), sign.strip().upper().encode())


def parse_kuaidi100_push(param: str, *, now: datetime) -> TrackingReport:
    """The report of one push. Raises BadRequest where it is not one."""
    push = _object(param)
    status = push.get("status")
    if status not in STATUSES:
        raise BadRequest(f"status is {status!r}: it is one of {', '.join(STATUSES)}.")
    result = push.get("lastResult")
    if not isinstance(result, Mapping):
        raise BadRequest("The push has no lastResult: there is no waybill in it.")
    number, data = result.get("nu"), result.get("data")
    data = [] if data is None else data
    if not isinstance(number, str) or not number.strip():
        raise BadRequest("lastResult has no nu: there is no waybill in it.")
    if not isinstance(data, list):
        raise BadRequest("lastResult.data is no list of events.")
    number = number.strip()
    told, faults = [], []
    for row, event in enumerate(data, start=1):
        if isinstance(event, Mapping):
            told.append(_told(row, number, event, newest_state=result.get("state") if row == 1 else None))
        else:
            faults.append({"row": row, "waybill_no": number, "fault": "This is no JSON object: an event is one."})
    newest = next((one.time for one in told if one.time), None)
    told.extend(_of_the_push(push, number, newest, now, row=len(data) + 1))
    return report_of(Provider.KUAIDI100, told, complete=() if faults or not data else (number,), faults=faults)


def _object(param: str) -> Mapping[str, Any]:
    try:
        push = orjson.loads(param)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"param is not JSON: {error}") from None
    if not isinstance(push, dict):
        raise BadRequest("param is no JSON object.")
    return push


def _told(row: int, number: str, event: Mapping[str, Any], *, newest_state: object) -> Told:
    lon, lat = _centre(event.get("areaCenter"))
    return Told(
        row=row,
        waybill_no=number,
        code=_code(event, newest_state),
        time=_text(event.get("ftime")) or _text(event.get("time")),
        said=_text(event.get("context")) or "",
        place=_text(event.get("areaName")) or _text(event.get("location")),
        adcode=_adcode(event.get("areaCode")),
        lon=lon,
        lat=lat,
    )


def _code(event: Mapping[str, Any], newest_state: object) -> str:
    """The event's code. Never by truth: "0" is a code, and so is the number 0."""
    code, word = _text(event.get("statusCode")), _text(event.get("status"))
    if code is not None:
        return code
    if word is not None:
        return KUAIDI100_WORDS.get(word, word)
    state = _text(newest_state)
    return "none" if state is None else state


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def _centre(value: object) -> tuple[float | None, float | None]:
    parts = value.split(",") if isinstance(value, str) else []
    try:
        lon, lat = (float(part) for part in parts)
    except ValueError:
        return None, None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else (None, None)


def _adcode(value: object) -> str | None:
    """Six digits of an area code such as CN330100000000."""
    digits = (_text(value) or "").removeprefix("CN")[:6]
    return digits if len(digits) == 6 and digits.isascii() and digits.isdecimal() else None


def _of_the_push(push: Mapping[str, Any], number: str, newest: str | None, now: datetime, *, row: int) -> list[Told]:
    """What the push itself says: the provider gave up, or found out that another carrier has the parcel.

    Without any event it is dated on its day, so that the same push, sent again, says nothing new.
    """
    at = newest or now.astimezone(BEIJING).strftime("%Y-%m-%d 00:00:00")
    told = []
    if push["status"] == "abort":
        told.append(Told(row, number, "abort", at, said=_text(push.get("message")) or "abort"))
    old, new = _text(push.get("comOld")), _text(push.get("comNew"))
    if old and new and old != new:
        told.append(Told(row + len(told), number, "carrier_changed", at, said=f"{old} → {new}"))
    return told
