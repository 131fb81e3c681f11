"""The rules of reports as they stand in data/rules/report.toml."""

from engine.reports.report_policy import ReportPolicy, policy_from
from engine.usecases.room.rule_files import RULES, parsed_rules


def load_report_policy() -> ReportPolicy:
    """Read and checked anew at each call, a millisecond. Raises BadSetting."""
    return policy_from(parsed_rules(RULES / "report.toml", "rules of reports"))
