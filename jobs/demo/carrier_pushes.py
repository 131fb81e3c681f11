"""What carriers send when they have news: kuaidi100's form with the whole history, or the room's own JSON.

A push says what its provider knows at that moment, so one that is sent twice, or later than the next, is the same push.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from engine.intake.tracking_canonical import parse_canonical_tracking
from engine.intake.tracking_report import Told, TrackingReport, report_of
from engine.model.tracking import Provider, Scan
from jobs.demo.carrier_words import KUAIDI100_NAMES, kuaidi100_code, sentence
from jobs.demo.carrier_world import Journey, ScanTold, beijing


@dataclass(frozen=True, slots=True)
class Push:
    """One message of one carrier about one parcel: exactly one of `form` (kuaidi100's param) and `events` is set."""

    at: datetime
    waybill_no: str
    form: str | None = None
    events: tuple[dict[str, Any], ...] = ()


def push_at(journey: Journey, at: datetime) -> Push | None:
    """What is sent of a parcel at a moment of `journey.moments()`; None when there is nothing to tell."""
    if journey.parcel.carrier in KUAIDI100_NAMES:
        known = journey.known(at)
        if not known:
            return None
        return Push(at, journey.parcel.waybill_no, form=_form(journey, known))
    events = tuple(_events(journey, _news(journey, at, at)))
    return Push(at, journey.parcel.waybill_no, events=events) if events else None


def reports_between(journeys: Iterable[Journey], after: datetime, until: datetime) -> list[TrackingReport]:
    """The news of many parcels in one report a provider, as if each had been pushed at `until`.

    For playing days in seconds: one push is one commit, and a room takes some hundred of them a second. Scans go
    through the adapters' own tables. Nothing that came and was taken back in between is told.
    """
    told: list[Told] = []
    complete: list[str] = []
    canonical: list[dict[str, Any]] = []
    for journey in journeys:
        news = _news(journey, after, until)
        if not news:
            continue
        if journey.parcel.carrier not in KUAIDI100_NAMES:
            canonical.extend(_events(journey, news))
            continue
        corrected = any(retracted for _, retracted in news)
        scans: Sequence[ScanTold] = journey.known(until) if corrected else [scan for scan, _ in news]
        told.extend(_row(journey, scan, len(told) + n) for n, scan in enumerate(scans, start=1))
        if corrected:
            complete.append(journey.parcel.waybill_no)
    reports = []
    if told:
        reports.append(report_of(Provider.KUAIDI100, told, complete=complete))
    if canonical:
        reports.append(parse_canonical_tracking(canonical))
    return reports


def _news(journey: Journey, after: datetime, until: datetime) -> list[tuple[ScanTold, bool]]:
    """(scan, whether it is taken back) told in (after, until], or at `until` where both are the same moment."""

    def inside(at: datetime | None) -> bool:
        return at is not None and (after < at <= until or at == after == until)

    news = []
    for scan in journey.scans:
        if inside(scan.withdrawn_at):
            if not inside(scan.told_at):
                news.append((scan, True))
        elif inside(scan.told_at) or inside(scan.repeated_at):
            news.append((scan, False))
    return news


def _form(journey: Journey, known: Sequence[ScanTold]) -> str:
    """kuaidi100's param: everything known, newest first."""
    carrier, newest = journey.parcel.carrier, known[-1]
    lost = newest.scan is Scan.LOST_SUSPECT
    data = [
        {
            "context": sentence(scan, carrier), "ftime": beijing(scan.at), "time": beijing(scan.at),
            "statusCode": kuaidi100_code(scan), "areaCode": f"CN{scan.stop.adcode}000000", "areaName": scan.stop.name,
            "areaCenter": f"{scan.stop.lon},{scan.stop.lat}",
        }
        for scan in reversed(known)
        if scan.scan is not Scan.LOST_SUSPECT
    ]  # fmt: skip
    ended = newest.scan in (Scan.SIGNED, Scan.RETURNED)
    push = {
        "status": "abort" if lost else "shutdown" if ended else "polling",
        "message": sentence(newest, carrier) if lost else "",
        "lastResult": {
            "message": "ok", "state": kuaidi100_code(newest)[:1], "status": "200", "ischeck": str(int(ended)),
            "com": KUAIDI100_NAMES[carrier], "nu": journey.parcel.waybill_no, "data": data,
        },
    }  # fmt: skip
    return orjson.dumps(push).decode()


def _row(journey: Journey, scan: ScanTold, row: int) -> Told:
    lost = scan.scan is Scan.LOST_SUSPECT
    stop = scan.stop
    at = max((s.at for s in journey.scans if s.scan is not Scan.LOST_SUSPECT), default=scan.at) if lost else scan.at
    place: dict[str, Any] = (
        {} if lost else {"place": stop.name, "adcode": stop.adcode, "lon": stop.lon, "lat": stop.lat}
    )
    said = sentence(scan, journey.parcel.carrier)
    return Told(row, journey.parcel.waybill_no, kuaidi100_code(scan), beijing(at), said, **place)


def _events(journey: Journey, news: Iterable[tuple[ScanTold, bool]]) -> list[dict[str, Any]]:
    return [
        {
            "waybill_no": journey.parcel.waybill_no, "scan": scan.scan.value, "at": scan.at.isoformat(),
            "trouble": None if scan.trouble is None else scan.trouble.value, "place": scan.stop.name,
            "adcode": scan.stop.adcode, "lon": scan.stop.lon, "lat": scan.stop.lat,
            "said": sentence(scan, journey.parcel.carrier), "retracted": retracted,
        }
        for scan, retracted in news
    ]  # fmt: skip
