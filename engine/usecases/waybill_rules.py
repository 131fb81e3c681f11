"""The rules of waybill timing as they stand in data/rules/waybills.toml."""

import tomllib
from functools import cache
from typing import Any

from engine.errors import BadSetting
from engine.rules.waybill_policy import FILE, WaybillPolicy, waybill_policy_from
from engine.settings import DATA


@cache
def waybill_policy() -> WaybillPolicy:
    """Read once a process. Raises BadSetting."""
    path = DATA / "rules" / FILE
    try:
        rules: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"The rules of waybill timing in {path} cannot be read: {error}") from error
    return waybill_policy_from(rules)
