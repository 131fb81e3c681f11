"""The page of reports makes, shows, traces and compares; what pages say too, reports say in the same words."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import reads
from dashboard.api.routes import ROUTES
from dashboard.wording import LANGUAGES, words
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.reports.report_words import report_words
from engine.usecases.reports.write_report import write_report
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.dashboard.test_partner_pages import metrics, page, tables_of
from tests.worlds import SHOW, Clock, order, small_room, take

SHARED = {
    "status": "status", "rule": "rule", "clock": "clock", "leg": "leg", "part": "part", "condition": "alert_condition",
    "severity": "alert_severity", "complaint": "complaint", "remedy": "remedy", "amends_state": "compensation_state",
    "action": "action", "action_state": "action_state", "verdict": "verdict", "measured": "measured",
    "figure": "figure", "stage": "stage", "platform": "platform", "method": "method",
    "appeal_state": "report_appeal_state",
}  # fmt: skip
NOT_SAID = {"complaint": {"unsure", "all"}}
"""Members of a page's family that no report can hold."""


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    made = small_room(duckdb_url, clock)
    with use_room(made):
        yield made
    made.close()


def test_what_pages_say_too_a_report_says_in_the_same_words() -> None:
    for language in LANGUAGES:
        t, r = words(language), report_words(language)
        for mine, theirs in SHARED.items():
            family = {k.removeprefix(f"{theirs}."): v for k, v in t.texts.items() if k.startswith(f"{theirs}.")}
            wanted = {k: v for k, v in family.items() if k not in NOT_SAID.get(mine, set())}
            apart = dict(wanted.items() - r.texts[mine].items())
            assert not apart, f"data/reports/{language}.toml [{mine}] must say: {apart}"


def test_a_room_without_orders_says_so(room: Room) -> None:
    assert page("report").info[0].value == words("en")("report.no_shows")


def test_a_report_is_made_read_traced_and_put_beside_another(room: Room) -> None:
    take(room, order(1), order(2, ("OIL", 90)))
    allocate_waiting(room)
    app = page("report", "zh")
    assert app.info[0].value == words("zh")("report.none_yet")
    app.button(key="report-make").click().run()
    assert not app.exception
    app.button(key="report-make").click().run()
    assert "第 2 版" in app.success[0].value
    read = page("report", "zh")
    frame = read.get("iframe")[0].proto
    assert "夜" in (frame.srcdoc or frame.src)
    traced = page("report", panel="trace", figure="sold_out")
    assert metrics(traced)["Lost to stock-out"] == "50.0%"
    assert any(f"FROM boards.report_orders('{SHOW}')" in code.value for code in traced.code)
    assert "douyin:N00000002" in tables_of(traced)
    beside = tables_of(page("report", panel="compare", other=f"{SHOW}/1"))
    assert "The same" in beside
    assert "Cannot be told: no stocking plan on record" in beside
    alone = page("report", panel="over_time")
    assert words("en")("report.one_show") in [caption.value for caption in alone.caption]
    take(room, order(3, ("RICE", 1), show_id="shelf"))
    write_report(room, "shelf", actor="lin")
    reads._SHARED.clear()  # a second has passed
    assert "杨" in tables_of(page("report", panel="over_time", whom="anchors"))
    with TestClient(Starlette(routes=ROUTES)) as client:
        printed = client.get(f"/floor/reports/{SHOW}/2", params={"lang": "en"})
        assert "Live fulfilment report · Night" in printed.text
        assert "script-src" not in printed.headers["Content-Security-Policy"]
        for nowhere in (f"{SHOW}/9", f"{SHOW}/x", "moon/1"):
            assert client.get(f"/floor/reports/{nowhere}").status_code == 404
    assert metrics(page("report", panel="appeals"))[words("en")("report_appeals.fined")] == "0"
