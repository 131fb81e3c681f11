"""The link of a chat card: opens the inbox at one action, for as long as the rules say. It approves nothing.

Whoever reads the chat can press it, and chat programs open links by themselves; so the click, the person and the role
that approve are asked for in the room. The token proves that the room itself made the card, and when.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from itsdangerous import BadSignature, SignatureExpired

from engine.errors import NotAllowed
from engine.usecases.buyers.track_keys import ClockSigner, link_keys
from engine.usecases.notices.notice_policy import load_notice_policy
from engine.usecases.room.workplace import Workplace

PATH = "/go/"
LONGEST = 400
"""Characters of a token; an action id has at most 80."""


@dataclass(frozen=True, slots=True)
class ApprovalCard:
    """Where a link leads: an action, and the role that the card asked. A hint: the room asks the person's own role."""

    action_id: str
    role: str


def approval_link(work: Workplace, action_id: str, role: str) -> str:
    """An address that leads to the card of `action_id`."""
    token = _signer(work).sign(f"{quote(action_id, safe='')}~{quote(role, safe='')}").decode("ascii")
    return f"{work.settings.channels.room_url}{PATH}{token}"


def open_approval(work: Workplace, token: str) -> ApprovalCard:
    """What a token leads to. Raises NotAllowed for one that is not ours, or too old, with its sentence."""
    hours = load_notice_policy().approval.link_hours
    try:
        if len(token) > LONGEST or not token.isascii():
            raise BadSignature("no token of ours")
        told = _signer(work).unsign(token, max_age=round(3600 * hours)).decode("ascii")
    except SignatureExpired:
        raise NotAllowed(f"This link is older than {hours:g} h. Open the inbox to see what still waits.") from None
    except BadSignature:
        raise NotAllowed("This link was not made by this room, or was changed on its way. Open the inbox.") from None
    action, _, role = told.rpartition("~")
    return ApprovalCard(unquote(action), unquote(role))


def _signer(work: Workplace) -> ClockSigner:
    keys = link_keys(work.settings.track, work.database)
    return ClockSigner(work.now, list(reversed(keys)), salt="warroom.approval")
