"""The demo's riders carry what the room planned, as fast as riders are; recorded couriers are replayed as of now."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from engine.errors import BadFile
from engine.model.courier_tasks import TaskState
from engine.model.datum import Datum
from engine.store.screens import maps as map_screens
from engine.usecases.riders.assign_tasks import Task
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from jobs.demo import play_riders as playing
from jobs.demo.demo_riders import Point, RiderShow, Work, kilometres
from jobs.demo.lade import lade_day
from jobs.demo.play_riders import play_riders, replay_riders
from jobs.demo.sinks import RoomSink

START = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)
STORES = [("ST-1", Point(121.43, 31.19)), ("ST-2", Point(121.50, 31.24))]
WORK = {"ST-1": [Work(f"p{n}", Point(121.45, 31.20), "徐汇区") for n in range(9)]}


def hours(seed: int) -> list[tuple[list[tuple[str, float, float]], list[Task]]]:
    """Two hours of two stores and four riders, one look every 20 s; work from the first minute on."""
    show = RiderShow(STORES, riders=4, seed=seed, start=START)
    seen = []
    for step in range(360):
        positions, tasks = show.step(START + timedelta(seconds=20 * step), WORK if step in (60, 61) else {})
        seen.append(([(p.courier, p.lon, p.lat) for p in positions], tasks))
    return seen


def test_riders_ride_no_faster_than_riders_and_bring_everything_they_took() -> None:
    seen = hours(7)
    for (before, _), (after, _) in pairwise(seen):
        for (name, lon, lat), (same, to_lon, to_lat) in zip(before, after, strict=True):
            assert name == same
            assert kilometres(Point(lon, lat), Point(to_lon, to_lat)) / (20 / 3600) < 35
    tasks = [task for _, changed in seen for task in changed]
    given = {task.task_id for task in tasks if task.state == TaskState.OPEN}
    ended = {task.task_id for task in tasks if task.state == TaskState.DONE}
    assert given == ended
    assert len(given) > 2


def test_a_seed_tells_the_same_story_again_and_another_seed_another() -> None:
    assert hours(7) == hours(7)
    assert hours(7) != hours(8)


def test_the_demos_riders_are_seen_in_the_room(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "STEP_SECONDS", 0.01)
    stop = threading.Event()
    thread = threading.Thread(target=play_riders, args=(room,), kwargs={"riders": 5, "seed": 1, "stop": stop})
    thread.start()
    while map_screens.riders(room.database).height < 5 and thread.is_alive():
        stop.wait(0.05)
    stop.set()
    thread.join(10)
    assert map_screens.riders(room.database)["courier"].to_list() == [f"R-00{n}" for n in range(1, 6)]
    assert set(map_screens.riders(room.database)["city"]) <= {"310000", "330100"}
    assert verify(room.database).clean


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Two couriers of a city, one without GPS."""
    rows = {
        "order_id": [1, 2, 3], "courier_id": [7, 7, 8], "city": ["Shanghai"] * 3,
        "accept_time": ["05-01 08:00:00", "05-01 08:10:00", "05-02 09:00:00"],
        "pickup_time": ["05-01 08:30:00", "05-01 08:20:00", "05-02 09:30:00"],
        "lng": [121.4, 121.41, 121.5], "lat": [31.2, 31.2, 31.3],
        "pickup_gps_lng": [121.401, None, None], "pickup_gps_lat": [31.2, None, None],
        "accept_gps_lng": [121.39, None, None], "accept_gps_lat": [31.2, None, None],
    }  # fmt: skip
    path = tmp_path / "lade.parquet"
    pl.DataFrame(rows).write_parquet(path)
    return path


def test_recorded_couriers_are_replayed_as_of_now(room: Room, recorded: Path) -> None:
    events = lade_day(recorded, Datum.GCJ02)
    assert events[0][0] == 0.0
    assert events[-1][0] == 90 * 60
    sink = RoomSink(room, source="lade")
    sent = replay_riders(events, sink, start=room.now(), speed=36_000, stop=threading.Event())
    assert sent == {"positions": 4, "tasks": 6, "refused": 0}
    riders = map_screens.riders(room.database)
    assert riders["courier"].to_list() == ["SHA-7", "SHA-8"]
    assert (room.now() - riders["event_time"].min()).total_seconds() < 60  # type: ignore[operator]
    assert map_screens.rider_stops(room.database).is_empty()
    assert verify(room.database).clean


def test_another_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(path)
    with pytest.raises(BadFile, match="cannot be read as pick-ups of LaDe"):
        lade_day(path, Datum.WGS84)
