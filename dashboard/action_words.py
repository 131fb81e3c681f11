"""An action in words: what it is about, its figures, its levels, and what came out otherwise. Knows no screen."""

from collections.abc import Iterable, Mapping

from dashboard.wording import NOTHING, Words
from engine.model.actions import Verdict

_CENTS = "_cents"
UNIT_OF_SHARE = "share"
EVERYWHERE = "*"


def subject(t: Words, names: Mapping[str, tuple[str, str]], code: str) -> str:
    """`night/RICE` as the show's and the article's names."""
    return " · ".join(name(t, names, part) for part in code.split("/"))


def name(t: Words, names: Mapping[str, tuple[str, str]], code: str) -> str:
    """One name, in the reader's language; a province by the table of provinces; what has none by its code."""
    if code == EVERYWHERE:
        return t("inbox.everywhere")
    zh, en = names.get(code, (code, code))
    return t.of("province", zh) if zh == en else zh if t.language == "zh" else en


def figure(t: Words, which: str, value: int) -> str:
    """`Orders moved 12`."""
    shown = t.money(value) if which.endswith(_CENTS) else t.count(value)
    return f"{t.of('figure', which)} {shown}"


def figures(t: Words, happened: Mapping[str, int]) -> str:
    """Every figure that is not zero."""
    return t("inbox.list_comma").join(figure(t, which, value) for which, value in happened.items() if value)


def otherwise(t: Words, apart: Iterable[tuple[str, int, int]]) -> str:
    """What came out otherwise than promised; empty where nothing did."""
    told = [
        t("inbox.otherwise_one", figure=t.of("figure", which), promised=_plain(t, which, promised),
          happened=_plain(t, which, happened))
        for which, promised, happened in apart
    ]  # fmt: skip
    return t("inbox.otherwise", told=t("inbox.list_comma").join(told)) if told else ""


def _plain(t: Words, which: str, value: int) -> str:
    return t.money(value) if which.endswith(_CENTS) else t.count(value)


def outcome(t: Words, verdict: str | None, measure: str | None, effect: float | None, low: float | None,
            high: float | None) -> str:  # fmt: skip
    """`No effect: late pick-ups -0.4 % (-3.1 to +2.2)`; a dash while it was not judged."""
    if verdict is None:
        return NOTHING
    told = t.of("verdict", verdict)
    if verdict == Verdict.CANNOT_TELL or effect is None or low is None or high is None:
        return told
    share = (measure or "").endswith(UNIT_OF_SHARE)
    shown = [f"{100 * one:+.1f}%" if share else t.count(one) for one in (effect, low, high)]
    span = "" if low == high else t("inbox.span", low=shown[1], high=shown[2])
    return t("inbox.outcome", verdict=told, measure=t.of("measured", measure), effect=shown[0], span=span)
