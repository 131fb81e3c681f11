"""What do buyers say lately that belongs to no class, and do many say the same?

Texts are alike by the characters they share (single ones and pairs, rare ones weighing more). Where enough texts are
alike, they and what is alike to them are one topic (DBSCAN: no number of topics is asked for, and what is like nothing
else is none). A topic is news when it grew: many buyers in the last hours, and few in the days before. It is named by
the pairs of characters that its texts share and others lack.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.stats import poisson
from sklearn.cluster import DBSCAN
from sklearn.feature_extraction.text import TfidfVectorizer

from engine.aftersales.batch_policy import TopicRules

_NOISE = re.compile(r"[\d\W_]+")
"""Numbers, punctuation, emoji and markup name nothing, and numbers may be somebody's."""


@dataclass(frozen=True, slots=True)
class Said:
    """One ticket's words. age_hours: since it was asked."""

    ticket_id: str
    buyer: str | None
    text: str
    age_hours: float


@dataclass(frozen=True, slots=True)
class Topic:
    """Tickets that say the same, the newest last. buyers: distinct ones lately; expected: from the days before;
    p_value: the chance that any of the topics grows so by itself. `grew`: by the policy."""

    words: tuple[str, ...]
    ticket_ids: tuple[str, ...]
    late_ids: tuple[str, ...]
    buyers: int
    expected: float
    p_value: float
    grew: bool


def find_topics(said: Sequence[Said], rules: TopicRules) -> list[Topic]:
    """All topics with as many buyers lately as the policy asks for, the largest first."""
    told = [(one, _NOISE.sub("", one.text)) for one in said]
    told = [(one, text[: rules.most_characters]) for one, text in told if len(text) >= 4]
    told = sorted(told, key=lambda pair: pair[0].age_hours)[: rules.most_texts]
    if len(told) < rules.least_buyers:
        return []
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32)
    matrix = csr_matrix(vectorizer.fit_transform([text for _, text in told]))
    alike = csr_matrix(matrix @ matrix.T)
    apart = alike.copy()
    apart.data = np.maximum(1 - alike.data, 1e-6)
    linked = DBSCAN(eps=1 - rules.alike, min_samples=rules.core, metric="precomputed").fit(apart)
    label = linked.labels_
    count = int(label.max(initial=-1)) + 1
    grams = vectorizer.get_feature_names_out()
    topics = []
    for number in range(count):
        places = np.flatnonzero(label == number)
        members = [told[place][0] for place in places]
        late = [one for one in members if one.age_hours <= rules.late_hours]
        buyers = len({one.buyer or one.ticket_id for one in late})
        if buyers < rules.least_buyers:
            continue
        before = len({one.buyer or one.ticket_id for one in members if one.age_hours > rules.late_hours})
        expected = before * rules.late_hours / (24 * rules.before_days)
        p_value = min(1.0, float(poisson.sf(buyers - 1, expected + 0.5)) * count)
        grew = buyers >= rules.growth * max(expected, 1.0)
        oldest_first = sorted(members, key=lambda one: -one.age_hours)
        weight = np.asarray(matrix[places].mean(axis=0)).ravel() - np.asarray(matrix.mean(axis=0)).ravel()
        topics.append(
            Topic(
                _named(weight, grams, rules.words), tuple(one.ticket_id for one in oldest_first),
                tuple(one.ticket_id for one in late), buyers, expected, p_value, grew,
            )
        )  # fmt: skip
    return sorted(topics, key=lambda topic: -topic.buyers)


def _named(weight: np.ndarray, grams: np.ndarray, most: int) -> tuple[str, ...]:
    """The heaviest pairs of characters, no character in two of them."""
    words: list[str] = []
    for place in np.argsort(-weight)[:60]:
        gram = str(grams[place])
        if weight[place] <= 0 or len(words) >= most:
            break
        if len(gram) == 2 and not any(set(gram) & set(word) for word in words):
            words.append(gram)
    return tuple(words)
