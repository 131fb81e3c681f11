"""Both languages say everything, nothing is said that nobody shows, and numbers read well in both."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.components.orders.what_if_form import KINDS
from dashboard.wording import LANGUAGES, NOTHING, plain, words
from engine.aftersales.low_ratings import Failed
from engine.aftersales.returns import DIMENSIONS, MEASURES
from engine.allocation.plan import WhyNot, WhyUnserved
from engine.allocation.reallocation import WhyStuck
from engine.allocation.staggering import WhyNotAsked
from engine.allocation.steering import ChangeKind
from engine.allocation.what_if import How
from engine.logistics.circumstances import ROAD
from engine.logistics.drift import DriftState, Watched
from engine.logistics.reasons import Cause
from engine.logistics.weather_marks import Weather
from engine.model.actions import ActionKind, ActionState, Desk, Reversibility, Verdict
from engine.model.alerts import AlertState, Condition, Playbook
from engine.model.alerts import Severity as AlertSeverity
from engine.model.before_after import EffectVerdict
from engine.model.cold_chain import Breach, Carried, SensorFault, WatchState
from engine.model.compensation import AbuseSignal, CompensationState, Remedy, Severity, WhyManager, WhyNone
from engine.model.delays import DELAY_TRANSITIONS, CompensationForm
from engine.model.improvements import ImprovementState
from engine.model.pick_stops import Reached, StopState, StopWhy
from engine.model.roles import Role
from engine.model.states import Layer, OrderStatus, Platform
from engine.model.tickets import Claim, Complaint
from engine.model.tracking import Provider, Scan, Stage, Trouble
from engine.model.weather import HubCondition
from engine.settings import load_settings
from engine.usecases.actions.kinds import KINDS as ACTION_KINDS
from engine.usecases.allocation.propose_delays import WhyNothing
from engine.usecases.room.verify import questions
from jobs.registry import jobs
from jobs.runner import Outcome
from jobs.what_if_states import Phase

ROOT = Path(__file__).parents[2]
ZH, EN = words("zh"), words("en")
SOURCES = [*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "pages").glob("*.py")]


def keys_in_code() -> tuple[set[str], set[str]]:
    """Keys said with t("..."), and patterns said with t(f"...") or t.of("family", ...)."""
    exact: set[str] = set()
    patterns: set[str] = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first = node.args[0]
            name = ast.unparse(node.func)
            if name in ("t", "self", "words(name)"):
                if isinstance(first, ast.Constant):
                    exact.add(first.value)
                elif isinstance(first, ast.JoinedStr):
                    parts = [re.escape(v.value) if isinstance(v, ast.Constant) else r"(\w+)" for v in first.values]
                    patterns.add("".join(parts))
            elif name in ("t.of", "grid.mapped"):
                family = node.args[1] if name == "grid.mapped" else first
                names = [n.value for n in ast.walk(family) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
                patterns |= {rf"{re.escape(n)}\..+" for n in names}
    return exact, patterns


def constants_in_code() -> set[str]:
    """Every string literal: what fills the hole of t(f"col.{name}") is one of them."""
    trees = [ast.parse(source.read_text(encoding="utf-8")) for source in SOURCES]
    return {
        n.value for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }


def test_both_languages_have_the_same_keys() -> None:
    assert set(ZH.texts) == set(EN.texts)


def test_both_languages_fill_in_the_same_values() -> None:
    def holes(text: str) -> set[str]:
        return set(re.findall(r"{(\w+)}", text))

    different = [key for key in ZH.texts if holes(ZH.texts[key]) != holes(EN.texts[key])]
    assert different == []


def test_every_key_in_the_code_has_words() -> None:
    exact, patterns = keys_in_code()
    assert exact, "the search found nothing: it no longer knows how texts are asked for"
    assert sorted(exact - set(ZH.texts)) == []
    assert [p for p in patterns if not any(re.fullmatch(p, key) for key in ZH.texts)] == []


def test_no_words_are_kept_that_nobody_says() -> None:
    exact, patterns = keys_in_code()
    literals = constants_in_code()

    def said(key: str) -> bool:
        found = (re.fullmatch(pattern, key) for pattern in patterns)
        return key in exact or any(match is not None and set(match.groups()) <= literals for match in found)

    assert [key for key in ZH.texts if not said(key)] == []


@pytest.mark.parametrize(
    ("family", "members"),
    [
        ("status", {*OrderStatus, "unpaid"}),
        ("platform", set(Platform)),
        ("layer", set(Layer)),
        ("unserved", set(WhyUnserved)),
        ("why_not", set(WhyNot)),
        ("outcome", set(Outcome)),
        ("invariant", set(questions())),
        ("job", {job.name for job in jobs(load_settings(environment={}).jobs)}),
        ("order_wait", set(OrderStatus)),
        ("change", set(ChangeKind)),
        ("verb", set(ChangeKind)),
        ("why_stuck", set(WhyStuck)),
        ("what_if_phase", set(Phase)),
        ("what_if_kind", set(KINDS)),
        ("what_if_how", set(How)),
        ("form", set(CompensationForm)),
        ("breach", set(Breach)),
        ("carried", set(Carried)),
        ("cold_standing", {*WatchState, *SensorFault, "silent"}),
        ("not_asked", set(WhyNotAsked)),
        ("stagger_nothing", set(WhyNothing)),
        ("stage", {*Stage, "planned"}),
        ("scan", set(Scan)),
        ("trouble", set(Trouble)),
        ("provider", set(Provider)),
        ("hub_condition", set(HubCondition)),
        ("delay_cause", set(Cause)),
        ("circumstance", set(ROAD)),
        ("watched", set(Watched)),
        ("drift_state", set(DriftState)),
        ("bad_weather", set(Weather)),
        ("action", set(ActionKind)),
        ("action_help", set(ActionKind)),
        ("action_undo", set(ActionKind)),
        ("action_state", set(ActionState)),
        ("reversibility", set(Reversibility)),
        ("desk", {*Desk, "all"}),
        ("role", set(Role)),
        ("verdict", set(Verdict)),
        ("choice", {word for spec in ACTION_KINDS.values() for one in spec.parameters for word in one.choices}),
        ("param", {one.name for spec in ACTION_KINDS.values() for one in spec.parameters}),
        ("compensation_state", set(CompensationState)),
        ("improvement_state", set(ImprovementState)),
        ("effect_verdict", set(EffectVerdict)),
        ("failed", set(Failed)),
        ("returns_by", set(DIMENSIONS)),
        ("returns_measure", set(MEASURES)),
        ("alert_condition", set(Condition)),
        ("alert_facts", set(Condition)),
        ("alert_state", set(AlertState)),
        ("alert_severity", set(AlertSeverity)),
        ("playbook", set(Playbook)),
        ("stop_state", set(StopState)),
        ("stop_why", set(StopWhy)),
        ("stop_reached", set(Reached)),
        ("severity", set(Severity)),
        ("remedy", set(Remedy)),
        ("abuse_signal", set(AbuseSignal)),
        ("why_manager", set(WhyManager)),
        ("why_none", set(WhyNone)),
        ("complaint", set(Complaint)),
        ("claim", set(Claim)),
        ("event", {f"delay_{state}" for following in DELAY_TRANSITIONS.values() for state in following}),
    ],
)
def test_every_member_of_a_closed_set_has_words(family: str, members: set[str]) -> None:
    for t in (ZH, EN):
        assert {str(m) for m in members} <= {
            k.removeprefix(f"{family}.") for k in t.texts if k.startswith(f"{family}.")
        }


def test_an_unknown_member_is_shown_as_it_is() -> None:
    assert ZH.of("status", "teleported") == "teleported"
    assert ZH.of("status", None) == NOTHING


@pytest.mark.parametrize(
    ("cents", "zh", "en"),
    [
        (None, "—", "—"),
        (0, "¥0", "¥0"),
        (99_900, "¥999", "¥999"),
        (123_456, "¥1,235", "¥1.23k"),
        (12_345_678, "¥12.3万", "¥123k"),
        (1_234_567_890, "¥1,235万", "¥12.3M"),
        (123_456_789_000, "¥12.3亿", "¥1,235M"),
    ],
)
def test_money_reads_across_a_room(cents: int | None, zh: str, en: str) -> None:
    assert (ZH.big_money(cents), EN.big_money(cents)) == (zh, en)


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (None, "—", "—"),
        (0, "0 秒前", "0 s ago"),
        (59.4, "59 秒前", "59 s ago"),
        (60, "1 分钟前", "1 min ago"),
        (3600, "1.0 小时前", "1.0 h ago"),
        (36_000, "10 小时前", "10 h ago"),
        (86_400 * 3, "3.0 天前", "3.0 d ago"),
    ],
)
def test_an_age_has_one_unit(seconds: float | None, zh: str, en: str) -> None:
    assert (ZH.age(seconds), EN.age(seconds)) == (zh, en)


@pytest.mark.parametrize(
    ("part", "told"),
    [(None, "—"), (0, "0%"), (0.0123, "1.2%"), (0.5, "50%"), (0.999, "99%"), (1, "100%"), (1.2, "120%")],
)
def test_a_share_is_all_only_when_it_is(part: float | None, told: str) -> None:
    assert ZH.share(part) == told


def test_time_is_beijing_time() -> None:
    at = datetime(2026, 11, 11, 16, 5, 9, tzinfo=UTC)
    assert ZH.clock(at) == "00:05:09"
    assert EN.stamp(at) == "2026-11-12 00:05:09"


def test_no_data_is_a_dash_and_never_a_zero() -> None:
    for t in (ZH, EN):
        assert {t.count(None), t.money(None), t.share(None), t.duration(None), t.clock(None)} == {NOTHING}


def test_outside_text_cannot_be_mark_up() -> None:
    hostile = "**bold** [x](http://evil) <script> `code` :red[no] $x$\n# head"
    told = plain(hostile)
    assert "\n" not in told
    for sign in "*[]()<>`:$#":
        assert all(told[i - 1] == "\\" for i, c in enumerate(told) if c == sign)


def test_languages_are_named_in_themselves() -> None:
    assert [words(language)("language.name") for language in LANGUAGES] == ["中文", "English"]
