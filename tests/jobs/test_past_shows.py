"""The past that a new demo room is given: true by construction, kept by every invariant, scanned as the world says, and
what is planted in it is found.

One room, as `make run` gives it: with fewer orders the detectors had nothing to find."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import orjson
import polars as pl
import pytest

from engine.clock import BEIJING
from engine.model.tracking import Scan, Stage
from engine.settings import Settings, load_settings
from engine.usecases.incidents.find_incidents import find_incidents
from engine.usecases.road.find_mass_delays import find_mass_delays
from engine.usecases.road.mass_delay_policy import load_mass_delay_rules
from engine.usecases.room.room import Room, open_room
from engine.usecases.room.verify import verify
from jobs.demo.carrier_incidents import incidents
from jobs.demo.carrier_live import LiveCarriers
from jobs.demo.carrier_network import Consignment
from jobs.demo.carrier_reads import epoch_of, read_network
from jobs.demo.carrier_sky import weather
from jobs.demo.carrier_world import Journey, World
from jobs.demo.demo_sky import LEAST_HOURS
from jobs.demo.past_shows import PastTotals, play_past, receive_later_stock
from jobs.demo.planted_causes import CauseKind, planted
from tests.worlds import Clock

NOW = datetime(2026, 11, 13, 7, 40, tzinfo=UTC)  # Beijing 15:40: between a collection and the next
EVENINGS = (5, 7, 9, 11)
CLOCK = Clock(NOW)


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(
        environment={
            "WARROOM_DATABASE": f"duckdb:///{tmp_path_factory.mktemp('past') / 'room.duckdb'}",
        }
    )


@pytest.fixture(scope="module")
def played(wanted: Settings) -> Iterator[tuple[Room, PastTotals]]:
    totals = play_past(wanted, now=lambda: NOW)
    assert totals is not None
    with closing(open_room(wanted, now=CLOCK)) as room:
        yield room, totals


def truth(room: Room) -> dict[str, Journey]:
    """What the world says of every waybill, asked afresh."""
    epoch = epoch_of(room.database)
    assert epoch is not None
    seed = room.settings.demo.seed
    world = World(read_network(room.database), seed, incidents(seed, epoch))
    rows = room.database.read(
        """
        SELECT DISTINCT b.waybill_no, p.carrier, p.node, o.adcode, p.layer, b.uploaded_at
        FROM waybills b JOIN parcels p ON p.parcel_id = b.parcel_id JOIN allocations a ON a.parcel_id = p.parcel_id
        JOIN orders o ON o.order_id = a.order_id WHERE b.picked_up_at IS NULL AND p.status = 'planned'
        """
    )
    journeys = [world.journey(Consignment(*row[:5], row[5].astimezone(UTC))) for row in rows.iter_rows()]
    return {journey.parcel.waybill_no: journey for journey in journeys}


def test_every_morning_of_the_past_told_the_sky_and_the_hubs_that_its_carriers_felt(
    played: tuple[Room, PastTotals],
) -> None:
    room, _ = played
    database = room.database
    told = database.read("SELECT DISTINCT issued_at, source FROM weather ORDER BY issued_at")
    assert told["source"].unique().to_list() == ["demo"]
    assert [at.astimezone(BEIJING).strftime("%d %H") for at in told["issued_at"]] == [
        f"{day:02} 06" for day in range(5, 14)
    ]
    rain = database.read(
        "SELECT place, sum(precipitation_mm) AS mm FROM weather WHERE issued_at = (SELECT min(issued_at) FROM weather) "
        "AND valid_at <= issued_at + INTERVAL 18 HOUR GROUP BY place"
    )
    day, seed = datetime(2026, 11, 5, tzinfo=UTC).toordinal(), room.settings.demo.seed
    for place, mm in rain.iter_rows():
        assert (mm > 0) == (weather(seed, place[:2], day) > 0)
    backlog = dict(database.read("SELECT hub, max(backlog_hours) FROM hub_states GROUP BY hub").rows())
    assert min(backlog.values()) >= LEAST_HOURS
    hit = incidents(seed, epoch_of(database) or NOW)[0]
    assert backlog[f"{hit.province}0100"] > 40, "the overflowing hub is the worst of all"


def test_every_order_of_the_past_is_in_and_every_invariant_holds(played: tuple[Room, PastTotals]) -> None:
    room, totals = played
    assert totals.finished
    ordered = room.settings.demo.past_orders * len(EVENINGS)
    assert totals.orders == room.database.read("SELECT count(*) FROM orders").item() == ordered
    assert totals.waybills > 0.8 * ordered
    report = verify(room.database)
    assert report.clean, [check for check in report.checks if check.breaches]


def test_facts_carry_the_time_of_their_evening_and_nothing_is_known_before_it_happened(
    played: tuple[Room, PastTotals],
) -> None:
    room, _ = played
    late = room.database.read(
        """
        SELECT 'order' AS what FROM orders WHERE received_at < paid_at OR received_at > paid_at + INTERVAL 4 HOUR
        UNION ALL SELECT 'event' FROM tracking_events WHERE ingest_time < event_time
        UNION ALL SELECT 'label' FROM waybills WHERE ingest_time < uploaded_at
        UNION ALL SELECT 'scan' FROM waybills WHERE picked_up_at < uploaded_at
        UNION ALL SELECT 'lot' FROM parcels p JOIN allocations a ON a.parcel_id = p.parcel_id
                  JOIN lots l ON l.lot = a.lot WHERE l.produced_on > p.planned_at::DATE
        UNION ALL SELECT 'future' FROM audit WHERE "at" > $now
        """,
        {"now": NOW},
    )
    assert late.is_empty(), late["what"].value_counts()
    evenings = room.database.read("SELECT DISTINCT received_at FROM orders")["received_at"].dt.convert_time_zone(
        str(BEIJING)
    )
    assert set(evenings.dt.day()) == set(EVENINGS)
    assert evenings.dt.hour().is_between(20, 23).all()


def compare_with_truth(room: Room, now: datetime) -> set[str]:
    """Every track against what the world told by `now`; returns the stages there are."""
    told = truth(room)
    tracks = room.database.read(
        "SELECT waybill_no, stage, picked_up_at, signed_at FROM parcel_tracks ORDER BY waybill_no"
    )
    assert tracks.height == len(told)
    for number, stage, picked_up_at, signed_at in tracks.iter_rows():
        known = {scan.scan: scan.at for scan in told[number].known(now)}
        assert picked_up_at == known.get(Scan.PICKED_UP), number
        assert signed_at == known.get(Scan.SIGNED), number
        assert (stage == Stage.LABELLED) == (not known), number
    return set(tracks["stage"])


def test_parcels_stand_where_the_world_says(played: tuple[Room, PastTotals]) -> None:
    room, _ = played
    assert {Stage.LABELLED, Stage.IN_TRANSIT, Stage.SIGNED} <= compare_with_truth(room, NOW)


def test_every_planted_cause_is_found_where_it_lies_and_hardly_anything_else(played: tuple[Room, PastTotals]) -> None:
    room, _ = played
    seed, epoch = room.settings.demo.seed, epoch_of(room.database) or NOW
    causes = {cause.kind: cause for cause in planted(seed, epoch)}
    lot, leak, mis_picks = (causes[k] for k in (CauseKind.BAD_LOT, CauseKind.LEAKING_ROUTE, CauseKind.MIS_PICKS))
    late, _, stalled = incidents(seed, epoch)  # the stalled lane may be found as well: it is real
    find_incidents(room, actor="test")
    rows = room.database.read("SELECT level, cause, complaint FROM incidents").rows()
    found = {(level, tuple(orjson.loads(cause)), complaint) for level, cause, complaint in rows}
    wanted = {("lot", (lot.sku, lot.lot), "quality"), ("node", (mis_picks.node,), "wrong_item")}
    # Where one node sends nearly all that a province gets, nobody can tell the route from the province.
    leaking = {one for one in found if one[0] in ("route", "region") and one[1][-1] == leak.province}
    waiting, stuck = (
        {one for one in found if one[0] in ("route", "region") and one[1][-1] == province and one[2] == "not_received"}
        for province in (late.province, stalled.province)
    )
    assert wanted <= found, found
    assert "damaged" in {complaint for *_, complaint in leaking}, found
    assert waiting, found
    assert len(found - wanted - leaking - waiting - stuck) <= 1, found
    find_mass_delays(room.database, now=NOW, actor="test")
    delays = room.database.read("SELECT cause, parcels FROM mass_delays")
    assert delays["parcels"].min() >= load_mass_delay_rules().contrast.min_parcels
    named = {value for cause in delays["cause"] for _, value in orjson.loads(cause)}
    assert named & {late.province, read_network(room.database).place(f"{late.province}0100").name}, named


def test_todays_goods_are_as_fresh_as_in_a_room_seeded_today(played: tuple[Room, PastTotals]) -> None:
    room, _ = played
    youngest = room.database.read("SELECT sku, max(produced_on) AS produced FROM lots GROUP BY sku")
    ages = dict(
        youngest.with_columns(age=pl.lit(NOW.astimezone(BEIJING).date()) - pl.col("produced"))
        .select("sku", "age")
        .rows()
    )
    assert ages["FRESH-STRAW-1"] == timedelta(days=0)
    assert ages["RICE-WC-5"] == timedelta(days=18)
    assert receive_later_stock(room) == 0


def test_after_a_stop_carriers_tell_what_was_due_and_go_on(played: tuple[Room, PastTotals]) -> None:
    room, _ = played
    carriers = LiveCarriers(room)
    assert carriers.catch_up(NOW) == 0
    CLOCK.at = NOW + timedelta(hours=9)
    again = LiveCarriers(room)
    assert again.catch_up(CLOCK.at) > 0
    compare_with_truth(room, CLOCK.at)
    CLOCK.at += timedelta(minutes=40)
    while again.tick(CLOCK.at):
        pass
    compare_with_truth(room, CLOCK.at)
    assert verify(room.database).clean


def test_a_room_that_holds_anything_is_given_no_past(wanted: Settings, played: tuple[Room, PastTotals]) -> None:
    room, _ = played
    room.close()
    assert play_past(wanted, now=lambda: NOW) is None
