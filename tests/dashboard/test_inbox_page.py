"""The inbox: a card is approved with one click, undone with its reason, and an empty inbox is calm."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.wording import LANGUAGES, words
from engine.allocation.steering import Change, ChangeKind
from engine.model.actions import ActionKind
from engine.model.alerts import Condition
from engine.response.alerting import Finding
from engine.usecases.actions.propose_action import Because, propose_action
from engine.usecases.alerts import settle_alerts
from engine.usecases.alerts.conditions.watched import Watched, cause
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.room.room import Room
from engine.usecases.steering.steer import steer
from jobs.runtime import use_room
from tests.worlds import SHOW, Clock, order, pool, small_room, take

MAIN = Path(__file__).parents[2] / "dashboard" / "main.py"
EN = words("en")
BOXES: dict[ActionKind, dict[str, object]] = {
    ActionKind.CHANGE_QUOTA: {"show_id": SHOW, "province": "上海市", "places": 500},
    ActionKind.RELEASE_LOT: {"lot": "GIFT-1"},
    ActionKind.REOPEN_NODE: {"node": "DP"},
    ActionKind.SWITCH_CARRIER: {"carrier": "CHEAP", "region": "31"},
    ActionKind.STOP_CARRIER: {"carrier": "CHEAP", "region": "31"},
    ActionKind.CORRECT_COUNT: {"node": "WH", "lot": "OIL-1"},
    ActionKind.REALLOCATE_ORDERS: {"node": "WH", "region": "31"},
    ActionKind.TRANSFER_STOCK: {"lot": "OIL-1", "node": "WH", "to_node": "DP"},
    ActionKind.TOP_UP_POOL: {"show_id": SHOW, "sku": "RICE"},
    ActionKind.PAUSE_SKU: {"show_id": SHOW, "sku": "RICE"},
    ActionKind.PRE_SALE: {"show_id": SHOW, "sku": "OIL"},
    ActionKind.COMPENSATE: {"lot": "OIL-1"},
}
"""What must be chosen where what the form offers first makes no sense."""
NOTHING_TO_DO = {
    ActionKind.DELAY_SHIPPING,
    ActionKind.SEND_NOTICES,
    ActionKind.INTERCEPT_PARCELS,
    ActionKind.RESUME_CARRIER,
}
"""Kinds that are refused in words in this world."""
HOSTILE = "<img src=x onerror=alert(1)> **bold**"


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    opened = small_room(duckdb_url, clock)
    take(opened, order(1), order(2))
    with use_room(opened):
        yield opened
    opened.close()


def page(language: str = "en", **query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=30)
    app.query_params["lang"] = language
    app.run()
    app.switch_page("../pages/inbox.py")
    for key, value in query.items():
        app.query_params[key] = value
    return sound(app.run())


def sound(app: AppTest) -> AppTest:
    assert not app.exception, [e.value for e in app.exception]
    return app


def text_of(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.success, *app.error, *app.get("html")]
    return "\n".join(str(getattr(part, "value", None) or getattr(part.proto, "body", "")) for part in parts)


def click(app: AppTest, key: str) -> AppTest:
    return sound(next(button for button in app.button if button.key == key).click().run())


def propose(room: Room, why: str = "RICE sells out in 4 minutes", units: int = 100) -> str:
    params = {"show_id": SHOW, "sku": "RICE", "units": units}
    return propose_action(room, ActionKind.TOP_UP_POOL, params, because=Because(why), actor="room")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_inbox_is_calm(room: Room, language: str) -> None:
    t, app = words(language), page(language)
    assert t("inbox.calm") in text_of(app)
    assert not app.error
    assert t("inbox.nothing_to_undo") in text_of(page(language, panel="done"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_says_what_it_would_change_and_one_click_does_it(room: Room, language: str) -> None:
    t, action_id = words(language), propose(room, HOSTILE)
    app = page(language)
    said = text_of(app)
    show = "夜" if language == "zh" else "Night"
    level = t("inbox.level", what=t.of("level", "pool"), subject=f"{show} · RICE", before="10", after="110")
    for told in (t.of("action", "top_up_pool"), level, t.big_money(300_000), t.of("reversibility", "until")):
        assert told in said
    assert "<img" not in said, "what a person wrote is shown, never run"
    app = click(app, f"yes-{action_id}")
    assert t("inbox.executed_now", id=action_id) in app.success[0].value.replace("\\", "")
    assert pool(room, "RICE")[0] == 110
    assert t("inbox.calm") in text_of(app)


def test_a_link_to_a_card_puts_it_on_top_and_says_when_it_is_decided(room: Room) -> None:
    first, second = propose(room, "the first"), propose(room, "the second")
    shown = text_of(page(action=second))
    assert shown.index("the second") < shown.index("the first")
    app = click(page(action=first), f"yes-{first}")
    assert EN("inbox.decided", id=first) in [info.value for info in app.info]


def test_what_was_done_is_taken_back_with_a_reason(room: Room) -> None:
    action_id = propose(room)
    click(page(), f"yes-{action_id}")
    app = page(panel="done")
    undo = next(button for button in app.button if button.label == EN("inbox.undo_go"))
    app = sound(undo.click().run())
    assert "Say in a few words why" in app.error[0].value
    app.text_input(key="undo_why").set_value("a mistake")
    sound(next(button for button in app.button if button.label == EN("inbox.undo_go")).click().run())
    assert pool(room, "RICE")[0] == 10


def test_a_card_is_rejected_with_a_reason_or_planned_anew(room: Room, clock: Clock) -> None:
    action_id = propose(room)
    clock.pass_(minutes=15)
    click(page(), f"renew-{action_id}")
    clock.pass_(minutes=15)
    app = click(page(), f"no-{action_id}")
    assert "Say in a few words why not" in app.error[0].value
    app.text_input(key=f"why-{action_id}").set_value("the supplier called")
    app = click(app, f"no-{action_id}")
    assert EN("inbox.calm") in text_of(app)


def test_every_kind_is_asked_for_by_the_same_form(room: Room) -> None:
    take(room, order(3, ("OIL", 10)))  # nothing is left of it
    allocate_waiting(room)
    steer(room, Change(kind=ChangeKind.LOT_QUARANTINED, lot="GIFT-1"), actor="lin", reason="a smell")
    app = page(panel="ask")
    for kind in ActionKind:
        if kind is ActionKind.REOPEN_NODE:
            steer(room, Change(kind=ChangeKind.NODE_CLOSED, node="DP"), actor="lin", reason="a flood")
        app = sound(app.selectbox(key="ask_kind").set_value(kind).run())
        for name, value in BOXES.get(kind, {}).items():
            box = next(one for one in (*app.selectbox, *app.number_input) if one.key == f"ask-{kind}-{name}")
            app = sound(box.set_value(value).run())
        if kind is ActionKind.CHANGE_PACKAGING:  # nothing is proposed: there is nothing to choose
            assert next(button for button in app.button if button.key == "ask_see").disabled
            continue
        app = click(app, "ask_see")
        assert bool(app.error) == (kind in NOTHING_TO_DO), [error.value for error in app.error]
        if kind in NOTHING_TO_DO:
            continue
        assert EN("inbox.stake") in text_of(app)
        if kind is ActionKind.REOPEN_NODE:
            steer(room, Change(kind=ChangeKind.NODE_REOPENED, node="DP"), actor="lin", reason="dry again")
    last = sound(app.selectbox(key="ask_kind").set_value(ActionKind.ASK_SUPPLIER).run())
    last = click(last, "ask_see")
    last.text_input(key="ask_why").set_value("somebody called")
    sound(next(button for button in last.button if button.label == EN("inbox.act_do")).click().run())
    assert room.database.read("SELECT kind, why, state FROM actions").rows() == [
        ("ask_supplier", "somebody called", "executed")
    ]


def test_an_alert_is_answered_in_three_clicks_by_a_form_that_knows_what_it_is_about(
    room: Room, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Finding(
        condition=Condition.STOCK_OUT_AHEAD,
        cause=cause(show=SHOW, sku="RICE"),
        measure=3.0,
        facts={"sku": "RICE", "minutes": 3.0, "left": 8, "free": 900},
    )
    watched = {Condition.STOCK_OUT_AHEAD: Watched(lambda _, __: [found], 0)}
    monkeypatch.setattr(settle_alerts, "CONDITIONS", watched)
    assert settle_alerts.watch_alerts(room).raised == 1
    [alert_id] = room.database.read("SELECT alert_id FROM alerts")["alert_id"]
    # The first click chooses the alert, the second one of the answers of its plan, which leads here.
    app = page(panel="ask", kind="pause_sku", alert=alert_id)
    said = text_of(app)
    assert EN("inbox.stake") in said, "what it would do is shown at once"
    assert [box.value for box in app.selectbox if box.key in ("ask-pause_sku-show_id", "ask-pause_sku-sku")] == [
        SHOW,
        "RICE",
    ]
    app = sound(next(button for button in app.button if button.label == EN("inbox.act_do")).click().run())
    kind, state, because, why = room.database.read("SELECT kind, state, cause, why FROM actions").row(0)
    assert (kind, state, because) == ("pause_sku", "executed", f"alert:{alert_id}")
    assert "RICE" in why, "the sentence of the alert is the reason, unless somebody writes another"
    assert room.database.read("SELECT state FROM pool_states").rows() == [("paused",)]


def test_a_desk_goes_through_its_cards_by_keys(room: Room) -> None:
    first, second = propose(room, "the first"), propose(room, "the second")
    app = page(desk="inventory")
    assert text_of(app).index("the first") < text_of(app).index("the second")
    keys = {button.key: button.proto.shortcut for button in app.button if button.proto.shortcut}
    assert keys == {"inbox_next": "j", "inbox_previous": "k", f"yes-{first}": "a", f"renew-{first}": "n"}
    app = click(app, "inbox_next")
    assert text_of(app).index("the second") < text_of(app).index("the first")
    assert next(button for button in app.button if button.key == f"yes-{second}").proto.shortcut == "a"
    del app.query_params["desk"]
    assert app.run().segmented_control(key="inbox_desk").value == "inventory", "a desk comes back to its own cards"
