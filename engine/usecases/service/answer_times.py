"""When answers are owed, as it stands in data/rules/service.toml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.aftersales.answer_times import FILE, Answer, AnswerTimes, NightClock, minute_of
from engine.model.tickets import Claim, Complaint
from engine.model.toml_values import member, no_strangers, table, tables, value
from engine.usecases.room.rule_files import RULES, parsed_rules


def load_answer_times(folder: Path = RULES) -> AnswerTimes:
    """Read and checked anew at each call, about a millisecond. Raises BadSetting with what would be right."""
    return answer_times_from(parsed_rules(folder / FILE, "rules of the service desk"))


def answer_times_from(parsed: Mapping[str, Any]) -> AnswerTimes:
    """The rules of a parsed TOML: every setting, and no other."""
    no_strangers(parsed, ["night", "queue", "answer"], file=FILE, where="")
    night, queue = table(parsed, "night", file=FILE), table(parsed, "queue", file=FILE)
    no_strangers(night, ["from", "until"], file=FILE, where=" [night]")
    no_strangers(queue, ["soon_minutes"], file=FILE, where=" [queue]")
    return AnswerTimes(
        night_from=minute_of(value(night, "from", str, file=FILE, where=" [night]"), "from"),
        night_until=minute_of(value(night, "until", str, file=FILE, where=" [night]"), "until"),
        soon_minutes=value(queue, "soon_minutes", float, file=FILE, where=" [queue]"),
        answers=tuple(_answer(one) for one in tables(parsed, "answer", file=FILE)),
    )


def _answer(parsed: Mapping[str, Any]) -> Answer:
    where = " [[answer]]"
    no_strangers(parsed, ["complaint", "claim", "hours", "night", "why"], file=FILE, where=where)
    return Answer(
        hours=value(parsed, "hours", float, file=FILE, where=where),
        night=member(parsed, "night", NightClock, file=FILE, where=where),
        why=value(parsed, "why", str, file=FILE, where=where),
        complaint=member(parsed, "complaint", Complaint, file=FILE, where=where) if "complaint" in parsed else None,
        claim=member(parsed, "claim", Claim, file=FILE, where=where) if "claim" in parsed else None,
    )
