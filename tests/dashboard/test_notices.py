"""Notices on their page, over HTTP and in Chinese; a card's link opens the inbox and nothing else."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard import sentences
from dashboard.api.front_door import FrontDoor
from dashboard.api.routes import ROUTES
from dashboard.boards import notices as notice_boards
from dashboard.components.actions.notice_board import text_of
from dashboard.views.notices import NoticesView
from dashboard.wording import words
from engine.channels.outgoing import Answer, Outcome
from engine.errors import WarRoomError
from engine.model.notices import (
    AUDIENCE_OF,
    Audience,
    ChannelKind,
    NoticeKind,
    NoticeState,
    StaffDesk,
    Via,
)
from engine.response.notice_templates import Consent
from engine.usecases.actions.approval_links import approval_link
from engine.usecases.notices.dispatch_notices import dispatch_notices
from engine.usecases.notices.review_notices import give_up_notices, retry_notices, send_test
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.dashboard.test_pages import opened, sound
from tests.dashboard.test_pages import text_of as page_text
from tests.outbox import GATEWAY, ROBOT, Outside, alert, down, tell_buyers, with_channels, write
from tests.worlds import Clock, order, order_id, small_room, take

ZH = words("zh")


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    """Two orders, a robot and a gateway, an alert and two buyers told."""
    made = with_channels(small_room(duckdb_url, clock), **ROBOT, **GATEWAY, listen="ops=warehouse:lisi")
    take(made, order(1), order(2))
    write(made, alert("WH <b>"))
    tell_buyers(made, order_id(1), order_id(2))
    with use_room(made):
        yield made
    made.close()


@pytest.fixture
def client(room: Room) -> Iterator[TestClient]:
    app = Starlette(routes=ROUTES, middleware=[Middleware(FrontDoor)])
    with TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000)) as door:
        yield door


def test_the_gateway_reports_over_http(room: Room, client: TestClient, clock: Clock) -> None:
    dispatch_notices(room, sender=Outside())
    ids = room.database.read("SELECT notice_id FROM notices WHERE audience = 'buyer' ORDER BY cause")["notice_id"]
    report = {"notice_id": ids[0], "state": "delivered", "at": clock.at.isoformat()}
    answer = client.post("/api/notice-reports", json={"reports": [report, report | {"notice_id": "none"}]})
    assert (answer.status_code, answer.json()["applied"], len(answer.json()["refused"])) == (200, 1, 1)
    assert client.post("/api/notice-reports", json=[report | {"state": "lost"}]).status_code == 422
    said = {"order_id": order_id(1), "allowed": False, "at": clock.at.isoformat(), "language": "en"}
    assert client.post("/api/notice-consents", json=[said]).json()["applied"] == 1
    assert client.post("/api/notice-consents", json=[said | {"allowed": "no"}]).status_code == 422
    assert client.post("/api/notice-consents", json=[said | {"kind": "alert"}]).status_code == 422


def test_a_cards_link_opens_the_inbox_and_a_wrong_one_says_why_not(
    room: Room, client: TestClient, clock: Clock
) -> None:
    path = approval_link(room, "a7", "manager").removeprefix("http://127.0.0.1:8501")
    answer = client.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox?action=a7&role=manager")
    for wrong in (f"{path}x", "/go/nothing"):
        told = client.get(wrong, follow_redirects=False)
        assert told.status_code == 404
        assert "was not made by this room" in told.text
        assert "不是本作战室生成" in told.text
    clock.pass_(hours=25)
    assert "older than 24 h" in client.get(path).text


def test_the_board_counts_what_waits_and_how_channels_fare(room: Room, clock: Clock) -> None:
    dispatch_notices(room, sender=Outside(down))
    board = notice_boards.notices(room.database, clock.at)
    assert (board.count(NoticeState.FAILED), board.count(NoticeState.QUEUED)) == (2, 1)
    [ops, gateway] = board.channels.to_dicts()
    assert (ops["state"], ops["failed"], ops["last_minute"], ops["last_error"]) == (
        "failing", 1, 1, "The connection was refused."
    )  # fmt: skip
    assert (gateway["kind"], gateway["waiting"]) == ("gateway", 2)
    assert board.lists["open"].height == board.lists["all"].height == 3
    assert board.lists["open"]["detail"].to_list().count("The connection was refused.") == 2


def test_the_page_shows_outbox_channels_and_texts(room: Room) -> None:
    for language, query in (
        ("zh", {}),
        ("en", {"panel": "channels"}),
        ("zh", {"panel": "templates", "kind": "lot_care"}),
    ):
        app = sound(opened("notices", language, **query))
        assert "<b>告警" not in page_text(app)
    told = words("zh")
    board = notice_boards.notices(room.database, room.now())
    [row] = board.lists["all"].filter(kind="alert").to_dicts()
    assert "WH <b>" in text_of(told, board, row["kind"], row["fields"])
    assert NoticesView.read({"kind": "nothing", "panel": "x", "shown": "y"}) == NoticesView()


@pytest.mark.parametrize(
    ("family", "members"),
    [
        ("notice_state", set(NoticeState)),
        ("notice_kind", set(NoticeKind)),
        ("channel_kind", set(ChannelKind)),
        ("channel_state", {"ready", "resting", "failing", "unnamed"}),
        ("staff_desk", set(StaffDesk)),
        ("audience", set(Audience)),
        ("via", set(Via)),
        ("consent", set(Consent)),
    ],
)
def test_every_member_has_words(family: str, members: set[str]) -> None:
    for language in ("zh", "en"):
        assert {f"{family}.{member}" for member in members} <= set(words(language).texts)
    assert set(AUDIENCE_OF) == set(NoticeKind)


def test_what_the_outbox_says_reaches_a_chinese_reader_in_chinese(room: Room, clock: Clock) -> None:
    answers = [
        Answer(Outcome.FAILED, f"The robot answered {code}")
        for code in ("500.", "93000: bad key", "200 without a code in it.")
    ] + [Answer(Outcome.REFUSED, "The gateway answered 422: no such order")]
    dispatch_notices(room, sender=Outside(lambda message, now: answers.pop()))
    give_up_notices(room, _ids(room, "failed")[:1], actor="li", reason="已电话通知")
    clock.pass_(hours=80)
    dispatch_notices(room, sender=Outside())
    for detail in room.database.read("SELECT DISTINCT detail FROM notice_events WHERE detail <> ''")["detail"]:
        assert any("一" <= sign <= "龥" for sign in sentences.said(ZH, detail)), detail
    for refused in (
        lambda: give_up_notices(room, [], actor="li", reason="x"),
        lambda: give_up_notices(room, ["x"], actor="li", reason=""),
        lambda: retry_notices(room, ["nothing"], actor="li"),
        lambda: give_up_notices(room, _ids(room, "given_up"), actor="li", reason="x"),
        lambda: send_test(room, "nowhere", actor="li"),
        lambda: send_test(room, "gateway", actor="li"),
    ):
        with pytest.raises(WarRoomError) as no:
            refused()
        said = sentences.said(ZH, str(no.value))
        assert said != str(no.value), said


def _ids(room: Room, state: str) -> list[str]:
    found = room.database.read("SELECT notice_id FROM notices WHERE state = $state", {"state": state})
    return found["notice_id"].to_list()
