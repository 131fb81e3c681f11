"""What do the reports of a ticket say together? One after the other, newest last, each field by hand."""

from collections.abc import Iterable, Mapping
from typing import Any


def told_together(reports: Iterable[Mapping[str, Any]], fields: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Ticket -> field -> its newest word."""
    names = tuple(fields)
    tickets: dict[str, dict[str, Any]] = {}
    seen: set[tuple[str, int]] = set()
    for report in sorted(reports, key=lambda r: (r["told_at"], r["digest"])):
        if (report["ticket_id"], report["digest"]) in seen:
            continue
        seen.add((report["ticket_id"], report["digest"]))
        ticket = tickets.setdefault(report["ticket_id"], dict.fromkeys(names))
        for name in names:
            if report[name] is not None:
                ticket[name] = report[name]
    for ticket in tickets.values():
        ticket["said"] = ticket["said"] or ""
    return tickets
