"""Clicks on the page of alerts."""

from collections.abc import Sequence

from dashboard.commands.desk import attempt, operator
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.usecases.alerts.settle_alerts import acknowledge_alerts


@command
def take_alerts(t: Words, alert_ids: Sequence[str]) -> Told:
    """Say that somebody has them."""
    taken: list[int] = []
    told = attempt(t, lambda: taken.append(acknowledge_alerts(room(), alert_ids, actor=operator())), "")
    return Told(done=True, text=t("alerts.taken", n=t.count(taken[0]))) if taken else told
