"""May a parcel still be changed? The legal window of a waybill, and what using its last part risks.

Before a waybill is uploaded a parcel is nobody's business but ours. Afterwards recalling it on one's own counts as
轨迹异常; only the platform's edit interface remains, with a warning and where the policy allows. After the carrier's
pick-up scan the parcel has left. Source: Douyin 商家发货行为管理规则 and its clause 轨迹异常.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import polars as pl

from engine.errors import BadSetting


class Window(StrEnum):
    """How far a parcel can still be changed."""

    FREE = "free"  # no waybill
    EDIT = "edit"  # uploaded: through the platform's edit interface, with a warning
    UPLOADED = "uploaded"  # uploaded, and the policy forbids edits
    PICKED_UP = "picked_up"  # the carrier has it


OPEN = frozenset({Window.FREE, Window.EDIT})
"""Windows in which an order may leave its parcel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPolicy:
    """data/rules/reallocation.toml: are edits after the upload allowed; the share of them that the platform counts as
    轨迹异常 all the same; and what that pays (share of the order, with its least and most in yuan)."""

    allowed: bool = True
    risk: float = 0.02
    penalty_share: float = 0.25
    penalty_min_yuan: float = 5.0
    penalty_max_yuan: float = 100.0

    def __post_init__(self) -> None:
        for name in ("risk", "penalty_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadSetting(f"reallocation.toml: {name} must lie between 0 and 1, not {getattr(self, name)}.")
        if not 0 <= self.penalty_min_yuan <= self.penalty_max_yuan or not math.isfinite(self.penalty_max_yuan):
            raise BadSetting("reallocation.toml: penalty_min_yuan must lie between 0 and penalty_max_yuan.")

    def edit_risk_cents(self, amount_cents: int) -> int:
        """Expected penalty of one edit for an order that the buyer paid so much for."""
        yuan = min(max(self.penalty_share * amount_cents / 100, self.penalty_min_yuan), self.penalty_max_yuan)
        return round(self.risk * yuan * 100)


def policy_from(rules: Mapping[str, Any]) -> WindowPolicy:
    """The policy of a parsed TOML. Raises BadSetting for a key it does not know and a value of another kind."""
    given = rules.get("after_upload")
    if set(rules) != {"after_upload"} or not isinstance(given, dict):
        raise BadSetting("reallocation.toml must have one table, [after_upload].")
    known = {field.name for field in fields(WindowPolicy)}
    for name, value in given.items():
        if name not in known:
            raise BadSetting(f"reallocation.toml: {name} is not a key of [after_upload].")
        wanted = (bool,) if name == "allowed" else (int, float)
        if not isinstance(value, wanted) or (name != "allowed" and isinstance(value, bool)):
            raise BadSetting(f"reallocation.toml: {name} is {value!r}, which is no {wanted[-1].__name__}.")
    return WindowPolicy(**given)


def window(policy: WindowPolicy) -> pl.Expr:
    """The Window of each row, from `uploaded_at` and `picked_up_at` (null: not yet)."""
    after_upload = Window.EDIT if policy.allowed else Window.UPLOADED
    return (
        pl.when(pl.col("picked_up_at").is_not_null())
        .then(pl.lit(Window.PICKED_UP.value))
        .when(pl.col("uploaded_at").is_not_null())
        .then(pl.lit(after_upload.value))
        .otherwise(pl.lit(Window.FREE.value))
    )
