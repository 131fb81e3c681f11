"""Who may approve an action, which may go without a person, until when one stands, and when its outcome is judged.

Value times reversibility decides: what can be undone, or is small, is the desk's own matter. Knows no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import BadSetting
from engine.model.actions import ActionKind, Reversibility
from engine.model.roles import Role
from engine.model.toml_values import no_strangers, part, table, within
from engine.response.outcome import OutcomeRules

FILE = "actions.toml"

_APPROVERS = (Role.OPERATOR, Role.MANAGER, Role.ADMIN)
"""From the least to the most; an analyst approves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Yuan at stake up to which a role may approve, the limit included; beyond the manager's an admin must."""

    operator_yuan: float
    manager_yuan: float

    def __post_init__(self) -> None:
        within(self, FILE, {"operator_yuan": (0, 1e9), "manager_yuan": (0, 1e12)})
        if self.manager_yuan < self.operator_yuan:
            raise BadSetting(
                f"{FILE}: manager_yuan is {self.manager_yuan:g}; it must not be below "
                f"operator_yuan, {self.operator_yuan:g}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """Minutes that a proposal stands, minutes after which its outcome is judged, and yuan at stake up to which it goes
    without a person; 0 is never."""

    expires_minutes: float
    horizon_minutes: float
    autonomous_yuan: float

    def __post_init__(self) -> None:
        within(
            self,
            FILE,
            {"expires_minutes": (1, 7 * 1440), "horizon_minutes": (1, 60 * 1440), "autonomous_yuan": (0, 1e9)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPolicy:
    """All of it: limits for each reversibility, a rule for each kind, and how outcomes are judged."""

    limits: Mapping[Reversibility, Limits]
    kinds: Mapping[ActionKind, KindRule]
    outcome: OutcomeRules

    def approver(self, stake_cents: int, reversibility: Reversibility) -> Role:
        """The least role that may approve so much at stake."""
        limits, yuan = self.limits[reversibility], abs(stake_cents) / 100
        if yuan <= limits.operator_yuan:
            return Role.OPERATOR
        return Role.MANAGER if yuan <= limits.manager_yuan else Role.ADMIN

    def autonomous(self, kind: ActionKind, stake_cents: int, reversibility: Reversibility) -> bool:
        """Whether it may go without a person. What cannot be undone at all never may."""
        limit = self.kinds[kind].autonomous_yuan
        return reversibility is not Reversibility.NONE and limit > 0 and abs(stake_cents) / 100 <= limit


def may_approve(role: Role, needed: Role) -> bool:
    """Whether a role reaches the one that is needed."""
    return role in _APPROVERS and _APPROVERS.index(role) >= _APPROVERS.index(needed)


def action_policy_from(parsed: Mapping[str, Any]) -> ActionPolicy:
    """The policy of a parsed TOML: every reversibility and every kind, and nothing else. Raises BadSetting."""
    no_strangers(parsed, ["approval", "kind", "outcome"], file=FILE, where="")
    approval, kinds = table(parsed, "approval", file=FILE), table(parsed, "kind", file=FILE)
    no_strangers(approval, list(Reversibility), file=FILE, where=" [approval]")
    no_strangers(kinds, list(ActionKind), file=FILE, where=" [kind]")
    return ActionPolicy(
        limits={one: part(Limits, approval, one, file=FILE) for one in Reversibility},
        kinds={one: part(KindRule, kinds, one, file=FILE) for one in ActionKind},
        outcome=_outcome(parsed),
    )


def _outcome(parsed: Mapping[str, Any]) -> OutcomeRules:
    rules = part(OutcomeRules, parsed, "outcome", file=FILE)
    within(rules, FILE, {"interval": (0.5, 0.999), "worth_share": (0.0001, 1), "least": (1, 1_000_000)})
    return rules
