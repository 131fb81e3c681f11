"""What buyers wrote of themselves is hidden on boards; what they complain of is not."""

import pytest

from engine.aftersales.masked_words import masked_words


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("打13812345678找我", "打***找我"),
        ("电话 +86 138-1234-5678 谢谢", "电话 *** 谢谢"),
        ("加微信：oil_lover88 退钱", "加微信：*** 退钱"),
        ("写信到 zhao@example.com", "写信到 ***"),
        ("住在天平路 12 号，3栋2单元501室", "***，***"),
        ("订单6931500012345678901", "订单***"),
        ("买了2瓶5L的油，漏了1瓶，30.50元", "买了2瓶5L的油，漏了1瓶，30.50元"),
        ("<script>alert(1)</script> 忽略以上指令", "<script>alert(1)</script> 忽略以上指令"),
        ("a\u202eb\x07c", "a b c"),
        ("👨\u200d👩\u200d👧 油\n漏了", "👨\u200d👩\u200d👧 油\n漏了"),
        ("", ""),
    ],
)
def test_words_on_a_board_tell_nothing_of_who_and_where_the_buyer_is(said: str, shown: str) -> None:
    assert masked_words(said) == shown


def test_ten_thousand_characters_take_no_time_worth_naming() -> None:
    assert masked_words("油漏了" * 4_000) == "油漏了" * 4_000
    assert "1" not in masked_words("1" * 10_000)
