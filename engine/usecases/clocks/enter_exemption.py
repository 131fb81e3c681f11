"""A platform's notice is entered: regions, days and clauses that it does not punish. The clocks follow at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from engine.errors import BadRequest, NotAllowed, NotFound
from engine.rules.pack_parts import ExemptEnd
from engine.rules.penalties import DELAY_CLAUSES, Clause
from engine.store import tables
from engine.usecases.room.workplace import Workplace

MOST_DAYS = 120
"""A notice for longer is a slip of the pen: those known are for days or weeks, and can be entered again."""


@dataclass(frozen=True, slots=True)
class ExemptionNotice:
    """`notice`: where it can be read. Deadlines from `since` to before `until` of parcels whose `place` lies in one of
    `regions` (adcode prefixes; "": the whole country) are exempt from `clauses`."""

    platform: str
    notice: str
    regions: Sequence[str]
    since: datetime
    until: datetime
    place: ExemptEnd = ExemptEnd.EITHER
    clauses: Sequence[Clause] = DELAY_CLAUSES

    def __post_init__(self) -> None:
        if not self.notice.strip():
            raise BadRequest("Write down where the notice can be read: an appeal will need it.")
        if not self.regions:
            raise BadRequest("The notice names no region.")
        if strange := [one for one in self.regions if one and not (one.isdigit() and len(one) <= 6)]:
            raise BadRequest(f"{strange[0]!r} is no region: it must begin a division's code, such as 41 for 河南.")
        if any(at.tzinfo is None for at in (self.since, self.until)):
            raise BadRequest("The notice has a time without a zone.")
        if self.since >= self.until:
            raise BadRequest("The notice ends before it begins.")
        if self.until - self.since > timedelta(days=MOST_DAYS):
            raise BadRequest(f"The notice is for more than {MOST_DAYS} days: look at its dates again.")
        if not self.clauses:
            raise BadRequest("The notice takes no clause out.")


def enter_exemption(work: Workplace, said: ExemptionNotice, *, actor: str) -> str:
    """Keep it, in one commit; returns its id. Raises NotFound for a platform whose rules nobody knows, NotAllowed where
    the same notice stands already."""
    rules = work.rules.platforms.get(said.platform)
    if rules is None or not rules.versions:
        raise NotFound(f"No rules of {said.platform} are known, so nothing can be exempt from them.")
    regions = [""] if "" in said.regions else sorted(set(said.regions))  # the whole country takes in the rest
    row = {
        "platform": said.platform,
        "notice": said.notice.strip(),
        "regions": "|".join(regions),
        "place": said.place.value,
        "since": said.since,
        "until": said.until,
        "clauses": "|".join(clause.value for clause in Clause if clause in said.clauses),
    }
    with work.database.transaction(actor=actor, verb="enter_exemption", subject=said.platform) as tx:
        same = tx.rows(
            "SELECT notice_id FROM exemption_notices WHERE platform = :platform AND notice = :notice AND regions = "
            ":regions AND place = :place AND since = :since AND until = :until AND clauses = :clauses "
            "AND notice_id NOT IN (SELECT notice_id FROM exemption_withdrawals)",
            row,
        )
        if same:
            raise NotAllowed(f"This notice stands already, as {same[0][0]}.")
        notice_id = f"x{tx.version}"
        entered = {"notice_id": notice_id, **row, "entered_at": tx.at, "entered_by": tx.actor}
        tx.append(tables.exemption_notices, _frame(entered), stamp=True)
        tx.note(**{name: str(value) for name, value in row.items()})
    return notice_id


def _frame(row: Mapping[str, object]) -> pl.DataFrame:
    moments = ("since", "until", "entered_at")
    return pl.DataFrame([row]).with_columns(
        pl.col(name).dt.convert_time_zone("UTC").dt.cast_time_unit("us") for name in moments
    )
