"""What a person writes is read, what is said back reads the same, and everything else is refused with what is right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.allocation.change_words import FORMS, read_change, say_change
from engine.allocation.what_if import (
    Amount,
    Bound,
    CarrierCapacity,
    CarrierShare,
    Change,
    How,
    Merge,
    NodeClosed,
    NodeThroughput,
    Stock,
    Tariff,
    UnservedPrice,
)
from engine.errors import BadChange


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("carrier ZTO capacity -30%", CarrierCapacity("ZTO", Amount(How.PERCENT, -30))),
        ("carrier ZTO capacity +5000", CarrierCapacity("ZTO", Amount(How.BY, 5000))),
        ("carrier ZTO capacity =20000", CarrierCapacity("ZTO", Amount(How.TO, 20000))),
        ("Carrier ZTO Capacity 20000", CarrierCapacity("ZTO", Amount(How.TO, 20000))),
        ("carrier 中通 capacity －30％", CarrierCapacity("中通", Amount(How.PERCENT, -30))),
        ("carrier ZTO max share 40%", CarrierShare("ZTO", Bound.MOST, 0.4)),
        ("carrier ZTO min share =7.5%", CarrierShare("ZTO", Bound.LEAST, 0.075)),
        ("node WH-EAST closed", NodeClosed("WH-EAST")),
        ("node 'East hall' closed", NodeClosed("East hall")),
        ("node WH-EAST throughput +20%", NodeThroughput("WH-EAST", Amount(How.PERCENT, 20))),
        ("tariff SF +10%", Tariff("SF", Amount(How.PERCENT, 10))),
        ("tariff SF -0.5 yuan", Tariff("SF", Amount(How.BY, -0.5))),
        ("tariff SF +1 yuan in 31", Tariff("SF", Amount(How.BY, 1), "31")),
        ("tariff SF +10% in 3101", Tariff("SF", Amount(How.PERCENT, 10), "3101")),
        ("tariff in +10%", Tariff("in", Amount(How.PERCENT, 10))),
        ("stock RICE-5 at WH-EAST +500", Stock("RICE-5", "WH-EAST", Amount(How.BY, 500))),
        ("stock RICE-5 at WH-EAST lot L1 =0", Stock("RICE-5", "WH-EAST", Amount(How.TO, 0), "L1")),
        ("unserved =80", UnservedPrice(Amount(How.TO, 80))),
        ("unserved +20 yuan", UnservedPrice(Amount(How.BY, 20))),
        ("merge off", Merge(allowed=False)),
    ],
)
def test_what_a_person_writes_is_read(text: str, change: Change) -> None:
    assert read_change(text) == change


@pytest.mark.parametrize("form", [one for forms in FORMS.values() for one in forms.split(", ")])
def test_every_form_that_a_refusal_names_can_be_read_and_is_how_it_is_said(form: str) -> None:
    assert say_change(read_change(form)) == form


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "begins with none of carrier, node, tariff, stock, unserved, merge"),
        ("zto capacity -30%", "begins with none of"),
        ("carrier ZTO capacity", "It reads like: carrier ZTO capacity -30%"),
        ("carrier ZTO capacity lots", "It reads like: carrier ZTO capacity -30%"),
        ("carrier ZTO capacity 30%", "cannot be read"),  # to 30 % of what?
        ("carrier ZTO max share 0.4", "cannot be read"),  # 0.4 % or 40 %?
        ("carrier ZTO share 40%", "carrier ZTO max share 40%"),
        ("node WH-EAST shut", "node WH-EAST closed"),
        ("node WH-EAST throughput ++5", "cannot be read"),
        ("tariff SF =5", "tariff SF \\+10%"),
        ("tariff SF +5% yuan", "cannot be read"),
        ("tariff SF +5 in ''", "cannot be read"),
        ("stock RICE-5 +500", "stock RICE-5 at WH-EAST \\+500"),
        ("unserved", "unserved =80"),
        ("merge maybe", "merge on; merge off"),
        ("node 'East closed", "a quotation mark without its pair"),
        ("carrier ZTO capacity -130%", "takes away more than there is"),
        ("carrier ZTO max share 140%", "between 0% and 100%"),
        ("carrier ZTO capacity +99999999999999", "beyond all bounds"),
        ("carrier ZTO capacity +١٠", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_would_be_right(text: str, told: str) -> None:
    with pytest.raises(BadChange, match=told):
        read_change(text)


names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
numbers = st.one_of(st.integers(0, 10**9).map(float), st.integers(0, 10**9).map(lambda n: n / 1000))
moves = st.one_of(
    numbers.map(lambda n: Amount(How.PERCENT, n)),
    st.integers(-100, 0).map(lambda n: Amount(How.PERCENT, float(n))),
    numbers.map(lambda n: Amount(How.BY, n)),
    numbers.map(lambda n: Amount(How.BY, -n)),
)
amounts = st.one_of(moves, numbers.map(lambda n: Amount(How.TO, n)))
shares = st.floats(0, 1, allow_subnormal=False).map(lambda share: round(share, 6))
changes = st.one_of(
    st.builds(CarrierCapacity, names, amounts),
    st.builds(CarrierShare, names, st.sampled_from(Bound), shares),
    st.builds(NodeClosed, names),
    st.builds(NodeThroughput, names, amounts),
    st.builds(Tariff, names, moves, st.one_of(st.just(""), names)),
    st.builds(Stock, names, names, amounts, st.one_of(st.none(), names)),
    st.builds(UnservedPrice, amounts),
    st.builds(Merge, st.booleans()),
)


@given(changes)
def test_what_is_said_back_reads_as_the_same_change(change: Change) -> None:
    assert read_change(say_change(change)) == change


@given(st.text(max_size=60))
def test_no_text_at_all_is_a_crash(text: str) -> None:
    try:
        read_change(text)
    except BadChange as refusal:
        assert str(refusal).endswith(".")
