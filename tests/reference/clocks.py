"""The clocks of one order and parcel, said slowly: one row, one clock, one `if` after the other."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.model.clocks import Clock
from engine.rules.packs import RulePack
from engine.rules.penalties import Clause

LATE = ("late", "late_beyond")
CLAUSES = {
    "late": "late", "late_beyond": "late_beyond", "before_payment": "trace_anomaly", "recalled": "trace_anomaly",
    "no_pick_up": "trace_timeout", "no_pick_up_long": "trace_anomaly", "no_hub": "trace_timeout",
    "no_hub_long": "trace_anomaly", "gap": "trace_timeout",
}  # fmt: skip


def gap_hours(row: Mapping[str, Any], pack: RulePack) -> float:
    one, other = (row["origin"] or "")[:2], row["destination"][:2]
    if one in pack.transit.remote or other in pack.transit.remote:
        return pack.transit.remote_hours
    if one == other or any(one in group and other in group for group in pack.transit.near):
        return pack.transit.near_hours
    return pack.transit.far_hours


def deadline(row: Mapping[str, Any], clock: str, pack: RulePack) -> datetime | None:
    hours = {
        "late": 0.0, "late_beyond": 48.0, "no_pick_up": 24.0, "no_pick_up_long": 48.0, "no_hub": 24.0,
        "no_hub_long": 48.0,
    }  # fmt: skip
    if clock in LATE:
        return row["promise_at"] + timedelta(hours=hours[clock]) if row["first"] else None
    if clock.startswith("no_pick_up"):
        begin = row["uploaded_at"]
    elif clock.startswith("no_hub"):
        begin = row["picked_up_at"] if row["has_hubs"] else None
    elif clock == "gap":
        begin = row["last_scan_at"] if row["has_hubs"] and row["stage"] == "in_transit" else None
        hours["gap"] = gap_hours(row, pack)
    elif clock == "before_payment":
        return row["picked_up_at"]  # type: ignore[no-any-return]
    else:
        return row["stage_at"] if row["stage"] == "cancelled" else None
    return None if begin is None else begin + timedelta(hours=hours[clock])


def exempt(row: Mapping[str, Any], clock: str, at: datetime, pack: RulePack) -> bool:
    for one in pack.exemptions:
        ends = {"origin": [row["origin"]], "destination": [row["destination"]]}.get(
            one.end.value, [row["origin"], row["destination"]]
        )
        inside = any(end is not None and end.startswith(region) for end in ends for region in one.regions)
        if CLAUSES[clock] in one.clauses and inside and one.since <= at < one.until:
            return True
    return False


def state(row: Mapping[str, Any], clock: str, pack: RulePack, now: datetime) -> str:
    at = deadline(row, clock, pack)
    if at is None:
        return "not_applicable"
    if clock == "recalled":
        return "exempt" if exempt(row, clock, at, pack) else "broken"
    if clock == "before_payment":
        if row["picked_up_at"] >= row["paid_at"]:
            return "kept"
        return "exempt" if exempt(row, clock, at, pack) else "broken"
    if clock in LATE:
        end = row["whole_at"]
    elif clock == "gap":
        end = None
    else:
        end = row["picked_up_at"] if clock.startswith("no_pick_up") else row["first_hub_at"]
    if end is not None and end <= at:
        return "kept"
    closings = [row["closed_at"]]
    if clock not in LATE and row["stage"] == "cancelled":
        closings.append(row["stage_at"])
    if any(closed is not None and closed <= at for closed in closings):
        return "not_applicable"
    if exempt(row, clock, at, pack):
        return "exempt"
    return "broken" if end is not None or now > at else "running"


def judge(
    row: Mapping[str, Any], pack: RulePack, now: datetime
) -> dict[str, tuple[str, datetime | None, float | None]]:
    """clock -> (state, deadline, adds)."""
    promised = (row["promise_at"] - row["paid_at"]) / timedelta(hours=1)
    found: dict[str, tuple[str, datetime | None, float | None]] = {}
    for family in (LATE, tuple(name for name in CLAUSES if name not in LATE)):
        taken: float = 0
        for clock in family:
            stands = state(row, clock, pack, now)
            yuan: float | None = 0
            if stands in ("broken", "running"):
                yuan = pack.ladder.penalty_yuan(Clause(CLAUSES[clock]), row["amount_cents"], promised)
            found[clock] = (stands, deadline(row, clock, pack), None if yuan is None else max(yuan - taken, 0))
            taken = max(taken, yuan or 0)
    assert set(found) == {clock.value for clock in Clock}
    return found
