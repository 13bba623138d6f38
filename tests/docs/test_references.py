"""Every link and every path in the documentation leads to something in this tree."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.markdown import PAGES, ROOT, anchors, code_spans, links

# Folders that hold the project. Others (data, .venv) are there or not.
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
FOLDERS = [*PACKAGES, ".ci", "deploy", "docs", "templates", "wordlists"]
PATH = re.compile(r"[\w.*{},-]+(/[\w.*{},-]+)*/?")
SOURCE = (".py", ".md")

every_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix()
)


@cache
def project_files() -> list[str]:
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return [path.relative_to(ROOT).as_posix() for path in found]


@cache
def defined_tests() -> set[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return {
        name
        for file in files
        for name in re.findall(r"def (test_\w+)\(", file.read_text(encoding="utf-8"))
    }


@every_page
def test_relative_links_lead_to_files_and_headings(page: Path) -> None:
    broken = []
    for link in links(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (
            anchor and anchor not in anchors(target.read_text(encoding="utf-8"))
        ):
            broken.append(link)
    assert broken == []


@every_page
def test_paths_in_code_spans_exist(page: Path) -> None:
    spans = code_spans(page.read_text(encoding="utf-8"))
    assert [span for span in spans if not _exists(span, page)] == []


@every_page
def test_tests_in_code_spans_exist(page: Path) -> None:
    spans = code_spans(page.read_text(encoding="utf-8"))
    named = {name for span in spans for name in re.findall(r"::(test_\w+)", span)}
    assert sorted(named - defined_tests()) == []


def _exists(span: str, page: Path) -> bool:
    """True as well for a span that is no path of this project."""
    path = span.partition("::")[0]
    if not PATH.fullmatch(path):
        return True
    first, slash, _ = path.partition("/")
    if slash and first in FOLDERS:
        # LANG in `wordlists/LANG.txt` is any name.
        return any(True for each in _alternatives(path) for _ in ROOT.glob(each.rstrip("/")))
    if path.endswith(SOURCE):
        beside = page.parent / path
        return beside.exists() or any(f"/{file}".endswith(f"/{path}") for file in project_files())
    return True


def _alternatives(path: str) -> list[str]:
    """Expand `{a,b}` and turn a name in capitals into a wildcard."""
    choice = re.search(r"\{([^{}]*)\}", path)
    if choice:
        head, tail = path[: choice.start()], path[choice.end() :]
        return [
            each for word in choice[1].split(",") for each in _alternatives(f"{head}{word}{tail}")
        ]
    return [path if (ROOT / path).exists() else re.sub(r"\b[A-Z]{2,}\b", "*", path)]


def test_a_missing_file_or_heading_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A `heading`, here\n[x](#a-heading-here) [y](#b) [z](no.md)\n")
    with pytest.raises(AssertionError, match=r"'#b', 'no\.md'"):
        test_relative_links_lead_to_files_and_headings(page)
    page.write_text("`vocab/models.py` `vocab/gone.py` `wordlists/LANG.txt` `gone.py` `a/b`\n")
    with pytest.raises(AssertionError, match=r"\['vocab/gone\.py', 'gone\.py'\]"):
        test_paths_in_code_spans_exist(page)
