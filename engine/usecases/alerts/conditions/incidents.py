"""Incidents that other parts of the room have opened: complaint batches, mass delays, the cold chain."""

from datetime import datetime

import orjson

from engine.model.actions import ActionKind
from engine.model.alerts import Condition
from engine.response.alerting import Finding, Proposal
from engine.store.screens import cold_chain as cold_screens
from engine.usecases.alerts.conditions.watched import asked, cause
from engine.usecases.room.workplace import Workplace


def batch_incident(work: Workplace, now: datetime) -> list[Finding]:
    """Open incidents of complaints; a bad lot proposes its quarantine."""
    rows = asked(
        work.database,
        "SELECT incident_id, level, cause, complaint, buyers, expected FROM incidents WHERE state = 'open'",
    )
    found = []
    for row in rows:
        name = orjson.loads(row["cause"])
        lot = name[-1] if row["level"] == "lot" else None
        why = f"{row['buyers']} buyers complain of lot {lot}."
        facts = {
            "incident": row["incident_id"], "level": row["level"], "name": " / ".join(map(str, name)),
            "complaint": row["complaint"], "buyers": row["buyers"], "expected": round(row["expected"], 1),
        }  # fmt: skip
        found.append(
            Finding(
                condition=Condition.BATCH_INCIDENT,
                cause=cause(incident=row["incident_id"]),
                measure=float(row["buyers"]),
                orders=row["buyers"],
                facts=facts,
                proposes=Proposal(ActionKind.QUARANTINE_LOT, {"lot": lot}, why) if lot else None,
            )
        )
    return found


def mass_delay(work: Workplace, now: datetime) -> list[Finding]:
    """Open mass delays, with the dimensions of their cause: clocks of the same carrier and node stand under them."""
    rows = asked(
        work.database, "SELECT incident_id, cause, parcels, expected_further FROM mass_delays WHERE state = 'open'"
    )
    found = []
    for row in rows:
        dimensions = [(str(name), str(value)) for name, value in orjson.loads(row["cause"])]
        found.append(
            Finding(
                condition=Condition.MASS_DELAY,
                cause=tuple(sorted(dimensions)),
                measure=float(row["parcels"]),
                orders=row["parcels"],
                facts={
                    "incident": row["incident_id"], "parcels": row["parcels"],
                    "further": round(row["expected_further"]), "name": ", ".join(value for _, value in dimensions),
                },
            )
        )  # fmt: skip
    return found


def cold_chain(work: Workplace, now: datetime) -> list[Finding]:
    """Excursions that have raised their alarm and are not over."""
    rows = cold_screens.excursions(work.database, now).rows(named=True)
    return [
        Finding(
            condition=Condition.COLD_CHAIN,
            cause=cause(probe=row["probe_id"]),
            measure=float(row["orders"]),
            orders=row["orders"],
            cents=row["cents"],
            facts={
                "device": row["device"],
                "layer": row["layer"],
                "peak": row["peak"],
                "minutes": round(row["minutes"] or 0),
            },
        )
        for row in rows
        if row["alarm_at"] is not None and row["ended_at"] is None
    ]
