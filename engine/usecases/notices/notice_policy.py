"""The rules of the outbox and the texts of notices, as they stand in data/rules/notices.toml and data/notices/."""

from functools import cache

from engine.response.notice_policy import FILE, NoticePolicy, policy_from
from engine.response.notice_templates import Templates, templates_from
from engine.settings import DATA
from engine.usecases.room.rule_files import RULES, parsed_rules

TEXTS = DATA / "notices"


@cache
def load_notice_policy() -> NoticePolicy:
    """Read once a process. Raises BadSetting with what would be right."""
    return policy_from(parsed_rules(RULES / FILE, "rules of notices"))


@cache
def load_notice_templates() -> Templates:
    """Read once a process. Raises BadSetting with what would be right."""
    files = {name: parsed_rules(TEXTS / name, "notice templates") for name in ("buyers.toml", "staff.toml")}
    return templates_from(files, parsed_rules(TEXTS / "words.toml", "words of notices"))
