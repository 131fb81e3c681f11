"""What is personal in a kept text is masked at every depth; what is not stays readable."""

import orjson
import pytest

from engine.model.personal import masked_json, masked_words


def test_names_telephones_and_addresses_of_a_row_are_masked_and_the_rest_stays() -> None:
    row = {
        "before": {
            "order_no": "N1", "buyer": {"name": "赵小红", "phone": "13812345678"},
            "address": {"province": "上海市", "detail": "人民路1号"}, "lines": [{"sku": "RICE", "qty": 2}],
            "收件人手机号": "13912345678", "详细地址": ["人民路1号"],
        },
        "after": {"buyer.phone": 13812345678, "receiver": "赵小红"},
        "reason": "buyer rang from 13812345678, wants 2", "orders": 3, "detail": "kept", "name": "kept too",
    }  # fmt: skip
    assert masked_json(orjson.dumps(row).decode()) == {
        "before": {
            "order_no": "N1", "buyer": {"name": "赵**", "phone": "1**"},
            "address": {"province": "上海市", "detail": "人**"}, "lines": [{"sku": "RICE", "qty": 2}],
            "收件人手机号": "1**", "详细地址": ["人**"],
        },
        "after": {"buyer.phone": "1**", "receiver": "赵**"},
        "reason": "buyer rang from 138****5678, wants 2", "orders": 3, "detail": "kept", "name": "kept too",
    }  # fmt: skip


@pytest.mark.parametrize("number", ["douyin:69123813812345678", "6913812345678", "4001234567", "138123456789"])
def test_an_order_number_is_no_telephone(number: str) -> None:
    assert masked_words(f"about {number}.") == f"about {number}."


def test_a_text_that_is_no_json_is_masked_as_words() -> None:
    assert masked_json("called 13812345678") == "called 138****5678"
