"""The closed sets of after-sales are complete wherever they are used."""

import re
from enum import StrEnum

import pytest
from sqlalchemy import CheckConstraint, Table

from engine.model.tickets import DESK_OF, TICKET_TRANSITIONS, Claim, Complaint, LabelBy, TicketDesk, TicketState
from engine.store import tables


def test_every_complaint_has_a_desk_and_every_desk_a_complaint() -> None:
    assert set(DESK_OF) == set(Complaint)
    assert set(DESK_OF.values()) == set(TicketDesk)


def test_every_state_of_a_ticket_has_its_transitions_and_a_resolved_one_can_be_opened_again() -> None:
    assert set(TICKET_TRANSITIONS) == set(TicketState)
    assert TicketState.OPEN in TICKET_TRANSITIONS[TicketState.RESOLVED]


@pytest.mark.parametrize(
    ("table", "column", "members"),
    [
        (tables.tickets, "complaint", Complaint),
        (tables.tickets, "claim", Claim),
        (tables.tickets, "labelled_by", LabelBy),
        (tables.tickets, "desk", TicketDesk),
        (tables.tickets, "state", TicketState),
        (tables.incidents, "complaint", Complaint),
    ],
    ids=lambda value: getattr(value, "name", value if isinstance(value, str) else getattr(value, "__name__", "")),
)
def test_a_table_allows_exactly_the_members_there_are(table: Table, column: str, members: type[StrEnum]) -> None:
    checks = [str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)]
    [allowed] = [check for check in checks if check.startswith(f"{column} IN")]
    assert set(re.findall(r"'(\w+)'", allowed)) == {member.value for member in members}
