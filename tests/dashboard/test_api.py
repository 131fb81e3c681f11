"""The real process over HTTP: what goes in is committed when the answer comes; every error is JSON with its reason."""

import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from engine.settings import DATA
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.room.room import Room
from jobs.runtime import get_room

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The whole app, lifespan included, on a database of its own, called from this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WARROOM_DATABASE", f"duckdb:///{tmp_path_factory.mktemp('api') / 'room.duckdb'}")
        patch.setenv("WARROOM_INTAKE_MAX_ROWS", "50")
        patch.setenv("WARROOM_JOBS_ALLOCATE_SECONDS", "3600")
        from dashboard.app import app

        with TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000)) as opened:
            yield opened
    assert os.environ.get("WARROOM_INTAKE_MAX_ROWS") is None


@pytest.fixture
def room(client: TestClient) -> Room:
    return get_room()


def order(number: str, **changed: Any) -> dict[str, Any]:
    return {
        "platform": "douyin",
        "order_no": number,
        "status": "paid",
        "created_at": (NOW - timedelta(seconds=30)).isoformat(),
        "paid_at": NOW.isoformat(),
        "buyer": {"name": "赵**", "phone": "136****6276"},
        "address": {
            "province": "四川省",
            "city": "乐山市",
            "district": "犍为县",
            "street": "寿保镇",
            "detail": "******",
        },
        "lines": [{"sku": "SAUCE-SET", "qty": 1, "amount_yuan": "38.00"}],
        **changed,
    }


def test_an_order_is_in_the_database_when_its_receipt_comes(client: TestClient, room: Room) -> None:
    answer = client.post("/api/orders", json=[order("API0000001")])
    assert answer.status_code == 200
    receipt = answer.json()
    assert (receipt["read"], receipt["accepted"], receipt["reserved"]) == (1, 1, 1)
    stored = room.database.read("SELECT status FROM orders WHERE order_id = 'douyin:API0000001'")
    assert stored["status"].to_list()[0] in ("reserved", "allocated")


def test_the_same_order_again_is_a_duplicate(client: TestClient) -> None:
    client.post("/api/orders", json=[order("API0000002")])
    receipt = client.post("/api/orders", json=[order("API0000002")]).json()
    assert (receipt["accepted"], receipt["duplicate"]) == (0, 1)


@pytest.mark.parametrize("shape", ["list", "orders", "rows"])
def test_three_shapes_of_a_body_mean_the_same(client: TestClient, shape: str) -> None:
    orders = [order(f"API-{shape}")]
    body: Any = {"list": orders, "orders": {"orders": orders}, "rows": {"format": "canonical", "rows": orders}}[shape]
    assert client.post("/api/orders", json=body).json()["accepted"] == 1


def test_a_row_of_a_douyin_export_goes_in_as_it_is(client: TestClient) -> None:
    row = {
        "主订单编号": "'6917850279910009999",
        "子订单编号": "'69178502799100099991",
        "选购商品": "酱油醋组合",
        "商品数量": "1",
        "商家编码": "SAUCE-SET",
        "商品单价": "39.90",
        "订单应付金额": "38.00",
        "收件人": "赵**",
        "收件人手机号": "136****6276",
        "省": "四川省",
        "市": "乐山市",
        "区": "犍为县",
        "街道": "寿保镇",
        "详细地址": "******",
        "订单提交时间": "2026-11-20 00:14:15",
        "支付完成时间": "2026-11-20 00:14:20",
        "承诺发货时间": "-",
        "订单状态": "待发货",
        "售后状态": "-",
    }
    answer = client.post("/api/orders", json={"format": "douyin", "source": "shop", "rows": [row]})
    assert answer.json()["accepted"] == 1, answer.text


def test_a_bad_order_is_quarantined_with_its_fault_and_does_not_stop_its_neighbours(client: TestClient) -> None:
    body = [order("API0000010"), order("API0000011", lines=[{"sku": "SAUCE-SET", "qty": 0, "amount_yuan": "1.00"}])]
    receipt = client.post("/api/orders", json=body).json()
    assert (receipt["read"], receipt["accepted"], receipt["quarantined"]) == (2, 1, 1)
    assert receipt["faults"][0]["row"] == 2
    assert receipt["faults"][0]["fault"]


def test_a_cancelled_order_gives_its_place_back_once(client: TestClient, room: Room) -> None:
    client.post("/api/orders", json=[order("API0000020")])
    change = {"order_id": "douyin:API0000020", "kind": "cancelled", "at": NOW.isoformat(), "reason": "不想要了"}
    assert client.post("/api/orders/changes", json={"changes": [change]}).json()["changed"] == 1
    assert client.post("/api/orders/changes", json=[change]).json()["repeated"] == 1
    status = room.database.read("SELECT status FROM orders WHERE order_id = 'douyin:API0000020'").item()
    assert status == "cancelled"


def test_signals_of_a_show_are_kept(client: TestClient, room: Room) -> None:
    signal = {"show_id": "evening-rice-oil", "at": NOW.isoformat(), "viewers": 1200, "clicks": 30}
    assert client.post("/api/signals", json=[signal]).json() == {"read": 1, "recorded": 1}
    assert room.database.read("SELECT sum(viewers) FROM live_signals").item() == 1200


def test_waybills_are_kept_and_bad_rows_come_back_with_a_sentence(client: TestClient, room: Room) -> None:
    client.post("/api/orders", json=[order("API-waybill", buyer={"name": "钱**", "phone": "137****0001"})])
    allocate_waiting(room)
    [parcel] = room.database.read("SELECT DISTINCT parcel_id FROM allocations WHERE order_id = 'douyin:API-waybill'")[
        "parcel_id"
    ].to_list()
    good = {"parcel_id": parcel, "waybill_no": "SF100", "uploaded_at": NOW.isoformat()}
    answer = client.post("/api/waybills", json={"waybills": [good, {**good, "parcel_id": "nowhere"}]}).json()
    assert (answer["read"], answer["recorded"], answer["repeated"], answer["refused"]) == (2, 1, 0, 1)
    assert answer["faults"] == [{"row": 2, "parcel_id": "nowhere", "fault": "There is no parcel 'nowhere'."}]
    scanned = {**good, "picked_up_at": NOW.isoformat()}
    assert client.post("/api/waybills", json=[scanned]).json()["recorded"] == 1
    assert client.post("/api/waybills", json=[scanned]).json()["repeated"] == 1
    stored = room.database.read("SELECT waybill_no, picked_up_at FROM boards.waybill_states")
    assert stored.rows() == [("SF100", NOW)]


WRONG_BODIES: list[tuple[str, str, bytes, int, str]] = [
    ("empty", "/api/orders", b"", 400, "empty"),
    ("no JSON", "/api/orders", b"{", 400, "not JSON"),
    ("not a number", "/api/orders", b"[NaN]", 400, "not JSON"),
    ("no UTF-8", "/api/orders", b'["\xff"]', 400, "not JSON"),
    ("too deep", "/api/orders", b"[" * 5000 + b"]" * 5000, 400, "not JSON"),
    ("a number", "/api/orders", b"7", 422, "must be a list"),
    ("another object", "/api/orders", b'{"order": []}', 422, "no 'orders'"),
    ("nothing", "/api/orders", b"[]", 422, "nothing to do"),
    ("no number", "/api/waybills", b'[{"parcel_id": "p"}]', 422, "waybills[0].waybill_no"),
    (
        "no zone",
        "/api/waybills",
        b'[{"parcel_id": "p", "waybill_no": "1", "uploaded_at": "2026-11-11T20:00:00"}]',
        422,
        "with its zone",
    ),
    ("not objects", "/api/orders", b"[[1]]", 422, r"orders[0] is not an object"),
    ("unknown format", "/api/orders", b'{"format": "xml", "rows": [{}]}', 422, "canonical, douyin"),
    ("format of a kind", "/api/orders", b'{"format": ["douyin"], "rows": [{}]}', 422, "canonical, douyin"),
    ("source", "/api/orders", b'{"source": 5, "rows": [{}]}', 422, "source must be"),
    ("no kind", "/api/orders/changes", b'[{"order_id": "douyin:1", "at": "2026-11-11T20:00:00Z"}]', 422, "kind"),
    (
        "other kind",
        "/api/orders/changes",
        b'[{"order_id": "douyin:1", "kind": "lost", "at": "2026-11-11T20:00:00Z"}]',
        422,
        "must be cancelled or refunded",
    ),
    (
        "no zone",
        "/api/orders/changes",
        b'[{"order_id": "douyin:1", "kind": "refunded", "at": "2026-11-11T20:00:00"}]',
        422,
        "with its zone",
    ),
    (
        "viewers below zero",
        "/api/signals",
        b'[{"show_id": "x", "at": "2026-11-11T20:00:00Z", "viewers": -1, "clicks": 0}]',
        422,
        "viewers must be a whole number",
    ),
    (
        "viewers as truth",
        "/api/signals",
        b'[{"show_id": "x", "at": "2026-11-11T20:00:00Z", "viewers": true, "clicks": 0}]',
        422,
        "viewers must be a whole number",
    ),
    (
        "unknown show",
        "/api/signals",
        b'[{"show_id": "no-such-show", "at": "2026-11-11T20:00:00Z", "viewers": 1, "clicks": 0}]',
        422,
        "no show",
    ),
]


@pytest.mark.parametrize(
    ("path", "body", "status", "told"), [w[1:] for w in WRONG_BODIES], ids=[w[0] for w in WRONG_BODIES]
)
def test_a_wrong_body_is_refused_with_the_reason(
    client: TestClient, path: str, body: bytes, status: int, told: str
) -> None:
    answer = client.post(path, content=body)
    assert answer.status_code == status
    assert told in answer.json()["error"]


def test_more_rows_than_a_request_may_bring_are_refused(client: TestClient) -> None:
    answer = client.post("/api/orders", json=[order(f"API1{n:06d}") for n in range(51)])
    assert answer.status_code == 413
    assert "51 entries; one request may bring 50" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/orders/1", "/api/geo/../orders"])
def test_an_unknown_address_under_api_is_404_in_json_not_a_page(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 405)
    assert "error" in answer.json()


def test_the_wrong_method_is_told_the_right_one(client: TestClient) -> None:
    answer = client.get("/api/orders")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "takes POST only" in answer.json()["error"]


def test_health_says_that_the_room_is_well_and_how_fresh_its_data_is(client: TestClient) -> None:
    client.post("/api/orders", json=[order("API0000030")])
    answer = client.get("/healthz")
    assert answer.status_code == 200
    report = answer.json()
    assert (report["status"], report["scheduler"]) == ("ok", "running")
    assert 0 <= report["newest_ingest_age_seconds"] < 60
    assert report["data_version"] > 0


def test_metrics_count_rows_by_their_end(client: TestClient) -> None:
    def accepted() -> float:
        lines = client.get("/metrics").text.splitlines()
        return next(float(line.split()[-1]) for line in lines if 'rows_total{end="accepted"}' in line)

    before = accepted()
    client.post("/api/orders", json=[order("API0000040"), order("API0000041")])
    assert accepted() == before + 2


def test_every_metric_is_declared_and_the_histogram_adds_up(client: TestClient) -> None:
    lines = client.get("/metrics").text.splitlines()
    declared = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    values = {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")}
    for name in values:
        bare = name.split("{")[0]
        assert bare in declared or bare.rsplit("_", 1)[0] in declared
    buckets = [value for name, value in values.items() if "_bucket" in name]
    assert buckets == sorted(buckets)
    assert buckets[-1] == values["warroom_intake_commit_seconds_count"]


@pytest.mark.parametrize(
    ("name", "file"), [("provinces", "provinces.geojson"), ("districts", "districts_demo.geojson")]
)
def test_outlines_come_compressed_once_and_are_not_sent_twice(client: TestClient, name: str, file: str) -> None:
    path = f"/api/geo/{name}.json"
    plain = (DATA / "geo" / file).read_bytes()
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain
    assert client.get(path, headers={"Accept-Encoding": "identity"}).content == plain
    again = client.get(path, headers={"If-None-Match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert orjson.loads(plain)["type"] == "FeatureCollection"
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain, 9, mtime=0))


def test_pages_still_come_through_the_front_door(client: TestClient) -> None:
    assert client.get("/").status_code == 200
    assert client.get("/_stcore/health").status_code == 200


def test_a_foreign_websocket_is_refused_by_the_real_app(client: TestClient) -> None:
    from starlette.websockets import WebSocketDisconnect

    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/_stcore/stream", headers={"Origin": "http://evil.example"}),
    ):
        raise AssertionError("the socket opened")


def test_the_caller_is_named_in_the_audit(client: TestClient, room: Room) -> None:
    client.post("/api/orders", json=[order("API0000050")])
    actors = room.database.read("SELECT DISTINCT actor FROM audit WHERE verb = 'ingest_orders'")["actor"].to_list()
    assert actors == ["api:local"]


def test_the_test_left_no_file_beside_its_own(room: Room) -> None:
    assert "room.duckdb" in room.database.where
    assert Path(DATA) not in Path(str(room.database.url.database)).parents
