"""A room with a login, a real OpenID Connect provider and a real browser: what a role opens, shuts and refuses."""

import json
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import Origin, Subprotocol
from websockets.sync.client import connect

from engine.settings import ROOT
from tests.processes import Started, free_port, process, wait_until_well

WORDS = tomllib.loads((ROOT / "dashboard" / "locale" / "en.toml").read_text(encoding="utf-8"))
LOOK = WORDS["stagger"]["look"]
PEOPLE = 'admin = ["boss@brand.cn"]\nmanager = ["{manager}"]\nanalyst = ["group:data", "{analyst}"]\n'


@contextmanager
def provider(folder: Path) -> Iterator[str]:
    """An OpenID Connect provider that knows three people; its address."""
    port = free_port()
    people = [
        {"sub": "1", "email": "li@brand.cn", "email_verified": True, "name": "Li Na"},
        {"sub": "2", "email": "wu@brand.cn", "groups": ["data"], "name": "Wu"},
        {"sub": "3", "email": "passer@by.cn", "name": "Passer"},
    ]
    known = [word for one in people for word in ("--user-claims", json.dumps(one))]
    with (folder / "provider.log").open("wb") as log:
        words = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *known]
        started = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        started.kill()
        started.wait(10)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Started]:
    """A room where people log in; `people.toml` beside its database says who they are."""
    port = free_port()
    people = tmp_path / "people.toml"
    people.write_text(PEOPLE.format(manager="li@brand.cn", analyst="nobody@brand.cn"), encoding="utf-8")
    with provider(tmp_path) as address:
        login = {
            "SERVER_METADATA_URL": f"{address}/.well-known/openid-configuration",
            "CLIENT_ID": "room",
            "CLIENT_SECRET": "a secret of the client",
            "REDIRECT_URI": f"http://127.0.0.1:{port}/oauth2callback",
            "COOKIE_SECRET": "a secret of forty characters for cookies",
        }
        environment = {f"WARROOM_LOGIN_{name}": value for name, value in login.items()}
        with process(
            tmp_path, port=port, WARROOM_ACCESS_PEOPLE=str(people), WARROOM_BOARDS_LANGUAGE="en", **environment
        ) as room:
            wait_until_well(room)
            yield room


def log_in(page: Page, room: Started, subject: str, path: str = "") -> None:
    page.goto(f"http://127.0.0.1:{room.port}/{path}?lang=en")
    expect(page.get_by_test_id("stTopNavSection")).to_have_count(0)  # no page is named before the door
    page.get_by_role("button", name=WORDS["entrance"]["log_in"]).click()
    page.get_by_role("button", name=subject, exact=True).click()


def press_by_protocol(context: BrowserContext, room: Started, page_name: str) -> list[str]:
    """Press the button LOOK of a page as no browser would: over the websocket, disabled or not. What was said then."""
    cookies = {one["name"]: one["value"] for one in context.cookies()}

    def asked(button: str = "") -> bytes:
        message = BackMsg()
        message.rerun_script.page_name = page_name
        message.rerun_script.query_string = "lang=en"
        if button:
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.trigger_value = button, True
        return message.SerializeToString()

    button, said, pressed = "", [], False
    with connect(
        f"ws://127.0.0.1:{room.port}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit"), Subprotocol(cookies["_streamlit_xsrf"])],
        additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
        origin=Origin(f"http://127.0.0.1:{room.port}"),
        max_size=None,
    ) as socket:
        socket.send(asked())
        while True:
            message = ForwardMsg.FromString(socket.recv(20, decode=False))
            element = message.delta.new_element
            if element.WhichOneof("type") == "button" and element.button.label == LOOK:
                button = element.button.id
            if pressed and element.WhichOneof("type") == "alert":
                said.append(element.alert.body)
            finished = message.WhichOneof("type") == "script_finished"
            if finished and message.script_finished == ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY:
                if pressed:
                    return said
                socket.send(asked(button))
                pressed = True


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return int(error.code)


def test_a_manager_works_an_analyst_looks_and_a_stranger_stays_outside(
    guarded: Started, page: Page, tmp_path: Path
) -> None:
    here = f"http://127.0.0.1:{guarded.port}"
    assert status(f"{here}/floor/waves/W-1") == 401
    assert status(f"{here}/track/a-wrong-token") == 404, "buyers do not meet the login"

    log_in(page, guarded, "1", "stagger")
    expect(page.get_by_text("Li Na · Manager")).to_be_visible()
    page.goto(f"{here}/stagger?lang=en")
    look = page.get_by_role("button", name=LOOK)
    expect(look).to_be_enabled()
    assert press_by_protocol(page.context, guarded, "stagger"), "a manager's press is answered"
    # The list of people changes while the page stands open: the next click finds it.
    (tmp_path / "people.toml").write_text(PEOPLE.format(manager="x@brand.cn", analyst="li@brand.cn"), encoding="utf-8")
    look.click()
    expect(look).to_be_disabled()
    page.get_by_text("Li Na · Analyst").click()
    page.get_by_role("button", name=WORDS["entrance"]["log_out"]).click()
    page.wait_for_url("**/oauth2/end_session**")

    page.context.clear_cookies()
    log_in(page, guarded, "2")
    expect(page.get_by_text("Wu · Analyst")).to_be_visible()
    assert press_by_protocol(page.context, guarded, "stagger") == [], "an analyst's, past the disabled button, is not"

    page.context.clear_cookies()
    log_in(page, guarded, "3")
    expect(page.get_by_text("passer@by.cn")).to_be_visible()
    expect(page.get_by_test_id("stTopNavSection")).to_have_count(0)
