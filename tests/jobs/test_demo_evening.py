"""What the demo's buyers rate and its loggers tell: stars follow what happened, one excursion, one stuck sensor."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from engine.logistics.cold_chain import Probe, Reading
from engine.logistics.cold_chain import told as story
from engine.model.cold_chain import Breach, SensorFault
from engine.model.tickets import Complaint
from engine.usecases.road.cold_policy import load_cold_policy
from jobs.demo.buyer_ratings import Served, mood, rating_of, words
from jobs.demo.demo_loggers import BUFFERED, loggers, readings

NOW = datetime(2026, 11, 13, 12, 0, tzinfo=UTC)


def served(number: int, days: float = 2.0, complaint: Complaint | None = None) -> Served:
    return Served(f"douyin:{number}", NOW - timedelta(days=days), NOW, complaint)


def test_stars_follow_what_happened_and_the_let_down_rate_more_often() -> None:
    good = [rating_of(served(n), 1) for n in range(1500)]
    late = [rating_of(served(n, days=5.5), 1) for n in range(1500)]
    torn = [rating_of(served(n, complaint=Complaint.DAMAGED), 1) for n in range(1500)]
    given = {name: [one for one in all_ if one] for name, all_ in (("good", good), ("late", late), ("torn", torn))}
    assert 100 < len(given["good"]) < 200 < min(len(given["late"]), len(given["torn"]))
    assert min(stars.stars for _, stars in given["good"]) >= 4
    assert max(stars.stars for name in ("late", "torn") for _, stars in given[name]) <= 3
    assert all(at > NOW for all_ in given.values() for at, _ in all_)
    said = Counter(stars.words for _, stars in given["torn"] if stars.words)
    assert len(said) > 30
    assert rating_of(served(1), 1) == good[1]


def test_every_complaint_has_a_mood_with_words() -> None:
    for complaint in (None, *Complaint):
        for days in (1.0, 9.0):
            known = words()[mood(served(1, days, complaint))]
            assert known["stars"] and known["first"] and known["second"]
            assert all(1 <= stars <= 5 for stars in known["stars"])


def test_one_box_thaws_one_logger_is_stuck_and_no_other_tells_of_anything() -> None:
    policy = load_cold_policy()
    known = loggers(5, [f"SF{n}" for n in range(12)], NOW)
    sent = readings(5, known, NOW - BUFFERED, NOW)
    assert len({(one.device, one.at) for one in sent}) == len(sent)
    assert all(NOW - BUFFERED < one.at <= NOW for one in sent)
    half = NOW - BUFFERED / 2
    assert sent == sorted(
        readings(5, known, NOW - BUFFERED, half) + readings(5, known, half, NOW),
        key=lambda one: ([logger.device for logger in known].index(one.device), one.at),
    )
    excursions, faults = Counter[str](), Counter[str]()
    for logger in known:
        mine = [Reading(r.at.timestamp(), r.celsius, r.humidity) for r in sent if r.device == logger.device]
        _, found, opened = story(Probe(), mine, logger.layer, policy)
        excursions.update(f"{logger.device} {breach}" for breach, _ in opened)
        faults.update(f"{logger.device} {fault}" for fault in set(found) if fault is not None)
    [box] = [logger.device for logger in known if logger.thaws_from]
    [stuck] = [logger.device for logger in known if logger.stuck_at]
    assert excursions == {f"{box} {Breach.WARM}": 1}
    assert faults == {f"{stuck} {SensorFault.STUCK}": 1}
