"""The house rules that a machine can check; the reasons are in DESIGN's words at each test."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("engine", "jobs", "dashboard", "pages")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TEXTS = {path: path.read_text(encoding="utf-8") for path in MODULES}
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


def offenders(paths: Iterable[Path], offends: Callable[[Path, str], object]) -> list[str]:
    """The files that break a rule; one test a rule and not one a file, which would be five thousand of them."""
    return [named(path) for path in paths if offends(path, TEXTS[path])]


def test_every_module_says_what_it_answers() -> None:
    assert not offenders(MODULES, lambda _, text: text.strip() and not ast.get_docstring(ast.parse(text)))


def test_no_module_outgrows_one_idea() -> None:
    assert not offenders(MODULES, lambda _, text: text.count("\n") > 330), "over 330 lines: split it by idea"


def test_no_module_has_a_name_that_says_nothing() -> None:
    nothing = {"utils", "util", "helpers", "helper", "common", "manager", "handler", "misc", "base"}
    assert not offenders(MODULES, lambda path, _: path.stem in nothing)


def test_nothing_waits_by_sleeping() -> None:
    assert not offenders(MODULES, lambda _, text: re.search(r"\bsleep\(", text)), "wait for an event, not for the clock"


def test_a_page_is_thin_and_sees_only_the_dashboard() -> None:
    seen = {"dashboard", "streamlit", "__future__", "datetime", "collections", "typing"}
    assert not offenders(PAGES, lambda path, _: imports(path) - seen)
    assert not offenders(PAGES, lambda _, text: re.search(r"\bSELECT\b|\bINSERT\b|\bUPDATE\b", text)), (
        "SQL lives in engine/store"
    )
    assert not offenders(PAGES, lambda _, text: text.count("\n") > 120)


def test_the_slow_and_the_unsafe_parts_of_streamlit_stay_out() -> None:
    shown = [m for m in MODULES if m.is_relative_to(ROOT / "dashboard") or m.is_relative_to(ROOT / "pages")]
    for banned in ("st.line_chart", "st.area_chart", "st.bar_chart", "st.altair_chart", "unsafe_allow_html=True"):
        assert not offenders(shown, lambda _, text, banned=banned: banned in text), banned
    for cache in ("cache_data", "cache_resource"):
        elsewhere = [path for path in shown if path != ROOT / "dashboard" / "reads.py"]
        assert not offenders(elsewhere, lambda _, text, cache=cache: cache in text), (
            "dashboard/reads.py is the only cache"
        )


def test_no_python_function_runs_inside_a_polars_expression() -> None:
    # Polars runs it in its own threads, which wait for the interpreter while a thread that holds the interpreter
    # waits for them: seen with 100 sessions on two cores, and the process never came back.
    inside = re.compile(r"\b(map_elements|map_batches|map_groups|map_rows)\(")
    assert not offenders(MODULES, lambda _, text: inside.search(text))


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


def test_the_readme_names_commands_and_doors_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = "".join(
        TEXTS[ROOT / "engine" / name] for name in ("__main__.py", "evaluate_commands.py", "report_commands.py")
    )
    for command in re.findall(r"python -m engine ([a-z-]+)", readme):
        assert f'"{command}"' in commands, f"README names the command {command}, which is not there"
    routes = TEXTS[ROOT / "dashboard" / "api" / "routes.py"]
    for door in re.findall(r"`(?:GET|POST) (/[\w/-]+)`", readme):
        assert f'"{door}"' in routes, f"README names {door}, which nobody answers"
