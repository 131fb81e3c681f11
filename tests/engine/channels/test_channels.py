"""Each kind of channel against a server that answers as its vendor does, failures included."""

import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.channels.configured import Channel, configured
from engine.channels.outgoing import Answer, Outcome, Outgoing, cut
from engine.channels.send import send
from engine.errors import BadSetting
from engine.model.notices import ChannelKind, StaffDesk
from engine.settings import load_settings
from engine.usecases.notices.notice_policy import load_notice_policy
from tests import vendors

NOW = datetime(2026, 11, 11, 12, 30, tzinfo=UTC)
LIMITS = load_notice_policy().limits
LONG = "粮油" * 3000
URLS = {ChannelKind.WECOM: "/cgi-bin/webhook/send?key=wecom-key-1", ChannelKind.DINGTALK: "/robot/send?access_token=t1"}
SECRETS = {
    ChannelKind.DINGTALK: vendors.DING_SECRET,
    ChannelKind.FEISHU: vendors.FEISHU_SECRET,
    ChannelKind.GATEWAY: vendors.GATEWAY_KEY,
}
USUAL = {
    ChannelKind.WECOM: vendors.wecom,
    ChannelKind.DINGTALK: vendors.dingtalk,
    ChannelKind.FEISHU: vendors.feishu,
    ChannelKind.GATEWAY: vendors.gateway,
    ChannelKind.APPRISE: vendors.plain,
}


def channel(kind: ChannelKind, vendor: vendors.Vendor) -> Channel:
    url = vendor.url + URLS.get(kind, "/hook/token-1")
    if kind is ChannelKind.APPRISE:
        url = url.replace("http://", "json://")
    return Channel("ops", kind, url, SECRETS.get(kind, ""))


def message(**changes: Any) -> Outgoing:
    plain: dict[str, Any] = {
        "key": "k1",
        "title": "告警",
        "text": "WH：3 单",
        "link": "http://127.0.0.1/go/x",
        "link_label": "打开",
    }
    return Outgoing(**(plain | changes))


def sent(kind: ChannelKind, vendor: vendors.Vendor, *, timeout: float = 3.0, **changes: Any) -> Answer:
    return send(channel(kind, vendor), message(**changes), LIMITS[kind], now=NOW, timeout=timeout)


@pytest.mark.parametrize("kind", list(ChannelKind))
def test_every_kind_is_taken_by_its_vendor_signature_and_limits_included(kind: ChannelKind) -> None:
    with vendors.running(USUAL[kind]) as vendor:
        for people in ((), ("lisi", "13800138000")):
            for text in ("WH：3 单", LONG):
                key = f"k{len(vendor.got)}"
                answer = sent(kind, vendor, key=key, mentions=people, text=text, critical=bool(people))
                assert answer == Answer(Outcome.SENT), (people, answer)
        assert len(vendor.got) == 4


def test_a_wrong_secret_is_found_out_although_the_robot_answers_200() -> None:
    for kind in (ChannelKind.DINGTALK, ChannelKind.FEISHU, ChannelKind.GATEWAY):
        with vendors.running(USUAL[kind]) as vendor:
            right = channel(kind, vendor)
            wrong = Channel(right.name, kind, right.url, "another-secret-of-16")
            answer = send(wrong, message(), LIMITS[kind], now=NOW, timeout=3)
            assert (answer.outcome, "sign" in answer.detail) == (Outcome.FAILED, True)


def test_people_are_mentioned_as_each_vendor_has_it_and_links_survive_the_cut() -> None:
    people = ("lisi", "13800138000")
    with vendors.running(vendors.wecom) as vendor:
        sent(ChannelKind.WECOM, vendor, mentions=people, text=LONG)
        sent(ChannelKind.WECOM, vendor)
        text, rich = vendor.bodies
        assert (text["text"]["mentioned_list"], text["text"]["mentioned_mobile_list"]) == (["lisi"], ["13800138000"])
        assert text["text"]["content"].endswith("http://127.0.0.1/go/x")
        assert "…" in text["text"]["content"]
        assert rich["markdown"]["content"].endswith("[打开](http://127.0.0.1/go/x)")
    with vendors.running(vendors.dingtalk) as vendor:
        sent(ChannelKind.DINGTALK, vendor, mentions=people)
        sent(ChannelKind.DINGTALK, vendor)
        text, card = vendor.bodies
        assert (text["at"]["atMobiles"], text["at"]["atUserIds"]) == (["13800138000"], ["lisi"])
        assert "@13800138000" in text["markdown"]["text"]
        assert (card["msgtype"], card["actionCard"]["singleURL"]) == ("actionCard", "http://127.0.0.1/go/x")
    with vendors.running(vendors.feishu) as vendor:
        sent(ChannelKind.FEISHU, vendor, mentions=people, critical=True, text='<at id="all"></at> [x](http://evil)')
        [card] = [body["card"] for body in vendor.bodies]
        said, button = card["elements"]
        assert card["header"]["template"] == "red"
        assert said["text"]["content"] == '＜at id="all"＞＜/at＞ ［x］(http://evil)\n<at id="lisi"></at>'
        assert button["actions"][0]["url"] == "http://127.0.0.1/go/x"


def test_the_gateway_gets_the_key_and_knows_it_the_second_time() -> None:
    order = {"kind": "late", "order_no": "N1", "via": ["sms"]}
    with vendors.running(vendors.gateway) as vendor:
        assert sent(ChannelKind.GATEWAY, vendor, order=order).outcome is Outcome.SENT
        again = sent(ChannelKind.GATEWAY, vendor, order=order)
        assert again == Answer(Outcome.SENT, "The gateway has it already.")
        body = vendor.bodies[0]
        assert (body["notice_id"], body["order_no"], body["via"]) == ("k1", "N1", ["sms"])


BUSY = {
    ChannelKind.WECOM: ("errcode", 45009),
    ChannelKind.DINGTALK: ("errcode", 130101),
    ChannelKind.FEISHU: ("code", 9499),
}


@pytest.mark.parametrize("kind", [*BUSY, ChannelKind.GATEWAY])
def test_too_many_messages_is_told_from_a_failure(kind: ChannelKind) -> None:
    with vendors.running(USUAL[kind]) as vendor:
        if kind in BUSY:
            code, number = BUSY[kind]
            vendor.script = [vendors.answers({code: number, "errmsg": "freq", "msg": "freq"})]
            assert sent(kind, vendor).outcome is Outcome.THROTTLED
        vendor.script = [vendors.answers({}, 429, Retry_After="77")]
        answer = sent(kind, vendor)
        assert (answer.outcome, answer.rest_seconds) == (Outcome.THROTTLED, 77.0)


@pytest.mark.parametrize("kind", list(ChannelKind))
@pytest.mark.parametrize(
    "behaviour",
    [
        vendors.answers({"errcode": 40008, "code": 40008, "msg": "bad", "errmsg": "bad"}),
        vendors.answers(b"<html>log in, please</html>"),
        vendors.answers({"errcode": 0, "code": 0}, 500),
        vendors.half,
    ],
    ids=["code", "page", "500", "half"],
)
def test_what_is_no_success_is_tried_again(kind: ChannelKind, behaviour: vendors.Behaviour) -> None:
    if kind is ChannelKind.APPRISE and behaviour is not vendors.answers:
        behaviour = vendors.answers(b"", 500)  # the library judges by the status alone
    with vendors.running(behaviour) as vendor:
        answer = sent(kind, vendor)
        assert answer.outcome is Outcome.FAILED, answer
        assert answer.detail


@pytest.mark.parametrize("behaviour", [vendors.hung, vendors.dripping], ids=["silent", "dripping"])
def test_a_server_that_answers_too_slowly_costs_the_time_limit_and_no_more(behaviour: vendors.Behaviour) -> None:
    with vendors.running(behaviour) as vendor:
        in_time = vendors.within(2.0)
        answer = sent(ChannelKind.WECOM, vendor, timeout=0.3)
        assert in_time()
        assert answer == Answer(Outcome.FAILED, "There was no whole answer within 0.3 s.")


def test_nobody_there_is_a_failure_with_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening
        lonely = Channel("ops", ChannelKind.WECOM, f"http://127.0.0.1:{taken.getsockname()[1]}/x?key=wecom-key-1")
        answer = send(lonely, message(), LIMITS[ChannelKind.WECOM], now=NOW, timeout=2)
    assert answer == Answer(Outcome.FAILED, "The connection was refused.")


def test_a_redirect_is_not_followed() -> None:
    with (
        vendors.running(vendors.wecom) as elsewhere,
        vendors.running(
            vendors.answers({}, 302, Location=f"{elsewhere.url}/cgi-bin/webhook/send?key=wecom-key-1")
        ) as vendor,
    ):
        for kind in (ChannelKind.WECOM, ChannelKind.GATEWAY, ChannelKind.APPRISE):
            assert sent(kind, vendor).outcome is Outcome.FAILED
        assert (len(vendor.got), elsewhere.got) == (3, [])


def test_the_gateway_may_refuse_a_message_for_good() -> None:
    with vendors.running(vendors.answers({"error": "no such order"}, 422)) as vendor:
        answer = sent(ChannelKind.GATEWAY, vendor)
        assert answer == Answer(Outcome.REFUSED, "The gateway answered 422: no such order")


def test_what_a_vendor_repeats_of_a_key_is_blacked_out() -> None:
    with vendors.running(vendors.answers({"errcode": 93000, "errmsg": "key wecom-key-1 is wrong"})) as vendor:
        assert sent(ChannelKind.WECOM, vendor).detail == "The robot answered 93000: key *** is wrong"
        assert "wecom-key-1" not in repr(channel(ChannelKind.WECOM, vendor))


def test_text_is_cut_between_characters() -> None:
    assert cut("粮油粮油", 12) == "粮油粮油"
    assert cut("粮油粮油", 11) == "粮油…"
    assert cut("a粮油", 6) == "a…"


def channels(**environment: str) -> tuple[Channel, ...]:
    values = {f"WARROOM_CHANNELS_{name.upper()}": value for name, value in environment.items()}
    return configured(load_settings(environment=values).channels)


def test_channels_are_read_from_the_settings_with_desks_and_people() -> None:
    made = channels(
        wecom="ops=https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc",
        dingtalk="ding=https://oapi.dingtalk.com/robot/send?access_token=t", dingtalk_secrets="ding=SEC1",
        apprise="mail=json://127.0.0.1/x", gateway="https://sms.brand.cn/hook", gateway_key="k" * 16,
        listen="ops=warehouse:lisi|13800138000, carrier",
    )  # fmt: skip
    assert [(one.name, one.kind.value) for one in made] == [
        ("ops", "wecom"), ("ding", "dingtalk"), ("mail", "apprise"), ("gateway", "gateway")
    ]  # fmt: skip
    assert made[0].desks == {StaffDesk.WAREHOUSE: ("lisi", "13800138000"), StaffDesk.CARRIER: ()}
    assert set(made[1].desks) == set(StaffDesk)
    assert made[1].secret == "SEC1"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"wecom": "https://x"}, "wecom must read name=address"),
        ({"wecom": "ops=http://qyapi.weixin.qq.com/send?key=SECRETKEY"}, "must begin with https"),
        ({"wecom": "ops=https://user:SECRETKEY@host/x"}, "must begin with https"),
        ({"wecom": "ops=https://a/x;ops=https://b/x"}, "names 'ops' twice"),
        ({"wecom": "ops=https://a/x", "feishu": "ops=https://b/x"}, "that name is taken"),
        ({"dingtalk_secrets": "ops=SECRETKEY"}, "which dingtalk does not name"),
        ({"apprise": "ops=nothing://SECRETKEY"}, "can make nothing of the address"),
        ({"gateway": "https://a/SECRETKEY"}, "gateway_key has 0 characters"),
        ({"gateway_key": "k" * 16}, "gateway_key is set, but no gateway"),
        ({"listen": "ops=warehouse"}, "listen names 'ops', which is no channel"),
        ({"wecom": "ops=https://a/x", "listen": "ops=kitchen"}, "'kitchen' is no desk"),
    ],
)
def test_a_wrong_channel_stops_the_start_with_a_sentence_that_keeps_the_key(
    settings: dict[str, str], sentence: str
) -> None:
    with pytest.raises(BadSetting, match=sentence) as refused:
        channels(**settings)
    assert "SECRETKEY" not in str(refused.value)
