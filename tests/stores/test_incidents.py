"""Incidents on both databases: opened by the tipping ticket, filled, never again, ended by silence or a person."""

from collections.abc import Iterator
from datetime import timedelta

import polars as pl
import pytest

from engine.errors import NotAllowed, NotFound
from engine.model.incidents import Level
from engine.store import tables
from engine.store.screens.incidents import affected_by_cause
from engine.usecases.incidents.find_incidents import IncidentRun, find_incidents
from engine.usecases.incidents.incident_scope import AffectedStage, Response, incident_scope
from engine.usecases.incidents.resolve_incident import resolve_incident
from engine.usecases.room.room import Room
from tests.complaint_rooms import complaints_of, deliver, parcels_at_the_door, say
from tests.worlds import Clock


@pytest.fixture
def quiet(room: Room) -> Iterator[tuple[Room, pl.DataFrame]]:
    """Two weeks of parcels and the usual complaints, looked at; and the parcels of a bad lot of the last day."""
    parcels = parcels_at_the_door(room.now())
    deliver(room.database, parcels)
    say(room.database, complaints_of(parcels, seed=1).filter(pl.col("asked_at") <= room.now()))
    assert find_incidents(room, actor="incidents") == IncidentRun()
    bad = parcels.filter(pl.col("sku") == "S1", pl.col("lot") == "L2").tail(60)
    known = room.database.read("SELECT substr(order_id, 8) AS parcel_id FROM tickets")["parcel_id"]
    yield room, bad.filter(~pl.col("parcel_id").is_in(known.implode()))


def complain(room: Room, clock: Clock, parcels: pl.DataFrame) -> IncidentRun:
    """All of them within the next minutes; looked at every ten, as the room does every second."""
    total = IncidentRun()
    for part in parcels.iter_slices(10):
        clock.pass_(minutes=5)
        say(room.database, part.with_columns(asked_at=pl.lit(clock.at).dt.cast_time_unit("us")))
        run = find_incidents(room, actor="incidents")
        total = IncidentRun(total.opened + run.opened, total.over + run.over, total.tickets + run.tickets)
    return total


def incidents(room: Room) -> list[tuple[str, str, str, int]]:
    return room.database.read("SELECT level, cause, state, buyers FROM incidents ORDER BY opened_at").rows()


def test_a_bad_lot_opens_one_incident_that_keeps_its_tickets(quiet: tuple[Room, pl.DataFrame], clock: Clock) -> None:
    room, bad = quiet
    run = complain(room, clock, bad)
    assert run.opened == 1
    [(level, cause, state, buyers)] = incidents(room)
    assert (level, cause, state) == ("lot", '["S1","L2"]', "open")
    listed = room.database.read("SELECT count(*) FROM incident_tickets").item()
    assert run.tickets == listed == buyers >= bad.height
    assert room.database.read("SELECT count(*) FROM audit WHERE verb = 'find_incidents'").item() >= 2
    # Another process counts everything anew and finds nothing else.
    room.complaint_watch = None
    assert find_incidents(room, actor="incidents") == IncidentRun()


def test_a_resolved_incident_is_never_filled_again_and_comes_back_only_when_it_gets_worse(
    quiet: tuple[Room, pl.DataFrame], clock: Clock
) -> None:
    room, bad = quiet
    complain(room, clock, bad.head(20))
    [incident_id] = room.database.read("SELECT incident_id FROM incidents")["incident_id"]
    before = room.database.read("SELECT count(*) FROM incident_tickets").item()
    with pytest.raises(NotAllowed, match="why it is over"):
        resolve_incident(room.database, incident_id, actor="li", reason=" ")
    with pytest.raises(NotFound):
        resolve_incident(room.database, "i0-0", actor="li", reason="x")
    resolve_incident(room.database, incident_id, actor="li", reason="lot recalled")
    with pytest.raises(NotAllowed, match="over already"):
        resolve_incident(room.database, incident_id, actor="li", reason="again")
    clock.pass_(hours=12)
    assert complain(room, clock, bad[20:24]).opened == 0
    assert room.database.read("SELECT count(*) FROM incident_tickets").item() == before
    events = room.database.read("SELECT state, reason, actor FROM incident_events ORDER BY version").rows()
    assert [event[0] for event in events] == ["open", "resolved"]
    assert events[-1][1:] == ("lot recalled", "li")


def test_the_parcels_of_a_route_are_those_from_its_node_to_its_region(quiet: tuple[Room, pl.DataFrame]) -> None:
    room, _ = quiet
    parcels = parcels_at_the_door(room.now())
    mine = parcels.filter(pl.col("node") == "N1", pl.col("region").str.starts_with("44"))
    since = parcels["signed_at"].min() - timedelta(days=3)
    found = affected_by_cause(room.database, Level.ROUTE, ("N1", "44"), since=since)
    assert set(found["parcel_id"]) == set(mine["parcel_id"])
    assert affected_by_cause(room.database, Level.ROUTE, ("N0", "44"), since=since).is_empty()


def test_silence_ends_an_incident(quiet: tuple[Room, pl.DataFrame], clock: Clock) -> None:
    room, bad = quiet
    complain(room, clock, bad.head(30))
    clock.pass_(days=1, hours=20)
    run = find_incidents(room, actor="incidents")
    assert run.over == 1
    assert incidents(room)[0][2] == "resolved"
    reason = room.database.read("SELECT reason FROM incident_events WHERE state = 'resolved'").item()
    assert reason == "silence"


def test_a_corrected_label_is_taken_up_by_the_next_recount(quiet: tuple[Room, pl.DataFrame], clock: Clock) -> None:
    room, _ = quiet
    known = room.complaint_watch
    assert known is not None
    tickets = room.database.read("SELECT ticket_id FROM tickets LIMIT 1")
    with room.database.transaction(actor="li", verb="correct") as tx:
        tx.amend(tables.tickets, tickets.with_columns(complaint=pl.lit("damaged")), on=("ticket_id",))
        row = tickets.with_columns(
            at=pl.lit(tx.at).dt.cast_time_unit("us"), complaint=pl.lit("damaged"), labelled_by=pl.lit("operator"),
            evidence=pl.lit("[]"), actor=pl.lit("li"),
        )  # fmt: skip
        tx.append(tables.ticket_labels, row, stamp=True)
    find_incidents(room, actor="incidents")
    assert room.complaint_watch is known
    assert known.stale
    clock.pass_(seconds=30)
    find_incidents(room, actor="incidents")
    assert room.complaint_watch is not known
    kinds = {kind for part in room.complaint_watch.parts for kind in part.told["kind"]}
    assert "damaged" in kinds


def test_a_look_at_nothing_new_writes_nothing(quiet: tuple[Room, pl.DataFrame], clock: Clock) -> None:
    room, _ = quiet
    version = room.database.data_version()
    for _ in range(5):
        clock.pass_(seconds=1)
        find_incidents(room, actor="incidents")
    assert room.database.data_version() == version


def test_the_scope_lists_all_buyers_of_a_lot_also_those_on_the_road(
    quiet: tuple[Room, pl.DataFrame], clock: Clock
) -> None:
    room, bad = quiet
    complain(room, clock, bad.head(30))
    [incident_id] = room.database.read("SELECT incident_id FROM incidents")["incident_id"]
    delivered = incident_scope(room.database, incident_id, now=clock.at)
    lot = pl.col("sku").eq("S1") & pl.col("lot").eq("L2")
    all_of_lot = parcels_at_the_door(room.now()).filter(lot).height
    assert delivered.count(AffectedStage.DELIVERED) == all_of_lot == len(delivered.order_ids())
    more = bad.with_columns(parcel_id="road" + pl.col("parcel_id"), signed_at=pl.lit(clock.at).dt.cast_time_unit("us"))
    deliver(room.database, more.head(7), stage="in_transit")
    deliver(room.database, more[7:12], stage="planned")
    deliver(room.database, more[12:14], stage="out_for_delivery")
    deliver(room.database, more[14:15], stage="returned")
    scope = incident_scope(room.database, incident_id, now=clock.at)
    assert {stage: scope.count(stage) for stage in AffectedStage} == {
        AffectedStage.NOT_SHIPPED: 5,
        AffectedStage.INTERCEPTABLE: 7,
        AffectedStage.AT_THE_DOOR: 2,
        AffectedStage.DELIVERED: all_of_lot,
        AffectedStage.GONE: 1,
    }
    assert scope.parcel_ids(AffectedStage.INTERCEPTABLE) == tuple(sorted(more.head(7)["parcel_id"]))
    assert scope.further.low <= scope.further.expected <= scope.further.high
    assert scope.further.expected > delivered.further.expected, "14 more units will be complained of at the bad rate"
    costs = {one.response: one for one in scope.proposals}
    assert list(costs) == [Response.QUARANTINE, Response.INTERCEPT, Response.CARE, Response.QUALITY_DESK]
    assert costs[Response.INTERCEPT].cost_cents == 7 * (500 + 900 + 900)
    assert costs[Response.CARE].touches == all_of_lot + 15
    with pytest.raises(NotFound):
        incident_scope(room.database, "i0-0", now=clock.at)
