"""What a report says, as it stands in data/reports/."""

from functools import cache

from engine.reports.words import ReportWords
from engine.settings import DATA
from engine.usecases.room.rule_files import parsed_rules


@cache
def report_words(language: str) -> ReportWords:
    """The words of "zh" or "en"; read once a process. Raises BadSetting."""
    return ReportWords(language, parsed_rules(DATA / "reports" / f"{language}.toml", "words of reports"))
