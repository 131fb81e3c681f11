"""Clicks on the audit page become use cases."""

from dashboard.commands.desk import attempt, operator
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.store.screens.audit import AuditFilter
from engine.usecases.room import export_audit as exporting
from engine.usecases.room.export_audit import AuditExport, FileForm


@command
def export_audit(t: Words, chosen: AuditFilter, form: FileForm) -> AuditExport | Told:
    """Take what the filters show out as a file."""
    found: list[AuditExport] = []
    told = attempt(t, lambda: found.append(exporting.export_audit(room().database, chosen, form, actor=operator())), "")
    return found[0] if found else told
