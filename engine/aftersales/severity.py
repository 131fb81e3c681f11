"""How bad is it, by the buyer's own words and by what is asked for? Words are data; a denied word does not count."""

from dataclasses import dataclass

from engine.aftersales.compensation_policy import Wording
from engine.model.compensation import Severity
from engine.model.tickets import Claim, Complaint

READ = 2000
"""Characters of a text that are looked at: the longest honest complaint of 22,305 had 1,046."""

_STOPS = frozenset("，。！？；、,.!?; \n\t")


@dataclass(frozen=True, slots=True)
class Judged:
    """The severity, and by what: the words found, or else 'claim' or 'unsaid'."""

    severity: Severity
    words: tuple[str, ...]
    ground: str


def severity_of(
    text: str, complaint: Complaint, claim: Claim, *, refund_share: float | None, wording: Wording
) -> Judged:
    """`text`: plain, as ticket_words has it. `refund_share`: asked back, of what was paid for the goods concerned; None
    where nothing is known."""
    read = text[:READ]
    for severity in (Severity.HEALTH, Severity.SERIOUS, Severity.SMALL):
        said = tuple(word for word in wording.words[severity] if _meant(read, word, wording))
        if said:
            return Judged(severity, said, "words")
    asks_all = refund_share is not None and refund_share >= wording.serious_refund_share
    if asks_all and claim in (Claim.REFUND, Claim.RETURN):
        return Judged(Severity.SERIOUS, (), "claim")
    return Judged(wording.unsaid[complaint], (), "unsaid")


def _meant(text: str, word: str, wording: Wording) -> bool:
    """Whether `word` stands in the text at least once without a negator just before it."""
    at = text.find(word)
    while at >= 0:
        before = text[max(0, at - wording.near) : at]
        for stop, letter in enumerate(reversed(before)):
            if letter in _STOPS:
                before = before[len(before) - stop :]
                break
        if not any(negator in before for negator in wording.negators):
            return True
        at = text.find(word, at + 1)
    return False
