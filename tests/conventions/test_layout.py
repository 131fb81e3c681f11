"""The house rules that a machine can check; the reasons are in DESIGN's words at each test."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("engine", "jobs", "dashboard", "pages")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
TOP = {"dashboard", "engine", "pages", "data", "jobs", "tests"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_the_top_level_has_no_other_folders() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))}
    assert folders <= TOP


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_every_module_says_what_it_answers(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "a module starts with what it answers and refuses"


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_no_module_outgrows_one_idea(module: Path) -> None:
    lines = module.read_text(encoding="utf-8").count("\n")
    assert lines <= 330, f"{lines} lines: split it by idea"


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_no_module_has_a_name_that_says_nothing(module: Path) -> None:
    assert module.stem not in {"utils", "util", "helpers", "helper", "common", "manager", "handler", "misc", "base"}


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_nothing_waits_by_sleeping(module: Path) -> None:
    assert not re.search(r"\bsleep\(", module.read_text(encoding="utf-8")), "wait for an event, not for the clock"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_is_thin_and_sees_only_the_dashboard(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert imports(page) <= {"dashboard", "streamlit", "__future__", "datetime", "collections", "typing"}
    assert not re.search(r"\bSELECT\b|\bINSERT\b|\bUPDATE\b", text), "SQL lives in engine/store"
    assert text.count("\n") <= 120


@pytest.mark.parametrize(
    "path", [m for m in MODULES if m.is_relative_to(ROOT / "dashboard") or m.is_relative_to(ROOT / "pages")], ids=named
)
def test_the_slow_and_the_unsafe_parts_of_streamlit_stay_out(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for banned in ("st.line_chart", "st.area_chart", "st.bar_chart", "st.altair_chart", "unsafe_allow_html=True"):
        assert banned not in text
    if path != ROOT / "dashboard" / "reads.py":
        assert "cache_data" not in text, "dashboard/reads.py is the only cache"
        assert "cache_resource" not in text, "dashboard/reads.py is the only cache"


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_no_python_function_runs_inside_a_polars_expression(module: Path) -> None:
    # Polars runs it in its own threads, which wait for the interpreter while a thread that holds the interpreter
    # waits for them: seen with 100 sessions on two cores, and the process never came back.
    assert not re.search(r"\b(map_elements|map_batches|map_groups|map_rows)\(", module.read_text(encoding="utf-8"))


def test_requirements_are_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith(("#", "-r")):
                assert re.fullmatch(r"[\w\[\]-]+==[\w.]+", line), line


def test_the_layers_are_a_contract_and_not_a_paragraph() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    assert {contract["type"] for contract in contracts} == {"layers", "forbidden"}


def test_streamlit_keeps_no_garbage_collection_and_no_statistics() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["runner"]["postScriptGC"] is False
    assert config["browser"]["gatherUsageStats"] is False
    assert config["server"]["address"] == "127.0.0.1"
    assert config["theme"]["base"] == "dark"


def test_the_readme_shows_the_way_to_places_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:engine|jobs|dashboard|pages|data|tests)/[\w./-]*)`", readme):
        made_by_running = path == "data/warroom.duckdb"
        assert made_by_running or (ROOT / path).exists(), f"README names {path}, which is not there"
    for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", readme):
        assert (ROOT / picture).exists(), f"README shows {picture}, which is not there"
    assert "make run" in readme
    assert "make test" in readme
