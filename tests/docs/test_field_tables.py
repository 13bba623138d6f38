"""docs/fields.md has the tables of `generation/openai/fields/other_fields.py`."""

from __future__ import annotations

import json
import re

from generation.openai.fields.other_fields import ALIASES, NEUTRAL, WITHOUT_EFFECT
from tests.docs.markdown import ROOT, code_spans

PAGE = (ROOT / "docs" / "fields.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its head."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    table = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)[1:]
    return [[cell.strip() for cell in row.split(" | ")] for row in table]


def test_the_other_names_are_those_of_the_code() -> None:
    table = {name.strip("`"): ours.strip("`") for name, ours in rows("Other names of our fields")}
    assert table == ALIASES


def test_the_accepted_values_are_those_of_the_code() -> None:
    table = {}
    for name, accepted, *_ in rows("Accepted with a value that changes nothing"):
        table[name.strip("`")] = [json.loads(value) for value in code_spans(accepted)]
    # Its second value is a setting, which the page says in a sentence.
    kwargs = NEUTRAL["chat_template_kwargs"].accepted
    assert kwargs == ({}, {"enable_thinking": False})
    expected = {name: list(refusal.accepted) for name, refusal in NEUTRAL.items()}
    assert table == expected | {"chat_template_kwargs": [{}]}


def test_the_ignored_fields_are_those_of_the_code() -> None:
    section = PAGE.split("## Accepted and ignored\n")[1]
    assert code_spans(section) == sorted(WITHOUT_EFFECT)
