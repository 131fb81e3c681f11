"""The buyer's page: a link shows its own order and nothing else, forms are written once, nothing hostile works."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard.api.front_door import FORM_BYTES, FrontDoor
from dashboard.api.routes import ROUTES
from engine.model.frames import INSTANT
from engine.model.track_settings import TrackSettings
from engine.model.tracking import Scan, Stage, Trouble
from engine.settings import ApiSettings
from engine.store import tables
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.buyers.track_keys import FILE, LinkSigner
from engine.usecases.buyers.track_order import track_order, track_orders
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from jobs.runtime import use_room
from tests.worlds import Clock, opened, order, order_id, take

ATTACK = "<img src=x onerror=alert(1)> **bold** $x^2$ :material/warning:"
FORM = {"Origin": "http://127.0.0.1:8501"}


@pytest.fixture
def room(seeded_file: Path, tmp_path: Path, clock: Clock) -> Iterator[Room]:
    """Orders 1 and 2 of one buyer share a parcel, order 3 is a stranger's; all are under way."""
    shutil.copy(seeded_file, tmp_path / "room.duckdb")
    made = opened(f"duckdb:///{tmp_path / 'room.duckdb'}", clock)
    one_buyer = {"buyer": {"name": "钱一**", "phone": "136****7777"}}
    take(made, order(1, ("RICE", 2), **one_buyer), order(2, ("OIL", 1), **one_buyer), order(3, ("GRAIN", 1)))
    allocate_waiting(made)
    with use_room(made):
        yield made
    if requests(made):
        assert verify(made.database).clean, [check for check in verify(made.database).checks if check.breaches]
    made.close()


@pytest.fixture
def client(room: Room) -> Iterator[TestClient]:
    app = Starlette(routes=ROUTES, middleware=[Middleware(FrontDoor)])
    with TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000)) as made:
        yield made


def link(client: TestClient, number: int = 1) -> str:
    """The path of the order's page."""
    told = client.get("/api/track-links", params={"order_id": order_id(number)}).json()
    return urlsplit(told["links"][order_id(number)]).path


def parcel_of(room: Room, number: int) -> str:
    found = room.database.read("SELECT parcel_id FROM allocations WHERE order_id = $o", {"o": order_id(number)})
    return str(found["parcel_id"][0])


def track(room: Room, number: int, scans: list[tuple[Scan, str]], stage: Stage, **current: object) -> None:
    """The parcel of an order has a waybill; its carrier told of `scans`, an hour apart."""
    parcel, now = parcel_of(room, number), room.now()
    record_waybills(room, [Waybill(parcel, f"SF{number:0>11}", now, None)], actor="test")
    rows = [
        {
            "event_key": f"{number}-{stage}-{n}", "provider": "sf", "waybill_no": f"SF{number:0>11}",
            "scan": scan.value, "trouble": Trouble.HELD_UP.value if scan is Scan.EXCEPTION else None, "raw_code": "1",
            "event_time": now + timedelta(hours=n), "ingest_time": now, "place": place, "adcode": "320500",
            "lon": 120.6, "lat": 31.3, "said": "张三 13800001111",
        }
        for n, (scan, place) in enumerate(scans)
    ]  # fmt: skip
    facts = pl.DataFrame(rows, schema_overrides={"event_time": INSTANT, "ingest_time": INSTANT, "trouble": pl.String})
    state = {
        "waybill_no": f"SF{number:0>11}", "parcel_id": parcel, "stage": stage.value, "stage_at": now,
        "events": len(rows), **current,
    }  # fmt: skip
    with room.database.transaction(actor="test", verb="track") as tx:
        tx.append(tables.tracking_events, facts, stamp=True)
        tx.execute(tables.parcel_tracks.delete().where(tables.parcel_tracks.c.parcel_id == parcel))
        tx.execute(tables.parcel_tracks.insert().values(**state, version=tx.version))


def requests(room: Room) -> list[tuple[str, str, str]]:
    return room.database.read("SELECT wish, detail, state FROM buyer_requests ORDER BY request_id").rows()  # type: ignore[return-value]


# --- whose page it is ----------------------------------------------------------------------------------------------


def test_a_link_shows_its_own_order_and_nothing_of_others(client: TestClient, room: Room) -> None:
    assert parcel_of(room, 1) == parcel_of(room, 2), "the world needs a shared parcel"
    first, second, third = (client.get(link(client, n)).text for n in (1, 2, 3))
    goods = [{sku for sku in ("RICE", "OIL", "GRAIN") if f">{sku} ×" in text} for text in (first, second, third)]
    assert goods == [{"RICE"}, {"OIL"}, {"GRAIN"}]
    for text in (first, second, third):
        assert not re.search(r"N0000000\d|136\*|钱一|赵|天平路|\*{4}", text), "no order number, buyer or street"


def test_a_crowd_is_read_together_and_every_buyer_sees_what_one_alone_would(client: TestClient, room: Room) -> None:
    """Orders that share a parcel, are at the door, refunded, not planned, and a link to nothing, all in one reading."""
    track(room, 1, [(Scan.PICKED_UP, "上海"), (Scan.HUB_IN, "苏州")], Stage.IN_TRANSIT, picked_up_at=room.now())
    track(room, 3, [(Scan.OUT_FOR_DELIVERY, "杭州")], Stage.OUT_FOR_DELIVERY)
    take(room, order(4, ("RICE", 1)), order(5, ("OIL", 1)))
    change_orders(room, [OrderChange(order_id(5), "refunded", room.now())], actor="test")
    ids = [link(client, n).removeprefix("/track/").split(".")[0] for n in (1, 2, 3, 4, 5)]
    alone = {one: track_order(room, one) for one in ids}
    for crowd in (ids, ids[::-1], ids[1:3], [*ids, "nothing"]):
        assert track_orders(room, crowd) == {one: alone[one] for one in crowd if one in alone}
    assert [alone[one].order["order_id"] for one in ids] == [order_id(n) for n in (1, 2, 3, 4, 5)]
    shared = [alone[one].parcels[0] for one in ids[:2]]
    assert shared[0].row["parcel_id"] == shared[1].row["parcel_id"]
    assert [{good["sku"] for good in parcel.goods} for parcel in shared] == [{"RICE"}, {"OIL"}]
    assert [len(alone[one].parcels) for one in ids[2:]] == [1, 0, 0]
    assert alone[ids[2]].parcels[0].scans[0]["place"] == "杭州"


def test_whatever_is_wrong_with_a_token_the_answer_is_the_same(client: TestClient, room: Room, clock: Clock) -> None:
    path = link(client)
    token = path.removeprefix("/track/")
    link_id, stamp, signature = token.split(".")
    foreign = LinkSigner(["another room's key"], now=clock, valid_days=60).token(link_id)
    ours = room.links
    assert ours is not None
    stranger = ours.token("A" * len(link_id))
    flipped = f"{link_id}.{stamp}.{signature[:-2]}{'A' if signature[-2] != 'A' else 'B'}{signature[-1]}"
    wrong = [
        flipped,
        foreign,
        stranger,
        f"{link_id[:-1]}x.{stamp}.{signature}",
        link_id,
        "x" * 5000,
        "a.b.c",
        "é",
        "%00",
    ]
    clock.pass_(days=61)
    wrong.append(token)
    told = [client.get(f"/track/{one}", headers={"Accept-Language": "en"}) for one in wrong]
    told += [client.get("/track"), client.get("/track/a/b"), client.delete(f"/track/{token}")]
    assert {answer.status_code for answer in told} == {404}
    assert len({answer.text for answer in told if '<html lang="en"' in answer.text}) == 1
    assert len({answer.text for answer in told}) == 2, "one page in each language"


def test_a_link_names_no_order_and_cannot_be_counted_through(client: TestClient) -> None:
    paths = [link(client, n) for n in (1, 2, 3)]
    assert all("N0000" not in path and "douyin" not in path for path in paths)
    ids = [path.removeprefix("/track/").split(".")[0] for path in paths]
    assert len(set(ids)) == 3
    assert all(len(one) >= 21 for one in ids)
    assert link(client, 1).split(".")[0] == paths[0].split(".")[0], "asked again, it is the same link"


def test_an_older_key_still_opens_its_links_until_it_is_taken_away(clock: Clock) -> None:
    old, new = "the old key of 2025", "the new key of 2026"
    token = LinkSigner([old], now=clock, valid_days=60).token("abc")
    rotated = LinkSigner([new, old], now=clock, valid_days=60)
    assert rotated.link_id(token) == "abc"
    assert LinkSigner([new], now=clock, valid_days=60).link_id(token) is None
    assert LinkSigner([new], now=clock, valid_days=60).link_id(rotated.token("abc")) == "abc"


def test_the_key_is_made_once_beside_the_database_and_only_its_owner_may_read_it(
    client: TestClient, room: Room, tmp_path: Path
) -> None:
    link(client)
    file = tmp_path / FILE
    made = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    room.links = None
    assert client.get(link(client)).status_code == 200
    assert file.read_text() == made


def test_links_are_for_known_callers(client: TestClient, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    keyed = replace(room.settings, api=ApiSettings(keys="gateway:sixteen-letters-x"))
    monkeypatch.setattr(room, "settings", keyed)
    path = "/api/track-links"
    assert client.get(path, params={"order_id": order_id(1)}).status_code == 401
    assert client.get("/api/buyer-requests").status_code == 401
    headers = {"Authorization": "Bearer sixteen-letters-x"}
    assert client.get(path, params={"order_id": order_id(1)}, headers=headers).status_code == 200


def test_the_gateway_gets_links_of_many_orders_as_csv(client: TestClient) -> None:
    told = client.post("/api/track-links/batch", json={"order_ids": [order_id(1), order_id(3), "douyin:none"]})
    head, *lines = told.text.split()
    assert head == "order_id,url"
    assert [line.split(",")[0] for line in lines] == [order_id(1), order_id(3)]
    for line in lines:
        assert client.get(urlsplit(line.split(",")[1]).path).status_code == 200
    assert client.get("/api/track-links", params={"order_id": "none"}).json() == {"links": {}, "unknown": ["none"]}


# --- what it says --------------------------------------------------------------------------------------------------


def test_the_page_is_small_closed_and_tells_nobody_where_it_was(client: TestClient, room: Room) -> None:
    track(room, 1, [(Scan.PICKED_UP, "上海"), (Scan.HUB_IN, "苏州")], Stage.IN_TRANSIT, picked_up_at=room.now())
    answer = client.get(link(client), headers={"Accept-Language": "en-GB,zh;q=0.5"})
    assert answer.status_code == 200
    assert len(answer.content) < 60_000
    assert "<svg" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert not re.search(r"<script|https?://|style=|onclick|src=", answer.text), "nothing runs, nothing is fetched"
    assert 'lang="en"' in answer.text
    assert "Expected" in answer.text
    assert "publishes (days: 2)" in answer.text


def test_the_language_is_the_browsers_and_can_be_switched(client: TestClient) -> None:
    path = link(client)
    asked = {"": "zh-CN", "fr, en;q=0.4, zh;q=0.3": "en", "zh-TW": "zh-CN", "en;q=x, ,;;": "zh-CN"}
    for header, language in asked.items():
        assert f'<html lang="{language}"' in client.get(path, headers={"Accept-Language": header}).text
    text = client.get(f"{path}?lang=en", headers={"Accept-Language": "zh"}).text
    assert 'href="?lang=zh"' in text


def test_carriers_words_are_masked_and_hostile_ones_are_only_words(client: TestClient, room: Room) -> None:
    track(room, 1, [(Scan.HUB_IN, f"{ATTACK}"), (Scan.HUB_OUT, "苏州 138-0000-1111 库")], Stage.IN_TRANSIT)
    text = client.get(link(client)).text
    assert "<img" not in text
    assert "&lt;img" in text
    assert "138" not in text
    assert "张三" not in text


def test_a_forecast_is_shown_as_its_range(client: TestClient, room: Room, clock: Clock) -> None:
    track(room, 1, [(Scan.PICKED_UP, "上海")], Stage.PICKED_UP, picked_up_at=clock())
    start = clock() + timedelta(hours=20)
    with room.database.transaction(actor="test", verb="track") as tx:
        tx.execute(
            tables.parcel_forecasts.insert().values(
                parcel_id=parcel_of(room, 1), made_at=clock(), occasion="scanned", model_id="lane", late_pick_up=0.1,
                late_delivery=0.1, eta_p10=start, eta_p50=start + timedelta(hours=5),
                eta_p90=start + timedelta(hours=9), reasons="[]", version=tx.version,
            )
        )  # fmt: skip
    text = client.get(f"{link(client)}?lang=en").text
    assert "Expected 12 Nov 16:30 to 13 Nov 01:30" in text
    assert "publishes" not in text


def test_a_courier_is_called_through_the_relay_and_only_while_out(
    client: TestClient, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "settings", replace(room.settings, track=TrackSettings(relay="400-123-4567")))
    track(room, 1, [(Scan.PICKED_UP, "上海")], Stage.IN_TRANSIT)
    assert "tel:" not in client.get(link(client)).text
    track(room, 3, [(Scan.OUT_FOR_DELIVERY, "上海")], Stage.OUT_FOR_DELIVERY)
    assert 'href="tel:4001234567"' in client.get(link(client, 3)).text


def test_the_courier_is_on_the_map_while_out_and_heard_of_and_never_named(
    client: TestClient, room: Room, clock: Clock
) -> None:
    now = clock().isoformat()
    task = {"task_id": "t1", "courier": "LI-SI", "at": now, "seq": 1, "parcel_id": parcel_of(room, 3)}
    position = {"courier": "LI-SI", "at": now, "lon": 121.4, "lat": 31.2}
    assert client.post("/api/couriers/tasks", json=[task]).status_code == 200
    assert client.post("/api/couriers", json=[position]).status_code == 200
    track(room, 3, [(Scan.PICKED_UP, "上海")], Stage.IN_TRANSIT)
    path = f"{link(client, 3)}?lang=en"
    assert "blue" not in client.get(path).text
    track(room, 3, [(Scan.OUT_FOR_DELIVERY, "上海")], Stage.OUT_FOR_DELIVERY)
    text = client.get(path).text
    assert "blue: the courier" in text
    assert "LI-SI" not in text
    clock.pass_(minutes=11)
    assert "blue" not in client.get(path).text, "an old position says nothing"


# --- what can be asked ---------------------------------------------------------------------------------------------


def test_nothing_is_offered_while_all_is_well_and_everything_when_it_is_late(
    client: TestClient, room: Room, clock: Clock
) -> None:
    path = link(client)
    assert "<form" not in client.get(path).text
    clock.pass_(hours=49)
    assert re.findall(r'name="wish" value="(\w+)"', client.get(path).text) == [
        "wait", "change_time", "change_address", "refund",
    ]  # fmt: skip
    track(
        room, 1, [(Scan.OUT_FOR_DELIVERY, "上海"), (Scan.EXCEPTION, "上海")], Stage.OUT_FOR_DELIVERY, trouble="held_up"
    )
    assert re.findall(r'name="wish" value="(\w+)"', client.get(path).text) == ["wait", "refund"]
    track(room, 1, [], Stage.SIGNED)
    assert "<form" not in client.get(path).text


def test_a_mass_delay_offers_what_an_operator_let_go_and_its_compensation(client: TestClient, room: Room) -> None:
    with room.database.transaction(actor="test", verb="offer") as tx:
        for option, cents in (("wait", 800), ("change_address", 0)):
            tx.execute(
                tables.buyer_options.insert().values(
                    incident_id="i1", order_id=order_id(1), option=option, parcel_id=parcel_of(room, 1),
                    compensation_cents=cents, offered_at=tx.at, offered_by="op", version=tx.version, state="open",
                    state_at=tx.at,
                )
            )  # fmt: skip
    text = client.get(f"{link(client)}?lang=en").text
    assert re.findall(r'name="wish" value="(\w+)"', text) == ["wait", "change_address"]
    assert "¥8.00" in text
    assert "<form" not in client.get(link(client, 3)).text


def test_a_request_is_written_once_whatever_is_sent_twice(client: TestClient, room: Room, clock: Clock) -> None:
    clock.pass_(hours=49)
    path = link(client)
    for value in ("late", "late", "other"):
        answer = client.post(path, data={"wish": "refund", "value": value}, headers=FORM, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "?lang=zh&said=taken")
    assert requests(room) == [("refund", '{"ground":"late"}', "replaced"), ("refund", '{"ground":"other"}', "open")]
    actors = room.database.read("SELECT actor, count(*) FROM audit WHERE verb = 'ask_as_buyer' GROUP BY actor").rows()
    assert actors == [("buyer", 2)], "the repeated form changed nothing"
    waiting = client.get("/api/buyer-requests").json()["requests"]
    assert [(one["order_id"], one["wish"], one["detail"]) for one in waiting] == [
        (order_id(1), "refund", {"ground": "other"})
    ]
    said = {"request_id": waiting[0]["request_id"], "answer": "done", "at": clock().isoformat()}
    receipt = client.post("/api/buyer-answers", json=[said, said, {**said, "request_id": "b0-0"}]).json()
    assert (receipt["applied"], receipt["repeated"], len(receipt["refused"])) == (1, 1, 1)
    assert "done" in client.get(f"{path}?lang=en").text
    other_way = client.post("/api/buyer-answers", json=[{**said, "answer": "declined"}]).json()
    assert "done already" in other_way["refused"][0]["error"]


def test_a_form_that_is_none_of_ours_changes_nothing(client: TestClient, room: Room, clock: Clock) -> None:
    clock.pass_(hours=49)
    path = link(client)
    for form in (
        {"wish": "refund", "value": "because"},
        {"wish": "change_address", "value": "  "},
        {"wish": "change_address", "value": "路" * 121},
        {"wish": "everything"},
        {"value": "late"},
        {"wish": ["refund", "wait"]},
        {"wish": "wait", "order_id": order_id(3)},
        {},
    ):
        answer = client.post(path, data=form, headers=FORM, follow_redirects=False)
        assert answer.headers["location"].endswith("said=wrong"), form
    assert requests(room) == []


def test_what_cannot_be_asked_now_is_refused_and_a_flood_of_requests_ends(
    client: TestClient, room: Room, clock: Clock
) -> None:
    path, headers = link(client), FORM
    early = client.post(path, data={"wish": "refund", "value": "late"}, headers=headers, follow_redirects=False)
    assert early.headers["location"].endswith("said=not_now")
    clock.pass_(hours=49)
    room.settings = replace(room.settings, track=TrackSettings(requests_per_second=0))
    said = [
        client.post(
            path, data={"wish": "change_address", "value": f"天平路 {n} 号{ATTACK}"}, headers=headers,
            follow_redirects=False,
        ).headers["location"].rpartition("=")[2]
        for n in range(10)
    ]  # fmt: skip
    assert said == ["taken"] * 8 + ["not_now"] * 2
    text = client.get(path).text
    assert "天平路" not in text, "an address is never shown again"
    assert "<img" not in text


def test_large_and_foreign_posts_stop_at_the_door(client: TestClient) -> None:
    path = link(client)
    for body, origin, status in (
        (b"wish=wait&value=" + b"x" * FORM_BYTES, FORM["Origin"], 413),
        (b"wish=wait", "https://evil.example", 403),
        (b"wish=wait", "null", 403),
    ):
        assert client.post(path, content=body, headers={"Origin": origin}).status_code == status


def test_one_link_and_one_stranger_are_slowed_and_nobody_else(client: TestClient, room: Room) -> None:
    # One a second after the first five: on a busy machine a page takes half a second.
    room.settings = replace(room.settings, track=TrackSettings(requests_per_second=1))
    mine, other = link(client, 1), link(client, 3)
    assert [client.get(mine).status_code for _ in range(11)].count(429) >= 1
    assert client.get(other).status_code == 200
    assert [client.get("/track/guess").status_code for _ in range(12)].count(429) >= 1
    assert client.get(other).status_code == 200, "a flood of guesses shuts nobody out"
