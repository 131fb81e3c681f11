"""What a robot's answer means: HTTP 200 says that somebody listened, only the code in the body that it was taken."""

from typing import Any

import orjson

from engine.channels.http_post import Reply
from engine.channels.outgoing import Answer, Outcome, told


def json_of(reply: Reply) -> dict[str, Any] | None:
    """The JSON object of an answer; None where there is none."""
    try:
        found = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def judged(reply: Reply, code_names: tuple[str, ...], words_names: tuple[str, ...], busy: frozenset[int]) -> Answer:
    """`code_names`: the first of these in the body is the code, 0 is success. `busy`: codes of too much at once."""
    if reply.status == 429:
        return Answer(Outcome.THROTTLED, "The robot answered 429: too many messages.", reply.retry_after)
    if 300 <= reply.status < 400:
        return Answer(Outcome.FAILED, f"The robot answered {reply.status}, a redirect, which is not followed.")
    if reply.status != 200:
        return Answer(Outcome.FAILED, f"The robot answered {reply.status}.")
    found = json_of(reply)
    code = next((found[name] for name in code_names if name in found), None) if found else None
    if found is None or not isinstance(code, int):
        return Answer(Outcome.FAILED, "The robot answered 200 without a code in it.")
    if code == 0:
        return Answer(Outcome.SENT)
    words = told(next((found[name] for name in words_names if found.get(name)), ""))
    if code in busy:
        return Answer(Outcome.THROTTLED, f"The robot answered {code}: {words}", reply.retry_after)
    return Answer(Outcome.FAILED, f"The robot answered {code}: {words}")
