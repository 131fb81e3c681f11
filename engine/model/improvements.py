"""Closed sets of what is changed because goods arrive broken: the kinds of change, and where one stands."""

from enum import StrEnum


class ImprovementKind(StrEnum):
    """What is done about goods that break on a route."""

    PACKAGING = "packaging"  # the goods travel in a given material there
    SURCHARGE = "surcharge"  # the carrier is dearer there by what it breaks, so that others get the parcels


class ImprovementState(StrEnum):
    """Where a change stands. Exactly one at any time."""

    PROPOSED = "proposed"  # the room suggests it; nothing has changed
    APPROVED = "approved"  # packing and allocation go by it
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # its ground fell away before anybody decided
    ENDED = "ended"  # was in force, and no longer is


IMPROVEMENT_TRANSITIONS: dict[ImprovementState, frozenset[ImprovementState]] = {
    ImprovementState.PROPOSED: frozenset(
        {ImprovementState.APPROVED, ImprovementState.REJECTED, ImprovementState.WITHDRAWN}
    ),
    ImprovementState.APPROVED: frozenset({ImprovementState.ENDED}),
    ImprovementState.REJECTED: frozenset(),
    ImprovementState.WITHDRAWN: frozenset(),
    ImprovementState.ENDED: frozenset(),
}
