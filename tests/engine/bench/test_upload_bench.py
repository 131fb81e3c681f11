"""The proposed moments cost less than an upload at once or with the pick-up; the policy is read strictly."""

import copy
import tomllib
from typing import Any

import pytest

from engine.bench.upload import run_upload
from engine.errors import BadSetting
from engine.rules.waybill_policy import waybill_policy_from
from engine.settings import DATA


def test_what_is_proposed_costs_less_than_both_plain_rules() -> None:
    told: list[str] = []
    figures = run_upload(orders=20_000, say=told.append)
    yuan = figures["yuan"]
    assert figures["proposed_over_at_once"] < 0.5
    assert figures["proposed_over_with_the_pick_up"] < 0.97
    assert yuan["all_knowing"] <= yuan["proposed"]
    # What was expected comes true, but for a history of 2,000 parcels a carrier.
    assert figures["expected_yuan"] == pytest.approx(yuan["proposed"], rel=0.25)
    assert len(told) == 4


RULES: dict[str, Any] = tomllib.loads((DATA / "rules" / "waybills.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("section", "name", "value", "sentence"),
    [
        ("refund", "margin_share", 1.2, "margin_share is 1.2; it must lie between 0 and 1"),
        ("refund", "margin_share", None, "margin_share is missing"),
        ("refund", "marginshare", 0.1, "a setting nobody reads: marginshare"),
        ("moments", "step_minutes", 25, "hours must be whole steps"),
        ("moments", "cohort_hours", 7, "a day must hold whole cohorts"),
        ("lock_out", "sharpness", 0.5, "sharpness is 0.5"),
        ("refund", "request", [{"from_hours": 1, "per_hour": 0.1}], "must begin at 0 and rise"),
        ("refund", "request", [{"from_hours": 0, "per_hour": 2}], "must lie between 0 and 1"),
    ],
)
def test_a_wrong_value_is_refused_with_one_sentence(section: str, name: str, value: Any, sentence: str) -> None:
    rules = copy.deepcopy(RULES)
    if value is None:
        del rules[section][name]
    else:
        rules[section][name] = value
    with pytest.raises(BadSetting, match=sentence) as refusal:
        waybill_policy_from(rules)
    assert str(refusal.value).startswith("waybills.toml")
