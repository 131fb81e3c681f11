"""Plans for emergencies: the shipped ones are whole, and a wrong one stops the start with one sentence."""

from typing import Any

import pytest

from engine.errors import BadSetting
from engine.model.alerts import Playbook
from engine.response.playbooks import plan_from
from engine.usecases.alerts.alert_policy import load_alert_policy
from engine.usecases.alerts.playbooks import load_playbooks

GOOD: dict[str, Any] = {
    "playbook": "sold_out",
    "title": {"zh": "售罄", "en": "Sold out"},
    "when": {"zh": "没货", "en": "nothing left"},
    "owner": "manager",
    "steps": [
        {"zh": "停", "en": "stop", "owner": "manager", "within_minutes": 2, "page": "inbox"},
        {"zh": "补", "en": "add", "owner": "manager", "within_minutes": 5, "action": "top_up_pool", "page": "inbox"},
    ],
    "buyers": {"zh": "抱歉", "en": "Sorry"},
    "staff": {"zh": "快", "en": "Hurry"},
}


def read(parsed: Any) -> None:
    plan_from(parsed, Playbook.SOLD_OUT, pages=frozenset({"inbox"}), actions=frozenset({"top_up_pool"}))


def step(**changes: Any) -> dict[str, Any]:
    return {**GOOD, "steps": [{**GOOD["steps"][0], **changes}]}


def test_every_emergency_has_its_plan_and_every_plan_an_alert_or_a_name() -> None:
    plans = load_playbooks()
    assert set(plans) == set(Playbook)
    assert {rule.playbook for rule in load_alert_policy().rules.values()} - {None} == set(Playbook)
    for plan in plans.values():
        assert plan.steps[0].within_minutes <= 15, "an emergency begins with something that can be done at once"


@pytest.mark.parametrize(
    ("parsed", "sentence"),
    [
        ([], "must be a table"),
        ({**GOOD, "playbook": "bad_lot"}, "the file is called sold_out"),
        ({k: v for k, v in GOOD.items() if k != "buyers"}, "buyers is missing"),
        ({**GOOD, "colour": "red"}, "nobody reads: colour"),
        ({**GOOD, "steps": []}, "at least one"),
        ({**GOOD, "owner": "nobody"}, "owner is 'nobody'"),
        ({**GOOD, "staff": {"zh": "快", "en": " "}}, "staff: en is empty"),
        ({**GOOD, "steps": GOOD["steps"][::-1]}, "step 2 is due before step 1"),
        (step(action="pray"), "no action 'pray'"),
        (step(page="cellar"), "no page 'cellar'"),
        (step(within_minutes=True), "within_minutes is True"),
    ],
)
def test_a_wrong_plan_stops_the_start_with_one_sentence(parsed: Any, sentence: str) -> None:
    read(GOOD)
    with pytest.raises(BadSetting, match=sentence):
        read(parsed)
