"""By when is a ticket owed an answer? A clock that may stand at night, and stands while the room waits for the buyer.

Rules are data/rules/service.toml. Moments are microseconds since 1970 inside, whole frames at a time.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import polars as pl

from engine.errors import BadSetting
from engine.model.frames import INSTANT, Contract
from engine.model.tickets import Claim, Complaint
from engine.model.toml_values import inside

FILE = "service.toml"

MINUTE = 60_000_000
DAY = 1440 * MINUTE
BEIJING_AHEAD = 480 * MINUTE

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")

STRETCHES: Contract = {
    # When a ticket's clock ran since it was last opened: one row a stretch. `until` of the last is null while it runs.
    "ticket_id": pl.String,
    "since": INSTANT,
    "until": INSTANT,
    "complaint": pl.String,  # of the ticket; null: nobody is sure
    "claim": pl.String,
}


class NightClock(StrEnum):
    """What a rule's clock does at night."""

    STANDS = "stands"
    RUNS = "runs"


def minute_of(clock: str, name: str) -> int:
    """HH:MM as minutes from midnight; BadSetting for anything else."""
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise BadSetting(f"{FILE} [night]: {name} is {clock!r}; a time of day is written like 23:00.")
    return int(found[1]) * 60 + int(found[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One rule: hours until an answer is owed to tickets of this complaint and claim (None: of all)."""

    hours: float
    night: NightClock
    why: str
    complaint: Complaint | None = None
    claim: Claim | None = None

    def __post_init__(self) -> None:
        inside(FILE, "hours of an answer", self.hours, 0.1, 720)
        if not self.why.strip():
            raise BadSetting(f"{FILE} [[answer]]: why is empty; say why a buyer may wait so long.")

    def fits(self, complaint: Complaint | None, claim: Claim) -> bool:
        """Whether the rule speaks of such a ticket."""
        return self.complaint in (None, complaint) and self.claim in (None, claim)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTimes:
    """All rules. night_from, night_until: minutes of the Beijing day; soon_minutes: before an answer is owed."""

    night_from: int
    night_until: int
    soon_minutes: float
    answers: tuple[Answer, ...]

    def __post_init__(self) -> None:
        inside(FILE, "soon_minutes", self.soon_minutes, 1, 10_080)
        if self.night_from == self.night_until:
            raise BadSetting(f"{FILE} [night]: from and until are the same; a night that never ends answers nobody.")
        last = self.answers[-1] if self.answers else None
        if last is None or last.complaint is not None or last.claim is not None:
            raise BadSetting(f"{FILE}: the last [[answer]] must name no complaint and no claim, so that it fits all.")

    @property
    def day_minutes(self) -> int:
        """Minutes of a day that are not night."""
        return 1440 - (self.night_until - self.night_from) % 1440

    def rule_of(self, complaint: Complaint | None, claim: Claim) -> Answer:
        """The first rule that fits."""
        return next(rule for rule in self.answers if rule.fits(complaint, claim))

    def rules(self) -> pl.DataFrame:
        """complaint (null: nobody is sure), claim, allowance (microseconds), night (stands or runs)."""
        found = [
            (complaint, claim, round(rule.hours * 60 * MINUTE), rule.night.value)
            for complaint in (None, *Complaint)
            for claim in Claim
            for rule in (self.rule_of(complaint, claim),)
        ]
        schema = {"complaint": pl.String, "claim": pl.String, "allowance": pl.Int64, "night": pl.String}
        return pl.DataFrame(found, schema=schema, orient="row")


def due(stretches: pl.DataFrame, times: AnswerTimes) -> pl.DataFrame:
    """ticket_id, due_at of each ticket in STRETCHES: when its answer is, or was, owed; null while the clock stands with
    time left."""
    since, until = _micros("since"), _micros("until")
    timed = (
        stretches.join(times.rules(), on=["complaint", "claim"], how="left", nulls_equal=True)
        .sort("ticket_id", "since")
        .with_columns(since=since, until=until)
        .with_columns(start=_counted(pl.col("since"), times))
        .with_columns(ran=_counted(pl.col("until"), times) - pl.col("start"))
    )
    before = pl.col("ran").fill_null(0).cum_sum().over("ticket_id") - pl.col("ran").fill_null(0)
    left = pl.col("allowance") - pl.col("before")
    runs_out = timed.with_columns(before=before).filter(
        (left > 0) & (pl.col("ran").is_null() | (pl.col("ran") >= left))
    )
    owed = runs_out.select("ticket_id", due_at=_moment(pl.col("start") + left, times).cast(INSTANT))
    return timed.select("ticket_id").unique(maintain_order=True).join(owed, on="ticket_id", how="left")


def due_from(opened: pl.Expr, allowance: pl.Expr, night: pl.Expr, times: AnswerTimes) -> pl.Expr:
    """When an answer is owed to a ticket whose clock has run since `opened` without a pause."""
    start = _counted_from(opened.dt.epoch("us") + BEIJING_AHEAD, night, times)
    return _moment_of(start + allowance, night, times).cast(INSTANT)


def _micros(name: str) -> pl.Expr:
    return pl.col(name).dt.epoch("us") + BEIJING_AHEAD


def _counted(at: pl.Expr, times: AnswerTimes) -> pl.Expr:
    return _counted_from(at, pl.col("night"), times)


def _moment(counted: pl.Expr, times: AnswerTimes) -> pl.Expr:
    return _moment_of(counted, pl.col("night"), times)


def _counted_from(at: pl.Expr, night: pl.Expr, times: AnswerTimes) -> pl.Expr:
    """Microseconds that count between 1970 and a Beijing moment. The day begins where the night ends."""
    shifted = at - times.night_until * MINUTE
    day, into = shifted // DAY, shifted % DAY
    awake = times.day_minutes * MINUTE
    return pl.when(night == NightClock.RUNS.value).then(at).otherwise(day * awake + pl.min_horizontal(into, awake))


def _moment_of(counted: pl.Expr, night: pl.Expr, times: AnswerTimes) -> pl.Expr:
    """The first moment, in microseconds UTC, at which so much has counted."""
    awake = times.day_minutes * MINUTE
    day, into = (counted - 1) // awake, (counted - 1) % awake + 1
    awoken = day * DAY + into + times.night_until * MINUTE
    return pl.when(night == NightClock.RUNS.value).then(counted).otherwise(awoken) - BEIJING_AHEAD


def allowed(complaint: Complaint | None, claim: Claim, times: AnswerTimes) -> timedelta:
    """Hours of the clock until such a ticket is owed an answer."""
    return timedelta(hours=times.rule_of(complaint, claim).hours)
