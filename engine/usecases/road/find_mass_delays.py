"""Looks for common causes of late parcels, and keeps one incident a cause: opened once, followed, and over at last.

A parcel is in one incident at most, and stays in it: what an incident that is over held up is no evidence for a new
one, so a resolved incident is never filled again. A cause that comes back gets an incident of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
import polars as pl

from engine.logistics.contrast import MARKS, PARCELS, Cause, Dimension, find_causes
from engine.logistics.held_up import MassDelayRules, judged
from engine.logistics.known_weather import known_weather
from engine.logistics.outcomes import cells, described, outcomes
from engine.logistics.scorecard import lane_model
from engine.logistics.standards import Measure, PartnerKind, Standards
from engine.logistics.weather_marks import weather_marks
from engine.model.frames import INSTANT, Contract, conform
from engine.store import tables
from engine.store.database import Database, as_json
from engine.store.screens.partners import parcel_journeys, places_passed
from engine.store.screens.weather import weather_told
from engine.store.transaction import Transaction
from engine.usecases.alerts.alert_bell import BELL
from engine.usecases.road.mass_delay_policy import load_mass_delay_rules
from engine.usecases.road.offer_options import extend_options
from engine.usecases.road.service_policy import load_standards

NEVER, SURE = 0.005, 0.9
"""The least and the most that a parcel's usual chance of being late is taken for: no record is that good or bad."""


@dataclass(frozen=True, slots=True)
class MassDelayRun:
    """Late parcels looked at, incidents opened, followed and over, parcels newly held up by one."""

    late: int
    opened: int
    followed: int
    over: int
    parcels: int


def find_mass_delays(database: Database, *, now: datetime, actor: str) -> MassDelayRun:
    """One look, in one commit where there is anything to write."""
    rules = load_mass_delay_rules()
    parcels, marks = evidence(database, rules, load_standards(), now=now)
    standing = database.read(
        "SELECT incident_id, cause, quiet_runs, parcels FROM mass_delays WHERE state = 'open' ORDER BY opened_at"
    )
    causes = find_causes(parcels, marks, rules.contrast)
    found: dict[str, Cause] = {}
    for row in standing.iter_rows(named=True):
        named = next((cause for cause in causes if row["cause"] in _names(cause)), None)
        if named is None and not parcels.is_empty():
            softer = find_causes(parcels, marks, rules.softer)
            named = next((cause for cause in softer if row["cause"] in _names(cause)), None)
        if named is not None:
            found[row["incident_id"]] = named
    late = int(parcels["late"].sum())
    known = _known(database)
    fresh = [cause for cause in causes if cause not in found.values()]
    fresh = [one for one in fresh if len(set(one.parcels) - known) >= rules.contrast.min_parcels]
    if standing.is_empty() and not fresh:
        return MassDelayRun(late, 0, 0, 0, 0)
    with database.transaction(actor=actor, verb="find_mass_delays", subject=f"{late} late parcels") as tx:
        held, over, opened = 0, 0, 0
        for row in standing.iter_rows(named=True):
            cause = found.get(row["incident_id"])
            if cause is None:
                over += _quieter(tx, row["incident_id"], row["quiet_runs"] + 1, rules)
                continue
            new = _hold(tx, row["incident_id"], cause, known)
            held += new
            _follow(tx, row["incident_id"], cause, row["parcels"] + new)
        for cause in fresh:
            if len(set(cause.parcels) - known) >= rules.contrast.min_parcels:  # one before it may hold the same
                held += _open(tx, cause, known, number=opened)
                opened += 1
        tx.note(opened=opened, followed=len(found), over=over, parcels=held)
    return MassDelayRun(late, opened, len(found), over, held)


def evidence(
    database: Database, rules: MassDelayRules, standards: Standards, *, now: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """PARCELS and MARKS of contrast.py, without what an incident that is over held up."""
    since = now - timedelta(days=standards.evidence.window_days)
    journeys = described(parcel_journeys(database, since), standards)
    present = judged(journeys, rules.look, now=now).join(_settled(database), on="parcel_id", how="anti")
    usual = _usual(journeys, standards, before=now - timedelta(hours=rules.look.window_hours))
    overall = float(present["late"].mean() or 0.0)  # type: ignore[arg-type]
    with_usual = present.join(usual, on=["carrier", "lane"], how="left").with_columns(
        usual=pl.col("usual").fill_null(overall).clip(NEVER, SURE)
    )
    marks = _marks(database, present, since=now - timedelta(hours=rules.look.window_hours))
    told = weather_told(database, now - timedelta(days=standards.evidence.window_days))
    sky = weather_marks(present, known_weather(told), rules.weather, now=now)
    return conform(with_usual, PARCELS), pl.concat([marks, sky])


def _usual(journeys: pl.DataFrame, standards: Standards, *, before: datetime) -> pl.DataFrame:
    """carrier, lane, usual: how often such parcels were too long on the road before the time that is looked at."""
    decided = outcomes(journeys, Measure.TIER_HOURS, standards, now=before)
    frames = [
        lane_model(counted, prior_parcels=standards.evidence.prior_parcels).chances()
        for counted in cells(decided, PartnerKind.CARRIER).partition_by("group")
    ]
    if not frames:
        return pl.DataFrame(schema={"carrier": pl.String, "lane": pl.String, "usual": pl.Float64})
    return pl.concat(frames).select(carrier="partner", lane="lane", usual=1 - pl.col("chance"))


def _marks(database: Database, present: pl.DataFrame, *, since: datetime) -> pl.DataFrame:
    """What each parcel has in common with others. A parcel that stands is marked by the hub where it stands: it came
    through the ones before. One that moves or has arrived is marked by all that it passed in the window."""
    hour = pl.col("picked_up_at").dt.convert_time_zone("Asia/Shanghai").dt.hour()
    band = pl.when(hour < 6).then(pl.lit("night")).when(hour < 12).then(pl.lit("morning"))
    named = {
        Dimension.CARRIER: pl.col("carrier"),
        Dimension.NODE: pl.col("node"),
        Dimension.REGION: pl.col("destination").str.slice(0, 2),
        Dimension.HOUR: band.when(hour < 18).then(pl.lit("afternoon")).otherwise(pl.lit("evening")),
    }
    frames = [present.select("parcel_id", dimension=pl.lit(name.value), value=value) for name, value in named.items()]
    frames[-1] = frames[-1].join(
        present.filter(pl.col("picked_up_at").is_not_null()).select("parcel_id"), on="parcel_id", how="semi"
    )
    stands = present.filter("stands").select("parcel_id", value="last_place")
    passed = (
        present.filter(~pl.col("stands"))
        .select("parcel_id", "waybill_no")
        .join(places_passed(database, since), on="waybill_no")
        .select("parcel_id", value="place")
    )
    frames.append(pl.concat([stands, passed]).with_columns(dimension=pl.lit(Dimension.HUB.value)))
    marks = pl.concat([conform(frame, MARKS) for frame in frames])
    return marks.filter(pl.col("value").is_not_null()).unique(maintain_order=True)


def _settled(database: Database) -> pl.DataFrame:
    return database.read(
        "SELECT parcel_id FROM mass_delay_parcels JOIN mass_delays USING (incident_id) WHERE state = 'resolved'"
    )


def _known(database: Database) -> set[str]:
    return set(database.read("SELECT parcel_id FROM mass_delay_parcels")["parcel_id"])


def _names(cause: Cause) -> set[str]:
    """The cause as incidents keep it, and all that cannot be told apart from it."""
    return {_kept(named) for named in (cause.named, *cause.same)}


def _kept(named: tuple[tuple[str, str], ...]) -> str:
    return orjson.dumps(sorted(named)).decode()


def _figures(cause: Cause) -> dict[str, object]:
    rivals = [{"named": r.named, "ratio": r.ratio, "ratio_beside": r.ratio_beside} for r in cause.rivals]
    same = [{"named": named, "ratio": cause.ratio, "ratio_beside": None} for named in cause.same]
    return {
        "late_share": cause.late_share,
        "usual_share": cause.usual_share,
        "explained": cause.explained,
        "p_value": cause.p_value,
        "expected_further": cause.expected_further,
        "rivals": as_json([*same, *rivals]),
    }


def _hold(tx: Transaction, incident_id: str, cause: Cause, known: set[str]) -> int:
    """List the parcels that are not in an incident yet; their buyers get what the others were offered."""
    new = sorted(set(cause.parcels) - known)
    known |= set(new)
    rows = pl.DataFrame({"parcel_id": new}, schema={"parcel_id": pl.String}).with_columns(
        incident_id=pl.lit(incident_id), at=pl.lit(tx.at).dt.cast_time_unit("us")
    )
    tx.append(tables.mass_delay_parcels, rows, stamp=True)
    extend_options(tx, incident_id, rows.select("parcel_id"))
    return len(new)


def _follow(tx: Transaction, incident_id: str, cause: Cause, parcels: int) -> None:
    _amend(tx, incident_id, {"seen_at": tx.at, "quiet_runs": 0, "parcels": parcels, **_figures(cause)})


def _amend(tx: Transaction, incident_id: str, changed: dict[str, object]) -> None:
    row = {name: [value] for name, value in changed.items()}
    times: Contract = {name: INSTANT for name in ("seen_at", "state_at") if name in row}
    tx.amend(
        tables.mass_delays,
        pl.DataFrame({"incident_id": [incident_id], **row}, schema_overrides=times),
        on=("incident_id",),
    )


def _quieter(tx: Transaction, incident_id: str, runs: int, rules: MassDelayRules) -> int:
    """One look more without it; the last of them ends it. Returns whether it did, as a number."""
    if runs < rules.incident.quiet_runs:
        _amend(tx, incident_id, {"quiet_runs": runs})
        return 0
    end_incident(tx, incident_id, reason="silence", quiet_runs=runs)
    return 1


def end_incident(tx: Transaction, incident_id: str, *, reason: str, quiet_runs: int) -> None:
    """The fact and the state that follows; nobody is offered anything any more because of it."""
    _amend(tx, incident_id, {"state": "resolved", "state_at": tx.at, "quiet_runs": quiet_runs})
    _event(tx, incident_id, "resolved", reason)
    key = pl.DataFrame({"incident_id": [incident_id]})
    rows = tx.matching(tables.buyer_options, key, "incident_id", "order_id", "option", "state")
    shut = rows.filter(pl.col("state") == "open").with_columns(
        state=pl.lit("closed"), state_at=pl.lit(tx.at).dt.cast_time_unit("us")
    )
    tx.amend(tables.buyer_options, shut, on=("incident_id", "order_id", "option"))


def _open(tx: Transaction, cause: Cause, known: set[str], *, number: int) -> int:
    incident_id = f"m{tx.version}-{number}"
    head = {
        "incident_id": incident_id, "cause": _kept(cause.named), "opened_at": tx.at, "state": "open", "state_at": tx.at,
        "seen_at": tx.at, "quiet_runs": 0, "parcels": len(set(cause.parcels) - known), **_figures(cause),
    }  # fmt: skip
    times = dict.fromkeys(("opened_at", "state_at", "seen_at"), INSTANT)
    tx.append(tables.mass_delays, pl.DataFrame([head], schema_overrides=times), stamp=True)
    _event(tx, incident_id, "open", "found")
    tx.ring(BELL)
    return _hold(tx, incident_id, cause, known)


def _event(tx: Transaction, incident_id: str, state: str, reason: str) -> None:
    row = {"at": tx.at, "incident_id": incident_id, "state": state, "reason": reason, "actor": tx.actor}
    tx.append(tables.mass_delay_events, pl.DataFrame([row], schema_overrides={"at": INSTANT}), stamp=True)
