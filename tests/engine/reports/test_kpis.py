"""Every number of a report against a world of ten orders that was counted by hand; and what cannot be told says why."""

import tomllib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from engine.errors import BadSetting
from engine.model.frames import INSTANT
from engine.reports.changes import changes_called_for
from engine.reports.content import Report, as_json, report_of
from engine.reports.deeds import deeds
from engine.reports.figures import Chapter, Figure, Question, WhyNot, measured
from engine.reports.kpis import KPI_OF, KPIS
from engine.reports.lists import Kind, made, tables_of
from engine.reports.over_time import MEASURES, Whom, followed, scorecard
from engine.reports.paper import paper
from engine.reports.report_policy import policy_from
from engine.reports.told_apart import Told, score_of
from engine.reports.words import FAMILY_OF, LANGUAGES, ReportWords, money, share
from engine.store.shapes.reports import SHAPES
from tests.worlds import OPENING

DATA = Path(__file__).parents[3] / "data"
PARSED = tomllib.loads((DATA / "rules" / "report.toml").read_text(encoding="utf-8"))
POLICY = policy_from(PARSED)
WORDS = {
    language: ReportWords(language, tomllib.loads((DATA / "reports" / f"{language}.toml").read_text(encoding="utf-8")))
    for language in LANGUAGES
}
NOW = OPENING + timedelta(hours=100)
CLOCKS = {"clock": pl.String, "state": pl.String, "deadline": INSTANT, "adds": pl.Float64}


def at(hours: float | None) -> datetime | None:
    return None if hours is None else OPENING + timedelta(hours=hours)


def frame(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of a question, with nothing where a row does not say."""
    shape = dict(SHAPES[f"report_{name}"])
    empty: dict[Any, Any] = {pl.Boolean: False, pl.Int64: 0}
    filled = [{column: empty.get(kind) for column, kind in shape.items()} | row for row in rows]
    return pl.DataFrame(filled, schema=shape)


def order(number: int, **row: Any) -> dict[str, Any]:
    """Bought at the opening (20:00 in Beijing) for 30 yuan, promised for 48 h, in one parcel that went as it should."""
    plain = {
        "order_id": f"o{number}", "outcome": "reserved", "status": "allocated", "amount_cents": 3000, "units": 1,
        "paid_at": OPENING, "received_at": OPENING, "promise_at": at(48), "promised_at": at(48), "planned_at": at(1),
        "parcels": 1, "whole_at": at(22), "signed_at": at(60), "due_at": at(70), "stars": None,
    }  # fmt: skip
    return plain | row


GONE = {"parcels": 0, "planned_at": None, "whole_at": None, "signed_at": None, "due_at": None}
SEEN: dict[str, pl.DataFrame] = {
    Question.SHOW: frame("show", {"show_id": "night", "title_zh": "夜", "title_en": "Night"}),
    Question.INTAKE: frame("intake", {"read": 1000, "quarantined": 5, "duplicate": 100, "unpaid": 7}),
    Question.ORDERS: frame(
        "orders",
        order(1, stars=5),
        order(2, whole_at=at(46), stars=4),
        order(3, whole_at=at(58), signed_at=at(69), stars=1),  # picked up ten hours late
        order(4, promise_at=at(72), whole_at=at(58)),  # in time by what it was moved to, not by the first promise
        order(5, signed_at=at(90), not_received=True),  # signed twenty hours late
        order(6, damaged=True, returned=True, parcels=2),  # in time, but broken
        order(7, outcome="held"),  # held, and let go
        order(8, outcome="held", status="cancelled", **GONE),
        order(9, outcome="sold_out", status="sold_out", **GONE),
        order(10, outcome="refunded", status="refunded", **GONE),
    ),
    Question.HOLDS: frame("holds", {"rule": "same_buyer", "orders": 2, "released": 1, "ended": 1}),
    Question.POOLS: frame(
        "pools",
        {"sku": "RICE", "quantity": 10, "reserved": 8, "unsold": 2, "unsold_cents": 4000, "refused": 1},
        {"sku": "OIL", "quantity": 10, "reserved": 2, "unsold": 8, "unsold_cents": 16000},
    ),
    Question.EXPECTED: frame(
        "expected",
        {"sku": "RICE", "expected": 10, "asked": 15, "apart": 5},
        {"sku": "OIL", "expected": 10, "asked": 5, "apart": 5},
    ),
    Question.ROUNDS: frame("rounds", {"at": OPENING, "cost_cents": 1000, "lower_bound_cents": 990, "gap": 0.01}),
    Question.PARCELS: frame(
        "parcels",
        *(
            {
                "parcel_id": f"p{n}", "carrier": "FAST", "node": "WH", "paid_at": OPENING, "planned_at": at(1),
                "uploaded_at": at(2), "picked_up_at": at(10), "first_hub_at": at(12), "arrived_at": at(30),
                "out_at": at(36), "signed_at": at(40 if n < 3 else 90), "due_at": at(70), "stage": "signed",
                "cost_cents": 900,
            }
            for n in range(4)
        ),
        {"parcel_id": "p4", "carrier": "SLOW", "node": "WH", "planned_at": at(1), "cost_cents": 900},
    ),
    Question.CLOCKS: pl.DataFrame(
        [
            *[("late", "kept", at(48), 0.0)] * 3,
            ("late", "broken", at(48), 0.0),
            ("late", "exempt", at(48), 0.0),
            ("late_beyond", "broken", at(96), 5.0),
            ("late", "running", at(120), 2.5),  # not due: neither on time nor late
            ("late", "kept", at(120), 0.0),  # nor is an early success among those
        ],
        schema=CLOCKS,
        orient="row",
    ),
    Question.ALERTS: frame(
        "alerts",
        {"condition": "node_backlog", "cause": '[["node", "WH"]]', "told_at": at(1), "taken_at": at(1.5),
         "over_at": at(4)},
        {"condition": "mass_delay", "cause": '[["hub", "x"]]', "told_at": at(2), "folded": True},
    ),
    Question.INCIDENTS: frame("incidents", {"kind": "mass_delay", "cause": '[["hub", "x"]]', "opened_at": at(30)}),
    Question.TICKETS: frame(
        "tickets",
        {"ticket_id": "t1", "order_id": "o5", "complaint": "not_received", "state": "open"},
        {"ticket_id": "t2", "order_id": "o6", "complaint": "damaged", "state": "resolved", "refund_cents": 3000},
        {"ticket_id": "t3", "order_id": "o6", "complaint": None, "state": "open"},
    ),
    Question.GOODS: frame("goods", {"sku": "RICE", "supplier": "S", "units": 50, "damaged": 2, "returned": 5}),
    Question.AMENDS: frame(
        "amends",
        {"remedy": "coupon", "state": "paid", "times": 2, "cost_cents": 1000},
        {"remedy": "coupon", "state": "rejected", "times": 1, "cost_cents": 700},
        {"remedy": "wait", "state": "owed", "times": 1, "cost_cents": 300},
    ),
    Question.BUDGET: frame("budget", {"cents": 10_000, "committed_cents": 2_500}),
    Question.ACTIONS: frame(
        "actions",
        *(
            {
                "action_id": f"a{n}", "kind": "top_up_pool", "subject": "night/RICE", "state": state, "actor": "lin",
                "preview": '{"promised": {"units": 100}}', "proposed_at": at(n), "executed_at": at(n) if done else None,
                "detail": '{"promised": {"units": 100}, "happened": {"units": 80}}' if done else None,
                "verdict": verdict, "measure": measure, "effect": effect, "low": low, "high": high, "gain_cents": None,
            }
            for n, (state, done, verdict, measure, effect, low, high) in enumerate(
                [
                    ("executed", True, "worked", "units_sold", 40.0, 40.0, 55.0),
                    ("executed", True, "no_effect", "late_share", -0.004, -0.031, 0.022),
                    ("executed", True, None, None, None, None, None),
                    ("undone", True, None, None, None, None, None),
                    ("rejected", False, None, None, None, None, None),
                ]
            )
        ),
    ),
    Question.INVARIANTS: pl.DataFrame({"name": ["a", "b"], "breaches": [0, 0]}),
    Question.MOMENT: pl.DataFrame({"now": [NOW], "ends": [at(3)]}, schema={"now": INSTANT, "ends": INSTANT}),
}  # fmt: skip

BY_HAND: dict[str, float | WhyNot] = {
    "orders": 10,
    "turnover": 30_000,
    "kept_turnover": 21_000,  # but for the cancelled, the sold-out and the refunded
    "filled": 8 / 9,  # the one refunded before it was decided is nobody's failure
    "sold_out": 1 / 9,
    "oversold": 0,
    "cancelled": 0.1,
    "refunded": 0.1,
    "held": 0.2,
    "false_holds": 0.5,
    "quarantined": 0.005,
    "duplicates": 0.1,
    "unpaid": 7,
    "stocking": WhyNot.NO_PLAN,
    "expectation_error": 0.5,
    "pool_sold": 0.5,
    "unsold_units": 10,
    "unsold_worth": 20_000,
    "planned": 1,
    "plan_hours": 1,
    "freight": 4500 / 7,
    "split": 1 / 7,
    "plan_gap": 0.01,
    "shipped_on_time": 0.75,
    "first_promise_kept": 5 / 8,  # of 1-7 and 9: not 3, not 4, not the sold-out one
    "delivered_on_time": 0.75,
    "otif": 4 / 8,  # 1, 2, 6, 7
    "perfect": 3 / 8,  # but for 6
    "perfect_product": (5 / 8) * (6 / 8) * (7 / 8) * (6 / 8),
    # From 06:00 the next morning, ten hours after the payment: 12 h four times (1, 5, 6, 7), 36 and twice 48.
    "pick_up_hours": (4 * 12 + 36 + 2 * 48) / 7,
    "ship_p50": 22,
    "ship_p90": 58,
    "cycle_p50": 60,
    "cycle_p90": 69 + 0.4 * (90 - 69),
    "signed": 1,
    "sent_back": 1 / 7,
    "penalties": 500,
    "at_risk": 250,
    "processing": 40 / 210,
    "transit": 80 / 210,
    "last_mile": (3 * 10 + 60) / 210,
    "alerts": 1,
    "time_to_take": 0.5,
    "time_to_end": 3,
    "incidents": 1,
    "complaints": 200,
    "wismo": 1 / 7,
    "bad_quality": 0,
    "broken": 0.04,
    "returned": 0.1,
    "content": 2 / 3,
    "help_asked": WhyNot.NOT_TOLD,
    "given": 1300,
    "budget_used": 0.25,
    "done": 4,
    "undone": 1,
    "worked": 0.5,
    "no_effect": 0.5,
    "backfired": 0,
    "untold": 0,
    "hours_to_report": 97,
}


@pytest.mark.parametrize("key", [kpi.key for kpi in KPIS])
def test_a_number_is_what_was_counted_by_hand(key: str) -> None:
    figure, wanted = measured(KPI_OF[key], SEEN), BY_HAND[key]
    if isinstance(wanted, WhyNot):
        assert (figure.value, figure.why) == (None, wanted.value)
        return
    assert figure.value == pytest.approx(wanted), key
    if figure.low is not None and figure.high is not None and figure.value is not None:
        assert 0 <= figure.low <= figure.value <= figure.high <= 1


def test_of_a_show_of_which_nothing_is_known_nothing_is_told_as_zero_percent() -> None:
    nothing = {name: seen.clear() for name, seen in SEEN.items()} | {
        Question.INTAKE: frame("intake", {}),
        Question.INVARIANTS: SEEN[Question.INVARIANTS],
        Question.MOMENT: SEEN[Question.MOMENT],
    }
    for kpi in KPIS:
        figure = measured(kpi, nothing)
        assert figure.value is None or kpi.unit not in ("share", "hours", "per_1000") or kpi.key == "hours_to_report"
        assert (figure.value is None) == (figure.why is not None)
    assert all(table.rows == () for table in (*tables_of(nothing), deeds(nothing)))


def report() -> Report:
    figures = tuple(measured(kpi, SEEN) for kpi in KPIS)
    tables = (*tables_of(SEEN), deeds(SEEN))
    return Report(
        show={"show_id": "night", "title_zh": "夜", "title_en": "<script>alert(1)</script>", "starts_at": None,
              "ends_at": None, "anchors": "杨|李", "peak_viewers": 9},
        made_at=NOW.isoformat(), data_version=41, rules={"report": "v1", "douyin 2026-08-10": "10", "kuaishou -": "2"},
        questions=dict.fromkeys([question.value for question in Question], "FROM boards.report_x('night')"),
        figures=figures, tables=tables, changes=changes_called_for(POLICY.changes, figures, tables, ended=True),
        targets=POLICY.targets,
    )  # fmt: skip


def test_an_action_without_effect_says_so_with_its_interval_and_one_that_is_not_due_says_that() -> None:
    table = deeds(SEEN)
    names = [column.key for column in table.columns]
    t = WORDS["en"]
    told = [
        {name: t.cell(column, value) for name, column, value in zip(names, table.columns, row, strict=True)}
        for row in table.rows
    ]
    assert [(row["verdict"], row["effect"], row["low"], row["high"]) for row in told] == [
        ("Worked", "40", "40", "55"),
        ("No effect", "-0.4%", "-3.1%", "+2.2%"),
        ("Not due yet", "—", "—", "—"),
        ("—", "—", "—", "—"),
        ("—", "—", "—", "—"),
    ]
    assert (told[0]["promised"], told[0]["happened"]) == ("units 100", "units 80")
    assert told[4]["happened"] == "—"  # it was never carried out


def test_a_rule_calls_for_a_change_only_where_its_figure_passes_the_limit_and_stands_on_enough() -> None:
    tables = tables_of(SEEN)
    rule = next(one for one in POLICY.changes if one.key == "larger_pools")

    def called(value: float | None, whole: float) -> bool:
        figure = Figure("sold_out", value, None, None, whole, None, None)
        return bool(changes_called_for([rule], [figure], tables, ended=False))

    assert called(rule.limit + 1e-9, rule.least)
    assert not called(rule.limit, rule.least)
    assert not called(1.0, rule.least - 1)
    assert not called(None, rule.least)
    left = next(one for one in POLICY.changes if one.key == "smaller_pools")
    unsold = Figure("pool_sold", 0.1, None, None, 500.0, None, None)
    assert not changes_called_for([left], [unsold], tables, ended=False)  # it may still be sold
    assert changes_called_for([left], [unsold], tables, ended=True)
    [change] = changes_called_for([rule], [Figure("sold_out", 0.2, None, None, 500.0, None, None)], tables, ended=True)
    assert (change.worst, change.worst_amount) == ([None, None, "RICE"], 1.0)
    assert WORDS["en"].change(change).startswith("20.0% of orders lost to stock-out, over 0.5%: keep more RICE")


def test_every_rule_and_column_that_is_named_is_there() -> None:
    heads = {table.key: {column.key for column in table.columns} for table in (*tables_of(SEEN), deeds(SEEN))}
    for rule in POLICY.changes:
        if rule.worst:
            table, column = rule.worst.split(".")
            assert column in heads[table], rule.key


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"change": [PARSED["change"][0] | {"figure": "luck"}]}, "no figure 'luck'"),
        ({"change": [PARSED["change"][0] | {"below": 1.0}]}, "above or below, and not both"),
        ({"change": [PARSED["change"][0]] * 2}, "two [[change]] for larger_pools"),
        ({"change": [PARSED["change"][0] | {"worst": "pools"}]}, "a table and its column"),
        ({"times": PARSED["times"] | {"appeal_days": -1.0}}, "must lie between 0 and 60"),
        ({"tomes": {}}, "nobody reads: tomes"),
    ],
)
def test_a_wrong_rule_is_refused_in_a_sentence(change: dict[str, Any], told: str) -> None:
    with pytest.raises(BadSetting) as refused:
        policy_from(PARSED | change)
    assert told in str(refused.value)


def test_a_report_is_read_as_it_was_kept() -> None:
    whole = report()
    assert report_of(as_json(whole)) == report_of(as_json(report_of(as_json(whole))))
    assert report_of(as_json(whole)).figures == whole.figures


def test_both_languages_word_everything_that_a_report_can_say() -> None:
    assert {f: set(words) for f, words in WORDS["zh"].texts.items()} == {
        f: set(words) for f, words in WORDS["en"].texts.items()
    }
    whole = report()
    for t in WORDS.values():
        for family in ("kpi", "made_of", "source"):
            assert set(t.texts[family]) == set(KPI_OF)
        assert set(t.texts["why_not"]) == {why.value for why in WhyNot}
        assert set(t.texts["chapter"]) == {chapter.value for chapter in Chapter}
        assert set(t.texts["change"]) == {rule.key for rule in POLICY.changes}
        assert set(t.texts["table"]) == {table.key for table in whole.tables}
        for table in whole.tables:
            for column in table.columns:
                assert column.key in t.texts["col"]
                if column.kind is Kind.CODE:
                    for row in table.rows:
                        value = row[[head.key for head in table.columns].index(column.key)]
                        family = t.texts[FAMILY_OF.get(column.key, column.key)]
                        assert value is None or value in family, (column.key, value)


def test_the_paper_holds_every_number_with_its_trace_and_runs_nothing() -> None:
    for t in WORDS.values():
        page = paper(report(), t, report_no=3, made_by="林 <b>", occasion="settled")
        assert "<script" not in page
        assert "林 <b>" not in page and "林 &lt;b&gt;" in page
        for kpi in KPIS:
            assert f'id="trace-{kpi.key}"' in page
        assert t("cannot", why=t.of("why_not", "no_plan")) in page
        assert t.of("verdict", "no_effect") in page


def test_a_share_is_all_or_nothing_only_where_it_is() -> None:
    assert [share(value) for value in (0, 0.0001, 0.992, 0.9996, 1)] == ["0%", "<0.1%", "99.2%", ">99.9%", "100%"]


def with_late(parcels: int, late: int, *, sold_out: tuple[int, int]) -> Report:
    """A report of one carrier, two articles of one supplier, and one anchor."""
    part, whole = sold_out
    score = score_of(part, whole)
    assert score is not None
    carriers = made("carriers", Chapter.SHIPPING, Question.PARCELS,
                    {"carrier": Kind.NAME, "due_parcels": Kind.COUNT, "late": Kind.COUNT},
                    [(["快", "Fast", "FAST"], parcels, late)])  # fmt: skip
    goods = made("goods", Chapter.SERVICE, Question.GOODS,
                 {"sku": Kind.NAME, "supplier": Kind.TEXT, "units": Kind.COUNT, "damaged": Kind.COUNT},
                 [([None, None, "OIL"], "S", 100, 8), ([None, None, "RICE"], "S", 100, 2)])  # fmt: skip
    figure = Figure("sold_out", score.value, None, score.part, score.whole, score.low, score.high)
    changes = changes_called_for([one for one in POLICY.changes if one.key == "larger_pools"], [figure], (), ended=True)
    return replace(report(), tables=(carriers, goods), figures=(figure,), changes=changes)


def test_everybody_is_scored_from_show_to_show_and_told_apart_only_where_it_cannot_be_chance() -> None:
    first, second, third = (
        with_late(400, 80, sold_out=(40, 1000)),
        with_late(400, 88, sold_out=(30, 1000)),
        with_late(400, 8, sold_out=(2, 1000)),
    )
    [carrier] = scorecard([first, second], Whom.CARRIERS, "late")
    assert (carrier.name, [score and score.value for score in carrier.scores]) == (["快", "Fast", "FAST"], [0.2, 0.22])
    assert carrier.told is Told.CHANCE
    assert scorecard([second, third], Whom.CARRIERS, "late")[0].told is Told.BETTER
    assert scorecard([third, first], Whom.CARRIERS, "late")[0].told is Told.WORSE
    [supplier] = scorecard([first, second], Whom.SUPPLIERS, "damaged")
    assert (supplier.name, supplier.scores[0] and supplier.scores[0].value, supplier.told) == ("S", 0.05, Told.SAME)
    assert [row.name for row in scorecard([first], Whom.ANCHORS, "sold_out")] == ["李", "杨"]
    assert scorecard([replace(first, tables=())], Whom.NODES, "late") == ()
    # Four of a hundred orders lost called for larger pools: three may be chance, two of a thousand are not.
    assert [(one.change.key, one.told) for one in followed(first, second)] == [("larger_pools", Told.CHANCE)]
    assert [one.told for one in followed(first, third)] == [Told.BETTER]
    assert followed(third, first) == ()  # nothing was called for


def test_every_measure_over_time_is_in_the_reports_of_today() -> None:
    whole = report()
    for whom, measures in MEASURES.items():
        for measure in measures:
            assert scorecard([whole, whole], whom, measure.key), (whom, measure.key)


def test_money_has_its_sign_before_it() -> None:
    assert [money(cents) for cents in (0, -19_831, 1_234_500)] == ["¥0.00", "-¥198.31", "¥12,345"]


def test_a_table_keeps_what_somebody_reads_and_says_what_it_left_out() -> None:
    many = made("stars", Chapter.SERVICE, Question.ORDERS, {"stars": Kind.STARS}, [(1,)] * 250)
    assert (len(many.rows), many.left) == (200, 50)
