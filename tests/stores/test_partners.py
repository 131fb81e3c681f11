"""Scores, warnings and their facts, on both databases."""

from datetime import timedelta

import polars as pl

from engine.store.screens import partners as partner_screens
from engine.usecases.road.score_partners import score_partners
from engine.usecases.road.service_policy import load_standards
from engine.usecases.room.room import Room
from engine.usecases.room.verify import questions
from tests.parcel_worlds import carry, way
from tests.worlds import OPENING, Clock

DONE = (2, 6, 10, 24, 30)
LATE = (2, 60, 70, 90, 130)  # first scan after the promise of 48 h
START = OPENING - timedelta(days=8)


def world(room: Room, *, cheap_late: int = 40) -> None:
    """FAST and CHEAP carry 100 parcels each within Shanghai; of CHEAP's, some are picked up late. One is damaged."""
    ways = [way(f"F{n}", planned_at=START, hours=DONE) for n in range(100)]
    ways += [
        way(f"C{n}", carrier="CHEAP", planned_at=START, hours=LATE if n < cheap_late else DONE,
            trouble="damaged" if n == 99 else None)
        for n in range(100)
    ]  # fmt: skip
    carry(room.database, ways)


def warned(room: Room) -> set[tuple[str, str, str, str]]:
    return set(partner_screens.open_warnings(room.database).select("kind", "partner", "tier", "measure").rows())


def facts_hold(room: Room) -> bool:
    sql = questions()["warnings_follow_from_facts"][1]
    return room.database.read(sql).is_empty()


def test_a_carrier_below_its_standard_is_warned_of_once_and_its_fact_is_kept(room: Room) -> None:
    world(room)
    run = score_partners(room.database, now=room.now(), actor="partners")
    scores = partner_screens.partner_scorecard(room.database).filter(
        pl.col("source") == "live", pl.col("tier") == "near"
    )
    cheap = scores.filter(pl.col("partner") == "CHEAP", pl.col("measure") == "pick_up").row(0, named=True)
    assert (cheap["parcels"], cheap["good"], cheap["raw"], cheap["warned"]) == (100, 60, 0.6, True)
    assert cheap["p50_hours"] == 6.0
    damage = scores.filter(pl.col("measure") == "intact").select("partner", "parcels", "good").rows()
    assert damage == [("CHEAP", 100, 99), ("FAST", 100, 100)]
    assert ("carrier", "CHEAP", "near", "pick_up") in warned(room)
    assert not {key for key in warned(room) if key[1] == "FAST"}
    assert ("node", "WH", "", "pick_up") in warned(room), "200 parcels left there, 40 late"
    assert run.raised == len(warned(room))
    assert facts_hold(room)
    again = score_partners(room.database, now=room.now(), actor="partners")
    assert (again.raised, again.cleared, again.written) == (0, 0, False)
    audit = room.database.read("SELECT verb FROM audit WHERE verb = 'score_partners'")
    assert audit.height == 1, "nothing new, no commit"


def test_a_warning_ends_when_its_parcels_are_out_of_the_window_and_may_come_again(room: Room, clock: Clock) -> None:
    world(room)
    score_partners(room.database, now=room.now(), actor="partners")
    before = warned(room)
    clock.pass_(days=15)
    run = score_partners(room.database, now=room.now(), actor="partners")
    assert (run.cleared, warned(room)) == (len(before), set())
    carry(room.database, [way(f"N{n}", carrier="CHEAP", planned_at=room.now() - timedelta(days=8), hours=LATE)
                          for n in range(60)])  # fmt: skip
    score_partners(room.database, now=room.now(), actor="partners")
    assert ("carrier", "CHEAP", "near", "pick_up") in warned(room)
    assert facts_hold(room)
    states = room.database.read(
        "SELECT state FROM standard_events WHERE partner = 'CHEAP' AND tier = 'near' AND measure = 'pick_up' "
        "ORDER BY version"
    )
    assert states["state"].to_list() == ["open", "cleared", "open"]


def test_steps_that_are_overdue_now_are_counted_where_they_wait_and_nowhere_else(room: Room) -> None:
    planned = room.now() - timedelta(hours=60)
    carry(
        room.database,
        [
            way("no-label", planned_at=planned, hours=()),
            way("no-label-yet", planned_at=room.now() - timedelta(hours=11), hours=()),
            way("no-scan", planned_at=planned, hours=(2,)),
            way("no-scan-called-off", planned_at=planned, hours=(2,), stage="cancelled"),
            way("no-scan-yet", planned_at=planned, hours=(37,)),
            way("no-hub", planned_at=planned, hours=(2, 6)),
            way("no-hub-signed", planned_at=planned, hours=(2, 6, None, None, 30), stage="signed"),
            way("well", planned_at=planned, hours=DONE),
            way("a-month-old", planned_at=room.now() - timedelta(days=31), hours=()),
        ],
    )
    found = partner_screens.steps_overdue(room.database, room.now(), load_standards().sop)
    assert found.sort("oldest_due").select("node", "carrier", "step", "parcels", "oldest_due").rows() == [
        ("WH", "FAST", "processing", 1, planned + timedelta(hours=12)),
        ("WH", "FAST", "label_scan", 1, planned + timedelta(hours=26)),
        ("WH", "FAST", "first_hub", 1, planned + timedelta(hours=30)),
    ]


def test_a_room_where_nothing_was_carried_shows_the_brands_own_history_only(room: Room) -> None:
    run = score_partners(room.database, now=room.now(), actor="partners")
    found = partner_screens.partner_scorecard(room.database)
    assert run.raised == 0
    assert set(found["source"]) == {"history"}
    assert set(found["measure"]) == {"intact"}, "the small brand has damage counts and no delay counts"
