"""docs/limits.md names settings and constants that exist, with their real values."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT

PAGE = (ROOT / "docs" / "limits.md").read_text("utf-8")
ROW = re.compile(
    r"^\| (?P<what>[^|]+) \| `(?P<place>[^`|]+)` \| (?P<value>[^|]+) \| (?P<answer>[^|]+) \|$"
)
ROWS = [match for line in PAGE.splitlines() if (match := ROW.match(line))]
# Limits of the program's own work, which no client meets.
INTERNAL = {
    "BATCH_GROUP_ITEMS",
    "BATCH_LEASE_SECONDS",
    "BATCH_SLICE_ITEMS",
    "BATCH_SLICE_SECONDS",
    "ENGINE_MAX_ROWS",
}


def defaults() -> dict[str, int]:
    """The second argument of each env_int in settings.py, without running it."""
    tree = ast.parse((ROOT / "wordgen_site" / "settings.py").read_text("utf-8"))
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "env_int":
            name = ast.literal_eval(node.args[0])
            expression = ast.unparse(node.args[1])
            # Numbers, products of numbers, and the name of an earlier setting.
            found[name] = found.get(expression) or eval(expression, {"__builtins__": {}})
    return found


def number(text: str) -> int:
    match = re.match(r"[\d,]+", text)
    assert match is not None, text
    return int(match[0].replace(",", ""))


def test_every_line_of_the_tables_is_read() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    heads = [line for line in lines if line.startswith("| what |")]
    assert len(ROWS) == len(lines) - len(heads)
    assert len(ROWS) > 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["place"]))
def test_the_setting_or_constant_has_this_value(row: re.Match[str]) -> None:
    path, is_constant, name = row["place"].rpartition("::")
    if is_constant:
        value: object = import_module(Path(path).with_suffix("").as_posix().replace("/", "."))
        for attribute in name.split("."):
            value = getattr(value, attribute)
    else:
        value = defaults()[name]
    assert value == number(row["value"])


def test_no_setting_with_a_limit_is_missing() -> None:
    named = {row["place"] for row in ROWS}
    limits = {
        name
        for name in defaults()
        if re.search(r"(^|_)MAX(_|$)|^BATCH_|TIMEOUT", name) and name not in INTERNAL
    }
    assert limits - named == set()


def test_every_answer_is_an_error_of_the_api_page_or_a_sentence() -> None:
    errors = (ROOT / "docs" / "api.md").read_text("utf-8").partition("## Errors")[2]
    for row in ROWS:
        for code in re.findall(r"\b[45]\d\d\b", row["answer"]):
            assert re.search(rf"^\| {code} \|", errors, re.MULTILINE), row["what"]
