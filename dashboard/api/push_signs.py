"""Pushes of tracking providers, who know none of the room's keys: does the provider's own signature fit?

Only for providers whose secret is set; without one their pushes are refused or let in like any other request.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from dashboard.api.refusals import Refused
from engine.intake import tracking_kdniao, tracking_kuaidi100
from engine.settings import TrackingSettings

KUAIDI100 = "/api/tracking/kuaidi100"
KDNIAO = "/api/tracking/kdniao"
MOST_BYTES = 2 * 1024 * 1024
"""Of a push, read before anybody has proved anything. A history of 100 events is 40 KB."""
MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class PushSignature:
    """How one provider signs: the two fields of the form, and whether they fit together."""

    name: str
    content: str
    sign: str
    fits: Callable[[str, str], bool]

    def prove(self, body: bytes) -> None:
        """Raises Refused 401 unless the signature fits."""
        form = form_of(body)
        if not self.fits(form.get(self.content, ""), form.get(self.sign, "")):
            raise Refused(401, f"{self.sign} does not fit {self.content}: it was not signed with the secret agreed.")


def push_signature(path: str, settings: TrackingSettings) -> PushSignature | None:
    """How a push to `path` must be signed; None: not by its provider."""
    if path == KUAIDI100 and settings.kuaidi100_salt:
        salt = settings.kuaidi100_salt
        return PushSignature(
            "kuaidi100", "param", "sign", lambda text, sign: tracking_kuaidi100.signed_by(text, sign, salt)
        )
    if path == KDNIAO and settings.kdniao_key:
        key = settings.kdniao_key
        return PushSignature(
            "kdniao", "RequestData", "DataSign", lambda text, sign: tracking_kdniao.signed_by(text, sign, key)
        )
    return None


def form_of(body: bytes) -> dict[str, str]:
    """The fields of a form, the last of each name. Raises Refused 400."""
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:  # also what is no UTF-8
        raise Refused(400, f"The body is no form: {error}") from None
    return {name: values[-1] for name, values in fields.items()}
