"""Mass delays on both databases: opened once a cause, followed, over at last, never filled again; buyers choose."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from engine.errors import NotAllowed, NotFound
from engine.store import tables
from engine.store.database import Database
from engine.store.screens import partners as partner_screens
from engine.usecases.forecasts.record_weather import take_weather
from engine.usecases.road.find_mass_delays import MassDelayRun, find_mass_delays
from engine.usecases.road.offer_options import offer_options
from engine.usecases.road.resolve_mass_delay import resolve_mass_delay
from engine.usecases.room.room import Room
from engine.usecases.room.verify import questions
from tests.parcel_worlds import carry, way
from tests.worlds import Clock

HUB, OTHER = "嘉兴转运中心", "无锡转运中心"


@pytest.fixture
def stuck(room: Room) -> Iterator[Room]:
    """60 parcels stand in one hub since 30 h; 200 of the same lanes were signed for, through this hub and another."""
    carry(room.database, standing(room, "S", 60) + well(room, "W", 200))
    passed(room.database, [f"WPW{n}" for n in range(200)], 100)
    yield room


def standing(room: Room, name: str, count: int, *, hub: str = HUB) -> list[dict[str, Any]]:
    """Parcels that no scan has told of for 30 hours."""
    planned = room.now() - timedelta(hours=42)
    return [
        way(f"{name}{n}", planned_at=planned, hours=(2, 6, 12), place=hub, carrier=("FAST", "CHEAP")[n % 2])
        for n in range(count)
    ]


def well(room: Room, name: str, count: int) -> list[dict[str, Any]]:
    planned = room.now() - timedelta(hours=42)
    return [
        way(f"{name}{n}", planned_at=planned, hours=(2, 6, 12, 24, 36), carrier=("FAST", "CHEAP")[n % 2])
        for n in range(count)
    ]


def passed(database: Database, waybills: list[str], through_hub: int) -> None:
    """Scans: the first `through_hub` of the waybills passed HUB, all passed OTHER."""
    rows = [(f"{w}-{place}", w, place) for i, w in enumerate(waybills) for place in (HUB, OTHER)
            if place == OTHER or i < through_hub]  # fmt: skip
    frame = pl.DataFrame(rows, schema=["event_key", "waybill_no", "place"], orient="row")
    with database.transaction(actor="test", verb="carry") as tx:
        at = pl.lit(tx.at - timedelta(hours=30)).dt.cast_time_unit("us")
        tx.append(
            tables.tracking_events,
            frame.with_columns(provider=pl.lit("canonical"), scan=pl.lit("hub_in"), raw_code=pl.lit("x"),
                               event_time=at, ingest_time=at, said=pl.lit("到达")),
            stamp=True,
        )  # fmt: skip


def look(room: Room) -> MassDelayRun:
    return find_mass_delays(room.database, now=room.now(), actor="mass_delay")


def facts_hold(room: Room) -> bool:
    return room.database.read(questions()["incidents_follow_from_facts"][1]).is_empty()


def test_the_hub_is_found_once_and_its_parcels_and_buyers_are_listed(stuck: Room) -> None:
    run = look(stuck)
    assert (run.late, run.opened, run.parcels) == (60, 1, 60)
    [incident] = partner_screens.incidents(stuck.database).iter_rows(named=True)
    assert incident["cause"] == f'[["hub","{HUB}"]]'
    assert (incident["state"], incident["parcels"], incident["orders"], incident["arrived"]) == ("open", 60, 60, 0)
    assert incident["explained"] > 0.9
    held = partner_screens.held_up_orders(stuck.database, incident["incident_id"])
    assert held["buyer"].unique().to_list() == ["王**0000"], "never a whole name or number"
    assert partner_screens.held_up_places(stuck.database, incident["incident_id"]).rows() == [(HUB, 60, 0)]
    assert look(stuck).opened == 0, "one incident a cause"
    assert facts_hold(stuck)


def test_an_incident_that_is_over_is_not_filled_again_and_its_cause_may_come_back_as_a_new_one(stuck: Room) -> None:
    look(stuck)
    [name] = partner_screens.incidents(stuck.database)["incident_id"]
    resolve_mass_delay(stuck.database, name, actor="lin", reason="the hub works again")
    assert look(stuck).opened == 0, "its parcels still stand there, and are no evidence any more"
    carry(stuck.database, standing(stuck, "N", 30))
    run = look(stuck)
    assert (run.opened, run.parcels) == (1, 30)
    found = partner_screens.incidents(stuck.database)
    assert found.select("state", "parcels").rows() == [("open", 30), ("resolved", 60)]
    assert facts_hold(stuck)
    with pytest.raises(NotAllowed, match="over already"):
        resolve_mass_delay(stuck.database, name, actor="lin", reason="again")


def test_silence_ends_an_incident_only_after_several_looks(stuck: Room, clock: Clock) -> None:
    look(stuck)
    with stuck.database.transaction(actor="test", verb="carry") as tx:
        signed = tables.parcel_tracks.update().where(tables.parcel_tracks.c.stage == "in_transit")
        tx.execute(signed.values(stage="signed", signed_at=clock.at - timedelta(hours=1)))
    runs = [look(stuck).over for _ in range(6)]
    assert runs == [0, 0, 0, 0, 0, 1]
    assert look(stuck) == MassDelayRun(0, 0, 0, 0, 0)
    assert facts_hold(stuck)


def test_buyers_may_choose_when_an_operator_lets_them_and_late_comers_too(stuck: Room) -> None:
    look(stuck)
    [name] = partner_screens.incidents(stuck.database)["incident_id"]
    assert offer_options(stuck.database, name, ["wait", "refund"], actor="lin") == 60
    assert offer_options(stuck.database, name, ["wait"], actor="lin") == 60, "a second time changes nothing"
    offered = stuck.database.read(
        "SELECT option, compensation_cents, count(*) AS orders FROM buyer_options WHERE state = 'open' GROUP BY ALL "
        "ORDER BY ALL"
    )
    assert offered.rows() == [("refund", 0, 60), ("wait", 300, 60)]
    carry(stuck.database, standing(stuck, "N", 5))
    assert look(stuck).parcels == 5
    assert stuck.database.read("SELECT count(DISTINCT order_id) FROM buyer_options").item() == 65
    resolve_mass_delay(stuck.database, name, actor="lin", reason="over")
    assert stuck.database.read("SELECT DISTINCT state FROM buyer_options")["state"].to_list() == ["closed"]
    for wrong, options, kind in (
        (name, ["wait"], NotAllowed),
        ("m0", ["wait"], NotFound),
        (name, ["gold"], NotAllowed),
    ):
        with pytest.raises(kind):
            offer_options(stuck.database, wrong, options, actor="lin")
    verbs = stuck.database.read("SELECT DISTINCT verb FROM audit ORDER BY verb")["verb"].to_list()
    assert {"find_mass_delays", "offer_options", "resolve_mass_delay"} <= set(verbs)


def test_rain_over_several_provinces_is_named_as_the_cause(room: Room, clock: Clock) -> None:
    planned = room.now() - timedelta(hours=42)
    wet, dry = ("330102", "340102", "420102"), ("320102", "410102", "440103")
    late = [
        way(f"R{n}", planned_at=planned, destination=wet[n % 3], hours=(2, 6, 12), place=f"hub {n % 9}",
            carrier=("FAST", "CHEAP")[n % 2])
        for n in range(90)
    ]  # fmt: skip
    fine = [way(f"D{n}", planned_at=planned, destination=dry[n % 3], hours=(2, 6, 12, 24, 36)) for n in range(150)]
    carry(room.database, late + fine)
    hours = [room.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=h) for h in range(40)]
    rain = [
        {"place": code[:2] + "0000", "valid_at": at, "precipitation_mm": 3.0 if code in wet else 0.2}
        for code in wet + dry
        for at in hours
    ]
    take_weather(room, rain, actor="test", source="hand")
    assert look(room).opened == 1
    [incident] = partner_screens.incidents(room.database).iter_rows(named=True)
    assert incident["cause"] == '[["weather","rain_there"]]'
    assert incident["parcels"] >= 60, "all that their tier allows no more time for"
