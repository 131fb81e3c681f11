"""Every number of allocation.toml is wanted, known and within its limits, or the room does not start."""

import re
import shutil
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BadSetting
from engine.rules.policy import rules_from
from engine.settings import DATA, load_settings
from engine.usecases.room import room, rules
from engine.usecases.room.rules import load_rules

TEXT = (DATA / "rules" / "allocation.toml").read_text(encoding="utf-8")


def parsed() -> dict[str, Any]:
    return tomllib.loads(TEXT)


SETTINGS = [(part, key) for part, keys in parsed().items() for key in keys]


def test_the_shipped_policy_is_what_the_planner_did_before_it_was_a_file() -> None:
    shipped = rules_from(parsed())
    assert (shipped.plan.unserved_yuan, shipped.plan.handling_yuan_per_parcel, shipped.plan.merge) == (200, 0, True)
    assert (shipped.plan.max_share_yuan, shipped.plan.min_share_yuan) == (100, 50)
    assert shipped.plan.retry_seconds == 60
    assert not shipped.credits.near_expiry
    assert not shipped.credits.balance


@pytest.mark.parametrize(("part", "key"), SETTINGS)
def test_every_setting_states_its_reason(part: str, key: str) -> None:
    section = TEXT.split(f"[{part}]")[1]
    [line] = re.findall(rf"^{key} = .*$", section, re.MULTILINE)[:1]
    assert "#" in line or key in ("near_expiry", "balance"), "the two switches share the reason at their table"


@pytest.mark.parametrize(("part", "key"), SETTINGS)
@pytest.mark.parametrize("wrong", ["soon", -1, 1e9, float("nan"), None])
def test_a_wrong_value_is_refused_with_its_name(part: str, key: str, wrong: Any) -> None:
    changed = parsed()
    if wrong is None:
        del changed[part][key]
    else:
        changed[part][key] = wrong
    with pytest.raises(BadSetting, match=rf"^allocation\.toml.*{key}"):
        rules_from(changed)


def test_what_nobody_reads_is_refused() -> None:
    for where in ("plan", "limits", "lateness", "credits"):
        changed = parsed()
        changed[where]["typo"] = 1
        with pytest.raises(BadSetting, match=rf"\[{where}\] has a setting nobody reads: typo"):
            rules_from(changed)
    with pytest.raises(BadSetting, match="nobody reads: extra"):
        rules_from(parsed() | {"extra": {}})
    with pytest.raises(BadSetting, match=r"the table \[limits\] is missing"):
        rules_from({part: keys for part, keys in parsed().items() if part != "limits"})


def test_every_field_is_in_the_file_and_the_other_way_round() -> None:
    shipped = rules_from(parsed())
    for part in fields(shipped):
        assert {field.name for field in fields(getattr(shipped, part.name))} == set(parsed()[part.name])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(DATA / "rules", tmp_path / "rules")


@pytest.mark.parametrize("name", ["allocation.toml", "douyin/2026-08-10.toml"])
@pytest.mark.parametrize("content", [b"[plan", b"\xff\xfe"])
def test_a_file_that_is_not_toml_is_refused(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(BadSetting, match="cannot be read"):
        load_rules(folder)


def test_a_room_with_a_wrong_rule_does_not_start_and_makes_no_database(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "allocation.toml").write_text(TEXT.replace("retry_seconds = 60", "retry_seconds = -5"), encoding="utf-8")
    monkeypatch.setattr(room, "load_rules", lambda: rules.load_rules(folder))
    database = tmp_path / "room.duckdb"
    with pytest.raises(BadSetting, match="retry_seconds is -5"):
        room.open_room(load_settings(environment={"WARROOM_DATABASE": f"duckdb:///{database}"}))
    assert not database.exists()
