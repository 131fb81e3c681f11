"""Which actions answer an alert, and what of the parameters of such an action does the alert know already?

The plan of its condition names the kinds; what the alert is about (an article, a node, a lot) fills their form.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.model.actions import ActionKind
from engine.response.alert_policy import Rule
from engine.response.alerting import Cause
from engine.response.parameters import Of, Parameter
from engine.response.playbooks import Plan

_TOLD_BY = {Of.SHOW: "show", Of.SKU: "sku", Of.NODE: "node", Of.LOT: "lot", Of.CARRIER: "carrier"}
"""The dimension of a cause, or the fact, that names such a thing."""


def answers(rule: Rule, plans: Mapping[Any, Plan]) -> tuple[ActionKind, ...]:
    """Kinds that the plan of a condition names, in the order of its steps; none where the condition has no plan."""
    if rule.playbook is None:
        return ()
    named = (step.action for step in plans[rule.playbook].steps)
    return tuple(dict.fromkeys(ActionKind(name) for name in named if name is not None))


def known_of(parameters: Sequence[Parameter], cause: Cause, facts: Mapping[str, Any]) -> dict[str, str]:
    """What an alert of this cause says of them, by name. Of two that name a thing of one sort (from and to a node) the
    first is what the alert is about."""
    told = {**{name: value for name, value in facts.items() if isinstance(value, str)}, **dict(cause)}
    found: dict[str, str] = {}
    for one in _first_of_each(parameters):
        value = told.get(_TOLD_BY.get(one.of, ""))
        if value:
            found[one.name] = value
    return found


def _first_of_each(parameters: Iterable[Parameter]) -> list[Parameter]:
    first: dict[Of, Parameter] = {}
    for one in parameters:
        first.setdefault(one.of, one)
    return list(first.values())
