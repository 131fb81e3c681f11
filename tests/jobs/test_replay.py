"""A replayed file keeps its pulse, its rows and its faults; only its times and order numbers are new."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.errors import BadFile, BadSetting
from jobs.demo.events import written
from jobs.demo.replay import replay_file

START = datetime(2026, 11, 11, 12, tzinfo=UTC)
HEADER = (
    "主订单编号,子订单编号,选购商品,商品数量,商家编码,商品单价,订单应付金额,收件人,收件人手机号,省,市,区,街道,详细地址,"
    "订单提交时间,支付完成时间,承诺发货时间,订单状态,售后状态"
)


def export(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8-sig")
    return path


def row(number: str, line: str, created: str, paid: str, *, qty: str = "1") -> str:
    where = "四川省,乐山市,犍为县,寿保镇,******"
    return f"'{number},'{line},酱油,{qty},SAUCE-SET,39.90,38.00,赵**,136****6276,{where},{created},{paid},-,已完成,-"


def test_orders_keep_their_share_of_the_files_span(tmp_path: Path) -> None:
    file = export(
        tmp_path / "orders.csv",
        row("6917850279910000001", "69178502799100000011", "2020-02-01 00:00:00", "2020-02-01 00:00:10"),
        row("6917850279910000002", "69178502799100000021", "2020-02-01 00:24:00", "2020-02-01 00:25:10"),
        row("6917850279910000003", "69178502799100000031", "2020-02-01 01:40:00", "2020-02-01 01:40:10"),
    )
    replay = replay_file(file, minutes=10)
    assert [order.at for order in replay.events()] == pytest.approx([0.0, 150.0, 600.0])


def test_times_move_to_now_and_keep_their_distance_to_each_other(tmp_path: Path) -> None:
    file = export(
        tmp_path / "orders.csv",
        row("6917850279910000001", "69178502799100000011", "2020-02-01 00:00:00", "2020-02-01 00:00:10"),
        row("6917850279910000002", "69178502799100000021", "2020-02-01 00:58:50", "2020-02-01 01:00:10"),
    )
    second = list(replay_file(file, minutes=1).events())[1]
    told = written(second.rows[0], second.format, start=START, run="77")
    assert told["支付完成时间"] == "2026-11-11 20:01:00"
    assert told["订单提交时间"] == "2026-11-11 19:59:40"
    assert told["承诺发货时间"] == "-"


def test_order_numbers_get_the_runs_prefix_behind_the_apostrophe(tmp_path: Path) -> None:
    file = export(tmp_path / "o.csv", row("6917850279910000001", "69178502799100000011", "2020-02-01 00:00:00", "-"))
    [order] = replay_file(file, minutes=1).events()
    told = written(order.rows[0], order.format, start=START, run="77")
    assert told["主订单编号"].lstrip("'") == "776917850279910000001"
    assert told["子订单编号"].lstrip("'") == "7769178502799100000011"


def test_rows_of_one_order_stay_together_and_faults_stay_in(tmp_path: Path) -> None:
    file = export(
        tmp_path / "o.csv",
        row("6917850279910000001", "69178502799100000011", "2020-02-01 00:00:00", "2020-02-01 00:00:10", qty="0"),
        row("6917850279910000002", "69178502799100000021", "2020-02-01 00:01:00", "2020-02-01 00:01:10"),
        row("6917850279910000001", "69178502799100000012", "2020-02-01 00:00:00", "2020-02-01 00:00:10"),
    )
    first, second = replay_file(file, minutes=1).events()
    assert (len(first.rows), len(second.rows)) == (2, 1)
    assert first.rows[0].fields["商品数量"] == "0"
    assert first.format == "douyin"


def test_an_order_that_was_never_paid_happens_when_it_was_placed(tmp_path: Path) -> None:
    file = export(
        tmp_path / "o.csv",
        row("6917850279910000001", "69178502799100000011", "2020-02-01 00:00:00", "2020-02-01 00:00:00"),
        row("6917850279910000002", "69178502799100000021", "2020-02-01 00:30:00", "-"),
        row("6917850279910000003", "69178502799100000031", "2020-02-01 01:00:00", "2020-02-01 01:00:00"),
    )
    assert [order.at for order in replay_file(file, minutes=2).events()] == pytest.approx([0.0, 60.0, 120.0])


def test_a_file_without_any_time_has_no_pulse(tmp_path: Path) -> None:
    file = export(tmp_path / "o.csv", row("6917850279910000001", "69178502799100000011", "-", "-"))
    with pytest.raises(BadFile, match="no pulse"):
        replay_file(file, minutes=1)


def test_a_replay_of_no_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting):
        replay_file(tmp_path / "any.csv", minutes=0)
