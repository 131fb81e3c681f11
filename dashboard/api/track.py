"""GET and POST /track/{token}: the buyer's own page. Open to whoever holds a link, and to nobody's other data.

Answers without Streamlit, from threads of its own pool, so that it stands while sessions crowd the room. Links opened
at the same moment are read together, and each page is made of what belongs to its own link. Whatever is wrong with a
token, the answer is the same page: it tells nobody whether an order exists.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.api.rate import TokenBuckets
from dashboard.api.together import Together
from dashboard.api.track_page import STYLE_HASH, nothing_here, page, shell
from dashboard.wording import LANGUAGES, Words, words
from engine.errors import BadRequest, NotAllowed, NotFound, WarRoomError
from engine.model.buyers import Wish
from engine.model.track_settings import TrackSettings
from engine.usecases.buyers.ask_as_buyer import BuyerAsk, ask_as_buyer
from engine.usecases.buyers.issue_track_links import signer
from engine.usecases.buyers.rate_order import RatingDesk, Stars, rate_order, rating_desks
from engine.usecases.buyers.track_order import OrderView, track_orders
from engine.usecases.room.room import Room
from jobs.runtime import get_room

T = TypeVar("T")

BURST = 5
"""Seconds' worth of openings at once: a buyer who reloads, a family behind one address."""

SAID = ("taken", "rated", "not_now", "wrong")
"""What may come of a form: the keys of track_said."""

HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    # Not no-referrer: with it a browser posts our own form under "Origin: null", which the front door must refuse.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cache-Control": "no-store",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Vary": "Accept-Language",
}

_READERS = anyio.CapacityLimiter(2)
"""Threads: two cores gain nothing from more, and buyers must not take them from the desk."""

_MOST = 64
"""Links of one reading: twice what a crowd of 32 has open, and few enough that the last one waits no longer for it."""

_Opened = tuple[OrderView, RatingDesk]
_CROWDS: "WeakKeyDictionary[asyncio.AbstractEventLoop, Together[str, _Opened]]" = WeakKeyDictionary()


@dataclass(slots=True)
class _Limits:
    """Openings by link, and wrong links by address; made anew with other settings."""

    settings: TrackSettings
    links: TokenBuckets
    strangers: TokenBuckets

    @classmethod
    def of(cls, settings: TrackSettings) -> "_Limits":
        rate = settings.requests_per_second
        return cls(settings, TokenBuckets(rate, burst=BURST * rate), TokenBuckets(rate, burst=BURST * rate))


_LIMITS: list[_Limits] = []


async def show(request: Request) -> Response:
    """The page of the order behind the link."""
    t = _language(request)
    said = request.query_params.get("said")
    return await _answered(request, t, partial(_shown, t, said if said in SAID else None))


async def ask(request: Request) -> Response:
    """One form of the page, sent; the answer leads back to the page, so that a reload sends nothing twice."""
    t = _language(request)
    body = await request.body()
    return await _answered(request, t, partial(_taken, t, body))


async def nowhere(request: Request) -> Response:
    """Every other address and method under /track: the page that says nothing."""
    return _nothing(_language(request))


async def _answered(request: Request, t: Words, make: Callable[[Room, str], Awaitable[Response]]) -> Response:
    """`make` for the link of a good token; else the page that says nothing."""
    try:
        room = get_room()
        limits = _limits(room)
        link_id = signer(room).link_id(request.path_params["token"])
        if link_id is None:
            peer = request.client.host if request.client else ""
            if limits.strangers.wait(peer):
                return _busy(t)
            return _nothing(t)
        if limits.links.wait(link_id):
            return _busy(t)
        return await make(room, link_id)
    except NotFound:
        return _nothing(t)
    except WarRoomError:  # starting, stopping, disk full: nothing a buyer could act on
        return _html(t, shell(t, t("track.later"), ""), status=503, headers={"Retry-After": "30"})


def _limits(room: Room) -> _Limits:
    if not _LIMITS or _LIMITS[0].settings is not room.settings.track:
        _LIMITS[:] = [_Limits.of(room.settings.track)]
    return _LIMITS[0]


async def _shown(t: Words, said: str | None, room: Room, link_id: str) -> Response:
    crowd = _CROWDS.setdefault(asyncio.get_running_loop(), Together(_opened, most=_MOST))
    found = await crowd.get(link_id)
    if found is None:
        return _nothing(t)
    return await anyio.to_thread.run_sync(_page, t, said, room, found, limiter=_READERS)


def _opened(link_ids: Sequence[str]) -> dict[str, _Opened]:
    room = get_room()
    views = track_orders(room, link_ids)
    desks = rating_desks(room.database, list(views.values()))
    return {link_id: (view, desks[view.order["order_id"]]) for link_id, view in views.items()}


def _page(t: Words, said: str | None, room: Room, found: _Opened) -> Response:
    view, rating = found
    return _html(t, page(t, view, rating, relay=room.settings.track.relay, said=said))


async def _taken(t: Words, body: bytes, room: Room, link_id: str) -> Response:
    return await anyio.to_thread.run_sync(_asked, t, body, room, link_id, limiter=_READERS)


def _asked(t: Words, body: bytes, room: Room, link_id: str) -> Response:
    try:
        asked = _form(body)
        if isinstance(asked, Stars):
            rate_order(room, link_id, asked)
            said = "rated"
        else:
            ask_as_buyer(room, link_id, asked)
            said = "taken"
    except BadRequest:
        said = "wrong"
    except NotAllowed:
        said = "not_now"
    return RedirectResponse(f"?lang={t.language}&said={said}", 303, headers=HEADERS)


def _form(body: bytes) -> BuyerAsk | Stars:
    """A form of ours, a wish or a rating: two fields, each once. Raises BadRequest."""
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=4)
        if any(len(values) != 1 for values in fields.values()):
            raise BadRequest("The form is none of this page.")
        if {"stars"} <= set(fields) <= {"stars", "words"}:
            return Stars(int(fields["stars"][0]), fields.get("words", [""])[0])
        if not {"wish"} <= set(fields) <= {"wish", "value"}:
            raise BadRequest("The form is none of this page.")
        return BuyerAsk(Wish(fields["wish"][0]), fields.get("value", [""])[0])
    except ValueError:  # no UTF-8, no form, too many fields, no wish, no stars
        raise BadRequest("The form is none of this page.") from None


def _language(request: Request) -> Words:
    """?lang=, else what the browser prefers of ours, else Chinese."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return words(asked)
    best, weight = LANGUAGES[0], 0.0
    for part in request.headers.get("accept-language", "")[:200].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            q = float(quality) if quality else 1.0
        except ValueError:
            continue
        language = tag.split("-")[0].lower()
        if language in LANGUAGES and weight < q <= 1:
            best, weight = language, q
    return words(best)


def _nothing(t: Words) -> Response:
    return _html(t, nothing_here(t), status=404)


def _busy(t: Words) -> Response:
    return _html(t, shell(t, t("track.busy"), ""), status=429, headers={"Retry-After": "5"})


def _html(t: Words, html: str, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    told = {**HEADERS, "Content-Language": t.language, **(headers or {})}
    return Response(html, status, told, media_type="text/html")
