"""Every file of rules is read when the room opens, so that a wrong value stops the start and not the first use."""

import shutil
import sys
from pathlib import Path

import pytest

from engine.errors import BadSetting
from engine.settings import DATA
from engine.usecases.room.room import open_room
from engine.usecases.steering import plan_steering
from tests.worlds import settings


def test_every_file_of_rules_is_read_before_the_room_opens(
    seeded_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(seeded_file, tmp_path / "room.duckdb")
    modules = [module for name, module in sys.modules.items() if name.startswith("engine.usecases.")]
    for kept in [value for module in modules for value in vars(module).values() if hasattr(value, "cache_clear")]:
        kept.cache_clear()  # read once a process, and an earlier test has done that
    seen: set[Path] = set()
    plain = Path.read_text

    def watched(path: Path, *args: str, **how: str) -> str:
        seen.add(path.resolve())
        return plain(path, *args, **how)

    monkeypatch.setattr(Path, "read_text", watched)
    open_room(settings(f"duckdb:///{tmp_path / 'room.duckdb'}")).close()
    rules = {path.resolve() for path in (DATA / "rules").rglob("*.toml")}
    assert sorted(path.name for path in rules - seen) == []


def test_a_wrong_rule_of_re_allocation_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = (DATA / "rules" / "reallocation.toml").read_text(encoding="utf-8").replace("risk = 0.02", "risk = 2.0")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "reallocation.toml").write_text(rules, encoding="utf-8")
    monkeypatch.setattr(plan_steering, "DATA", tmp_path)
    with pytest.raises(BadSetting, match=r"reallocation\.toml: risk must lie between 0 and 1"):
        open_room(settings(f"duckdb:///{tmp_path / 'room.duckdb'}"))
    assert not (tmp_path / "room.duckdb").exists()
