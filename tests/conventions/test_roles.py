"""Every command has its place in the one table of roles, and its button asks that table: found by reading the code."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from dashboard.api.routes import ENDPOINTS
from dashboard.permits import COMMANDS
from engine.model.roles import Role
from engine.response.permissions import LADDER
from engine.usecases.room.permissions import load_permissions

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for path in (ROOT / "dashboard" / "commands").glob("*.py") if path.stem != "__init__")
for path in MODULES:
    importlib.import_module(f"dashboard.commands.{path.stem}")  # which fills COMMANDS
SCREENS = sorted([*(ROOT / "dashboard" / "components").rglob("*.py"), *(ROOT / "pages").glob("*.py")])


def named(path: Path) -> str:
    return path.name


def public_functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and node.name != "attempt"
        and [arg.arg for arg in node.args.args][:1] == ["t"]  # what answers a click answers in words
    ]


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_every_function_of_the_command_modules_is_a_command(path: Path) -> None:
    for function in public_functions(path):
        marks = {ast.unparse(mark).split("(")[0] for mark in function.decorator_list}
        assert "command" in marks, f"{path.name}: put @command (dashboard.permits) above {function.name}"


def test_the_table_names_every_command_once_and_nothing_else() -> None:
    listed = set(load_permissions().least)
    assert set(COMMANDS) - listed == set(), "commands without a place in data/rules/roles.toml [least]"
    assert listed - set(COMMANDS) == set(), "data/rules/roles.toml names what is no command"


def test_clicks_reach_use_cases_through_commands_alone() -> None:
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        if path not in MODULES:
            assert not re.search(r"\battempt\(", path.read_text(encoding="utf-8")), f"{named(path)} goes past the table"


@pytest.mark.parametrize("path", SCREENS, ids=named)
def test_the_button_of_a_command_asks_the_table(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    verbs = {(act.__module__, act.__name__): verb for verb, act in COMMANDS.items()}
    called = {alias: module for module, alias in re.findall(r"\b(\w*commands) as (\w+)", text)}
    for module, function in re.findall(r"\b(\w*commands)\.([a-z]\w*)\(", text):
        verb = verbs.get((f"dashboard.{called.get(module, module)}", function))
        assert verb is None or f'permit(t, "{verb}"' in text, f'{path.name}: give its button **permit(t, "{verb}")'


def test_the_ladder_holds_every_role_once() -> None:
    assert sorted(LADDER) == sorted(Role)


def test_no_key_of_the_api_reaches_what_takes_a_manager() -> None:
    table = load_permissions()
    assert table.operators_only <= set(ENDPOINTS), "data/rules/roles.toml names a door that is not there"
    bare = {
        "approve_action",
        "execute_action",
        "undo_action",
        "approve_compensations",
    }  # what is at stake decides who may: no key ever
    doors = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "dashboard" / "api").glob("*.py"))
    for verb in bare:
        assert not re.search(rf"\b{verb}\b", doors), f"no door of the API may lead to {verb}"
    for verb, least in table.least.items():
        if LADDER.index(least) >= LADDER.index(Role.MANAGER):
            assert not re.search(rf"\b{verb}\b", doors), f"{verb} takes a {least}: no door of the API may lead there"
