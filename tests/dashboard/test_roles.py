"""A role opens and shuts: the button says why, the command refuses whoever goes past it, and the audit remembers."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import logins, people, permits
from dashboard.api.callers import Callers, Claim
from dashboard.api.front_door import FrontDoor
from dashboard.api.refusals import Refused
from dashboard.commands import actions as action_commands
from dashboard.commands import desk as commands
from dashboard.people import Standing
from dashboard.wording import words
from engine.errors import BadSetting
from engine.model.access import AccessSettings
from engine.model.actions import ActionKind
from engine.model.roles import Role
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.worlds import SHOW, Clock, order, small_room, take

MAIN = Path(__file__).parents[2] / "dashboard" / "main.py"
T = words("en")
NOW = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)
VAGUE = {"province": "上海市", "city": "上海市", "district": None, "street": None, "detail": "somewhere"}
SECTION = {
    "server_metadata_url": "https://id.brand.cn/.well-known/openid-configuration",
    "client_id": "room",
    "client_secret": "x" * 16,
    "redirect_uri": "https://room.brand.cn/oauth2callback",
    "cookie_secret": "c" * 40,
}


@pytest.fixture(scope="module")
def open_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    room = small_room(f"duckdb:///{tmp_path_factory.mktemp('roles') / 'room.duckdb'}", Clock())
    take(room, order(1), order(2, address=VAGUE))
    yield room
    room.close()


@pytest.fixture
def room(open_one: Room, tmp_path: Path) -> Iterator[Room]:
    """The small world with one held order; `people.toml` beside it knows a boss, a manager and a group of analysts."""
    (tmp_path / "people.toml").write_text(
        'admin = ["boss@brand.cn"]\nmanager = ["li@brand.cn"]\nanalyst = ["group:data"]\n', encoding="utf-8"
    )
    before = open_one.settings
    open_one.settings = replace(before, access=AccessSettings(people=str(tmp_path / "people.toml")))
    with use_room(open_one):
        yield open_one
    open_one.settings = before


def as_role(room: Room, role: str, **more: Any) -> None:
    room.settings = replace(room.settings, access=AccessSettings(role=role, **more))


def page(name: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=30)
    app.query_params["lang"] = "en"
    app.run()
    return app.switch_page(f"../pages/{name}.py").run()


def newest_audit(room: Room) -> dict[str, Any]:
    return room.database.read("SELECT * FROM audit ORDER BY version DESC LIMIT 1").row(0, named=True)


def test_a_button_out_of_reach_says_which_role_it_takes(room: Room) -> None:
    as_role(room, "operator")
    app = page("network")
    preview = next(b for b in app.button if b.label == T("network.preview"))
    assert not preview.disabled, "looking is everybody's"
    as_role(room, "analyst")
    assert permits.permit(T, "offer_options")["disabled"]
    assert permits.permit(T, "offer_options")["help"] == T("roles.refused", role="Analyst", needs="Manager")
    verify = next(b for b in page("system").button if b.label == T("system.verify"))
    assert verify.disabled
    assert verify.help == T("roles.refused", role="Analyst", needs="Operator")


def test_a_command_refuses_whoever_goes_past_the_button_and_the_audit_keeps_it(room: Room) -> None:
    as_role(room, "analyst")
    held = ["douyin:N00000002"]
    told = commands.release_holds(T, held, reason="forged")
    assert not told.done
    assert told.text == T("roles.refused", role="Analyst", needs="Operator")
    kept = newest_audit(room)
    assert (kept["actor"], kept["verb"], kept["subject"]) == (room.settings.boards.operator, "refused", "release_holds")
    assert orjson.loads(kept["detail"]) == {"role": "analyst", "needs": "operator"}
    assert room.database.read("SELECT count(*) FROM orders WHERE status = 'held'").item() == 1, "nothing was done"
    as_role(room, "operator")  # the next click finds the new role
    params = {"show_id": SHOW, "sku": "RICE", "units": 1}
    seen = action_commands.preview(T, ActionKind.TOP_UP_POOL, params)
    assert action_commands.act(T, ActionKind.TOP_UP_POOL, params, why="asked for", seen=seen).done
    assert newest_audit(room)["verb"] == "act_now"


def person(room: Room, **said: Any) -> people.Person:
    return people.person_of({"is_logged_in": True, "iat": NOW.timestamp() - 60, **said}, room.settings, now=NOW)


def test_a_login_is_a_role_a_name_and_an_end(room: Room) -> None:
    li = person(room, sub="1", email="Li@brand.cn", name="李娜")
    assert (li.standing, li.name, li.shown, li.role) == (Standing.LOGGED_IN, "li@brand.cn", "李娜", Role.MANAGER)
    assert person(room, sub="2", email="wu@brand.cn", groups=["data"]).role is Role.ANALYST
    stranger = person(room, sub="3", email="other@brand.cn")
    assert (stranger.standing, stranger.role) == (Standing.STRANGER, None)
    late = (NOW - timedelta(hours=room.settings.access.session_hours)).timestamp() - 1
    assert person(room, sub="1", email="li@brand.cn", iat=late).standing is Standing.ENDED
    assert person(room, sub="1", email="li@brand.cn", iat=None).standing is Standing.ENDED
    assert people.person_of({}, room.settings, now=NOW).standing is Standing.LOGGED_OUT
    assert person(room, sub="1", email="li@brand.cn", is_logged_in=False).role is None
    room.settings = replace(room.settings, access=replace(room.settings.access, others="analyst"))
    assert person(room, sub="3", email="other@brand.cn").role is Role.ANALYST


def test_before_the_login_there_is_a_door_and_nothing_else(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "configured", lambda: True)
    app = AppTest.from_file(str(MAIN), default_timeout=30).run()
    assert not app.exception
    assert [b.key for b in app.button] == ["log-in"]
    assert not app.dataframe
    assert not app.metric
    assert not commands.verify_now(T).done, "and no command runs"


def test_the_floor_asks_for_the_login_and_buyers_and_machines_do_not_meet_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookies: dict[str, Any] = {}
    monkeypatch.setattr(logins, "configured", lambda: True)
    monkeypatch.setattr(logins, "claims_in_cookie", lambda _: cookies)
    assert status_of("/floor/waves/W-1") == 401
    assert status_of("/api/map/couriers.json") == 401
    assert status_of("/track/a-token") == 200
    assert status_of("/healthz") == 200
    assert status_of("/api/orders", "POST") == 200
    now = datetime.now(UTC).timestamp()
    cookies.update(is_logged_in=True, sub="1", email="li@brand.cn", iat=now)
    assert status_of("/floor/waves/W-1") == 200
    cookies.update(email="other@brand.cn")
    assert status_of("/floor/waves/W-1") == 401, "logged in, but not let in"


def status_of(path: str, method: str = "GET") -> int:
    """What comes back through the front door from an application that answers 200 to everything."""
    sent: list[dict[str, Any]] = []

    async def inside(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "scheme": "http", "query_string": b"",
        "client": ("127.0.0.1", 1), "headers": [(b"host", b"127.0.0.1:8501"), (b"content-length", b"2")],
    }  # fmt: skip
    asyncio.run(FrontDoor(inside)(scope, receive, send))
    return int(sent[0]["status"])


def test_a_key_that_brings_facts_cannot_do_an_operators_work() -> None:
    keys = Callers(
        {"wms": "k" * 16, "tablet": "t" * 16},
        window=300,
        operators=frozenset({"tablet"}),
        operators_only=frozenset({"/api/promises"}),
    )
    keys.check_may(Claim("wms", signed=False), "/api/orders")
    keys.check_may(Claim("tablet", signed=False), "/api/promises")
    with pytest.raises(Refused, match="an operator's work"):
        keys.check_may(Claim("wms", signed=False), "/api/promises")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cookie_secret": "short"}, "at least 32 characters"),
        ({"redirect_uri": "http://room.brand.cn/oauth2callback"}, "must begin with https"),
        ({"redirect_uri": "https://room.brand.cn/back"}, "must end in /oauth2callback"),
        ({"client_secret": ""}, "does not say client_secret"),
        ({}, "nobody.toml cannot be read"),
    ],
)
def test_a_login_that_would_not_protect_stops_the_start(
    change: dict[str, str], said: str, room: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    section = logins.auth_util.AttrDict({**SECTION, **change})
    monkeypatch.setattr(logins.auth_util, "get_secrets_auth_section", lambda: section)
    access = AccessSettings(people=str(tmp_path / "nobody.toml"))
    with pytest.raises(BadSetting, match=said):
        logins.check(replace(room.settings, access=access))


def test_a_login_that_was_there_at_the_start_stays(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "_held", False)
    with monkeypatch.context() as there:
        there.setattr(logins.auth_util, "get_secrets_auth_section", lambda: logins.auth_util.AttrDict(SECTION))
        logins.check(room.settings)
    assert logins.configured(), "whoever empties the file of secrets does not open the room"
