"""Every code of every provider's list, as the field's papers have it, against the adapters that read it."""

from collections.abc import Callable
from datetime import UTC, datetime

import orjson
import pytest

from engine.intake.tracking_canonical import parse_canonical_tracking
from engine.intake.tracking_codes import CODES, KUAIDI100_WORDS, known_codes
from engine.intake.tracking_kdniao import parse_kdniao_push
from engine.intake.tracking_kuaidi100 import parse_kuaidi100_push
from engine.intake.tracking_report import TrackingReport
from engine.intake.tracking_sf import parse_sf_routes
from engine.model.tracking import Provider, Scan, Trouble

NOW = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)
NUMBER, TIME = "773100000001", "2026-11-11 19:00:00"


def kuaidi100(code: str) -> TrackingReport:
    data = [{"context": "x", "ftime": TIME, "statusCode": code}]
    push = {"status": "polling", "lastResult": {"nu": NUMBER, "state": "0", "data": data}}
    return parse_kuaidi100_push(orjson.dumps(push).decode(), now=NOW)


def kdniao(code: str) -> TrackingReport:
    trace = {"AcceptTime": TIME, "AcceptStation": "x", "Action": code}
    push = {"EBusinessID": "1", "Data": [{"LogisticCode": NUMBER, "State": "2", "Traces": [trace]}]}
    return parse_kdniao_push(orjson.dumps(push).decode())[1]


def sf(code: str) -> TrackingReport:
    return parse_sf_routes([{"mailno": NUMBER, "opCode": code, "acceptTime": TIME, "remark": "x"}])


READERS: dict[str, Callable[[str], TrackingReport]] = {"kuaidi100": kuaidi100, "kdniao": kdniao, "sf": sf}

LISTS = {
    # Written from the lists themselves, not from the tables of the engine.
    "kuaidi100": """
        1 labelled, 101 labelled, 102 labelled, 103 picked_up, 0 hub_in, 1001 arrived_city, 1002 hub_out, 1003 hub_out,
        5 out_for_delivery, 501 locker, 3 signed, 301 signed, 302 signed, 303 signed, 304 signed, 6 returning,
        4 returned, 401 cancelled, 14 rejected, 7 hub_out, 2 exception/other, 201 exception/overdue,
        202 exception/no_news, 203 rejected, 204 exception/failed_delivery, 205 exception/locker_overdue,
        206 exception/unreachable, 207 exception/out_of_area, 208 exception/held_up, 209 exception/damaged,
        210 cancelled, 8 note, 10 note, 11 note, 12 note, 13 note""",
    "kdniao": """
        0 ordered, 1 picked_up, 10 labelled, 2 hub_in, 201 arrived_city, 202 out_for_delivery, 211 locker, 3 signed,
        301 signed, 302 signed, 304 signed, 311 signed, 4 exception/other, 401 exception/no_news,
        402 exception/overdue, 403 exception/no_news, 404 rejected, 405 exception/failed_delivery, 406 returned,
        407 returning, 412 exception/locker_overdue""",
    "sf": """
        50 picked_up, 54 picked_up, 30 hub_in, 31 hub_in, 36 hub_out, 3036 hub_out, 44 out_for_delivery,
        204 out_for_delivery, 33 exception/other, 70 exception/failed_delivery, 130 arrived_city, 123 locker,
        607 locker, 80 signed, 8000 note, 648 returning, 631 returning, 99 hub_out, 407 hub_in, 501 hub_in""",
}
ROWS = [(name, *entry.split()) for name, rows in LISTS.items() for entry in rows.split(",")]


@pytest.mark.parametrize(("provider", "code", "means"), ROWS)
def test_a_code_means_what_its_own_provider_says(provider: str, code: str, means: str) -> None:
    report = READERS[provider](code)
    [event] = report.events.rows(named=True)
    scan, _, trouble = means.partition("/")
    assert (event["scan"], event["trouble"], event["raw_code"]) == (scan, trouble or None, code)
    assert event["event_time"] == datetime(2026, 11, 11, 11, 0, tzinfo=UTC)  # 19:00 in Beijing
    assert report.unknown == ()


def test_the_lists_and_the_tables_have_the_same_codes() -> None:
    listed = {(provider, code) for provider, code, _ in ROWS}
    ours = {("kuaidi100", "abort"), ("kuaidi100", "carrier_changed")}
    assert listed | ours == {known for known in known_codes() if known[0] != "canonical"}


def test_codes_that_clash_keep_their_own_meaning() -> None:
    shared = [code for code in CODES[Provider.KUAIDI100] if code in CODES[Provider.KDNIAO]]
    assert sum(CODES[Provider.KUAIDI100][c] != CODES[Provider.KDNIAO][c] for c in shared) >= 6


@pytest.mark.parametrize("scan", [scan for scan in Scan if scan is not Scan.EXCEPTION])
def test_our_own_format_has_every_scan(scan: Scan) -> None:
    report = parse_canonical_tracking([{"waybill_no": NUMBER, "scan": scan.value, "at": TIME}])
    assert report.events["scan"].to_list() == [scan]
    assert report.unknown == ()


@pytest.mark.parametrize("trouble", list(Trouble))
def test_our_own_format_has_every_trouble(trouble: Trouble) -> None:
    [event] = parse_canonical_tracking(
        [{"waybill_no": NUMBER, "scan": "exception", "trouble": trouble.value, "at": "2026-11-11T11:00:00Z"}]
    ).events.rows(named=True)
    assert (event["scan"], event["trouble"]) == (Scan.EXCEPTION, trouble)


@pytest.mark.parametrize("provider", READERS)
def test_a_code_that_nobody_knows_is_a_note_under_that_code(provider: str) -> None:
    report = READERS[provider]("98765")
    assert report.unknown == (("98765", 1),)
    assert report.events.select("scan", "raw_code").rows() == [("note", "98765")]


# --- what else is in a push of kuaidi100 ---------------------------------------------------------------------------


def push(*data: object, **changed: object) -> TrackingReport:
    result = {"nu": NUMBER, "state": changed.pop("state", "0"), "data": list(data)}
    whole = {"status": "polling", "lastResult": result, **changed}
    return parse_kuaidi100_push(orjson.dumps(whole).decode(), now=NOW)


def event(**cells: object) -> dict[str, object]:
    return {"context": "x", "ftime": TIME, **cells}


def codes(report: TrackingReport) -> list[str]:
    return report.events["raw_code"].to_list()


@pytest.mark.parametrize("zero", ["0", 0])
def test_the_state_zero_is_a_state(zero: object) -> None:
    assert codes(push(event(), event(), state=zero)) == ["0", "none"]
    assert codes(push(event(statusCode=zero))) == ["0"]


def test_words_stand_in_for_codes_that_were_not_subscribed() -> None:
    assert codes(push(event(status="已揽收"), event(status="揽收"), event(status="随便"))) == ["103", "1", "随便"]
    assert set(KUAIDI100_WORDS.values()) <= set(CODES[Provider.KUAIDI100])


def test_a_push_that_gave_up_is_one_more_event_at_the_time_of_the_newest() -> None:
    report = push(event(statusCode="1002"), status="abort", message="60天无变化")
    assert report.events.select("scan", "said").rows()[1] == ("lost_suspect", "60天无变化")
    assert report.events["event_time"].n_unique() == 1


def test_a_push_that_gave_up_without_any_event_says_the_same_twice() -> None:
    first, second = (push(status="abort", message="3天查询无记录") for _ in range(2))
    assert first.events.equals(second.events)
    assert first.events["event_time"].to_list() == [datetime(2026, 11, 10, 16, 0, tzinfo=UTC)]
    assert first.complete == frozenset()


def test_another_carrier_is_told_in_a_note() -> None:
    report = push(event(statusCode="1002"), comOld="yuantong", comNew="zhongtong")
    assert report.events.select("scan", "said").rows()[1] == ("note", "yuantong → zhongtong")


def test_area_and_centre_are_kept_as_they_are_told() -> None:
    area = {"areaCode": "CN330100000000", "areaName": "浙江,杭州市", "areaCenter": "120.15,30.28"}
    [told] = push(event(statusCode="1002", **area)).events.rows(named=True)
    assert (told["adcode"], told["place"], told["lon"], told["lat"]) == ("330100", "浙江,杭州市", 120.15, 30.28)


@pytest.mark.parametrize("centre", ["", "120.1", "a,b", "500,30", "nan,nan", None, 5])
def test_a_centre_that_is_none_costs_no_event(centre: object) -> None:
    [told] = push(event(statusCode="1002", areaCenter=centre)).events.rows(named=True)
    assert (told["lon"], told["lat"]) == (None, None)


def test_a_history_with_an_event_that_cannot_be_read_is_not_complete() -> None:
    assert push(event(statusCode="3")).complete == {NUMBER}
    torn = push(event(statusCode="3"), event(statusCode="1002", ftime="soon"))
    assert (torn.complete, len(torn.faults), torn.read) == (frozenset(), 1, 2)
    assert push(event(statusCode="3"), "words").complete == frozenset()


def test_the_newest_trace_of_kdniao_has_the_state_and_older_ones_their_words() -> None:
    traces = [{"AcceptTime": f"2026-11-11 1{n}:00:00", "AcceptStation": str(n)} for n in (5, 3)]
    data = {"EBusinessID": "1", "Data": [{"LogisticCode": NUMBER, "StateEx": "202", "State": "2", "Traces": traces}]}
    report = parse_kdniao_push(orjson.dumps(data).decode())[1]
    assert report.events.select("raw_code", "said").rows() == [("none", "3"), ("202", "5")]


def test_control_characters_do_not_reach_a_database() -> None:
    [told] = push(event(statusCode="1002", context="a\x00b\x07")).events.rows(named=True)
    assert told["said"] == "a b"
