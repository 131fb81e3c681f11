"""The actions of a report: what was promised, what happened, what it brought. One that had no effect says so."""

from typing import Any

import orjson

from engine.model.actions import ActionState, Verdict
from engine.reports.figures import Chapter, Question, Seen
from engine.reports.lists import Kind, Table, made

COLUMNS = {
    "action": Kind.CODE, "subject": Kind.NAME, "action_state": Kind.CODE, "actor": Kind.TEXT, "cost_cents": Kind.CENTS,
    "gain_cents": Kind.CENTS, "orders": Kind.COUNT, "promised": Kind.TEXT, "happened": Kind.TEXT, "verdict": Kind.CODE,
    "measured": Kind.CODE, "effect": Kind.TEXT, "low": Kind.TEXT, "high": Kind.TEXT, "compared": Kind.COUNT,
}  # fmt: skip


def deeds(seen: Seen) -> Table:
    """Every action of the show, the executed ones first. promised, happened: JSON of figures by name. verdict: `open`
    while the horizon of an executed one has not passed, null for what was not carried out."""
    frame = seen[Question.ACTIONS]
    rows = sorted((_row(row) for row in frame.iter_rows(named=True)), key=lambda row: row[0])
    return made("actions", Chapter.ACTIONS, Question.ACTIONS, dict(COLUMNS), [row[1] for row in rows])


def _row(row: dict[str, Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    told = orjson.loads(row["detail"]) if row["detail"] else {}
    promised = told.get("promised") or orjson.loads(row["preview"]).get("promised", {})
    carried = row["executed_at"] is not None
    verdict = row["verdict"]
    if verdict is None and row["state"] == ActionState.EXECUTED:
        verdict = "open"
    share = (row["measure"] or "").endswith("share")
    spans = [_signed(row[name], share=share) for name in ("effect", "low", "high")]
    if verdict == Verdict.CANNOT_TELL:
        spans = [None, None, None]
    cells = (
        row["kind"], [row["name_zh"], row["name_en"], row["subject"]], row["state"], row["actor"],
        row["cost_cents"], row["gain_cents"], row["orders"],
        orjson.dumps(promised).decode(), orjson.dumps(told.get("happened", {})).decode() if carried else None, verdict,
        row["measure"], *spans, row["compared"],
    )  # fmt: skip
    rank = 0 if verdict not in (None, "open") else 1 if carried else 2
    return (rank, row["proposed_at"], row["action_id"]), cells


def _signed(value: float | None, *, share: bool) -> str | None:
    if value is None:
        return None
    return f"{100 * value:+.1f}%" if share else f"{value:,.0f}"
