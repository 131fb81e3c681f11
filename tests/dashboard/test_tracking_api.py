"""Every provider's push over HTTP: proved by its own signature, answered in its own words, the same push twice once."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import md5
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard.api.front_door import FrontDoor
from dashboard.api.routes import ROUTES
from engine.settings import ApiSettings, TrackingSettings
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.worlds import Clock, small_room

SALT, KEY = "a-salt-of-ours", "an-app-key-of-theirs"
NUMBER = "773100000001"
ACCEPTED = {"result": True, "returnCode": "200", "message": "成功"}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room with keys of its own, so that nobody comes in as this machine."""
    opened = small_room(f"duckdb:///{tmp_path_factory.mktemp('push') / 'room.duckdb'}", Clock())
    opened.settings = replace(
        opened.settings,
        api=ApiSettings(keys="erp:0123456789abcdef"),
        tracking=TrackingSettings(kuaidi100_salt=SALT, kdniao_key=KEY),
    )
    with use_room(opened):
        yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(room: Room) -> Iterator[TestClient]:
    app = Starlette(routes=ROUTES, middleware=[Middleware(FrontDoor)])
    with TestClient(app, base_url="http://127.0.0.1:8501", client=("47.100.1.1", 50000)) as opened:
        yield opened


def kuaidi100(room: Room, *codes: str, number: str = NUMBER, **changed: Any) -> str:
    """A push with one event a code, the last code the newest, an hour apart."""
    first = room.now() + timedelta(hours=8) - timedelta(hours=len(codes))
    data = [
        {"context": f"【{code}】", "ftime": f"{first + timedelta(hours=n):%Y-%m-%d %H:%M:%S}", "statusCode": code}
        for n, code in enumerate(codes)
    ]
    result = {"nu": number, "com": "zhongtong", "state": "0", "data": data[::-1]}
    return orjson.dumps({"status": "polling", "lastResult": result, **changed}).decode()


def signed(param: str) -> dict[str, str]:
    return {"param": param, "sign": md5(f"{param}{SALT}".encode()).hexdigest().upper()}


def events(room: Room, number: str) -> int:
    found = room.database.read("SELECT events FROM parcel_tracks WHERE waybill_no = $n", {"n": number})
    return int(found.item()) if found.height else 0


def test_kuaidi100_is_known_by_its_sign_and_hears_what_it_wants(client: TestClient, room: Room) -> None:
    push = signed(kuaidi100(room, "102", "103", "1002"))
    for _ in range(2):
        answer = client.post("/api/tracking/kuaidi100", data=push)
        assert (answer.status_code, answer.json()) == (200, ACCEPTED)
    assert events(room, NUMBER) == 3
    assert room.database.read("SELECT count(*) FROM audit WHERE verb = 'track'").item() == 1


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"sign": "0" * 32}, 401, "sign does not fit param"),
        ({"sign": ""}, 401, "sign does not fit param"),
        ({"param": "not json"}, 422, "param is not JSON"),
        ({"param": "[]"}, 422, "param is no JSON object"),
        ({"param": '{"status":"idle"}'}, 422, "status is 'idle'"),
        ({"param": '{"status":"polling"}'}, 422, "no lastResult"),
        ({"param": '{"status":"polling","lastResult":{}}'}, 422, "no nu"),
        ({"param": '{"status":"polling","lastResult":{"nu":"7","data":{}}}'}, 422, "no list of events"),
    ],
)
def test_a_push_that_is_wrong_is_told_so_and_changes_nothing(
    client: TestClient, room: Room, changed: dict[str, str], status: int, sentence: str
) -> None:
    version = room.database.data_version()
    push = {**signed(changed.get("param", kuaidi100(room, "3", number="773100000009"))), **changed}
    answer = client.post("/api/tracking/kuaidi100", data=push)
    assert answer.status_code == status
    assert sentence in answer.json()["error"]
    assert room.database.data_version() == version


def test_a_push_larger_than_any_history_is_not_even_read(client: TestClient) -> None:
    answer = client.post("/api/tracking/kuaidi100", content=b"param=" + b"x" * 3_000_000)
    assert answer.status_code == 413


def test_kdniao_is_known_by_its_data_sign(client: TestClient, room: Room) -> None:
    traces = [{"AcceptTime": "2026-11-11 18:00:00", "AcceptStation": "已揽收", "Action": "1"}]
    parcel = {"LogisticCode": "YT2000000001", "State": "2", "Traces": traces}
    data = orjson.dumps({"EBusinessID": "1237100", "Data": [parcel]}).decode()
    sign = b64encode(md5(f"{data}{KEY}".encode()).hexdigest().encode()).decode()
    answer = client.post("/api/tracking/kdniao", data={"RequestData": data, "DataSign": sign})
    assert answer.status_code == 200
    assert (answer.json()["EBusinessID"], answer.json()["Success"]) == ("1237100", True)
    assert events(room, "YT2000000001") == 1
    wrong = client.post("/api/tracking/kdniao", data={"RequestData": data, "DataSign": "?"})
    assert wrong.status_code == 401


def test_everybody_else_needs_a_key(client: TestClient, room: Room) -> None:
    event = {"waybill_no": "SF1000000001", "scan": "picked_up", "at": room.now().isoformat()}
    route = {"mailno": "SF1000000002", "opCode": "50", "acceptTime": "2026-11-11 18:00:00", "remark": "已收取"}
    bodies: dict[str, Any] = {"canonical": {"events": [event]}, "sf": {"Body": {"WaybillRoute": [route]}}}
    for provider, body in bodies.items():
        assert client.post(f"/api/tracking/{provider}", json=body).status_code == 401
        answer = client.post(
            f"/api/tracking/{provider}", json=body, headers={"Authorization": "Bearer 0123456789abcdef"}
        )
        assert (answer.status_code, answer.json()["recorded"]) == (200, 1)
    assert events(room, "SF1000000001") == events(room, "SF1000000002") == 1


def test_without_a_salt_a_push_needs_a_key_like_everything_else(client: TestClient, room: Room) -> None:
    before = room.settings
    room.settings = replace(before, tracking=TrackingSettings())
    try:
        push = signed(kuaidi100(room, "3", number="773100000077"))
        assert client.post("/api/tracking/kuaidi100", data=push).status_code == 401
    finally:
        room.settings = before
