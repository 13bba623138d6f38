"""Which part may know of which, and that nothing heavy is loaded before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings

ROOT = Path(django_settings.BASE_DIR)
HEAVY = ["torch", "transformers", "accelerate", "lmformatenforcer", "gguf"]


def test_setting_django_up_loads_nothing_heavy() -> None:
    code = f"""
import sys
import django
django.setup()
import wordgen_site.urls, wordgen_site.asgi, wordgen_site.admin, batches.tasks
import generation.management.commands.warmup
loaded = [name for name in {HEAVY} if name in sys.modules]
sys.exit(f"loaded: {{loaded}}" if loaded else 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def imported_by(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module or ""


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("vocab/words", {"django", "rest_framework", "channels", "django_q"}),
        ("generation/constraint", {"django", "rest_framework", "channels", "django_q"}),
        ("generation/engine", {"django", "rest_framework", "channels", "django_q"}),
        ("vocab/words", {"vocab.models", "vocab.revisions", "wordgen_site"}),
        ("vocab", {"generation", "batches"}),
        ("generation", {"batches"}),
    ],
)
def test_a_part_knows_nothing_of_what_is_built_on_it(folder: str, forbidden: set[str]) -> None:
    files = list((ROOT / folder).rglob("*.py"))
    assert len(files) > 3
    found = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imported_by(path)
        if any(name == module or name.startswith(f"{module}.") for module in forbidden)
    }
    assert found == set()


def test_the_client_library_is_for_tests_only() -> None:
    files = [
        path
        for folder in ("vocab", "generation", "batches", "wordgen_site")
        for path in (ROOT / folder).rglob("*.py")
    ]
    assert not [
        path for path in files for name in imported_by(path) if name.split(".")[0] == "openai"
    ]
