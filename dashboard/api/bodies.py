"""Request bodies: read whole or streamed through, never larger and never slower than allowed.

uvicorn has no limit of its own, and a route that reads would keep whatever it is sent.
"""

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from dashboard.api.refusals import Refused
from dashboard.stopping import STOPPING

BODY_SECONDS = 30.0
"""A body of 32 MB in this time needs 9 Mbit/s; whoever sends slower holds memory for nothing."""


def has_body(headers: Headers) -> bool:
    """Whether a body follows these headers."""
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _check_length(headers: Headers, limit: int) -> None:
    length = headers.get("content-length")
    if length is None:
        return
    if not (length.isascii() and length.isdecimal()):
        raise Refused(400, f"Content-Length is {length!r}: it must be a whole number.")
    if int(length) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> Refused:
    if limit < 1024 * 1024:
        return Refused(413, f"The body is larger than {limit // 1024} kB.")
    return Refused(413, f"The body is larger than {limit // 1024 // 1024} MB: send it in several requests.")


async def whole_body(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The whole body. Raises Refused 400, 408, 413 or, when the process stops, 503."""
    _check_length(headers, limit)
    parts: list[bytes] = []
    size = 0
    try:
        async with STOPPING.patience(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(400, "The connection ended before the body did.")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > limit:
                    raise _too_large(limit)
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        if STOPPING.event.is_set():
            raise Refused(503, "The room is stopping: send the request again later.") from None
        raise Refused(408, f"The body did not arrive within {BODY_SECONDS:g} s.") from None


def given_once(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives `body` first and then whatever comes (the disconnect)."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def counted(receive: Receive, headers: Headers, limit: int) -> Receive:
    """A `receive` that lets a page's own upload stream through, up to `limit`, and no longer than it may take."""
    _check_length(headers, limit)
    size = 0

    async def counting() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise _too_large(limit)
        return message

    return counting
