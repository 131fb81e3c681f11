"""A model of complaints as text that a database can keep, and back: numbers and words only, never code.

What the model knows of the language (lexicon, characters) and its policy are not kept: they are files of the room. A
model fitted with another lexicon cannot be read with this one, and says so.
"""

import base64
import io
from hashlib import blake2b
from typing import Any

import numpy as np
import orjson

from engine.aftersales.complaint_model import COMPLAINTS, ComplaintModel, Language
from engine.aftersales.ticket_policy import TicketPolicy
from engine.errors import BadSetting

FORMAT = 1
"""Raised whenever what stands in `arrays`, or how features are made, changes."""


def language_print(language: Language) -> str:
    """A fingerprint of lexicon and characters: models fitted with another one must be fitted anew."""
    lexicon = language.lexicon
    said = orjson.dumps(
        [lexicon.names, lexicon.patterns, lexicon.denials, lexicon.apart, sorted(language.simplified.items())]
    )
    return blake2b(said, digest_size=8).hexdigest()


def as_content(model: ComplaintModel) -> str:
    """JSON; about 20 bytes a run of characters."""
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        keys=model.keys,
        rarity=model.rarity.astype(np.float32),
        weights=model.weights.astype(np.float32),
        bias=model.bias,
    )
    return orjson.dumps(
        {
            "format": FORMAT,
            "language": language_print(model.language),
            "complaints": list(COMPLAINTS),
            "concept_weight": model.policy.reading.concept_weight,
            "temperature": model.temperature,
            "learned_from": model.learned_from,
            "arrays": base64.b64encode(packed.getvalue()).decode(),
        }
    ).decode()


def fits(content: str, language: Language, policy: TicketPolicy) -> bool:
    """Whether `from_content` can read it with these files of the room."""
    kept = _parsed(content)
    return (
        kept.get("format") == FORMAT
        and kept.get("language") == language_print(language)
        and kept.get("complaints") == list(COMPLAINTS)
        and kept.get("concept_weight") == policy.reading.concept_weight
    )


def from_content(content: str, language: Language, policy: TicketPolicy) -> ComplaintModel:
    """The model again. Raises BadSetting where it is of another format, lexicon or weight of concepts."""
    if not fits(content, language, policy):
        raise BadSetting("The kept model of complaints was fitted with another lexicon or format; train it again.")
    kept = _parsed(content)
    with np.load(io.BytesIO(base64.b64decode(kept["arrays"])), allow_pickle=False) as arrays:
        return ComplaintModel(
            language=language,
            policy=policy,
            keys=arrays["keys"].astype(np.uint64),
            rarity=arrays["rarity"].astype(np.float64),
            weights=arrays["weights"].astype(np.float64),
            bias=arrays["bias"].astype(np.float64),
            temperature=float(kept["temperature"]),
            learned_from=int(kept["learned_from"]),
        )


def _parsed(content: str) -> dict[str, Any]:
    try:
        kept = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return kept if isinstance(kept, dict) else {}
