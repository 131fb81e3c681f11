"""The demo's unhappy buyers: no text that the classifier learned from, and rates as they were planted."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import polars as pl

from engine.aftersales.complaint_model import classify
from engine.model.tickets import Complaint
from engine.usecases.service.classify_tickets import shipped_model
from engine.usecases.service.ticket_language import shipped_texts
from jobs.demo.complaint_texts import parts, text_of, themes
from jobs.demo.planted_causes import CauseKind, Tonight, planted
from jobs.demo.unhappy_buyers import Delivery, Goods, Written, written_about

NOW = datetime(2026, 11, 13, 7, 40, tzinfo=UTC)
EPOCH = NOW - timedelta(days=8)
GOODS = (
    ("rice", "bag"),
    ("oil", "plastic"),
    ("oil", "glass"),
    ("sauce", "glass"),
    ("fresh", "foam"),
    ("noodle", "box"),
)


def texts(each: int) -> list[tuple[Complaint, str]]:
    luck = Random(7)
    return [(c, text_of(c, *luck.choice(GOODS), luck)) for c in Complaint for _ in range(each)]


def pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def strings(node: object) -> list[str]:
    if isinstance(node, dict):
        return [text for key, child in node.items() if key != "reasons" for text in strings(child)]
    return [text for child in node for text in strings(child)] if isinstance(node, list) else [str(node)]


def test_no_part_and_no_message_equals_or_nearly_equals_a_text_that_the_classifier_learned_from() -> None:
    learned = [pairs(text) for text in shipped_texts()["text"]]
    for text in {*strings(parts()), *(said for _, said in texts(60))}:
        mine = pairs(text)
        if len(mine) < 5:  # a word or two are everybody's
            continue
        closest = max(len(mine & one) / len(mine | one) for one in learned)
        assert closest < 0.6, text


def test_the_classifier_is_mostly_but_not_always_right_about_messages_that_rarely_repeat() -> None:
    told = [(c, said) for c, said in texts(200) if said]
    assert len({said for _, said in told}) > 0.9 * len(told)
    best = classify(shipped_model(), pl.Series([said for _, said in told]))["best"]
    right = sum(a == b.value for a, (b, _) in zip(best, told, strict=True)) / len(told)
    assert 0.55 < right < 0.95, right


def deliveries(count: int, sku: str, lot: str, node: str, adcode: str) -> list[Delivery]:
    goods = (Goods(sku, lot, "oil" if sku.startswith("OIL") else "rice", "plastic", 5000),)
    sent = NOW - timedelta(hours=40)
    return [
        Delivery(f"W{n}", "douyin", f"{n:012}", f"b{n}", node, adcode, goods, sent, sent + timedelta(hours=20))
        for n in range(count)
    ]


def written(goods: list[Delivery], tonight: Tonight | None = None) -> list[Written]:
    return [one for d in goods for one in written_about(d, planted(1, EPOCH), seed=1, tonight=tonight)]


def test_only_goods_that_a_cause_touches_have_it_and_each_in_its_share() -> None:
    for cause in planted(1, EPOCH):
        theirs = deliveries(
            400,
            cause.sku or "RICE-PJ-10",
            cause.lot or "some lot",
            cause.node or "DP-X",
            f"{cause.province or '99'}0100",
        )
        tonight = Tonight(NOW, NOW + timedelta(minutes=4))
        found = Counter(one.ticket["order_no"] for one in written(theirs, tonight) if one.cause is cause.kind)
        assert abs(len(found) / 400 - cause.share) < 0.08
        early = replace(theirs[0], labelled_at=cause.since - timedelta(seconds=1))
        assert not [one for one in written([early], tonight) if one.cause is cause.kind], "before it began"
    assert not [one for one in written(deliveries(400, "RICE-PJ-10", "x", "DP-X", "990100")) if one.cause]


def test_tonights_lot_is_opened_during_the_show_and_never_without_one() -> None:
    [cause] = [one for one in planted(1, EPOCH) if one.kind is CauseKind.BAD_LOT_TONIGHT]
    assert cause.sku is not None and cause.lot is not None
    goods = deliveries(50, cause.sku, cause.lot, "DP-X", "990100")
    show = Tonight(NOW, NOW + timedelta(minutes=4))
    first = [
        one.at for one in written(goods, show) if one.cause and one.ticket["ticket_no"].split("-")[1].endswith("0")
    ]
    assert first and all(show.begins - timedelta(seconds=1) <= at <= show.ends for at in first)
    assert not [one for one in written(goods) if one.cause]


def test_the_themes_of_planted_lots_are_in_the_file() -> None:
    for seed in range(20):
        for cause in planted(seed, EPOCH):
            if cause.theme is not None and cause.sku is not None:
                assert cause.theme in themes("oil" if cause.sku.startswith("OIL") else "rice")
