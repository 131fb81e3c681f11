"""No button, door or job changes the world around the approval rule: what an action does, only an action does."""

import ast
from pathlib import Path

from engine.usecases.actions.action_policy import load_action_policy
from engine.usecases.room.permissions import load_permissions

ROOT = Path(__file__).parents[2]
BESIDE = {
    "steer": "engine.usecases.steering.steer",
    "write_steering": "engine.usecases.steering.steer",
    "top_up_pool": "engine.usecases.stock.top_up_pool",
    "top_up": "engine.usecases.stock.top_up_pool",
    "move_pool": "engine.usecases.stock.top_up_pool",
    "approve_delays": "engine.usecases.allocation.review_delays",
    "approve_improvements": "engine.usecases.making_good.review_improvements",
    "set_pool_state": "engine.usecases.stock.pool_state",
    "ask_supplier": "engine.usecases.actions.ask_outside",
    "ask_carriers": "engine.usecases.actions.ask_outside",
    "carry_out": "engine.usecases.actions.carry_out",
}
"""What actions are made of, by the module that has it: tests and the kinds use it, screens, doors and jobs must not."""


def ways_around(source: str) -> list[str]:
    """Names of BESIDE that this source imports or reaches through their module."""
    found = []
    modules = set(BESIDE.values())
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            found += [one.name for one in node.names if BESIDE.get(one.name) == node.module]
            aliases = {one.asname or one.name for one in node.names if f"{node.module}.{one.name}" in modules}
            if aliases:
                found += [
                    call.attr
                    for call in ast.walk(ast.parse(source))
                    if isinstance(call, ast.Attribute)
                    and isinstance(call.value, ast.Name)
                    and call.value.id in aliases
                    and call.attr in BESIDE
                ]
    return found


def test_screens_doors_and_jobs_know_no_way_around_the_policy() -> None:
    for folder in ("dashboard", "pages", "jobs"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            assert ways_around(path.read_text(encoding="utf-8")) == [], f"{path.name}: do it by an action (act_now)"


def test_a_way_around_would_be_found() -> None:
    assert ways_around("from engine.usecases.steering.steer import steer") == ["steer"]
    assert ways_around("from engine.usecases.stock import top_up_pool as p\np.top_up_pool(1)") == ["top_up_pool"]


def test_who_may_do_an_action_stands_in_one_table() -> None:
    kinds = {kind.value for kind in load_action_policy().kinds}
    own = {verb for verb in load_permissions().least if verb in kinds or verb.removeprefix("approve_") in kinds}
    assert own == set(), "actions.toml decides that, by value and reversibility"
