"""What the front door refuses, and with which words; what it lets through, untouched."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from dashboard.api.callers import Callers, is_loopback
from dashboard.api.front_door import SECURITY_HEADERS, FrontDoor
from dashboard.api.rate import TokenBuckets
from dashboard.api.refusals import Refused
from dashboard.stopping import STOPPING
from engine.settings import ApiSettings, IntakeSettings, load_settings
from engine.usecases.room.room import Room, open_room
from jobs.runtime import use_room

KEY = "a-key-of-16-chars"
HOST = (b"host", b"127.0.0.1:8501")
LIMIT = 1024 * 1024

Message = dict[str, Any]
Pairs = list[tuple[bytes, bytes]]


@pytest.fixture(scope="module")
def open_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    url = f"duckdb:///{tmp_path_factory.mktemp('door') / 'room.duckdb'}"
    with closing(open_room(load_settings(environment={"WARROOM_DATABASE": url}))) as room:
        yield room


@pytest.fixture
def room(open_one: Room) -> Iterator[Room]:
    """The open room with a body limit of 1 MB, no keys and no rate limit; tests change `settings`."""
    before = open_one.settings
    open_one.settings = replace(before, intake=IntakeSettings(max_body_mb=1, requests_per_second=0))
    with use_room(open_one):
        yield open_one
    open_one.settings = before


class Inside:
    """The application behind the door: reads its body, answers 200, and remembers."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.callers: list[object] = []
        self.sockets = 0

    async def __call__(self, scope: Message, receive: Callable[[], Any], send: Callable[[Message], Any]) -> None:
        if scope["type"] == "websocket":
            self.sockets += 1
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.bodies.append(body)
        self.callers.append(scope.get("state", {}).get("caller"))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})


class Answer:
    """What came back."""

    def __init__(self, messages: list[Message]) -> None:
        self.status = messages[0]["status"]
        self.headers = Headers(raw=messages[0].get("headers", []))
        self.body = b"".join(m.get("body", b"") for m in messages[1:])

    @property
    def error(self) -> str:
        return str(orjson.loads(self.body)["error"])


def ask(
    door: FrontDoor,
    *,
    path: str = "/api/orders",
    method: str = "POST",
    headers: Pairs | None = None,
    chunks: list[bytes] | None = None,
    peer: str = "127.0.0.1",
    host: tuple[bytes, bytes] = HOST,
) -> Answer:
    """One request, its body in the given chunks."""
    sent: list[Message] = []
    pieces = chunks if chunks is not None else [b"[]"]
    queue: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": n < len(pieces) - 1} for n, piece in enumerate(pieces)
    ] or [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        return queue.pop(0) if queue else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "scheme": "http",
        "client": (peer, 1234),
        "headers": [host, *(headers or [])],
    }
    asyncio.run(door(scope, receive, send))
    return Answer(sent)


def signed(body: bytes, *, at: float, caller: str = "erp", key: str = KEY) -> Pairs:
    stamp = f"{at}"
    proof = hmac.new(key.encode(), stamp.encode() + b"\n" + body, hashlib.sha256).hexdigest()
    return [
        (b"x-warroom-caller", caller.encode()),
        (b"x-warroom-timestamp", stamp.encode()),
        (b"x-warroom-signature", proof.encode()),
    ]


def keyed(room: Room) -> None:
    room.settings = replace(room.settings, api=ApiSettings(keys=f"erp:{KEY}, shop:another-key-of-16"))


# --- who may call ------------------------------------------------------------------------------------------------


def test_without_keys_this_machine_may_send_orders(room: Room) -> None:
    inside = Inside()
    assert ask(FrontDoor(inside), chunks=[b"[1]"]).status == 200
    assert (inside.bodies, inside.callers) == ([b"[1]"], ["local"])


@pytest.mark.parametrize("peer", ["192.168.1.20", "::ffff:10.0.0.1", "2001:db8::1", "testclient", ""])
def test_without_keys_no_other_machine_may(room: Room, peer: str) -> None:
    inside = Inside()
    answer = ask(FrontDoor(inside), peer=peer)
    assert answer.status == 403
    assert "no API keys are configured" in answer.error
    assert inside.bodies == []


def test_a_bearer_key_opens_from_anywhere_under_its_own_name(room: Room) -> None:
    keyed(room)
    inside = Inside()
    answer = ask(FrontDoor(inside), peer="10.0.0.9", headers=[(b"authorization", f"Bearer {KEY}".encode())])
    assert answer.status == 200
    assert inside.callers == ["erp"]


@pytest.mark.parametrize("given", ["Bearer wrong-key-of-16-c", "Bearer ", "Basic " + KEY, KEY, "Bearer schlüssel"])
def test_a_wrong_key_is_refused(room: Room, given: str) -> None:
    keyed(room)
    answer = ask(FrontDoor(Inside()), headers=[(b"authorization", given.encode())])
    assert (answer.status, answer.error) == (401, "The key is not known here.")


def test_with_keys_even_this_machine_must_say_who_it_is(room: Room) -> None:
    keyed(room)
    answer = ask(FrontDoor(Inside()))
    assert answer.status == 401
    assert "Say who you are" in answer.error
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_signed_request_is_let_in_once(room: Room) -> None:
    keyed(room)
    inside = Inside()
    door = FrontDoor(inside)
    body = b'[{"order_no": "1"}]'
    proof = signed(body, at=room.now().timestamp())
    assert ask(door, headers=proof, chunks=[body]).status == 200
    again = ask(door, headers=proof, chunks=[body])
    assert again.status == 409
    assert "used before" in again.error
    assert inside.callers == ["erp"]


def test_a_signature_is_bound_to_body_time_and_caller(room: Room) -> None:
    keyed(room)
    door = FrontDoor(Inside())
    now = room.now().timestamp()
    proof = signed(b"[]", at=now)
    assert ask(door, headers=proof, chunks=[b"[1]"]).status == 401
    assert ask(door, headers=signed(b"[]", at=now, caller="shop"), chunks=[b"[]"]).status == 401
    assert ask(door, headers=signed(b"[]", at=now, caller="nobody"), chunks=[b"[]"]).status == 401


@pytest.mark.parametrize("shift", [-301.0, 301.0, float("nan"), float("inf")])
def test_an_old_or_future_signature_is_refused(room: Room, shift: float) -> None:
    keyed(room)
    answer = ask(FrontDoor(Inside()), headers=signed(b"[]", at=room.now().timestamp() + shift), chunks=[b"[]"])
    assert answer.status == 401
    assert "away from this machine's clock" in answer.error


def test_a_timestamp_that_is_none_is_refused(room: Room) -> None:
    keyed(room)
    headers = [
        (b"x-warroom-caller", b"erp"),
        (b"x-warroom-timestamp", b"yesterday"),
        (b"x-warroom-signature", b"00"),
    ]
    assert "must be Unix seconds" in ask(FrontDoor(Inside()), headers=headers).error


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_which_orders_wait_is_told_to_known_callers_only(room: Room, method: str) -> None:
    assert ask(FrontDoor(Inside()), path="/api/delay-offers", method=method, peer="10.0.0.9").status == 403
    keyed(room)
    door, inside = FrontDoor(Inside()), Inside()
    assert ask(door, path="/api/delay-offers", method=method).status == 401
    bearer = [(b"authorization", f"Bearer {KEY}".encode())]
    assert ask(FrontDoor(inside), path="/api/delay-offers", method=method, headers=bearer, chunks=[]).status == 200
    proof = signed(b"", at=room.now().timestamp())
    assert ask(FrontDoor(inside), path="/api/delay-offers", method=method, headers=proof, chunks=[]).status == 200
    assert inside.callers == ["erp", "erp"]


def test_reading_needs_no_key(room: Room) -> None:
    keyed(room)
    assert ask(FrontDoor(Inside()), path="/api/geo/provinces.json", method="GET").status == 200


def test_forgotten_signatures_do_not_pile_up() -> None:
    clock = [1000.0]
    callers = Callers({"erp": KEY}, window=10, clock=lambda: clock[0])
    for n in range(50):
        clock[0] += 1
        body = f"{n}".encode()
        claim = callers.claim(Headers(raw=signed(body, at=clock[0])), "10.0.0.1")
        callers.prove(claim, body)
    assert len(callers._used) == len(callers._order) <= 22


@pytest.mark.parametrize(
    ("peer", "ours"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("x", False),
    ],
)
def test_this_machine_is_told_from_others(peer: str, ours: bool) -> None:
    assert is_loopback(peer) is ours


# --- size --------------------------------------------------------------------------------------------------------


def test_an_announced_large_body_is_refused_before_it_is_read(room: Room) -> None:
    inside = Inside()
    answer = ask(FrontDoor(inside), headers=[(b"content-length", str(LIMIT + 1).encode())], chunks=[b"x"])
    assert answer.status == 413
    assert "larger than 1 MB" in answer.error
    assert answer.headers["connection"] == "close"
    assert inside.bodies == []


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"abc", b"\xb2"])
def test_a_length_that_is_none_is_refused(room: Room, length: bytes) -> None:
    assert ask(FrontDoor(Inside()), headers=[(b"content-length", length)]).status == 400


@given(sizes=st.lists(st.integers(0, 400_000), min_size=1, max_size=8))
def test_a_streamed_body_passes_whole_or_not_at_all(open_one: Room, sizes: list[int]) -> None:
    """However it is cut into chunks: at most the limit goes through unchanged, one byte more is refused."""
    open_one.settings = replace(open_one.settings, intake=IntakeSettings(max_body_mb=1, requests_per_second=0))
    chunks = [bytes([n % 251]) * size for n, size in enumerate(sizes)]
    inside = Inside()
    with use_room(open_one):
        answer = ask(FrontDoor(inside), chunks=chunks)
    if sum(sizes) <= LIMIT:
        assert (answer.status, inside.bodies) == (200, [b"".join(chunks)])
    else:
        assert (answer.status, inside.bodies) == (413, [])


def test_the_limit_itself_is_allowed(room: Room) -> None:
    assert ask(FrontDoor(Inside()), chunks=[b"x" * LIMIT]).status == 200
    assert ask(FrontDoor(Inside()), chunks=[b"x" * LIMIT, b"y"]).status == 413


def test_uploads_to_pages_are_limited_too(room: Room) -> None:
    headers = [(b"transfer-encoding", b"chunked")]
    chunks = [b"x" * LIMIT, b"y"]
    assert ask(FrontDoor(Inside()), path="/_stcore/upload_file/1", headers=headers, chunks=chunks).status == 413


def test_a_body_that_breaks_off_is_refused(room: Room) -> None:
    async def hang_up() -> Message:
        return {"type": "http.disconnect"}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/orders", "client": ("127.0.0.1", 1), "headers": [HOST]}
    asyncio.run(FrontDoor(Inside())(scope, hang_up, send))
    assert Answer(sent).status == 400


def test_a_client_that_stops_sending_does_not_hold_up_a_stop(room: Room) -> None:
    sent: list[Message] = []

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/orders", "client": ("127.0.0.1", 1), "headers": [HOST]}

    async def stop_meanwhile() -> None:
        STOPPING.begin()
        waiting = asyncio.create_task(FrontDoor(Inside())(scope, never, send))
        for _ in range(5):
            await asyncio.sleep(0)
        STOPPING.announce()
        await asyncio.wait_for(waiting, 2)

    try:
        asyncio.run(stop_meanwhile())
    finally:
        STOPPING.begin()
    assert Answer(sent).status == 503
    assert "stopping" in Answer(sent).error


# --- rate --------------------------------------------------------------------------------------------------------


def test_a_burst_of_twice_the_rate_passes_and_the_next_is_told_when_to_come_back(room: Room) -> None:
    room.settings = replace(room.settings, intake=replace(room.settings.intake, requests_per_second=3))
    door = FrontDoor(Inside())
    answers = [ask(door) for _ in range(9)]
    assert [a.status for a in answers[:6]] == [200] * 6
    late = next(a for a in answers if a.status == 429)
    assert late.headers["retry-after"] == "1"
    assert "Too many requests" in late.error


def test_callers_do_not_eat_each_others_share(room: Room) -> None:
    keyed(room)
    room.settings = replace(room.settings, intake=replace(room.settings.intake, requests_per_second=1))
    door = FrontDoor(Inside())
    erp, shop = (b"authorization", f"Bearer {KEY}".encode()), (b"authorization", b"Bearer another-key-of-16")
    while ask(door, headers=[erp]).status == 200:
        pass
    assert ask(door, headers=[shop]).status == 200


def test_trying_keys_is_slowed_down(room: Room) -> None:
    keyed(room)
    door = FrontDoor(Inside())
    statuses = [ask(door, headers=[(b"authorization", b"Bearer guess")]).status for _ in range(40)]
    assert statuses[0] == 401
    assert 429 in statuses


@given(
    rate=st.integers(1, 50),
    gaps=st.lists(st.floats(0, 2, allow_nan=False), max_size=80),
)
def test_a_bucket_never_lets_more_through_than_burst_plus_rate(rate: int, gaps: list[float]) -> None:
    now = [0.0]
    buckets = TokenBuckets(rate, clock=lambda: now[0])
    passed = 0
    for gap in gaps:
        now[0] += gap
        passed += buckets.wait("erp") == 0
    assert passed <= 2 * rate + rate * sum(gaps) + 1e-6


def test_a_rate_of_zero_is_no_limit() -> None:
    buckets = TokenBuckets(0)
    assert all(buckets.wait("erp") == 0 for _ in range(1000))


# --- names and origins -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [b"127.0.0.1:8501", b"localhost", b"LOCALHOST:8501", b"[::1]:8501", b"localhost."])
def test_the_rooms_own_names_are_answered(room: Room, name: bytes) -> None:
    assert ask(FrontDoor(Inside()), host=(b"host", name)).status == 200


@pytest.mark.parametrize("name", [b"evil.example", b"127.0.0.1.evil.example", b"", b"[::1", b"evil.example:8501"])
@pytest.mark.parametrize("path", ["/api/orders", "/", "/healthz"])
def test_a_rebound_name_is_refused_everywhere(room: Room, name: bytes, path: str) -> None:
    answer = ask(FrontDoor(Inside()), path=path, method="GET", host=(b"host", name))
    assert answer.status == 403
    assert "does not answer to the name" in answer.error


@pytest.mark.parametrize("origin", [b"http://evil.example", b"null", b"http://127.0.0.1:9999", b"http://[", b""])
def test_a_foreign_page_cannot_post(room: Room, origin: bytes) -> None:
    inside = Inside()
    assert ask(FrontDoor(inside), headers=[(b"origin", origin)]).status == 403
    assert inside.bodies == []


@pytest.mark.parametrize("origin", [b"http://127.0.0.1:8501", b"https://127.0.0.1:8501"])
def test_the_rooms_own_page_can_post(room: Room, origin: bytes) -> None:
    assert ask(FrontDoor(Inside()), headers=[(b"origin", origin)]).status == 200


def connect(door: FrontDoor, *, host: bytes = HOST[1], origin: bytes | None = None) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", host), *([(b"origin", origin)] if origin is not None else [])]
    scope = {"type": "websocket", "path": "/_stcore/stream", "scheme": "ws", "headers": headers}
    asyncio.run(door(scope, receive, send))
    return sent


def test_a_websocket_of_our_own_page_or_of_no_page_passes(room: Room) -> None:
    inside = Inside()
    assert connect(FrontDoor(inside), origin=b"http://127.0.0.1:8501") == []
    assert connect(FrontDoor(inside)) == []
    assert inside.sockets == 2


@pytest.mark.parametrize(
    ("host", "origin"),
    [(HOST[1], b"http://evil.example"), (b"evil.example", b"http://evil.example"), (b"evil.example", None)],
)
def test_a_websocket_of_a_foreign_page_is_closed_before_it_opens(room: Room, host: bytes, origin: bytes | None) -> None:
    inside = Inside()
    [message] = connect(FrontDoor(inside), host=host, origin=origin)
    assert (message["type"], message["code"]) == ("websocket.close", 1008)
    assert inside.sockets == 0


# --- the rest ----------------------------------------------------------------------------------------------------


def test_our_own_routes_carry_security_headers_and_pages_are_left_alone(room: Room) -> None:
    door = FrontDoor(Inside())
    ours = ask(door, path="/healthz", method="GET")
    assert all(ours.headers[name] == value for name, value in SECURITY_HEADERS.items())
    assert ours.headers["cache-control"] == "no-store"
    assert "content-security-policy" not in ask(door, path="/", method="GET").headers


def test_while_no_room_is_open_intake_answers_503() -> None:
    answer = ask(FrontDoor(Inside()))
    assert answer.status == 503
    assert "not open" in answer.error
    assert answer.headers["retry-after"] == "1"


def test_a_bug_behind_our_routes_is_json_with_an_incident_that_the_log_explains(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(scope: Message, receive: Callable[[], Any], send: Callable[[Message], Any]) -> None:
        raise ZeroDivisionError("oops")

    with caplog.at_level("ERROR"):
        answer = ask(FrontDoor(broken))
    assert answer.status == 500
    incident = answer.error.split()[-1].rstrip(".")
    assert incident in caplog.text
    assert "ZeroDivisionError: oops" in caplog.text
    assert "oops" not in answer.error


def test_a_bug_behind_a_page_is_left_to_streamlit(room: Room) -> None:
    async def broken(scope: Message, receive: Callable[[], Any], send: Callable[[Message], Any]) -> None:
        raise ZeroDivisionError("oops")

    with pytest.raises(ZeroDivisionError):
        ask(FrontDoor(broken), path="/", method="GET")


def test_a_refusal_after_the_answer_began_is_not_answered_twice(room: Room) -> None:
    async def hasty(scope: Message, receive: Callable[[], Any], send: Callable[[Message], Any]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        await receive()

    with pytest.raises(Refused):
        ask(
            FrontDoor(hasty),
            path="/_stcore/upload_file/1",
            headers=[(b"transfer-encoding", b"chunked")],
            chunks=[b"x" * LIMIT, b"y"],
        )
