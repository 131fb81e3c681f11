"""The what-if page through the real router: a scenario is composed, is a link, is answered beside the room, is told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import questions, sentences, state
from dashboard.components.orders import what_if_words
from dashboard.components.orders.what_if_form import KINDS
from dashboard.components.orders.what_if_words import Names
from dashboard.wording import LANGUAGES, words
from engine.allocation.change_words import FORMS, read_change
from engine.allocation.comparison import PriceMove
from engine.allocation.what_if import apply
from engine.errors import WarRoomError
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.allocation.ask_what_if import Scope, Which
from engine.usecases.room.room import Room
from jobs.runtime import get_running, use_room
from jobs.what_if_states import Phase, Question, Standing
from tests.engine.allocation.worlds import carrier, quiet_night
from tests.worlds import SHOW, Clock, order, small_room, take

MAIN = Path(__file__).parents[2] / "dashboard" / "main.py"
EN, ZH = words("en"), words("zh")
HOSTILE = "<img src=x onerror=alert(1)>"
CLOSED = "node WH closed"


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    """The small world with planned orders, as the room of this process."""
    made = small_room(duckdb_url, clock)
    take(made, *(order(n) for n in range(1, 6)))
    allocate_waiting(made)
    with use_room(made):
        yield made
    made.close()


def opened(*changes: str, language: str = "en", **query: str) -> AppTest:
    """The page as a link opens it."""
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params["lang"] = language
    app.run()
    app.switch_page("../pages/what_if.py")
    for name, value in query.items():
        app.query_params[name] = value
    if changes:
        app.query_params["change"] = list(changes)
    return sound(app.run())


def sound(app: AppTest) -> AppTest:
    assert not app.exception, [e.value for e in app.exception]
    return app


def said(app: AppTest) -> str:
    kinds = ("markdown", "caption", "text", "error", "warning", "info")
    panels = [element.proto.body for element in app.get("html")]
    return "\n".join([*panels, *(str(e.value) for kind in kinds for e in app.get(kind))]).replace("\\", "")


def scenario(app: AppTest) -> list[str]:
    """The changes in the address bar."""
    kept = app.query_params.get("change", [])
    return [kept] if isinstance(kept, str) else list(kept)


def answered(app: AppTest, *changes: str, scope: Scope = Scope(Which.RECENT, minutes=30)) -> AppTest:  # noqa: B008
    """Press the button and come back when the question has ended."""
    sound(app.button(key="what_if_go").click().run())
    question = Question(scope, tuple(read_change(line) for line in changes))
    found = get_running().what_ifs.wait(question, seconds=60)
    assert found is not None
    assert found.ended
    return sound(app.run())


def test_a_scenario_is_composed_step_by_step(room: Room) -> None:
    app = opened()
    assert app.button(key="what_if_go").disabled
    assert EN("what_if.no_change") in said(app)
    app.selectbox(key="what_if_kind").set_value("node_closed").run()
    app.selectbox(key="what_if_node").set_value("WH").run()
    app = sound(app.button(key="what_if_add").click().run())
    app.selectbox(key="what_if_kind").set_value("carrier_capacity").run()
    app.selectbox(key="what_if_carrier").set_value("CHEAP").run()
    app = sound(app.button(key="what_if_add").click().run())
    assert scenario(app) == [CLOSED, "carrier CHEAP capacity -30%"]
    assert "WH closed" in said(app)
    assert "CHEAP: capacity -30%" in said(app)
    assert not app.button(key="what_if_go").disabled
    app = sound(app.button(key="what_if_drop-0").click().run())
    assert scenario(app) == ["carrier CHEAP capacity -30%"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_change_can_be_composed(kind: str, language: str, room: Room) -> None:
    app = opened(language=language)
    sound(app.selectbox(key="what_if_kind").set_value(kind).run())
    sound(app.button(key="what_if_add").click().run())
    [line] = scenario(app)
    read_change(line)


def test_the_answer_is_told_before_and_after(room: Room) -> None:
    version = room.database.data_version()
    app = answered(opened(CLOSED), CLOSED)
    shown = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    value, note = shown[EN("what_if.cost")]
    assert value.startswith("¥")
    assert "±¥0.00 (+0.0%)" in note, "the other node costs the same in the small world"
    assert shown[EN("what_if.unserved")] == ("0", f"{EN('what_if.was', before='0')} · ±0")
    assert shown[EN("what_if.on_time")] == ("—", EN("what_if.on_time_unknown"))
    [nodes] = [frame.value for frame in app.dataframe if "WH" in frame.value.to_numpy()]
    assert nodes.to_numpy().tolist() == [["WH", 5, 0, -5], ["DP", 0, 5, 5]]
    assert EN("what_if.moved", rerouted="5", served="0", unserved="0") in said(app)
    assert "47,500 → 0" in said(app)
    assert room.database.data_version() == version


def test_the_same_link_shows_the_answer_to_whoever_opens_it(room: Room) -> None:
    answered(opened(CLOSED), CLOSED)
    other = opened(CLOSED, language="zh")
    assert ZH("what_if.cost") in [metric.label for metric in other.metric]
    assert ZH("what_if_change.node_closed", node="WH") in said(other)


def test_scenarios_answered_from_one_copy_stay_in_sight_while_the_next_is_composed(room: Room) -> None:
    answered(opened(CLOSED), CLOSED)
    app = opened(CLOSED, "merge off")
    [told] = [frame.value.to_numpy().tolist() for frame in app.dataframe]
    assert [row[1:] for row in told] == [["WH closed", "±¥0", "±0", "—"]]
    assert opened(*parse_qs(told[0][0].partition("?")[2])["change"]).metric, "its link leads to the answer"


def test_a_link_that_nobody_asked_waits_for_the_button(room: Room) -> None:
    app = opened("merge off", scope=f"show:{SHOW}")
    assert EN("what_if.help") in said(app)
    assert not app.metric


def test_a_refusal_is_told_in_the_readers_language(room: Room) -> None:
    wrong = "node MARS closed"
    app = answered(opened(wrong, language="zh"), wrong)
    assert "没有仓 'MARS'；有 DP, WH。" in said(app)


def test_a_link_with_nonsense_says_what_would_be_right(room: Room) -> None:
    app = opened("carrier ZTO lots", HOSTILE, CLOSED, scope="yesterday")
    assert "It reads like: carrier ZTO capacity -30%" in said(app)
    assert "WH closed" in said(app)
    assert app.selectbox(key="what_if_scope").value == "30"
    assert "<img" not in "\n".join(str(w.value) for w in app.warning).replace("\\<img", "")


def test_names_from_a_link_are_no_mark_up(room: Room) -> None:
    app = opened(f"node '{HOSTILE}' closed")
    assert "<img" not in "\n".join(str(m.value) for m in app.markdown).replace("\\<img", "")


@pytest.mark.parametrize("phase", sorted(Phase))
def test_every_phase_of_a_question_can_be_seen(phase: Phase, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    if phase is Phase.DONE:
        return  # shown above, with a real answer
    monkeypatch.setattr(
        questions, "look", lambda question: Standing(question, phase, 3.0, "There is no order.", None, (), None)
    )
    app = opened(CLOSED)
    ended = phase in (Phase.REFUSED, Phase.OVERDUE, Phase.STOPPED, Phase.FAILED)
    assert bool(app.get("progress")) is not ended
    told = said(app) + "".join(bar.proto.text for bar in app.get("progress"))
    assert ("There is no order." if phase is Phase.REFUSED else EN.of("what_if_phase", phase)) in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_plan_may_know_is_told(language: str, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a planner that proves a bound and prices, and offers that say how late they are."""
    app = answered(opened(CLOSED, language=language), CLOSED)
    real = questions.look(Question(Scope(Which.RECENT, minutes=30), (read_change(CLOSED),)))
    assert real is not None
    assert real.comparison is not None
    moves = tuple(
        PriceMove(kind, key, 0.0, 2.5)
        for kind, key in (("stock", "DP|RICE"), ("throughput", "DP"), ("capacity", "CHEAP"), ("share", "FAST"))
    )
    before = replace(real.comparison.before, on_time=0.972, on_time_known=5, gap=0.001, shares_broken=0)
    after = replace(real.comparison.after, on_time=0.95, on_time_known=5, gap=0.002, shares_broken=1)
    told = replace(real, comparison=replace(real.comparison, before=before, after=after, prices=moves * 3))
    monkeypatch.setattr(questions, "look", lambda _: told)
    app = sound(app.run())
    t = words(language)
    shown = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    points = t("what_if.points", n="-2.2")
    assert shown[t("what_if.on_time")] == ("95.0%", f"{t('what_if.was', before='97.2%')} · {points}")
    assert shown[t("what_if.gap")] == ("0.20%", t("what_if.was", before="0.10%"))
    assert t("what_if_price.throughput", node="DP", before="¥0.00", after="¥2.50") in said(app)
    assert t("what_if.prices_more", n=4) in said(app)
    assert t("what_if.shares", before=0, after=1) in said(app)


# --- words ---------------------------------------------------------------------------------------------------------


def names() -> Names:
    return Names({"ZTO": "中通"}, {"WH-EAST": "华东仓"}, {"RICE-5": "大米"}, {"31": "上海"})


@pytest.mark.parametrize("form", [one for forms in FORMS.values() for one in forms.split(", ")])
def test_every_change_is_a_phrase_in_both_languages(form: str) -> None:
    told = {what_if_words.change(t, read_change(form), names()) for t in (EN, ZH)}
    assert len(told) == 2
    assert not any("{" in phrase for phrase in told)


def test_a_change_is_told_by_names(room: Room) -> None:
    assert what_if_words.change(ZH, read_change("tariff ZTO +1 yuan in 31"), names()) == "中通 到上海运费 +¥1"
    assert what_if_words.change(EN, read_change("carrier ZTO capacity =20000"), names()) == (
        "中通: capacity set to 20,000 parcels"
    )
    assert what_if_words.change(EN, read_change("stock RICE-5 at WH-EAST lot L1 -5"), names()) == (
        "大米 at 华东仓 (lot L1): stock -5 units"
    )


def test_a_long_list_of_names_is_cut_in_both_languages() -> None:
    problem = quiet_night(carriers=[*(carrier(f"C{n:02}") for n in range(20)), carrier("ZTO"), carrier("SF")])
    with pytest.raises(WarRoomError) as refused:
        apply(problem, [read_change("carrier UPS capacity =1")])
    assert str(refused.value).endswith("C06, C07 and 14 more.")
    assert sentences.said(ZH, str(refused.value)).endswith("C06, C07 等，另有 14 个。")


@pytest.mark.parametrize(
    "line",
    [
        "carrier UPS capacity -1%", "node mars closed", "stock gold at hefei =1", "stock rice at hefei lot L9 =1",
        "stock fish at hefei lot L9 =1", "tariff ZTO +1 in 99", "tariff ZTO -3.5 yuan", "carrier SF min share 101%",
        "carrier SF capacity -101%", "carrier SF capacity +9999999999999", "zto", "merge maybe", "node 'x closed",
    ],
)  # fmt: skip
def test_every_refusal_is_known_in_chinese(line: str) -> None:
    with pytest.raises(WarRoomError) as refused:
        apply(quiet_night(), [read_change(line)])
    assert sentences.said(ZH, str(refused.value)) != str(refused.value), str(refused.value)


def test_refusals_about_several_things_are_known_in_chinese() -> None:
    problem = quiet_night()
    offers = problem.offers.filter(pl.col("carrier") == "ZTO")
    with pytest.raises(WarRoomError) as crossed:
        apply(problem, [read_change("carrier SF min share 80%"), read_change("carrier SF max share 10%")])
    with pytest.raises(WarRoomError) as nowhere:
        apply(replace(problem, offers=offers), [read_change("tariff SF +1%")])
    with pytest.raises(WarRoomError) as not_there:
        apply(replace(problem, offers=offers), [read_change("tariff SF +1% in 31")])
    for refused in (crossed, nowhere, not_there):
        assert sentences.said(ZH, str(refused.value)) != str(refused.value), str(refused.value)
    for scope in (lambda: Scope(Which.SHOW), lambda: Scope(Which.RECENT, minutes=0)):
        with pytest.raises(WarRoomError):
            scope()


def test_a_scope_is_the_same_after_the_address_bar() -> None:
    for scope in (Scope(Which.WAITING), Scope(Which.RECENT, minutes=10), Scope(Which.SHOW, show_id="night")):
        read = state.WhatIfView.read({"scope": state.scope_link(scope)}, [], minutes=(10, 30, 60))
        assert read.scope == scope
