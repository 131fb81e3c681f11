"""What notices say: every text shipped is complete, and a wrong one stops the start with a sentence."""

from copy import deepcopy
from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadRequest, BadSetting
from engine.model.alarms import Watch
from engine.model.cold_chain import Breach
from engine.model.notices import EXAMPLES, FIELDS_OF, ChannelKind, NoticeKind, example_of
from engine.model.roles import Role
from engine.response.notice_policy import Quiet, policy_from
from engine.response.notice_templates import LANGUAGES, templates_from
from engine.response.notice_timing import Due, messages, quiet_until, wait_seconds
from engine.usecases.notices.notice_policy import TEXTS, load_notice_policy, load_notice_templates
from engine.usecases.room.rule_files import RULES, parsed_rules

FILES = {name: parsed_rules(TEXTS / name, "texts") for name in ("buyers.toml", "staff.toml")}
WORDS = parsed_rules(TEXTS / "words.toml", "words")
POLICY = load_notice_policy()


def test_every_notice_reads_in_both_languages_with_nothing_left_open() -> None:
    templates = load_notice_templates()
    assert set(EXAMPLES) == {name for names in FIELDS_OF.values() for name in names}
    for kind in NoticeKind:
        said = [templates.render(kind, example_of(kind), lang) for lang in LANGUAGES]
        assert said[0] != said[1]
        assert all("{" not in one.title + one.text for one in said)
        bare = templates.render(kind, dict.fromkeys(FIELDS_OF[kind]), "zh")
        assert "None" not in bare.text


def test_codes_are_told_in_words_and_moments_in_beijing_time() -> None:
    fields = {"what": "no_pick_up", "where": "WH", "orders": 2, "yuan": "4.00", "due_at": "2026-11-11T16:30:00+00:00"}
    said = load_notice_templates().render(NoticeKind.ALERT, fields, "en")
    assert said.title == "Alert: no pick-up scan after the upload"
    assert said.text == "WH: 2 orders, ¥4.00 at stake, next deadline 11-12 00:30."
    known = WORDS["what"]
    assert {watch.value for watch in Watch} | {breach.value for breach in Breach} | {"mass_delay"} <= set(known)
    assert set(WORDS["role"]) == set(Role)


def test_a_notice_with_other_fields_than_its_kind_has_is_refused() -> None:
    with pytest.raises(BadRequest, match="filled with by, sent_at; given were by"):
        load_notice_templates().render(NoticeKind.TEST, {"by": "lin"}, "zh")


def late(**changes: Any) -> dict[str, Any]:
    """The files with the template of late parcels changed."""
    files = deepcopy(FILES)
    [template] = [one for one in files["buyers.toml"]["template"] if one["kind"] == "late"]
    template |= changes
    return files


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            late(en={"title": "x", "text": "{order_no} {carrier} {nobody}"}),
            "a field that this notice does not have: nobody",
        ),
        (late(zh={"title": "x", "text": "{order_no}"}), r"\[zh\] does not tell the field carrier"),
        (late(en={"title": "x", "text": "{order_no.__class__} {carrier}"}), "is no plain name of a field"),
        (late(en={"title": "x", "text": "{order_no {carrier}"}), "the braces of"),
        (late(en={"title": " ", "text": "{order_no} {carrier}"}), "must not be empty"),
        (late(via=["pigeon"]), "via has 'pigeon'"),
        (late(good_hours=0), "good_hours is 0"),
        (late(kind="sold_out"), "sold_out stands there a second time|sold_out names|names a field"),
        (late(colour="red"), "nobody reads: colour"),
        ({"buyers.toml": FILES["buyers.toml"]}, "The notice templates have no"),
    ],
)
def test_a_wrong_template_stops_the_start(files: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        templates_from(files, WORDS)


@pytest.mark.parametrize(
    ("section", "changes", "sentence"),
    [
        ("retry", {"factor": 0.5}, "factor is 0.5"),
        ("send", {"lease_seconds": 10}, "lease_seconds is 10"),
        ("quiet", {"buyer": {"begins": "9 pm", "ends": "08:00"}}, "a time of day such as 08:30"),
        ("approval", {"link_hours": 1000}, "link_hours is 1000"),
        ("retry", {"patience": 1}, "nobody reads: patience"),
    ],
)
def test_a_wrong_rule_stops_the_start(section: str, changes: dict[str, Any], sentence: str) -> None:
    parsed = parsed_rules(RULES / "notices.toml", "rules")
    parsed[section] |= changes
    with pytest.raises(BadSetting, match=sentence):
        policy_from(parsed)


def test_limits_must_be_there_for_every_kind_once() -> None:
    parsed = parsed_rules(RULES / "notices.toml", "rules")
    with pytest.raises(BadSetting, match="stand there twice"):
        policy_from(parsed | {"limit": [*parsed["limit"], parsed["limit"][0]]})
    with pytest.raises(BadSetting, match="limits of gateway are missing"):
        policy_from(parsed | {"limit": parsed["limit"][:-1]})


def test_waits_double_up_to_a_limit_and_differ_from_notice_to_notice() -> None:
    waits = [wait_seconds(POLICY.retry, "k", n) for n in range(1, 12)]
    for n, wait in enumerate(waits):
        plain = min(10 * 2**n, 900)
        assert 0.8 * plain <= wait <= 1.2 * plain
    assert wait_seconds(POLICY.retry, "other", 1) != waits[0]


@pytest.mark.parametrize(
    ("begins", "ends", "hour", "until"),
    [("21:00", "08:30", 13, "00:30"), ("21:00", "08:30", 0, "00:30"), ("21:00", "08:30", 5, None),
     ("01:00", "07:30", 18, "23:30"), ("01:00", "07:30", 13, None), ("00:00", "00:00", 3, None)],
)  # fmt: skip
def test_quiet_hours_span_midnight(begins: str, ends: str, hour: int, until: str | None) -> None:
    quiet = Quiet(time.fromisoformat(begins), time.fromisoformat(ends))
    now = datetime(2026, 11, 11, hour, 0, tzinfo=UTC)  # Beijing is 8 hours ahead
    found = quiet_until(quiet, now)
    assert (None if found is None else f"{found:%H:%M}") == until
    assert found is None or (now < found and (found - now).total_seconds() < 86_400)


@given(
    kind=st.sampled_from(list(ChannelKind)),
    critical=st.lists(st.booleans(), max_size=150),
    digest=st.integers(0, 5),
    left=st.integers(0, 25),
)
def test_messages_hold_no_notice_twice_and_never_more_than_the_channel_takes(
    kind: ChannelKind, critical: list[bool], digest: int, left: int
) -> None:
    limit = POLICY.limits[kind]
    due = [Due(f"n{i}", one) for i, one in enumerate(sorted(critical, reverse=True))]
    due += [Due(f"old{i}", critical=False, sent_as="d-old") for i in range(digest)]
    made = messages(due, limit, left=left)
    told = [one for message in made for one in message.notice_ids]
    assert len(told) == len(set(told))
    assert set(told) <= {one.notice_id for one in due}
    assert len(made) <= min(limit.chunk, left)
    assert bool(made) == bool(due and left)
    if kind is ChannelKind.GATEWAY:
        assert all(len(message.notice_ids) == 1 for message in made if message.sent_as != "d-old")
    if digest and left:
        assert (made[0].sent_as, len(made[0].notice_ids)) == ("d-old", digest)
