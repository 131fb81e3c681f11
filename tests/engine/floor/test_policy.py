"""The shipped rules load, and a wrong number is one sentence that names it."""

import tomllib
from typing import Any

import pytest

from engine.errors import BadSetting
from engine.floor.policy import FloorPolicy, WavePolicy, WaveReason, policy_from
from engine.settings import DATA
from engine.usecases.floor.floor_policy import load_floor_policy

SHIPPED: dict[str, Any] = tomllib.loads((DATA / "rules" / "floor.toml").read_text(encoding="utf-8"))


def test_the_shipped_rules_are_the_defaults_that_are_explained_there() -> None:
    assert load_floor_policy() == FloorPolicy()


def test_every_number_is_said_in_the_file() -> None:
    policy = FloorPolicy()
    for section, knobs in SHIPPED.items():
        assert set(knobs) == set(getattr(policy, section).__dataclass_fields__)


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ({"waves": {}}, r"floor.toml has a section nobody reads: \[waves\]"),
        ({"wave": 3}, r"a section nobody reads: \[wave\]"),
        ({"wave": {"max_parcel": 3}}, r"\[wave\] has a setting nobody reads: max_parcel"),
        ({"wave": {"max_parcels": 0}}, r"\[wave\] max_parcels is 0: it must lie between 1 and 1000"),
        ({"wave": {"max_parcels": 4.5}}, r"\[wave\] max_parcels is 4.5: it must be a whole number"),
        ({"wave": {"max_kg": "heavy"}}, r"\[wave\] max_kg is 'heavy': it must be a number"),
        ({"wave": {"max_kg": True}}, r"\[wave\] max_kg is True: it must be a number"),
        ({"wave": {"max_kg": float("nan")}}, r"\[wave\] max_kg is nan: it must lie between"),
        ({"wave": {"min_parcels": 60}}, r"min_parcels is 60: it must lie between 1 and 48"),
        ({"wave": {"press_minutes": 10}}, r"press_minutes is 10.0: it must lie between 45 and 2880"),
        ({"wave": {"automatic": ["never"]}}, r"automatic is \['never'\]: it must be a list of pressed, full, or empty"),
        ({"wave": {"automatic": "full"}}, r"automatic is 'full': it must be a list"),
        ({"area": {"parcel_digits": 3}}, r"\[area\] parcel_digits is 3: it must be 2, 4 or 6"),
        ({"walk": {"bay_m": 0}}, r"\[walk\] bay_m is 0.0: it must lie between 0.1 and 20"),
        ({"packaging": {"fill": 1.5}}, r"\[packaging\] fill is 1.5: it must lie between 0.1 and 1"),
        ({"packaging": {"interval": 1}}, r"\[packaging\] interval is 1.0: it must lie between 0.5 and 0.999"),
    ],
)
def test_a_wrong_rule_is_named(rules: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        policy_from(rules)


def test_what_goes_by_itself_is_a_choice() -> None:
    assert policy_from({"wave": {"automatic": []}}).wave == WavePolicy(automatic=())
    assert policy_from({"wave": {"automatic": ["full", "full"]}}).wave.automatic == (WaveReason.FULL,)
