"""Clicks on the page of pick-stops."""

from collections.abc import Sequence

from dashboard.commands.desk import attempt, operator
from dashboard.permits import Told, command
from dashboard.runtime import room
from dashboard.wording import Words
from engine.usecases.floor.stop_picks import StopAnswer, answer_stops
from engine.usecases.room.receipts import AnswersReceipt


@command
def answer_stop(t: Words, pieces: Sequence[tuple[str, str]], word: str) -> Told:
    """Say for a node that the goods of these orders and parcels stayed (stopped) or left (shipped)."""
    found: list[AnswersReceipt] = []
    answers = [StopAnswer(order_id, parcel_id, word) for order_id, parcel_id in pieces]
    told = attempt(t, lambda: found.append(answer_stops(room(), answers, actor=operator())), "")
    if not found:
        return told
    [receipt] = found
    text = t("pick_stops.answered", n=t.count(receipt.applied), state=t.of("stop_state", word))
    if receipt.refused:
        text = f"{text} {t('pick_stops.not_taken', n=t.count(len(receipt.refused)))}"
    return Told(done=not receipt.refused, text=text)
