"""The rules of waybill timing as they stand in data/rules/waybills.toml."""

from functools import cache

from engine.rules.waybill_policy import FILE, WaybillPolicy, waybill_policy_from
from engine.usecases.room.rule_files import RULES, parsed_rules


@cache
def waybill_policy() -> WaybillPolicy:
    """Read once a process. Raises BadSetting."""
    return waybill_policy_from(parsed_rules(RULES / FILE, "rules of waybill timing"))
