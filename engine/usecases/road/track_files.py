"""Files of tracking into the room: JSON or JSON Lines of a provider's own pushes, or events in the room's own format.

Committed in pieces, so that a kill loses nothing: what was committed is found again as repeated.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from engine.errors import BadFile
from engine.intake import tracking_kdniao, tracking_kuaidi100, tracking_sf
from engine.intake.tracking_canonical import parse_canonical_tracking
from engine.intake.tracking_report import TrackingReport
from engine.model.tracking import Provider
from engine.usecases.road.track import TrackReceipt, track
from engine.usecases.room.workplace import Workplace

PIECE = 20_000
"""Events a commit, as one request may bring."""

COUNTS = ("read", "recorded", "repeated", "retracted", "refused", "missing", "picked_up")


def track_file(
    work: Workplace, path: Path, provider: Provider, *, actor: str, progress: Callable[[int], object]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Take in one file; returns its totals (COUNTS and `unknown`) and what was refused. Raises BadFile, BadRequest."""
    totals: dict[str, Any] = {**dict.fromkeys(COUNTS, 0), "unknown": {}}
    faults: list[dict[str, Any]] = []
    for report in _reports(_entries(path), provider, work):
        receipt = track(work, report, actor=actor)
        _add(totals, receipt)
        faults.extend(receipt.faults)
        progress(receipt.read)
    return totals, faults


def _add(totals: dict[str, Any], receipt: TrackReceipt) -> None:
    for name in COUNTS:
        totals[name] += getattr(receipt, name)
    for code, events in receipt.unknown.items():
        totals["unknown"][code] = totals["unknown"].get(code, 0) + events


def _reports(entries: Sequence[Any], provider: Provider, work: Workplace) -> Iterator[TrackingReport]:
    if provider is Provider.CANONICAL:
        for first in range(0, len(entries), PIECE):
            yield parse_canonical_tracking(entries[first : first + PIECE])
    for push in entries if provider is not Provider.CANONICAL else ():
        if provider is Provider.SF:
            yield tracking_sf.parse_sf_routes(push)
        elif provider is Provider.KUAIDI100:
            yield tracking_kuaidi100.parse_kuaidi100_push(_text(push), now=work.now())
        else:
            yield tracking_kdniao.parse_kdniao_push(_text(push))[1]


def _text(push: object) -> str:
    return orjson.dumps(push).decode()


def _entries(path: Path) -> list[Any]:
    """The pushes or events of a file: one a line, or one list, or {"events": [...]}."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from error
    try:
        if path.suffix.lower() in (".jsonl", ".ndjson"):
            return [orjson.loads(line) for line in data.splitlines() if line.strip()]
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadFile(f"{path.name} is not JSON: {error}.") from None
    if isinstance(document, dict):
        document = document.get("events", [document])
    if not isinstance(document, list):
        raise BadFile(f"{path.name} holds no list of events or pushes.")
    return document
