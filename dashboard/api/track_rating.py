"""The rating of an order on the buyer's page, as a plain form: five choices and words; no script, all escaped."""

from collections.abc import Iterable
from html import escape

from dashboard.wording import Words
from engine.usecases.buyers.rate_order import RatingDesk
from engine.usecases.making_good.returns_policy import returns_policy


def stars(t: Words, rating: RatingDesk) -> Iterable[str]:
    """The form while one may rate, and the rating that there is; nothing before the goods have come."""
    if not rating.open and rating.stars is None:
        return
    yield f"<section><h2>{escape(t('track.rate'))}</h2>"
    if rating.stars is not None:
        yield f'<p class="big">{escape(t("track.rate_yours", stars="★" * rating.stars + "☆" * (5 - rating.stars)))}</p>'
        if rating.words:
            yield f"<p>{escape(rating.words)}</p>"
    if rating.open:
        yield from _form(t, rating)
    yield "</section>"


def _form(t: Words, rating: RatingDesk) -> Iterable[str]:
    send = t("track.rate_send") if rating.stars is None else t("track.rate_again")
    if rating.stars is not None:
        yield f"<details><summary>{escape(send)}</summary>"
    yield f'<form method="post" action="?lang={t.language}">'
    for value in range(5, 0, -1):
        checked = " checked" if value == rating.stars else ""
        label = escape(t.of("track_stars", str(value)))
        yield f'<label><input type="radio" name="stars" value="{value}" required{checked}> {label}</label>'
    most = returns_policy().rating.letters
    yield (
        f'<label for="words">{escape(t("track.rate_words"))}</label>'
        f'<textarea id="words" name="words" maxlength="{most}" autocomplete="off">{escape(rating.words)}</textarea>'
        f"<button>{escape(send)}</button></form>"
    )
    if rating.stars is not None:
        yield "</details>"
