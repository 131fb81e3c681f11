"""Clicks on the pages of partners and mass delays become use cases."""

from collections.abc import Sequence

from dashboard.commands.desk import attempt, operator
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.usecases.road import offer_options as options_of
from engine.usecases.road.resolve_mass_delay import resolve_mass_delay
from engine.usecases.road.service_policy import load_standards
from engine.usecases.steering import propose_switch as switches
from engine.usecases.steering.plan_switch import Switch, plan_switch


@command
def preview_switch(t: Words, carrier: str, region: str, *, share: float) -> Switch | Told:
    """What a switch would mean; nothing is written."""
    found: list[Switch] = []
    told = attempt(
        t, lambda: found.append(plan_switch(room(), carrier, region, share=share, standards=load_standards())), ""
    )
    return found[0] if found else told


@command
def keep_switch(t: Words, made: Switch) -> Told:
    """Keep a previewed switch as a proposal; it is planned once more, as things stand now."""
    return attempt(
        t,
        lambda: switches.propose_switch(room(), made.carrier, made.region, share=made.share, actor=operator()),
        t("switch.kept"),
    )


@command
def withdraw_switch(t: Words, proposal_id: str, *, reason: str) -> Told:
    """Take a proposal off the list."""
    return attempt(
        t,
        lambda: switches.withdraw_switch(room(), proposal_id, actor=operator(), reason=reason),
        t("switch.withdrawn_now"),
    )


@command
def offer_options(t: Words, incident_id: str, options: Sequence[str]) -> Told:
    """Let the buyers of an incident choose."""
    found: list[int] = []
    told = attempt(
        t,
        lambda: found.append(options_of.offer_options(room().database, incident_id, options, actor=operator())),
        "",
    )
    return Told(done=True, text=t("mass_delay.offered_now", n=t.count(found[0]))) if found else told


@command
def end_mass_delay(t: Words, incident_id: str, *, reason: str) -> Told:
    """End an incident."""
    return attempt(
        t,
        lambda: resolve_mass_delay(room().database, incident_id, actor=operator(), reason=reason),
        t("mass_delay.resolved_now"),
    )
