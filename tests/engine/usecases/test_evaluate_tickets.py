"""`evaluate tickets`: a label for every text, nothing learned from what is tested, and one sentence for a bad file."""

from pathlib import Path

import orjson
import polars as pl
import pytest

from engine.__main__ import main
from engine.aftersales.self_training import told_again
from engine.model.tickets import Complaint
from engine.usecases.service.complaint_texts import read_texts, read_training
from engine.usecases.service.ticket_language import load_language

ASKED = 'id,text\n1,五天了米还没到\n2,"桶漏了，一箱子油"\n3,\n4,拍的黑米发来糙米\n1,生虫了\n'


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], pl.DataFrame]:
    """One run with labelled and unlabelled texts beside those that ship."""
    folder = tmp_path_factory.mktemp("tickets")
    (folder / "asked.csv").write_text(ASKED, encoding="utf-8-sig")
    (folder / "labelled.csv").write_bytes("text,label\n桶漏了一箱子油！,damaged\n纸箱塌了,damaged\n".encode("gb18030"))
    (folder / "more.csv").write_text("cat,review\n水果,烂了好多，都发霉了\n油,五天了，米还没到。\n", encoding="utf-8")
    out = folder / "said.csv"
    train = ["--train", str(folder / "labelled.csv"), "--train", str(folder / "more.csv")]
    with pytest.MonkeyPatch.context() as patch:
        printed: list[str] = []
        patch.setattr("builtins.print", lambda *said, **_: printed.append(str(said[0])))
        assert main(["evaluate", "tickets", str(folder / "asked.csv"), "--out", str(out), *train, "--json"]) == 0
    return orjson.loads(printed[-1]), pl.read_csv(out, infer_schema=False)


def test_every_row_gets_a_label_in_order_even_where_the_room_would_ask_a_person(
    evaluated: tuple[dict[str, object], pl.DataFrame],
) -> None:
    _, said = evaluated
    assert said.columns == ["id", "label", "confidence", "certain"]
    assert said["id"].to_list() == ["1", "2", "3", "4", "1"]
    assert said["label"].to_list() == ["not_received", "damaged", "other", "wrong_item", "quality"]
    assert said["certain"][2] == "false"


def test_what_is_tested_is_not_learned_from_not_even_retold(evaluated: tuple[dict[str, object], pl.DataFrame]) -> None:
    summary, _ = evaluated
    learned = summary["learned_from"]
    assert isinstance(learned, dict)
    assert (learned["labelled"], learned["unlabelled"], learned["left_out_as_tested"]) == (1, 1, 2)


def test_near_means_the_same_words_and_not_the_same_subject() -> None:
    tested = pl.Series(["大米漏了半袋，袋子底下有个洞", ""])
    texts = pl.Series(
        ["大米漏了半袋袋子底下有个洞！！", "大米漏了", "袋子底下没有洞，大米很好", "大米漏了半袋，袋子底下有个小洞"]
    )
    assert told_again(texts, tested, load_language()).tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"id,words\n1,a\n", "has no column text; it has id, words"),
        (b"text\na\n", "has no column id"),
        (b"id,text\n1,\x80\xff\xff\n", "neither UTF-8 nor GB18030"),
        (b"id,text\n1,a,b,c\n", "cannot be read as CSV"),
    ],
)
def test_a_file_to_judge_that_is_none_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, sentence: str
) -> None:
    path = tmp_path / "asked.csv"
    path.write_bytes(content)
    assert main(["evaluate", "tickets", str(path), "--out", str(tmp_path / "out.csv")]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out.csv").exists()


def test_a_label_nobody_knows_is_refused_with_its_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked, train = tmp_path / "asked.csv", tmp_path / "train.csv"
    asked.write_text(ASKED, encoding="utf-8")
    train.write_text("text,label\na,quality\nb,bad\n", encoding="utf-8")
    assert main(["evaluate", "tickets", str(asked), "--out", str(tmp_path / "o"), "--train", str(train)]) == 2
    assert (
        f"train.csv, record 3: 'bad' is no label; it must be one of {', '.join(Complaint)}." in capsys.readouterr().err
    )


def test_texts_are_read_in_either_encoding_and_under_either_name(tmp_path: Path) -> None:
    utf, gb = tmp_path / "utf.csv", tmp_path / "gb.csv"
    utf.write_text("ID,Text\n1,漏\n", encoding="utf-8-sig")
    gb.write_bytes("cat,review\n油,漏\n油,漏\n".encode("gb18030"))
    assert read_texts(utf).rows() == [("1", "漏")]
    assert read_training([gb, gb]).unlabelled.to_list() == ["漏"]
