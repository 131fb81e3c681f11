"""Which exemptions hold now: those in the files of the rules, and the notices that people entered and that stand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.rules.pack_parts import ExemptEnd, Exemption
from engine.rules.packs import PlatformRules
from engine.rules.penalties import Clause
from engine.store.database import Database
from engine.store.screens import clocks as clock_screens

VERBS = ("enter_exemption", "withdraw_exemption")
"""Commits that change which notices stand."""


def standing_exemptions(database: Database) -> dict[str, tuple[Exemption, ...]]:
    """By platform, in the order in which they were entered."""
    found: dict[str, tuple[Exemption, ...]] = {}
    for row in reversed(list(clock_screens.exemption_list(database).iter_rows(named=True))):
        if row["withdrawn_at"] is None:
            found[row["platform"]] = (*found.get(row["platform"], ()), exemption_of(row))
    return found


def exemption_of(row: Mapping[str, Any]) -> Exemption:
    """The rule that a row of exemption_notices is."""
    return Exemption(
        notice=row["notice"],
        regions=tuple(row["regions"].split("|")),
        end=ExemptEnd(row["place"]),
        since=row["since"],
        until=row["until"],
        clauses=frozenset(Clause(clause) for clause in row["clauses"].split("|")),
    )


def with_exemptions(
    platforms: Mapping[str, PlatformRules], entered: Mapping[str, tuple[Exemption, ...]]
) -> dict[str, PlatformRules]:
    """The platforms' rules with what was entered beside what their files exempt."""
    return {
        name: replace(
            rules,
            versions=tuple(
                replace(pack, exemptions=(*pack.exemptions, *entered.get(name, ()))) for pack in rules.versions
            ),
        )
        for name, rules in platforms.items()
    }
