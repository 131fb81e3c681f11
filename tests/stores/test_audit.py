"""The audit, asked with filters and taken out as a file, on both databases."""

import csv
import io
from datetime import timedelta

import polars as pl

from engine.store.screens.audit import AuditFilter, audit_count, audit_names, audit_page
from engine.usecases.room.export_audit import COLUMNS, FileForm, export_audit
from engine.usecases.room.record_refusal import record_refusal
from engine.usecases.room.room import Room
from tests.worlds import Clock

BOSS = "值班员"


def done(room: Room, actor: str, verb: str, subject: str, **told: object) -> int:
    with room.database.transaction(actor=actor, verb=verb, subject=subject) as tx:
        tx.note(**told)
        tx.keep()
    return room.database.data_version()


def test_filters_pages_and_files_of_the_audit(room: Room, clock: Clock) -> None:
    database = room.database
    everything = AuditFilter(operator=BOSS)
    start = audit_count(database, everything)
    done(room, BOSS, "top_up_pool", "night/RICE", before=3, after=5, reason="=1+1")
    clock.pass_(hours=2)
    done(room, "li@brand.cn", "correct_row", "row-1", before={"buyer": {"phone": "13812345678"}})
    done(room, f"{BOSS} @ 10.0.0.7", "top_up_pool", "night/OIL")
    done(room, "jobs", "allocate_orders", "night")
    record_refusal(database, "steer_now", actor="sub:9", role="analyst", needs="manager")

    def found(**chosen: object) -> list[str]:
        asked = AuditFilter(operator=BOSS, **chosen)  # type: ignore[arg-type]
        rows = audit_page(database, asked, limit=50)
        assert rows.height == min(audit_count(database, asked), 50)
        return rows["subject"].to_list()

    assert found(people=True) == ["steer_now", "night/OIL", "row-1", "night/RICE"]
    assert found(people=False)[0] == "night"
    assert found(verb="top_up_pool") == ["night/OIL", "night/RICE"]
    assert found(actor="li@brand.cn") == ["row-1"]
    assert found(subject="night/") == ["night/OIL", "night/RICE"]
    assert found(people=True, since=clock.at - timedelta(hours=1)) == ["steer_now", "night/OIL", "row-1"]
    assert audit_count(database, everything) == start + 5
    assert audit_names(database)["commits"].sum() == start + 5
    assert "refused" in audit_names(database)["verb"].to_list()

    people = AuditFilter(operator=BOSS, people=True)
    first = audit_page(database, people, limit=2)
    second = audit_page(database, people, limit=2, before=first["version"][-1])
    assert second["subject"].to_list() == ["row-1", "night/RICE"]
    assert audit_page(database, people, limit=2, after=second["version"][0]).equals(first), "there and back"

    made = export_audit(database, people, FileForm.CSV, actor="li@brand.cn")
    assert (made.rows, made.left) == (4, 0)
    lines = list(csv.DictReader(io.StringIO(made.data.decode("utf-8-sig"))))
    assert tuple(lines[0]) == COLUMNS
    assert lines[3]["reason"] == "'=1+1", "no cell starts a formula"
    assert (lines[3]["before"], lines[3]["after"]) == ("3", "5")
    assert "13812345678" not in made.data.decode()
    assert audit_page(database, people, limit=1)["verb"].to_list() == ["export_audit"], "who took it out is known"
    parquet = pl.read_parquet(io.BytesIO(export_audit(database, people, FileForm.PARQUET, actor=BOSS).data))
    assert parquet["subject"].to_list() == ["csv", "steer_now", "night/OIL", "row-1", "night/RICE"]


def test_what_somebody_types_into_a_filter_is_a_text_and_new_commits_are_counted_on(room: Room) -> None:
    start = audit_names(room.database)["commits"].sum()
    hostile = ("night/' OR true --", "\\' OR true --", "o'neil", "$$; DROP TABLE audit; --")
    for subject in hostile:
        done(room, BOSS, "top_up_pool", subject)
    for subject in hostile:
        page = audit_page(room.database, AuditFilter(operator=BOSS, subject=subject), limit=9)
        assert page["subject"].to_list() == [subject]
        assert audit_count(room.database, AuditFilter(operator=BOSS, actor=subject, verb="\x00")) == 0
    assert audit_names(room.database)["commits"].sum() == start + len(hostile)
