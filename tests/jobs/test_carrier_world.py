"""The demo's carriers: the same for whoever asks, physically possible, late as often as their law says, found again."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl
import pytest

from engine.clock import BEIJING
from engine.intake.brand import Brand, load_brand
from engine.intake.regions import Gazetteer, load_gazetteer
from engine.model.tracking import Scan
from engine.settings import DATA
from engine.usecases.room.room import Room
from jobs.demo.carrier_incidents import IncidentKind, incidents
from jobs.demo.carrier_load import brand_network, invented, send_all, send_when_due
from jobs.demo.carrier_post import Post, RoomCarriers, deliver, pushes_of
from jobs.demo.carrier_pushes import Push
from jobs.demo.carrier_world import Journey, Shares, World
from jobs.demo.delay_history import delay_history
from tests.worlds import Clock, opened

NOW = datetime(2026, 11, 13, 7, 40, tzinfo=UTC)
EPOCH = NOW - timedelta(days=4)


@pytest.fixture(scope="module")
def brand() -> Brand:
    return load_brand(DATA / "brand")


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer(DATA / "geo" / "regions.csv")


@pytest.fixture(scope="module")
def world(brand: Brand, gazetteer: Gazetteer) -> World:
    return World(brand_network(brand, gazetteer), 7, incidents(7, EPOCH))


@pytest.fixture(scope="module")
def journeys(world: World, brand: Brand, gazetteer: Gazetteer) -> list[Journey]:
    return [world.journey(p) for p in invented(brand, gazetteer, parcels=1500, seed=3, run="t", now=NOW)]


def test_a_journey_is_the_same_in_any_order_of_asking(world: World, journeys: list[Journey]) -> None:
    again = World(world.network, world.seed, world.planted)
    assert [again.journey(j.parcel) for j in reversed(journeys[:200])] == list(reversed(journeys[:200]))


def test_no_scan_comes_before_the_label_or_is_told_before_it_happens(journeys: list[Journey]) -> None:
    for journey in journeys:
        times = [scan.at for scan in journey.scans]
        assert times == sorted(times), journey
        assert times[0] > journey.parcel.labelled_at
        assert all(scan.told_at >= scan.at for scan in journey.scans)


def test_couriers_do_not_deliver_at_night(journeys: list[Journey]) -> None:
    at_doors = [s.at.astimezone(BEIJING) for j in journeys for s in j.scans if s.scan in (Scan.SIGNED, Scan.LOCKER)]
    assert len(at_doors) > 1500
    assert all(8 <= at.hour < 21 for at in at_doors)


def test_hubs_are_cities_of_the_gazetteer_on_the_way(journeys: list[Journey], gazetteer: Gazetteer) -> None:
    known = set(gazetteer.regions["adcode"])
    for journey in journeys:
        hubs = [scan.stop for scan in journey.scans if scan.scan is Scan.HUB_OUT]
        assert all(stop.adcode in known and stop.adcode.endswith("0100") for stop in hubs)
        if len(hubs) == 3:
            assert hubs[1].name in ("郑州市", "武汉市", "西安市")


def test_what_was_planted_can_be_found(world: World, journeys: list[Journey]) -> None:
    stalled = next(one for one in world.planted if one.kind is IncidentKind.LANE_STALLED)
    held = [
        scan.at
        for journey in journeys
        if journey.parcel.carrier == stalled.carrier and journey.parcel.adcode[:2] == stalled.province
        for scan in journey.scans
        if scan.scan is Scan.HUB_OUT
    ]
    assert held
    assert not any(stalled.begins <= at < stalled.ends for at in held)
    assert len({one.province for one in world.planted}) == len(world.planted)


def test_the_oracle_is_calibrated_and_parcels_are_late_as_often_as_it_says(brand: Brand, gazetteer: Gazetteer) -> None:
    history, oracle = delay_history(brand, gazetteer, parcels=6000, days=60, seed=5, until=NOW)
    late = (history["delivered_at"] > history["promised_at"]).to_numpy()
    told = oracle["late_probability"].to_numpy()
    assert history["parcel_id"].equals(oracle["parcel_id"])
    assert 0.05 < late.mean() < 0.25
    for low, high in ((0.0, 0.08), (0.08, 0.2), (0.2, 1.01)):
        inside = (told >= low) & (told < high)
        spread = np.sqrt((told[inside] * (1 - told[inside])).sum()) / inside.sum()
        assert abs(late[inside].mean() - told[inside].mean()) < 4 * spread
    assert history.filter(pl.col("picked_up_at") < pl.col("ordered_at")).is_empty()


class Listener:
    """A room's doors that only write down what came."""

    def __init__(self) -> None:
        self.forms: list[str] = []
        self.events: list[dict[str, Any]] = []

    def kuaidi100(self, form: str) -> int:
        self.forms.append(form)
        return len(orjson.loads(form)["lastResult"]["data"])

    def canonical(self, events: list[dict[str, Any]]) -> int:
        self.events.extend(events)
        return len(events)


def test_a_load_sends_everything_told_so_far_and_a_patient_sender_only_what_is_due(
    world: World, journeys: list[Journey]
) -> None:
    parcels, doors, counted = [journey.parcel for journey in journeys[::20]], Listener(), [0]

    def count(events: int) -> None:
        counted[0] += events

    all_of_it = send_all(world, parcels, doors, now=NOW, lanes=3, stop=threading.Event(), report=count)
    due = [at for journey in journeys[::20] for at in journey.moments() if at <= NOW]
    assert all_of_it.finished
    assert len(doors.forms) + len(doors.events) >= 0.99 * len(due)
    assert all_of_it.events == counted[0] > len(due)
    assert all(orjson.loads(form)["lastResult"]["data"] for form in doors.forms)

    clock, stop, patient = Clock(NOW), threading.Event(), Listener()
    coming = min(at for journey in journeys[::20] for at in journey.moments() if at > NOW)

    def then_stop(_: int) -> None:
        stop.set()

    def later() -> datetime:
        clock.pass_(minutes=5)
        return clock()

    few = send_when_due(world, parcels, patient, clock=later, seconds=30, stop=stop, report=then_stop)
    assert few.requests >= 1
    assert clock.at >= coming
    assert len(patient.forms) + len(patient.events) < len(doors.forms)


@pytest.fixture
def two_rooms(seeded_file: Path, tmp_path: Path) -> Iterator[tuple[Room, Room]]:
    for name in ("one", "two"):
        shutil.copy(seeded_file, tmp_path / f"{name}.duckdb")
    clock = Clock(NOW)
    with (
        closing(opened(f"duckdb:///{tmp_path / 'one.duckdb'}", clock)) as one,
        closing(opened(f"duckdb:///{tmp_path / 'two.duckdb'}", clock)) as two,
    ):
        yield one, two


@pytest.mark.parametrize("corrected", [0.0, 0.4], ids=["told once", "corrected"])
def test_shuffled_repeated_and_late_pushes_leave_the_same_tracks(
    corrected: float, world: World, journeys: list[Journey], two_rooms: tuple[Room, Room]
) -> None:
    """Where a provider corrects itself, its newest push must come last: a history carries no time of its own, so an
    old one that lacks a scan looks like a new one that takes it back."""
    shares = Shares(corrected=corrected, late_push=corrected / 2)
    told = World(world.network, world.seed, world.planted, shares)
    post = Post()
    for journey in journeys[:30:3]:
        post.add(told.journey(journey.parcel))
    pushes = list(pushes_of(post.due(NOW)))
    rng = np.random.default_rng(2)
    forms = [push for push in pushes if push.form is not None]
    others = [push for push in pushes if push.form is None]  # an event must be told before it is taken back
    mixed: list[Push] = [forms[n] for n in rng.permutation(len(forms))]
    mixed += [mixed[n] for n in rng.integers(0, len(mixed), 10)]
    newest = {push.waybill_no: push for push in forms}.values() if corrected else ()
    one, two = two_rooms
    deliver(pushes, RoomCarriers(one))
    deliver([*mixed, *newest, *others, *others[:10]], RoomCarriers(two))
    asked = "SELECT * EXCLUDE (version, events) FROM parcel_tracks ORDER BY waybill_no"
    tracks = one.database.read(asked)
    assert tracks.height > 8
    assert tracks.rows() == two.database.read(asked).rows()
