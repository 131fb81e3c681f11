"""Every page runs in both languages, empty and with orders, through the real router on a real room; clicks work."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.state import SEEN
from dashboard.wording import LANGUAGES, words
from engine.allocation.baseline import nearest_then_cheapest
from engine.allocation.steering import Change, ChangeKind
from engine.store import tables
from engine.store.screens import room as screens
from engine.store.screens import steering as steering_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.allocation.answer_delays import DelayAnswer, answer_delays
from engine.usecases.allocation.propose_delays import propose_delays
from engine.usecases.allocation.review_delays import approve_delays
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.orders.record_signals import Signal, record_signals
from engine.usecases.room.room import Room
from engine.usecases.room.verify import record_report, verify
from engine.usecases.steering.steer import steer
from jobs.runtime import use_room
from tests.certified import certified, use_planner
from tests.screens import PAGES
from tests.worlds import SHOW, Clock, order, order_id, small_room, statuses, take

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "dashboard" / "main.py"
HOSTILE = "<img src=x onerror=alert(1)> **[x](javascript:alert(1))**"
VAGUE = {"province": "上海市", "city": "上海市", "district": None, "street": None, "detail": HOSTILE}


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    """The small world as the room of this process."""
    opened = small_room(duckdb_url, clock)
    with use_room(opened):
        yield opened
    opened.close()


@pytest.fixture
def busy(room: Room, clock: Clock) -> Room:
    """Orders of every kind, one of them held, one quarantined, some planned, one without a way out."""
    take(
        room,
        order(1),
        order(2, ("FAMILY", 1)),
        order(3, ("OIL", 90)),
        order(4, address=VAGUE, buyer={"name": HOSTILE[:40], "phone": "13600000004"}),
        order(5, ("RICE", 0), anchor=HOSTILE),
        order(6, status="unpaid", paid_at=None),
        order(7, status="refunded"),
    )
    allocate_waiting(room)
    record_signals(room, [Signal(SHOW, clock.at, 12_345, 99)])
    record_report(room.database, verify(room.database))
    return room


def opened(page: str, language: str = "en", **query: str) -> AppTest:
    """The page as a browser opens it."""
    app = AppTest.from_file(str(MAIN), default_timeout=30)
    app.query_params["lang"] = language
    app.run()
    if page != "overview":
        app.switch_page(f"../pages/{page}.py")
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def sound(app: AppTest) -> AppTest:
    assert not app.exception, [e.value for e in app.exception]
    return app


def text_of(app: AppTest) -> str:
    """All that the page says outside its grids."""
    kinds = ("markdown", "caption", "text", "subheader", "success", "error", "warning", "info")
    panels = [element.proto.body for element in app.get("html")]
    return "\n".join([*panels, *(str(element.value) for kind in kinds for element in app.get(kind))])


def tables_of(app: AppTest) -> str:
    return "\n".join(frame.value.to_string() for frame in app.dataframe)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_in_an_empty_room(page: str, language: str, room: Room) -> None:
    sound(opened(page, language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_with_orders_and_opening_it_changes_nothing(page: str, language: str, busy: Room) -> None:
    before = busy.database.data_version()
    sound(opened(page, language))
    assert busy.database.data_version() == before, "no command hangs on the opening of a page"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("orders", {"panel": "unserved"}),
        ("orders", {"panel": "batches", "show": SHOW}),
        ("orders", {"panel": "certificate"}),
        ("orders", {"show": "no such show", "panel": HOSTILE}),
        ("inventory", {"panel": "skus"}),
        ("inventory", {"panel": "lots", "sku": "RICE"}),
        ("network", {"panel": "edits"}),
        ("network", {"panel": "lots"}),
        ("network", {"panel": "log"}),
        ("review", {"panel": "quarantine"}),
        ("order", {"order": order_id(1)}),
        ("order", {"order": order_id(3)}),
        ("search", {"q": "N00000002"}),
        ("search", {"q": HOSTILE}),
        ("search", {"q": "RICE"}),
        ("search", {"q": "N0000"}),
        ("search", {"thing": "lot", "id": "RICE-1"}),
        ("search", {"thing": HOSTILE, "id": HOSTILE}),
    ],
)
def test_every_view_is_a_link(page: str, query: dict[str, str], language: str, busy: Room) -> None:
    sound(opened(page, language, **query))


def test_an_empty_room_says_how_to_get_orders_in(room: Room) -> None:
    app = sound(opened("overview"))
    assert words("en")("empty.title") in text_of(app)
    assert [code.value.split()[0] for code in app.code] == ["python", "python", "curl"]
    assert not app.metric


def test_the_wall_shows_the_figures_of_the_room(busy: Room) -> None:
    app = sound(opened("overview"))
    shown = {metric.label: metric.value for metric in app.metric}
    t = words("en")
    assert shown[t("overview.rate")] == "5"
    assert shown[t("overview.guard")] == t("overview.guard_clean")
    assert (shown[t("overview.held")], shown[t("overview.quarantined")]) == ("1", "1")


def test_old_data_is_never_shown_as_fresh(busy: Room, clock: Clock) -> None:
    clock.pass_(minutes=10)
    assert words("en").age(600) in text_of(sound(opened("overview")))


def test_the_language_can_be_switched_and_stays(busy: Room) -> None:
    app = opened("overview", "en")
    sound(app.segmented_control(key="language_choice").set_value("zh").run())
    assert words("zh")("overview.guard") in [metric.label for metric in app.metric]
    app.switch_page("../pages/system.py")
    assert words("zh")("system.invariants") in text_of(sound(app.run()))


def test_outside_text_is_never_mark_up(busy: Room) -> None:
    for page, query in (("order", {"order": order_id(4)}), ("review", {"panel": "holds"}), ("orders", {})):
        app = sound(opened(page, "en", **query))
        said = "\n".join(str(element.value) for element in app.markdown)
        assert "<img" not in said.replace("\\<img", "")
        assert "](javascript" not in said


def test_buyers_are_masked_on_every_page(busy: Room) -> None:
    for page, query in (("orders", {}), ("review", {"panel": "holds"}), ("order", {"order": order_id(4)})):
        app = sound(opened(page, "en", **query))
        assert "13600000004" not in text_of(app) + tables_of(app)


def test_an_order_says_why_it_ships_from_there(busy: Room) -> None:
    app = sound(opened("order", "en", order=order_id(1)))
    [node] = screens.order_picks(busy.database, order_id(1))["node"].to_list()
    assert f"Ships from {node}" in text_of(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_order_says_what_it_costs_from_there_and_why_not_from_elsewhere(
    language: str, room: Room, clock: Clock
) -> None:
    with room.database.transaction(actor="test", verb="one unit of each at each node") as tx:
        tx.execute(tables.stock_balance.update().values(quarantined=499))
        tx.execute(tables.stock_movements.update().values(quarantined_delta=499))
    take(room, order(1), order(2))
    clock.pass_(minutes=3)
    allocate_waiting(room)
    t = words(language)
    tables_shown = tables_of(sound(opened("order", language, order=order_id(2))))
    assert t("cost_part.total") in tables_shown
    assert t("order.sold_out_at", at=t.clock(clock.at)[:5]) in tables_shown
    [cents] = screens.order_picks(room.database, order_id(2))["cost_cents"].to_list()
    assert t.money(cents) in tables_shown


def choose(app: AppTest, key: str, rows: list[int]) -> AppTest:
    """Tick rows of a grid: AppTest has no call for it, so its state is set as the browser would."""
    app.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return app.run()


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def test_the_button_verifies_now(busy: Room, clock: Clock) -> None:
    clock.pass_(minutes=1)
    app = sound(press(opened("system"), words("en")("system.verify")))
    assert [toast.value.replace("\\", "") for toast in app.toast] == [words("en")("done.verified")]
    assert screens.invariant_states(busy.database)["checked_at"].unique().to_list() == [clock.at]


@pytest.mark.parametrize(
    ("button", "ends"), [("review.release", "reserved"), ("review.cancel", "cancelled")], ids=["release", "cancel"]
)
def test_a_held_order_is_released_or_cancelled_with_a_reason(button: str, ends: str, busy: Room) -> None:
    t = words("en")
    app = opened("review", panel="holds")
    app = choose(app, "holds-0", [0])
    app = sound(press(app, t(button, n=1)))
    assert "Say why" in app.error[0].value  # no reason given
    assert statuses(busy)["4"] == "held"
    app.text_input[0].set_value("called the buyer")
    sound(press(app, t(button, n=1)))
    assert statuses(busy)["4"] == ends
    assert "called the buyer" in screens.audit_tail(busy.database)["detail"][0]


def test_a_quarantined_row_is_corrected_and_taken_in(busy: Room) -> None:
    t = words("en")
    app = choose(opened("review", panel="quarantine"), "rows-0", [0])
    quantity = next(box for box in sound(app).text_input if box.label.replace("\\", "") == "lines.0.qty")
    quantity.set_value("2")
    app = sound(press(app, t("review.correct")))
    assert [m.value.replace("\\", "") for m in app.success] == [t("done.corrected")]
    assert screens.quarantine_queue(busy.database).is_empty()
    assert screens.order_goods(busy.database, order_id(5))["qty"].to_list() == [2]


def test_a_row_that_is_still_wrong_stays_and_says_so(busy: Room) -> None:
    app = choose(opened("review", panel="quarantine"), "rows-0", [0])
    app = sound(press(app, words("en")("review.correct")))
    assert "whole number" in app.error[0].value
    assert screens.quarantine_queue(busy.database).height == 1


def test_a_quarantined_row_is_dropped_with_a_reason(busy: Room) -> None:
    app = choose(opened("review", panel="quarantine"), "rows-0", [0])
    next(box for box in app.text_input if box.label == words("en")("review.drop_reason")).set_value("a test row")
    sound(press(app, words("en")("review.drop")))
    assert screens.quarantine_queue(busy.database).is_empty()


def test_the_queue_stays_still_while_somebody_chooses(busy: Room) -> None:
    app = choose(opened("review", panel="holds"), "holds-0", [0])
    take(busy, order(8, address=VAGUE, minute=0))  # its promise is earlier: it would come first
    app.session_state[SEEN] = busy.database.data_version()  # no waiting for the next refresh
    app = sound(app.run())
    assert app.dataframe[0].value.shape[0] == 1
    assert any(words("en")("review.lay_anew", n=1) == button.label for button in app.button)
    app = sound(press(app, words("en")("review.lay_anew", n=1)))
    assert app.dataframe[0].value.shape[0] == 2


def test_a_pool_is_topped_up_or_the_refusal_is_shown(busy: Room) -> None:
    app = opened("inventory")
    go = words("en")("inbox.act_do")
    app = sound(app.number_input[0].set_value(100_000).run())
    assert "free of other claims" in app.error[0].value
    app = sound(app.number_input[0].set_value(5).run())
    assert "Say why" in sound(press(app, go)).error[0].value
    why = next(box for box in app.text_input if box.label == words("en")("inbox.why"))
    why.set_value("it runs dry")
    assert sound(press(app, go)).success
    assert busy.database.read("SELECT kind, state, why FROM actions").rows() == [
        ("top_up_pool", "executed", "it runs dry")
    ], "a button of any page leaves its card"


def see(app: AppTest, kind: str, **boxes: str) -> AppTest:
    """Choose a change on the network page and preview it."""
    app.selectbox(key="steering_kind").set_value(kind).run()
    for key, value in boxes.items():
        app.selectbox(key=f"{key}-{kind}").set_value(value).run()
    return sound(press(app, words("en")("network.preview")))


def test_a_node_is_closed_after_a_preview_and_with_a_reason(busy: Room) -> None:
    t = words("en")
    app = see(opened("network"), "node_closed", node="WH")
    shown = {metric.label: metric.value for metric in app.metric}
    moved = shown[t("preview.moved")]
    assert int(moved) > 0
    version = busy.database.data_version()
    app = sound(press(app, t("inbox.act_do")))
    assert "Say why" in app.error[0].value
    assert busy.database.data_version() == version, "a preview and a refusal write nothing"
    app.text_input(key="steering_why").set_value("flood in the hall")
    app = sound(press(app, t("inbox.act_do")))
    assert f"{t('figure.orders_moved')} {moved}" in app.success[0].value
    assert busy.database.read("SELECT kind, state FROM actions").rows() == [("close_node", "executed")]
    assert steering_screens.steered_nodes(busy.database, busy.now()).row(0, named=True)["reason"] == "flood in the hall"
    assert verify(busy.database).clean


def test_the_page_lists_what_cannot_move_and_what_the_platform_must_be_told(busy: Room) -> None:
    [parcel] = screens.order_picks(busy.database, order_id(1))["parcel_id"].to_list()
    record_waybills(busy, [Waybill(parcel, "SF1", busy.now())], actor="wms")
    for node in ("WH", "DP"):
        steer(busy, Change(kind=ChangeKind.NODE_CLOSED, node=node), actor="lin", reason=HOSTILE)
    for language in LANGUAGES:
        app = sound(opened("network", language))
        assert words(language)("why_stuck.back_to_waiting") in tables_of(app)
        assert "SF1" in tables_of(sound(opened("network", language, panel="edits")))
        assert words(language)("change.node_closed") in tables_of(sound(opened("network", language, panel="log")))


def test_every_kind_of_change_can_be_previewed(busy: Room) -> None:
    for kind, named in (
        (ChangeKind.NODE_CLOSED, {"node": "DP"}),
        (ChangeKind.LOT_QUARANTINED, {"lot": "GIFT-1"}),
        (ChangeKind.CARRIER_STOPPED, {"carrier": "FAST", "region": "31"}),
    ):
        steer(busy, Change(kind=kind, **named), actor="lin", reason="a test")
    app = opened("network")
    for kind in ChangeKind:
        app = see(app, kind.value)
        if kind is ChangeKind.ORDERS_LED_AWAY:  # only two nodes, and one of them is closed
            assert "can go another way" in app.error[0].value
            continue
        assert not app.error, [error.value for error in app.error]
        assert words("en")("preview.extra") in {metric.label for metric in app.metric}


def test_a_bug_is_told_as_a_number(
    busy: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("dashboard.commands.desk.record_checks", broken)
    app = sound(press(opened("system"), words("en")("system.verify")))
    [record] = [record for record in caplog.records if record.name == "dashboard.commands.desk"]
    assert str(record.args[0]) in app.toast[0].value  # type: ignore[index]
    assert "ZeroDivision" not in app.toast[0].value


def test_the_router_knows_every_page_and_no_other() -> None:
    assert {page.stem for page in (ROOT / "pages").glob("*.py")} == set(PAGES)


# --- offers to wait ------------------------------------------------------------------------------------------------


@pytest.fixture
def tight(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """A plan with a certificate that says WH is dear; sixty orders wait, five of which are proposed to wait longer."""
    use_planner(monkeypatch, certified())
    take(room, order(99, ("GRAIN", 1), buyer={"name": HOSTILE[:40], "phone": "13600000099"}))
    allocate_waiting(room)
    take(room, *(order(n, ("GRAIN", 1), buyer={"name": HOSTILE[:40], "phone": f"1360000{n:04}"}) for n in range(1, 61)))
    propose_delays(room, actor="test")
    return room


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("page", "query"), [("stagger", {}), ("orders", {"panel": "certificate"})])
def test_a_certificate_is_told_in_words(page: str, query: dict[str, str], language: str, tight: Room) -> None:
    t, app = words(language), sound(opened(page, language, **query))
    said = text_of(app)
    node = t("bottleneck.throughput", n="1", name="WH", goods="")  # the plan had one parcel, and so much is told
    assert t("certificate.line", money="¥12", what=node, each="¥12.00") in said
    stock = t("bottleneck.stock", n="100", name="WH", goods="RICE")
    assert t("certificate.line", money="¥350", what=stock, each="¥3.50") in said
    assert "≤ 0.20%" in [metric.value for metric in app.metric]
    assert t("certificate.none") not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_certificate_the_desk_says_so_and_finds_nobody_to_ask(
    language: str, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_planner(monkeypatch, lambda problem, **_: nearest_then_cheapest(problem))  # a rule that proves nothing
    take(room, order(1))
    allocate_waiting(room)
    take(room, order(2))
    t, app = words(language), sound(opened("stagger", language))
    assert t("certificate.none") in text_of(app)
    app = sound(press(app, t("stagger.look")))
    assert [message.value.replace("\\", "") for message in app.info] == [t("stagger_nothing.no_certificate")]


def test_the_desk_never_claims_to_have_sent_anything(tight: Room) -> None:
    t = words("en")
    app = opened("stagger")
    app.text_input(key="delays-go-0_why").set_value("the hall is full")
    app = sound(press(app, t("inbox.act_do")))
    assert t("figure.offers") in app.success[0].value
    assert t("stagger.not_sent") in text_of(app)
    [results] = [frame.value for frame in app.dataframe if "sent" in frame.value.columns]
    assert (results["approved"].sum(), results["sent"].sum()) == (5, 0)


def test_chosen_offers_are_approved_and_the_others_stay(tight: Room) -> None:
    app = choose(opened("stagger"), "delays-0", [0, 2])
    app.text_input(key="delays-go-0_why").set_value("the hall is full")
    sound(press(app, words("en")("inbox.act_do")))
    states = tight.database.read("SELECT state FROM delay_offers ORDER BY saving_cents DESC, offer_id")[
        "state"
    ].to_list()
    assert states == ["approved", "proposed", "approved", "proposed", "proposed"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_order_whose_buyer_was_asked_says_until_when_it_waits(language: str, tight: Room) -> None:
    t = words(language)
    offer, waiting = tight.database.read("SELECT offer_id, order_id FROM delay_offers").row(0)
    approve_delays(tight, [offer], actor="test")
    until = t.stamp(tight.now() + timedelta(hours=12))[:16]
    asked = text_of(sound(opened("order", language, order=waiting)))
    assert until in asked
    assert t("order_wait.reserved") not in asked
    answer_delays(tight, [DelayAnswer(offer, "accepted", tight.now())], actor="test")
    waits = text_of(sound(opened("order", language, order=waiting)))
    assert t.stamp(tight.now() + timedelta(hours=24))[:16] in waits


def test_rejecting_offers_wants_a_reason(tight: Room) -> None:
    t = words("zh")
    app = sound(press(opened("stagger", "zh"), t("inbox.reject_go")))
    assert "请简要说明理由" in app.error[0].value
    app.text_input(key="delay-reason-0").set_value("节日")
    sound(press(app, t("inbox.reject_go")))
    assert screens.delay_queue(tight.database, tight.now()).is_empty()
    assert "节日" in screens.audit_tail(tight.database)["detail"][0]


def test_buyers_at_the_desk_are_masked(tight: Room) -> None:
    app = sound(opened("stagger"))
    assert "1360000" not in text_of(app) + tables_of(app)
    assert "<img" not in "".join(str(element.value) for element in app.markdown)
