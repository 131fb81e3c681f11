"""What a buyer can ask for, as plain forms, and what was asked before. Each form posts to the page's own address."""

from collections.abc import Iterable
from html import escape

import orjson

from dashboard.wording import Words
from engine.model.buyers import REFUND_GROUNDS, TIME_SLOTS, RequestState, Wish
from engine.usecases.buyers.track_order import OrderView
from engine.usecases.buyers.track_policy import track_policy


def forms(t: Words, view: OrderView) -> Iterable[str]:
    """One form a wish, folded; nothing when there is nothing to ask for."""
    if not view.wishes:
        return
    yield f"<section><h2>{escape(t('track.wishes'))}</h2>"
    for wish in view.wishes:
        yield (
            f"<details><summary>{escape(_title(t, view, wish))}</summary>"
            f'<form method="post" action="?lang={t.language}"><input type="hidden" name="wish" value="{wish.value}">'
            f'{_fields(t, wish)}<p class="quiet">{escape(_note(t, view, wish))}</p>'
            f"<button>{escape(t.of('track_send', wish))}</button></form></details>"
        )
    yield "</section>"


def requests(t: Words, view: OrderView) -> Iterable[str]:
    """What was asked, the newest first; what was replaced is left out, and an address is never shown again."""
    shown = [row for row in reversed(view.requests) if row["state"] != RequestState.REPLACED]
    if not shown:
        return
    yield f"<section><h2>{escape(t('track.asked'))}</h2><ul>"
    for row in shown:
        what, state = t.of("track_wish", row["wish"]), t.of("track_request", row["state"])
        yield f"<li>{escape(t('track.asked_line', what=what, detail=_detail(t, row['detail']), state=state))}</li>"
    yield "</ul></section>"


def _detail(t: Words, stored: str) -> str:
    detail = orjson.loads(stored)
    if "slot" in detail:
        return t("track.in_brackets", text=t.of("track_slot", detail["slot"]))
    if "ground" in detail:
        return t("track.in_brackets", text=t.of("track_ground", detail["ground"]))
    return t("track.in_brackets", text=t.money(detail["cents"])) if detail.get("cents") else ""


def _title(t: Words, view: OrderView, wish: Wish) -> str:
    if wish is not Wish.WAIT:
        return t.of("track_wish", wish)
    if view.wait_cents == 0:
        return t("track_wish.wait")
    form = t.of("form", view.offer["form"] if view.offer else "coupon")
    return t("track.wait", money=t.money(view.wait_cents), form=form)


def _note(t: Words, view: OrderView, wish: Wish) -> str:
    if wish is Wish.WAIT and view.offer:
        return t("track.offer", hours=view.offer["extra_hours"])
    return t.of("track_note", wish)


def _fields(t: Words, wish: Wish) -> str:
    if wish is Wish.CHANGE_ADDRESS:
        most = track_policy().wishes.address_letters
        return (
            f'<label for="address">{escape(t("track.address"))}</label>'
            '<textarea id="address" name="value" required minlength="5" autocomplete="off" '
            f'maxlength="{most}"></textarea>'
        )
    if wish is Wish.CHANGE_TIME:
        return _choice(t, "track_slot", TIME_SLOTS)
    return _choice(t, "track_ground", REFUND_GROUNDS) if wish is Wish.REFUND else ""


def _choice(t: Words, family: str, values: Iterable[str]) -> str:
    return "".join(
        f'<label><input type="radio" name="value" value="{value}" required> {escape(t.of(family, value))}</label>'
        for value in values
    )
