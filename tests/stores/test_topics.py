"""A topic outside the classes is found by its words, filled while it goes on, and over after a silent day."""

from datetime import timedelta

import polars as pl

from engine.aftersales.topics import Said, find_topics
from engine.model.tickets import Complaint
from engine.usecases.incidents.batch_policy import load_batch_rules
from engine.usecases.incidents.follow_topics import TopicRun, follow_topics
from engine.usecases.room.room import Room
from tests.complaint_rooms import deliver, parcels_at_the_door, say
from tests.worlds import Clock

RULES = load_batch_rules().topics
PLAIN = (
    "发票什么时候开给我", "客服态度太差了没人理", "直播间说好的赠品呢", "价格比昨天贵了好多", "能不能改成顺丰配送",
    "优惠券用不了怎么回事", "包装挺好看的谢谢老板", "下次什么时候再播", "请问可以指定送货时间吗", "差价怎么退给我",
)  # fmt: skip
NEW = ("主播抽奖中的电饭煲一直没有寄", "抽奖说中了电饭煲，到现在没寄", "中奖的电饭煲没寄给我", "电饭煲奖品呢？中奖没寄")


def test_only_what_grew_is_news_and_its_words_name_it() -> None:
    usual = [Said(f"u{n}", f"b{n}", PLAIN[n % 10], 24.0 * (n % 8) + n % 23) for n in range(160)]
    fresh = [Said(f"n{n}", f"c{n}", NEW[n % 4], float(n)) for n in range(12)]
    topics = find_topics([*usual, *fresh], RULES)
    grown = [topic for topic in topics if topic.grew]
    assert [set(topic.late_ids) for topic in grown] == [{one.ticket_id for one in fresh}]
    assert {"抽奖", "中奖", "电饭", "饭煲"} & set(grown[0].words)
    assert grown[0].p_value < 1e-4
    one_voice = [Said(f"n{n}", "the same", NEW[n % 4], float(n)) for n in range(12)]
    assert not any(topic.grew for topic in find_topics([*usual, *one_voice], RULES))
    assert find_topics([Said("e", None, "<b>😀123</b>", 1.0)] * 20, RULES) == []


def test_a_topic_opens_fills_and_ends(room: Room, clock: Clock) -> None:
    parcels = parcels_at_the_door(room.now(), units=1).head(60)
    deliver(room.database, parcels)

    def told(part: pl.DataFrame, words: str) -> None:
        say(room.database, part.with_columns(asked_at=pl.lit(clock.at - timedelta(hours=1)).dt.cast_time_unit("us")),
            kind=Complaint.OTHER, words=words)  # fmt: skip

    for n in range(12):
        told(parcels[n : n + 1], NEW[n % 4])
        told(parcels[40 + n : 41 + n], PLAIN[n % 10])
    assert follow_topics(room, actor="topics") == TopicRun(1, 0, 12)
    assert follow_topics(room, actor="topics") == TopicRun()
    told(parcels[20:21], NEW[0])
    assert follow_topics(room, actor="topics") == TopicRun(0, 0, 1)
    [(level, complaint, buyers, cause)] = room.database.read(
        "SELECT level, complaint, buyers, cause FROM incidents"
    ).rows()
    assert (level, complaint, buyers) == ("topic", None, 13)
    assert any(word in cause for word in ("抽奖", "中奖", "电饭", "饭煲"))
    clock.pass_(hours=25)
    assert follow_topics(room, actor="topics").over == 1
    told(parcels[30:31], NEW[0])
    assert follow_topics(room, actor="topics") == TopicRun(), "what is over is not filled again"
