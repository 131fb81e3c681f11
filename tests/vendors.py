"""Robots and gateways as their vendors run them: real HTTP servers of this machine, failures included.

Signatures are checked by code written from the vendors' documents, apart from the adapters.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Behaviour = Callable[["_Handler", dict[str, Any]], None]


class Vendor:
    """One server. `script`: what it does next, in order; when it is used up, `usual`. `got`: path, headers, body."""

    def __init__(self, usual: Behaviour) -> None:
        self.usual = usual
        self.script: list[Behaviour] = []
        self.got: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.released = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.vendor = self  # type: ignore[attr-defined]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, _, body in self.got]


class _Handler(BaseHTTPRequestHandler):
    raw = b""

    def do_POST(self) -> None:
        vendor: Vendor = self.server.vendor  # type: ignore[attr-defined]
        self.raw = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.loads(self.raw)
        vendor.got.append((self.path, dict(self.headers), body))
        act = vendor.script.pop(0) if vendor.script else vendor.usual
        act(self, body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def answer(self, body: Any, status: int = 200, **headers: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


@contextmanager
def running(usual: Behaviour) -> Iterator[Vendor]:
    """A vendor that answers until the end of the block."""
    vendor = Vendor(usual)
    thread = threading.Thread(target=vendor.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        vendor.released.set()
        vendor.server.shutdown()
        vendor.server.server_close()
        thread.join()


# --- what they do -----------------------------------------------------------------------------------------------------


def wecom(handler: _Handler, body: dict[str, Any]) -> None:
    """企业微信: the key in the address, its byte limits, errcode."""
    if parse_qs(urlsplit(handler.path).query).get("key") != ["wecom-key-1"]:
        return handler.answer({"errcode": 93000, "errmsg": "invalid webhook url, hint: [1] key wecom-key-1"})
    content, most = (body["text"], 2048) if body["msgtype"] == "text" else (body["markdown"], 4096)
    if len(content["content"].encode()) > most:
        return handler.answer({"errcode": 40058, "errmsg": "content exceed max length"})
    return handler.answer({"errcode": 0, "errmsg": "ok"})


DING_SECRET = "SECdingdingding"


def dingtalk(handler: _Handler, body: dict[str, Any]) -> None:
    """钉钉: the sign is of timestamp (ms), newline and secret."""
    asked = parse_qs(urlsplit(handler.path).query)
    stamp, sign = asked["timestamp"][0], asked["sign"][0]
    text = stamp + "\n" + DING_SECRET
    right = base64.b64encode(hmac.digest(DING_SECRET.encode("utf-8"), text.encode("utf-8"), "sha256")).decode()
    if len(stamp) != 13 or sign != right:
        return handler.answer({"errcode": 310000, "errmsg": "sign not match"})
    if body["msgtype"] == "markdown" and not body["markdown"]["text"]:
        return handler.answer({"errcode": 40035, "errmsg": "text missing"})
    return handler.answer({"errcode": 0, "errmsg": "ok"})


FEISHU_SECRET = "feishufeishu"


def feishu(handler: _Handler, body: dict[str, Any]) -> None:
    """飞书: HMAC with (timestamp + newline + secret) as the key over nothing."""
    key = body["timestamp"] + "\n" + FEISHU_SECRET
    right = base64.b64encode(hmac.new(key.encode(), digestmod=hashlib.sha256).digest()).decode()
    if len(body["timestamp"]) != 10 or body["sign"] != right:
        return handler.answer({"code": 19021, "msg": "sign match fail or timestamp is not within one hour"})
    assert body["card"]["header"]["title"]["content"]
    return handler.answer({"code": 0, "msg": "success", "data": {}})


GATEWAY_KEY = "gateway-key-of-16"


def gateway(handler: _Handler, body: dict[str, Any]) -> None:
    """The brand's: signed as the API's own callers sign, one message a key."""
    stamp = handler.headers["X-Warroom-Timestamp"]
    digest = hashlib.new("sha256")
    block = GATEWAY_KEY.encode().ljust(64, b"\0")  # HMAC by hand: RFC 2104
    digest.update(bytes(b ^ 0x36 for b in block) + stamp.encode() + b"\n" + handler.raw)
    right = hashlib.sha256(bytes(b ^ 0x5C for b in block) + digest.digest()).hexdigest()
    if handler.headers["X-Warroom-Signature"] != right:
        return handler.answer({"accepted": False, "error": "wrong signature"}, 401)
    vendor = handler.server.vendor  # type: ignore[attr-defined]
    seen = [headers["Idempotency-Key"] for _, headers, _ in vendor.got[:-1]]
    if handler.headers["Idempotency-Key"] in seen:
        return handler.answer({"accepted": True}, 409)
    return handler.answer({"accepted": True})


def plain(handler: _Handler, body: dict[str, Any]) -> None:
    """Anything that says 200."""
    handler.answer({"ok": True})


def answers(body: Any, status: int = 200, **headers: str) -> Behaviour:
    """Always this."""
    return lambda handler, _: handler.answer(body, status, **headers)


def half(handler: _Handler, _: dict[str, Any]) -> None:
    """Takes the message and breaks off in the middle of the answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"errcode":')
    handler.wfile.flush()
    handler.close_connection = True


def hung(handler: _Handler, _: dict[str, Any]) -> None:
    """Takes the message and says nothing until the test is over."""
    handler.server.vendor.released.wait(30)  # type: ignore[attr-defined]


def dripping(handler: _Handler, _: dict[str, Any]) -> None:
    """A byte at a time, each in time, the whole never."""
    try:
        handler.send_response(200)
        handler.send_header("Content-Length", "500")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            if handler.server.vendor.released.wait(0.05):  # type: ignore[attr-defined]
                return
    except OSError:
        return  # the other side has had enough


def within(seconds: float) -> Callable[[], bool]:
    """Whether no more than `seconds` have passed since."""
    began = time.monotonic()
    return lambda: time.monotonic() - began <= seconds
