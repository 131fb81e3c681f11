"""The closed sets of after-sales are complete wherever they are used."""

import re
from collections.abc import Iterable
from enum import StrEnum

import pytest
from sqlalchemy import CheckConstraint, Table

from engine.model.alarms import Desk
from engine.model.compensation import CompensationState, Remedy, Severity
from engine.model.improvements import ImprovementKind, ImprovementState
from engine.model.notices import (
    AUDIENCE_OF,
    FIELDS_OF,
    NOTICE_TRANSITIONS,
    WAITING,
    Audience,
    ChannelKind,
    NoticeKind,
    NoticeState,
    StaffDesk,
)
from engine.model.tickets import DESK_OF, TICKET_TRANSITIONS, Claim, Complaint, LabelBy, TicketDesk, TicketState
from engine.store import tables


def test_every_complaint_has_a_desk_and_every_desk_a_complaint() -> None:
    assert set(DESK_OF) == set(Complaint)
    assert set(DESK_OF.values()) == set(TicketDesk)


def test_every_state_of_a_ticket_has_its_transitions_and_a_resolved_one_can_be_opened_again() -> None:
    assert set(TICKET_TRANSITIONS) == set(TicketState)
    assert TicketState.OPEN in TICKET_TRANSITIONS[TicketState.RESOLVED]


def test_every_kind_of_notice_has_an_audience_and_fields_and_every_alarm_a_desk_that_hears_of_it() -> None:
    assert set(AUDIENCE_OF) == set(FIELDS_OF) == set(NoticeKind)
    assert {desk.value for desk in Desk} <= {desk.value for desk in StaffDesk}


def test_every_state_of_a_notice_has_its_transitions_and_what_waits_can_be_sent_or_given_up() -> None:
    assert set(NOTICE_TRANSITIONS) == set(NoticeState)
    for state in WAITING:
        assert {NoticeState.SENDING, NoticeState.GIVEN_UP} <= NOTICE_TRANSITIONS[state]


@pytest.mark.parametrize(
    ("table", "column", "members"),
    [
        (tables.tickets, "complaint", Complaint),
        (tables.compensations, "complaint", Complaint),
        (tables.compensations, "severity", Severity),
        (tables.compensations, "remedy", Remedy),
        (tables.compensations, "state", CompensationState),
        (tables.improvements, "kind", ImprovementKind),
        (tables.improvements, "state", ImprovementState),
        (tables.tickets, "claim", Claim),
        (tables.tickets, "labelled_by", LabelBy),
        (tables.tickets, "desk", TicketDesk),
        (tables.tickets, "state", TicketState),
        (tables.incidents, "complaint", Complaint),
        (tables.notices, "audience", Audience),
        (tables.notices, "desk", StaffDesk),
        (tables.notices, "state", NoticeState),
        (tables.notices, "kind", [kind for kind in NoticeKind if kind is not NoticeKind.DIGEST]),
        (tables.notice_channels, "kind", ChannelKind),
    ],
    ids=lambda value: getattr(value, "name", value if isinstance(value, str) else getattr(value, "__name__", "")),
)
def test_a_table_allows_exactly_the_members_there_are(table: Table, column: str, members: Iterable[StrEnum]) -> None:
    checks = [str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)]
    [allowed] = [check for check in checks if check.startswith(f"{column} IN")]
    assert set(re.findall(r"'(\w+)'", allowed)) == {member.value for member in members}
