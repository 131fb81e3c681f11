"""The stage of a parcel, slowly: its events one after the other, with the rules as they would be told to a person."""

from collections.abc import Mapping, Sequence
from typing import Any

TRAVEL = {
    "picked_up", "hub_in", "hub_out", "arrived_city", "out_for_delivery", "locker", "signed", "rejected", "returning",
    "returned",
}  # fmt: skip
TURN = [
    "ordered", "labelled", "picked_up", "hub_in", "hub_out", "arrived_city", "out_for_delivery", "locker", "exception",
    "rejected", "returning", "signed", "returned", "cancelled", "lost_suspect", "note",
]  # fmt: skip


def next_stage(stage: str, scan: str) -> str:
    if scan in ("ordered", "labelled", "exception", "note") or stage == "returned":
        return stage
    if stage == "returning":  # only its end matters
        return {"signed": "returned", "returned": "returned", "lost_suspect": "lost"}.get(scan, stage)
    if scan in ("returning", "returned", "rejected"):
        return scan
    if stage == "signed":
        return stage
    if scan == "signed":
        return "signed"
    if scan == "lost_suspect":
        return stage if stage in ("labelled", "cancelled") else "lost"
    if scan == "cancelled":
        return stage if stage == "rejected" else "cancelled"
    if scan in ("out_for_delivery", "locker"):
        return scan
    if stage == "rejected":
        return "returning" if scan in ("hub_in", "hub_out") else stage
    untouched = stage in ("labelled", "cancelled", "lost")
    if scan == "picked_up":
        return "picked_up" if untouched else stage
    if scan == "arrived_city":
        return "arrived"
    if untouched or stage in ("picked_up", "in_transit"):
        return "in_transit"
    if stage == "arrived":
        return stage
    return "arrived" if scan == "hub_in" else "in_transit"  # was out for delivery or in a locker


def track(events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The row of TRACKS of one waybill, without its number."""
    stage = "labelled"
    told: dict[str, Any] = dict.fromkeys(
        ("stage_at", "trouble", "picked_up_at", "first_hub_at", "arrived_at", "out_at", "signed_at", "last_scan_at",
         "last_place", "last_adcode", "lon", "lat")
    )  # fmt: skip
    for event in sorted(events, key=lambda e: (e["event_time"], TURN.index(e["scan"]), e["event_key"])):
        scan, at, before = event["scan"], event["event_time"], stage
        stage = next_stage(stage, scan)
        if stage != before:
            told["stage_at"] = at
        if scan == "exception":
            told["trouble"] = event["trouble"]
        elif scan in TRAVEL:
            told["trouble"] = None
        if scan in TRAVEL or (scan == "exception" and event["trouble"] not in ("no_news", "overdue")):
            told["last_scan_at"] = at
        milestone = {
            "picked_up": "picked_up_at", "hub_in": "first_hub_at", "hub_out": "first_hub_at",
            "arrived_city": "arrived_at", "out_for_delivery": "out_at", "signed": "signed_at",
        }.get(scan)  # fmt: skip
        if milestone and stage not in ("returning", "returned") and told[milestone] is None:
            told[milestone] = at
        for name, column in (("last_place", "place"), ("last_adcode", "adcode"), ("lon", "lon"), ("lat", "lat")):
            if event[column] is not None:
                told[name] = event[column]
    return {"stage": stage, **told, "events": len(events)}
