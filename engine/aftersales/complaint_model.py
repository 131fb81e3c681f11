"""What is a buyer's text about, and how sure may we be? A linear model over runs of characters and concepts.

Fitted by scikit-learn, kept as arrays, applied with NumPy and SciPy alone. Its confidence is calibrated on texts it had
not seen; below the policy's line it abstains. A model is a frozen value: many threads may ask one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from engine.aftersales.character_grams import Keys, common_keys, counted, grams, texts_with
from engine.aftersales.complaint_lexicon import Lexicon
from engine.aftersales.ticket_policy import TicketPolicy
from engine.aftersales.ticket_words import plain
from engine.errors import BadFile
from engine.model.blas import keep_to_one_thread
from engine.model.tickets import Complaint

COMPLAINTS: tuple[Complaint, ...] = tuple(Complaint)
"""The order of every array over complaints."""

Floats = npt.NDArray[np.float64]

_ENOUGH_JUDGED = 60
"""Texts from which their own spread sets the confidence."""


@dataclass(frozen=True, slots=True)
class Language:
    """What is known of the language before anything is learned: characters that stand for others, and concepts."""

    simplified: Mapping[str, str]
    lexicon: Lexicon


@dataclass(frozen=True, slots=True)
class ComplaintModel:
    """Weights of runs and concepts for each complaint. `temperature` divides the scores: above 1, it was too sure."""

    language: Language
    policy: TicketPolicy
    keys: Keys  # runs of characters, sorted
    rarity: Floats  # of each run: inverse document frequency
    weights: Floats  # complaints x (runs, then concepts)
    bias: Floats  # one a complaint
    temperature: float
    learned_from: int  # texts


@dataclass(frozen=True, slots=True)
class Lesson:
    """Labelled texts to learn from. `weights`: beside a text that ships (1). `judged`: those that confidence is set by.

    Texts that the project wrote are tidier than buyers' own, and what the model labelled itself it finds easy: neither
    may make it surer than it is.
    """

    texts: pl.Series
    named: npt.NDArray[np.int64]  # places in COMPLAINTS
    weights: Floats
    judged: npt.NDArray[np.bool_]

    def with_more(self, other: "Lesson") -> "Lesson":
        """Both, one after the other."""
        return Lesson(
            pl.concat([self.texts, other.texts]),
            np.concatenate([self.named, other.named]),
            np.concatenate([self.weights, other.weights]),
            np.concatenate([self.judged, other.judged]),
        )


def lesson(texts: pl.Series, labels: Iterable[str], *, weight: float, judged: bool) -> Lesson:
    """A lesson of texts that weigh the same. `labels`: values of Complaint."""
    named = np.array([COMPLAINTS.index(Complaint(label)) for label in labels], dtype=np.int64)
    every = len(named)
    return Lesson(texts.cast(pl.String), named, np.full(every, weight), np.full(every, judged, dtype=np.bool_))


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model, and what models that had not seen them said of the texts it learned from: texts x complaints."""

    model: ComplaintModel
    unseen: Floats


def fit(given: Lesson, language: Language, policy: TicketPolicy) -> ComplaintModel:
    """Learn, and set the confidence by texts held out in turn. The same lesson gives the same model.

    Where too few texts are judged, all set it. Raises BadFile where all texts have the same label.
    """
    return fit_and_check(given, language, policy).model


def fit_and_check(given: Lesson, language: Language, policy: TicketPolicy) -> Fitted:
    """`fit`, with the chances that it was checked by; those of texts that are not judged are zero."""
    said = plain(given.texts, language.simplified, most=policy.reading.most_characters)
    enough = int(given.judged.sum()) >= _ENOUGH_JUDGED
    judged = given.judged if enough else np.ones(len(said), dtype=np.bool_)
    held_out = np.zeros((len(said), len(COMPLAINTS)))
    fold_of = np.random.default_rng(0).permutation(np.arange(len(said)) % policy.learning.folds)
    for fold in range(policy.learning.folds):
        rest, test = np.flatnonzero(fold_of != fold), np.flatnonzero((fold_of == fold) & judged)
        if len(test):
            taught = _learn(said.gather(rest), given.named[rest], given.weights[rest], language, policy)
            held_out[test] = _scores(taught, features(taught, said.gather(test)))
    temperature = _temperature(held_out[judged], given.named[judged])
    whole = _learn(said, given.named, given.weights, language, policy)
    unseen = np.where(judged[:, None], softmax(held_out / temperature, axis=1), 0.0)
    return Fitted(replace(whole, temperature=temperature), unseen)


def chances(model: ComplaintModel, texts: pl.Series) -> Floats:
    """The calibrated chance of each complaint: texts x complaints, each row sums to 1."""
    return chances_of(model, features(model, said_in(model, texts)))


def chances_of(model: ComplaintModel, found: sparse.csr_matrix) -> Floats:
    """The same from `features`. A text that says nothing known (an empty one too) leaves all complaints as likely."""
    calibrated: Floats = softmax(_scores(model, found) / model.temperature, axis=1)
    calibrated[np.diff(found.indptr) == 0] = 1 / len(COMPLAINTS)
    return calibrated


def classify(model: ComplaintModel, texts: pl.Series) -> pl.DataFrame:
    """Of each text: `best` (the likeliest complaint), `confidence`, and `complaint` (null where it abstains)."""
    return labelled(model, chances(model, texts))


def labelled(model: ComplaintModel, found: Floats) -> pl.DataFrame:
    """The same from chances."""
    # Nothing known: everything else, and never sure of it.
    likeliest = np.where(found.max(axis=1) > found.min(axis=1), found.argmax(axis=1), COMPLAINTS.index(Complaint.OTHER))
    best = pl.Series("best", [COMPLAINTS[place].value for place in likeliest], dtype=pl.String)
    confidence = pl.Series("confidence", found.max(axis=1), dtype=pl.Float64)
    sure = confidence >= model.policy.certainty.certain
    return pl.DataFrame({"best": best, "confidence": confidence}).with_columns(
        complaint=pl.when(sure).then(pl.col("best")).otherwise(None)
    )


def said_in(model: ComplaintModel, texts: pl.Series) -> pl.Series:
    """The plain form of texts, as this model reads them."""
    return plain(texts, model.language.simplified, most=model.policy.reading.most_characters)


def features(model: ComplaintModel, said: pl.Series) -> sparse.csr_matrix:
    """What the weights are applied to, of texts in plain form: texts x (runs, then concepts)."""
    concepts = sparse.csr_matrix(
        model.language.lexicon.found(said) * np.float32(model.policy.reading.concept_weight), dtype=np.float32
    )
    return sparse.hstack([_weighed(counted(grams(said), model.keys), model.rarity), concepts], format="csr")


def _weighed(counts: sparse.csr_matrix, rarity: Floats) -> sparse.csr_matrix:
    """Logarithms of counts times rarity, each text scaled to length 1."""
    values = (1 + np.log(counts.data)) * rarity[counts.indices]
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    lengths = np.sqrt(np.bincount(rows, weights=values**2, minlength=counts.shape[0]))
    scaled = (values / np.maximum(lengths, 1e-12)[rows]).astype(np.float32)
    return sparse.csr_matrix((scaled, counts.indices, counts.indptr), shape=counts.shape)


def _learn(
    said: pl.Series, named: npt.NDArray[np.int64], weights: Floats, language: Language, policy: TicketPolicy
) -> ComplaintModel:
    found = grams(said)
    keys = common_keys(found, least=policy.learning.least_texts)
    rarity = np.log((1 + len(said)) / (1 + texts_with(counted(found, keys)))) + 1
    empty = np.zeros((len(COMPLAINTS), len(keys) + len(language.lexicon.names)))
    untaught = ComplaintModel(language, policy, keys, rarity, empty, np.full(len(COMPLAINTS), -9.0), 1.0, len(said))
    if len(np.unique(named)) < 2:
        raise BadFile("There is nothing to tell apart: all texts to learn from have the same label.")
    from sklearn.linear_model import LogisticRegression  # half a second of every start, and only fitting needs it

    keep_to_one_thread()
    solver = LogisticRegression(C=policy.learning.strength, max_iter=500)
    solver.fit(features(untaught, said), named, sample_weight=weights)
    taught, bias = empty.copy(), untaught.bias.copy()
    if len(solver.classes_) == 2:  # scikit-learn keeps one row of weights for two classes
        taught[solver.classes_] = np.concatenate([-solver.coef_, solver.coef_]) / 2
        bias[solver.classes_] = np.concatenate([-solver.intercept_, solver.intercept_]) / 2
    else:
        taught[solver.classes_], bias[solver.classes_] = solver.coef_, solver.intercept_
    return replace(untaught, weights=taught, bias=bias)


def _scores(model: ComplaintModel, found: sparse.csr_matrix) -> Floats:
    scored: Floats = found @ model.weights.T + model.bias
    return scored


def _temperature(scores: Floats, named: npt.NDArray[np.int64]) -> float:
    """What the scores must be divided by for the chances of unseen texts to be as likely as possible."""

    def loss(log_temperature: float) -> float:
        chosen = log_softmax(scores / np.exp(log_temperature), axis=1)[np.arange(len(named)), named]
        return -float(chosen.mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.1), np.log(10.0)), method="bounded").x))
