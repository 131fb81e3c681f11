"""Plans for emergencies as data: steps with owner and time, what is told to buyers and staff, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import BadSetting
from engine.model.alerts import Playbook
from engine.model.notices import StaffDesk


@dataclass(frozen=True, slots=True)
class Said:
    """The same in both languages."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        """In one of them."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """What to do, who does it, within how many minutes of the alert. action: the kind that does it, to be proposed in
    the inbox; page: where to look."""

    says: Said
    owner: StaffDesk
    within_minutes: int
    action: str | None
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One playbook."""

    playbook: Playbook
    title: Said
    when: Said
    owner: StaffDesk
    steps: tuple[PlanStep, ...]
    buyers: Said
    staff: Said


_PLAN = {"playbook", "title", "when", "owner", "steps", "buyers", "staff"}
_STEP = {"zh", "en", "owner", "within_minutes", "action", "page"}


def plan_from(parsed: Any, playbook: Playbook, *, pages: frozenset[str], actions: frozenset[str]) -> Plan:
    """A parsed file of this name. Raises BadSetting with what would be right."""
    file = f"playbooks/{playbook}.yaml"
    _whole(parsed, _PLAN, _PLAN, file=file, where="")
    if parsed["playbook"] != playbook:
        raise BadSetting(f"{file}: playbook is {parsed['playbook']!r}; the file is called {playbook}.")
    steps = parsed["steps"]
    if not isinstance(steps, list) or not steps:
        raise BadSetting(f"{file}: steps must be a list of what to do, at least one.")
    made = tuple(_step(one, n, file=file, pages=pages, actions=actions) for n, one in enumerate(steps, start=1))
    late = next((n for n in range(1, len(made)) if made[n].within_minutes < made[n - 1].within_minutes), None)
    if late is not None:
        raise BadSetting(
            f"{file}: step {late + 1} is due before step {late}; put the steps in the order of their time."
        )
    return Plan(
        playbook=playbook,
        title=_said(parsed["title"], file=file, where=" title"),
        when=_said(parsed["when"], file=file, where=" when"),
        owner=_desk(parsed["owner"], file=file, where=""),
        steps=made,
        buyers=_said(parsed["buyers"], file=file, where=" buyers"),
        staff=_said(parsed["staff"], file=file, where=" staff"),
    )


def _step(found: Any, n: int, *, file: str, pages: frozenset[str], actions: frozenset[str]) -> PlanStep:
    where = f" step {n}"
    _whole(found, _STEP, _STEP - {"action"}, file=file, where=where)
    minutes, action, page = found["within_minutes"], found.get("action"), found["page"]
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= 7 * 1440:
        raise BadSetting(f"{file}{where}: within_minutes is {minutes!r}; it must be a whole number from 1 to 10080.")
    if action is not None and action not in actions:
        raise BadSetting(f"{file}{where}: there is no action {action!r}; there are {', '.join(sorted(actions))}.")
    if page not in pages:
        raise BadSetting(f"{file}{where}: there is no page {page!r}; there are {', '.join(sorted(pages))}.")
    return PlanStep(
        says=_said({"zh": found["zh"], "en": found["en"]}, file=file, where=where),
        owner=_desk(found["owner"], file=file, where=where),
        within_minutes=minutes,
        action=action,
        page=page,
    )


def _said(found: Any, *, file: str, where: str) -> Said:
    _whole(found, {"zh", "en"}, {"zh", "en"}, file=file, where=where)
    for language in ("zh", "en"):
        if not isinstance(found[language], str) or not found[language].strip():
            raise BadSetting(f"{file}{where}: {language} is empty.")
    return Said(found["zh"], found["en"])


def _desk(found: Any, *, file: str, where: str) -> StaffDesk:
    if found not in list(StaffDesk):
        raise BadSetting(f"{file}{where}: owner is {found!r}; it must be one of {', '.join(StaffDesk)}.")
    return StaffDesk(found)


def _whole(found: Any, known: set[str], needed: set[str], *, file: str, where: str) -> None:
    if not isinstance(found, Mapping):
        raise BadSetting(f"{file}{where}: it must be a table of {', '.join(sorted(needed))}.")
    for name in sorted(needed - set(found)):
        raise BadSetting(f"{file}{where}: {name} is missing.")
    for name in sorted(set(found) - known, key=str):
        raise BadSetting(f"{file}{where} has a setting nobody reads: {name}.")
