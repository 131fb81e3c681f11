"""The one guard in front of pages, websocket and API: names, origins, size, identity, rate, and honest errors.

Pure ASGI, because only that sees websockets and can count a body as it streams. It knows no order and no page.
"""

import asyncio
import logging
import sys
from dataclasses import dataclass
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import logins, people
from dashboard.api.addresses import check_host, check_origin
from dashboard.api.bodies import counted, given_once, has_body, whole_body
from dashboard.api.callers import Callers
from dashboard.api.push_signs import MOST_BYTES, push_signature
from dashboard.api.rate import TokenBuckets
from dashboard.api.refusals import Refused, refused
from dashboard.stopping import STOPPING
from engine.clock import utc_now
from engine.errors import WarRoomError
from engine.settings import Settings
from engine.usecases.room.permissions import load_permissions
from jobs.runtime import get_room

FAILED_PER_SECOND = 5.0
"""Wrong keys and signatures that one address may try a second."""

_LOG = logging.getLogger("warroom.api")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OURS = ("/api", "/floor", "/go", "/healthz", "/metrics", "/track")
PRIVATE = frozenset({"/api/delay-offers", "/api/track-links", "/api/buyer-requests"})
"""What only known callers may read: it says which orders of which platform wait, and opens buyers' pages."""

STAFF = ("/floor", "/api/map")
"""What pages of the room show by a link or a layer of their own: where people log in, it is theirs alone here too."""

PUBLIC = "/track/"
"""Pages for buyers, who have a link and no key: its signature is checked, and its rate limited, behind the door."""

FORM_BYTES = 4096
"""A form of the buyer's page: 120 Chinese characters are 1,080 bytes as a browser encodes them."""

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(slots=True)
class _Guards:
    """Built from the settings of the open room, and again when another room is open."""

    settings: Settings
    callers: Callers
    rate: TokenBuckets
    failures: TokenBuckets

    @classmethod
    def of(cls, settings: Settings) -> "_Guards":
        return cls(
            settings,
            Callers(
                settings.api.by_name(),
                window=settings.api.signature_seconds,
                operators=settings.api.operator_names(),
                operators_only=load_permissions().operators_only,
            ),
            TokenBuckets(settings.intake.requests_per_second),
            TokenBuckets(FAILED_PER_SECOND),
        )

    @property
    def max_body(self) -> int:
        return self.settings.intake.max_body_mb * 1024 * 1024


class FrontDoor:
    """ASGI middleware; see the module."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._guards: _Guards | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, _plainly(send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            check_host(headers)
            check_origin(headers, scheme=scope.get("scheme", "ws"))
        except Refused as refusal:
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refusal.sentence[:120]})
            return
        await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        path, method = scope["path"], scope["method"]
        ours = any(path == prefix or path.startswith(f"{prefix}/") for prefix in OURS)
        started = _Started(send, secure=ours)
        try:
            check_host(headers)
            if method not in SAFE_METHODS:
                check_origin(headers, scheme=scope.get("scheme", "http"))
            if path.startswith(PUBLIC):
                self._open()
                receive = given_once(await whole_body(receive, headers, FORM_BYTES), receive)
            elif (method not in SAFE_METHODS and ours) or path in PRIVATE:
                receive = await self._admit(scope, headers, receive)
            elif any(path.startswith(prefix) for prefix in STAFF):
                self._known(scope)
            elif has_body(headers):
                receive = counted(receive, headers, self._open().max_body)
            await self._app(scope, receive, started)
        except asyncio.CancelledError:
            # At a stop uvicorn cancels what a slow client left unfinished: the end of a wait, not an error.
            if not STOPPING.event.is_set():
                raise
        except Refused as refusal:
            if started.yes:
                raise
            answer = refusal.response()
            # The rest of a body that nobody will read must not be taken for the next request.
            answer.headers["Connection"] = "close"
            await answer(scope, receive, started)
        except Exception:
            # A bug: loud in the log, and still JSON for the machine that called.
            if started.yes or not ours:
                raise
            incident = uuid4().hex[:12]
            _LOG.exception("Incident %s: %s %s failed", incident, method, path)
            await Refused(500, f"The room met a bug of its own, logged as incident {incident}.").response()(
                scope, receive, started
            )

    async def _admit(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        """Read and check a request of a known caller; the app then gets its body in one piece."""
        guards = self._open()
        peer = (scope.get("client") or ("", 0))[0]
        signature = push_signature(scope["path"], guards.settings.tracking)
        try:
            if signature is not None:
                _take(guards.rate, signature.name)
                body = await whole_body(receive, headers, min(MOST_BYTES, guards.max_body))
                signature.prove(body)
                scope.setdefault("state", {})["caller"] = signature.name
                return given_once(body, receive)
            claim = guards.callers.claim(headers, peer)
            if not claim.signed:
                _take(guards.rate, claim.name)
            body = await whole_body(receive, headers, guards.max_body)
            guards.callers.prove(claim, body)
        except Refused as refusal:
            if refusal.status == 401:
                _take(guards.failures, peer)
            raise
        if claim.signed:
            _take(guards.rate, claim.name)
        guards.callers.check_may(claim, scope["path"])
        scope.setdefault("state", {})["caller"] = claim.name
        return given_once(body, receive)

    def _known(self, scope: Scope) -> None:
        """Refuse whoever is not logged in, or not let in, where people log in."""
        settings = self._open().settings
        try:
            if not logins.configured():
                return
            said = logins.claims_in_cookie(Request(scope).cookies)
            if people.person_of(said, settings, now=utc_now()).role is None:
                raise Refused(401, "Log in to the room first, then open this again.")
        except WarRoomError as trouble:
            raise refused(trouble) from trouble

    def _open(self) -> _Guards:
        try:
            settings = get_room().settings
        except WarRoomError as closed:
            raise refused(closed) from closed
        if self._guards is None or self._guards.settings is not settings:
            self._guards = _Guards.of(settings)
        return self._guards


class _Started:
    """A `send` that remembers whether the answer has begun, and puts the security headers on our own routes."""

    def __init__(self, send: Send, *, secure: bool) -> None:
        self._send = send
        self._secure = secure
        self.yes = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.yes = True
            if self._secure:
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
        await self._send(message)


def _plainly(send: Send) -> Send:
    """A `send` for the lifespan that tells a refused start as its sentence, and only a bug as a traceback."""

    async def tell(message: Message) -> None:
        if message["type"] == "lifespan.startup.failed":
            cause = sys.exc_info()[1]
            if isinstance(cause, WarRoomError):
                message = {**message, "message": str(cause)}
        await send(message)

    return tell


def _take(buckets: TokenBuckets, caller: str) -> None:
    seconds = buckets.wait(caller)
    if seconds:
        raise Refused(
            429,
            f"Too many requests: try again in {seconds} s, or send more orders in one.",
            headers={"Retry-After": str(seconds)},
        )
