"""The room's own tracking format, for carriers and middleware that speak none of the others -> a report.

    {"waybill_no": "SF1234567890123",
     "scan": "picked_up",               a Scan of engine/model/tracking.py; "exception" needs a "trouble" (Trouble)
     "at": "2026-11-11T20:15:03+08:00", ISO 8601; without a zone it is Beijing time
     "trouble": null, "place": "杭州转运中心", "adcode": "330100",
     "lon": 120.1551, "lat": 30.2741,   WGS-84, both or neither
     "said": "已揽收",
     "retracted": false}                true: this event, told before in the same words, did not happen

A word that is no scan is kept as a note under that word, like every code that nobody knows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.intake.tracking_report import Told, TrackingReport, report_of
from engine.model.tracking import Provider, Scan

_TEXTS = ("waybill_no", "scan", "at", "trouble", "place", "adcode", "said")


def parse_canonical_tracking(events: Sequence[object]) -> TrackingReport:
    """Events as decoded JSON; row n is the n-th of them."""
    told: list[Told] = []
    faults: list[dict[str, Any]] = []
    for row, event in enumerate(events, start=1):
        wrong = _wrong(event)
        if wrong is None and isinstance(event, Mapping):
            told.append(_told(row, event))
        else:
            number = event.get("waybill_no") if isinstance(event, Mapping) else None
            faults.append({"row": row, "waybill_no": number if isinstance(number, str) else None, "fault": wrong})
    return report_of(Provider.CANONICAL, told, faults=faults)


def _told(row: int, event: Mapping[str, Any]) -> Told:
    scan = str(event.get("scan") or "").strip().lower()
    code = f"{scan}:{event.get('trouble') or 'other'}" if scan == Scan.EXCEPTION else scan
    return Told(
        row=row,
        waybill_no=event.get("waybill_no"),
        code=code,
        time=event.get("at"),
        said=event.get("said") or "",
        place=event.get("place"),
        adcode=event.get("adcode"),
        lon=event.get("lon"),
        lat=event.get("lat"),
        retracted=event.get("retracted") is True,
    )


def _wrong(event: object) -> str | None:
    if not isinstance(event, Mapping):
        return "This is no JSON object: an event is one object."
    for name in _TEXTS:
        if not isinstance(event.get(name), str | None):
            return f"{name} of the event is no text."
    for name in ("lon", "lat"):
        value = event.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            return f"{name} of the event is no number."
    return None
