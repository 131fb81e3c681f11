"""Who calls the intake API, and may they? Bearer keys, signed requests, or this machine only.

A signature is the hex HMAC-SHA256 under the caller's key of `timestamp + "\\n" + body`, timestamp in Unix seconds
(decimals allowed). It is good once, within `window` seconds; to send again, sign again.
"""

import hashlib
import hmac
import ipaddress
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers

from dashboard.api.refusals import Refused

LOCAL = "local"
"""The caller's name where no keys are configured."""

REMEMBERED = 200_000
"""Signatures remembered at most; at 400 requests a second and 300 s this is never reached."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a request says it is from; `signed` claims are proved by the body, which is not read yet."""

    name: str
    signed: bool
    timestamp: str = ""
    signature: str = ""


class Callers:
    """Checks claims against the configured keys (name -> key); `operators` may call what is `operators_only`."""

    def __init__(
        self,
        keys: Mapping[str, str],
        *,
        window: float,
        operators: frozenset[str] = frozenset(),
        operators_only: frozenset[str] = frozenset(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = dict(keys)
        self._operators = operators
        self._operators_only = operators_only
        self._window = window
        self._clock = clock
        self._lock = threading.Lock()
        self._used: set[bytes] = set()
        self._order: deque[tuple[float, bytes]] = deque()

    def claim(self, headers: Headers, peer: str) -> Claim:
        """Who calls, judged by headers alone. Raises Refused 401 (no or wrong proof) or 403 (not this machine)."""
        if not self._keys:
            if not is_loopback(peer):
                raise Refused(
                    403,
                    "This room takes orders from its own machine only, because no API keys are configured. "
                    "Set [api] keys (WARROOM_API_KEYS=name:key) to let other machines in.",
                )
            return Claim(LOCAL, signed=False)
        authorization = headers.get("authorization", "")
        if authorization:
            return Claim(self._bearer(authorization), signed=False)
        if "x-warroom-signature" in headers:
            return self._signed(headers)
        raise Refused(
            401,
            "Say who you are: send Authorization: Bearer KEY, or X-Warroom-Caller, X-Warroom-Timestamp and "
            "X-Warroom-Signature.",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def prove(self, claim: Claim, body: bytes) -> None:
        """Check a signed claim against the body. Raises Refused 401, or 409 for a signature used before."""
        if not claim.signed:
            return
        key = self._keys[claim.name].encode()
        expected = hmac.new(key, claim.timestamp.encode() + b"\n" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, claim.signature.lower()):
            raise Refused(401, "The signature does not fit this body, timestamp and caller.")
        if not self._first_use(expected.encode()):
            raise Refused(
                409, "This signed request was used before. To send it again, sign it again with a new timestamp."
            )

    def check_may(self, claim: Claim, path: str) -> None:
        """Refuse (403) an operator's door to a key that brings facts only. Without keys, this machine may do both."""
        if self._keys and path in self._operators_only and claim.name not in self._operators:
            raise Refused(
                403,
                f"The key of {claim.name} brings facts; {path} is an operator's work. "
                "Name the key in [api] operators (WARROOM_API_OPERATORS) to let it do that.",
            )

    def _bearer(self, authorization: str) -> str:
        scheme, _, given = authorization.partition(" ")
        offered = given.strip().encode()
        found = ""
        for name, key in self._keys.items():  # every key is compared, so that time tells nothing
            if hmac.compare_digest(key.encode(), offered):
                found = name
        if scheme.lower() != "bearer" or not found:
            raise Refused(401, "The key is not known here.", headers={"WWW-Authenticate": "Bearer"})
        return found

    def _signed(self, headers: Headers) -> Claim:
        name, timestamp = headers.get("x-warroom-caller", ""), headers.get("x-warroom-timestamp", "")
        signature = headers["x-warroom-signature"]
        if name not in self._keys or not signature.isascii():
            raise Refused(401, "The signature does not fit this body, timestamp and caller.")
        try:
            away = abs(self._clock() - float(timestamp))
        except ValueError:
            raise Refused(401, f"X-Warroom-Timestamp is {timestamp!r}: it must be Unix seconds.") from None
        if not away <= self._window:  # also true for nan
            raise Refused(
                401,
                f"The request was signed {away:.0f} s away from this machine's clock; {self._window:g} s are allowed.",
            )
        return Claim(name, signed=True, timestamp=timestamp, signature=signature)

    def _first_use(self, signature: bytes) -> bool:
        now = self._clock()
        with self._lock:
            while self._order and (self._order[0][0] < now or len(self._order) >= REMEMBERED):
                self._used.discard(self._order.popleft()[1])
            if signature in self._used:
                return False
            self._used.add(signature)
            # A timestamp may lie `window` ahead of our clock, and is then good for twice as long.
            self._order.append((now + 2 * self._window, signature))
            return True


def is_loopback(peer: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
