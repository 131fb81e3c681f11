"""What the page of alerts needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.model.alerts import Condition, Playbook
from engine.response.alert_policy import Rule
from engine.response.playbooks import Plan
from engine.store.database import Database
from engine.store.screens import alerts as alert_screens
from engine.usecases.alerts.alert_policy import load_alert_policy
from engine.usecases.alerts.playbooks import load_playbooks
from engine.usecases.road.service_policy import load_standards


@dataclass(frozen=True, slots=True)
class Alerts:
    """`standing`: alerts that are not over, roots first. `story`: the newest events. rules and plans as data.
    names: code of an article, node, carrier, tier or province -> (Chinese, English); a province twice the same."""

    stamp: Stamp
    standing: pl.DataFrame
    story: pl.DataFrame
    rules: Mapping[Condition, Rule]
    plans: Mapping[Playbook, Plan]
    names: Mapping[str, tuple[str, str]]


def alerts(database: Database, as_of: datetime) -> Alerts:
    """Ask everything that page shows."""
    return Alerts(
        stamp=stamp(database, as_of),
        standing=alert_screens.standing_alerts(database),
        story=alert_screens.alert_story(database),
        rules=load_alert_policy().rules,
        plans=load_playbooks(),
        names={
            **{tier.name: (tier.zh, tier.en) for tier in load_standards().tiers},
            **{code: (zh, en) for code, zh, en in alert_screens.names_in_alerts(database).iter_rows()},
        },
    )
