"""Channels that the apprise library reaches: it builds the request, and says no more than whether it was taken.

Imported when the first such channel is used: a tenth of a second that a room without one does not pay.
"""

import logging
from typing import Any

from engine.channels.outgoing import Answer, Outcome, Outgoing, cut


def known(url: str) -> bool:
    """Whether the library can make anything of this address."""
    return _library().Apprise.instantiate(url, suppress_exceptions=True) is not None


def send(url: str, message: Outgoing, *, text_bytes: int, timeout: float) -> Answer:
    """Send it, without following redirects, within about `timeout`."""
    library = _library()
    text = f"{message.text}\n{message.link}" if message.link else message.text
    asset = library.AppriseAsset(http_redirects=False, app_id="War Room", app_desc="War Room")
    service = library.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is None:
        return Answer(Outcome.FAILED, "The apprise library does not know this address.")
    service.socket_connect_timeout, service.socket_read_timeout = timeout / 2, timeout / 2
    kind = library.NotifyType.WARNING if message.critical else library.NotifyType.INFO
    taken = service.notify(
        title=message.title, body=cut(text, text_bytes), notify_type=kind, body_format=library.NotifyFormat.TEXT
    )
    return Answer(Outcome.SENT) if taken else Answer(Outcome.FAILED, "The service behind apprise did not take it.")


def _library() -> Any:
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its lines hold addresses, and addresses hold keys
    return apprise
