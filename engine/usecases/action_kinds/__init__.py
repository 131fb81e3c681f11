"""Every kind of action in one table: the one place where a new kind is named."""

from engine.model.actions import ActionKind
from engine.usecases.action_kinds import change_quota, quarantine_lot, release_lot, top_up_pool
from engine.usecases.action_kinds.spec import ActionSpec

KINDS: dict[ActionKind, ActionSpec] = {
    spec.kind: spec
    for spec in (
        top_up_pool.SPEC,
        change_quota.SPEC,
        quarantine_lot.SPEC,
        release_lot.SPEC,
    )
}
