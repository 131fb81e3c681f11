"""One POST and its answer, within one time limit, to the one address that was given: no redirect is followed.

The time limit holds for the whole exchange: a limit for each read would let a dripping answer take for ever.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

MOST_BYTES = 64 * 1024
"""Of an answer; robots answer with some fifty bytes."""


class NoReply(Exception):
    """There was no whole answer; why, in a sentence that names no address. Whether the message arrived is not known."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    status: int
    body: bytes
    retry_after: float | None  # seconds, where the answer names a number of them


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout: float) -> Reply:
    """POST `body`, JSON, to `url` (http or https). Raises NoReply."""
    parts = urlsplit(url)
    assert parts.hostname is not None, "the settings were checked"
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=timeout, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    overdue = threading.Event()
    try:
        connection.connect()
        # Kept here: the connection forgets its socket as soon as an answer says that it is the last.
        watch = threading.Timer(timeout, _break_off, (connection.sock, overdue))
    except OSError as error:
        connection.close()
        raise NoReply(_why(error, timeout, overdue=False)) from None
    watch.daemon = True
    watch.start()
    try:
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        connection.request("POST", target, body, {"Content-Type": "application/json; charset=utf-8", **headers})
        response = connection.getresponse()
        answer = response.read(MOST_BYTES + 1)
        if len(answer) > MOST_BYTES:
            raise NoReply(f"The answer is longer than {MOST_BYTES // 1024} KB.")
        if response.length:  # read(n) of a connection that ended early says nothing
            raise NoReply(_why(ConnectionError(), timeout, overdue=overdue.is_set()))
        return Reply(response.status, answer, _seconds(response.headers.get("Retry-After")))
    except (OSError, http.client.HTTPException) as error:
        raise NoReply(_why(error, timeout, overdue=overdue.is_set())) from None
    finally:
        watch.cancel()
        connection.close()


def _break_off(open_socket: socket.socket, overdue: threading.Event) -> None:
    overdue.set()
    try:
        open_socket.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has ended by itself meanwhile, which is what was wanted


def _why(error: Exception, timeout: float, *, overdue: bool) -> str:
    if overdue or isinstance(error, TimeoutError):
        return f"There was no whole answer within {timeout:g} s."
    if isinstance(error, ConnectionRefusedError):
        return "The connection was refused."
    if isinstance(error, socket.gaierror):
        return "The name of the host cannot be resolved."
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or type(error).__name__}."
    if isinstance(error, http.client.HTTPException | ConnectionError):
        return "The answer broke off."
    return f"The network failed: {error.strerror if isinstance(error, OSError) else type(error).__name__}."


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isdecimal() else None
