"""The plans of data/playbooks: one YAML file for each emergency."""

from functools import cache

import yaml

from engine.errors import BadSetting
from engine.model.actions import ActionKind
from engine.model.alerts import Playbook
from engine.response.playbooks import Plan, plan_from
from engine.settings import DATA, ROOT


@cache
def load_playbooks() -> dict[Playbook, Plan]:
    """All of them, read once a process. Raises BadSetting with what would be right."""
    folder = DATA / "playbooks"
    strange = {path.stem for path in folder.glob("*.yaml")} - set(Playbook)
    if strange:
        raise BadSetting(f"playbooks/{min(strange)}.yaml is no playbook that the room knows.")
    pages = frozenset(path.stem for path in (ROOT / "pages").glob("*.py"))
    actions = frozenset(kind.value for kind in ActionKind)
    plans = {}
    for playbook in Playbook:
        path = folder / f"{playbook}.yaml"
        try:
            parsed = yaml.safe_load(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BadSetting(f"playbooks/{playbook}.yaml is missing.") from None
        except yaml.YAMLError as error:
            raise BadSetting(f"playbooks/{playbook}.yaml is no YAML: {error}") from None
        plans[playbook] = plan_from(parsed, playbook, pages=pages, actions=actions)
    return plans
