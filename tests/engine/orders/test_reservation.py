"""The reservation book under any sequence of orders and give-backs: never negative, whole or nothing, nothing lost."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.orders.reservation import Key, Level, ReservationBook

SHOWS = ("NIGHT", "SHELF")
SKUS = ("RICE", "OIL", "BEEF")
PROVINCES = ("上海市", "浙江省", "江苏省")

shows, provinces = st.sampled_from(SHOWS), st.sampled_from(PROVINCES)
baskets = st.dictionaries(st.sampled_from((*SKUS, "GOLD")), st.integers(1, 5), min_size=1, max_size=4)


class BookOfAShow(RuleBasedStateMachine):
    """Every order that was let in is written down; the book must agree with that list after every step."""

    @initialize(
        pools=st.dictionaries(st.tuples(shows, st.sampled_from(SKUS)), st.integers(0, 15)),
        quotas=st.dictionaries(st.tuples(shows, provinces), st.integers(0, 6)),
    )
    def open(self, pools: dict[Key, int], quotas: dict[Key, int]) -> None:
        self.pools, self.quotas = pools, quotas
        self.let_in: list[tuple[str, str, dict[str, int]]] = []
        self.stored_pools: dict[Key, int] = dict.fromkeys(pools, 0)
        self.stored_quotas: dict[Key, int] = dict.fromkeys(quotas, 0)
        self.load()

    def load(self) -> None:
        """A fresh book from what is stored, as after a restart or after stock came back."""
        self.book = ReservationBook(
            {key: Level(self.pools[key], reserved) for key, reserved in self.stored_pools.items()},
            {key: Level(self.quotas[key], reserved) for key, reserved in self.stored_quotas.items()},
        )

    @rule(show=shows, province=provinces, basket=baskets)
    def order_arrives(self, show: str, province: str, basket: dict[str, int]) -> None:
        fits = all(self.pool_held((show, sku)) + n <= self.pools.get((show, sku), -1) for sku, n in basket.items())
        quota = self.quotas.get((show, province))
        room_left = quota is None or self.quota_held((show, province)) < quota
        refusal = self.book.reserve(show, province, basket)
        assert (refusal is None) == (fits and room_left)
        if refusal is None:
            self.let_in.append((show, province, basket))
        else:
            assert refusal.rule == ("quota" if not room_left else refusal.rule)
            assert refusal.rule in ("quota", "pool", "no_pool")
            assert refusal.detail

    @rule(data=st.data())
    def order_is_refunded(self, data: st.DataObject) -> None:
        if not self.let_in:
            return
        self.store()
        show, province, basket = self.let_in.pop(data.draw(st.integers(0, len(self.let_in) - 1)))
        for sku, units in basket.items():
            self.stored_pools[show, sku] -= units
        if (show, province) in self.stored_quotas:
            self.stored_quotas[show, province] -= 1
        self.load()

    @rule()
    def batch_is_committed(self) -> None:
        self.store()

    @rule()
    def room_restarts(self) -> None:
        self.store()
        self.load()

    def store(self) -> None:
        pools, quotas = self.book.take_touched()
        self.stored_pools.update(pools)
        self.stored_quotas.update(quotas)
        assert self.book.take_touched() == ({}, {})
        assert self.stored_pools == {key: self.pool_held(key) for key in self.pools}
        assert self.stored_quotas == {key: self.quota_held(key) for key in self.quotas}

    def pool_held(self, key: Key) -> int:
        return sum(basket.get(key[1], 0) for show, _, basket in self.let_in if show == key[0])

    def quota_held(self, key: Key) -> int:
        return sum((show, province) == key for show, province, _ in self.let_in)

    @invariant()
    def nothing_is_promised_twice(self) -> None:
        for key, quantity in getattr(self, "pools", {}).items():
            assert 0 <= self.pool_held(key) <= quantity
        for key, quantity in getattr(self, "quotas", {}).items():
            assert 0 <= self.quota_held(key) <= quantity


BookOfAShow.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
test_any_sequence_of_orders_and_refunds = BookOfAShow.TestCase


def book(*, rice: int = 0, quota: int | None = None) -> ReservationBook:
    quotas = {} if quota is None else {("NIGHT", "上海市"): Level(quota, 0)}
    return ReservationBook({("NIGHT", "RICE"): Level(rice, 0)}, quotas)


def test_a_refusal_says_what_is_left_and_what_was_asked() -> None:
    refusal = book(rice=2).reserve("NIGHT", "上海市", {"RICE": 3})
    assert refusal is not None
    assert refusal.rule == "pool"
    assert refusal.detail == "RICE: 2 left in the pool, 3 asked"


def test_a_sku_without_a_pool_is_refused_by_name() -> None:
    refusal = book(rice=2).reserve("NIGHT", "上海市", {"GOLD": 1})
    assert refusal is not None
    assert (refusal.rule, refusal.detail) == ("no_pool", "GOLD has no pool in NIGHT")


def test_a_full_quota_is_told_before_an_empty_pool() -> None:
    refusal = book(rice=0, quota=0).reserve("NIGHT", "上海市", {"RICE": 1})
    assert refusal is not None
    assert refusal.rule == "quota"


def test_a_province_without_a_quota_has_no_limit() -> None:
    assert book(rice=1, quota=0).reserve("NIGHT", "浙江省", {"RICE": 1}) is None


def test_what_was_reserved_before_loading_counts() -> None:
    loaded = ReservationBook({("NIGHT", "RICE"): Level(5, 4)}, {})
    assert loaded.reserve("NIGHT", "上海市", {"RICE": 2}) is not None
    assert loaded.reserve("NIGHT", "上海市", {"RICE": 1}) is None
    assert loaded.take_touched() == ({("NIGHT", "RICE"): 5}, {})
