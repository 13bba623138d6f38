"""The plugin that turns skips into failures, in a pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.allowed_skips import ALLOWED

ROOT = Path(__file__).resolve().parent.parent

TESTS = """
import pytest

def test_runs(): pass

@pytest.mark.skip(reason="no database here")
@pytest.mark.parametrize("name", ["a"])
def test_is_skipped(name): pass

@pytest.mark.xfail
def test_is_known_to_fail(): assert False
"""
SKIPS_ITSELF = 'import pytest\npytest.importorskip("a_package_that_nobody_has")\n'


def run(folder: Path, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_made_up.py").write_text(TESTS)
    (folder / "test_skips_itself.py").write_text(SKIPS_ITSELF)
    (folder / "pytest.ini").write_text("[pytest]\n")
    options = ["-p", "tests.allowed_skips", "-p", "no:django", "-n", "1", "--rootdir", str(folder)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(folder)],
        cwd=ROOT,
        env={"CI": ci, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_elsewhere_a_skip_is_a_skip(tmp_path: Path) -> None:
    done = run(tmp_path, "")
    assert done.returncode == 0, done.stdout
    assert "1 passed, 2 skipped, 1 xfailed" in done.stdout


def test_in_ci_a_skip_fails_and_says_why(tmp_path: Path) -> None:
    done = run(tmp_path, "true")
    assert done.returncode != 0
    assert "test_made_up.py::test_is_skipped[a] was skipped" in done.stdout
    assert "no database here" in done.stdout
    assert "test_skips_itself.py was skipped" in done.stdout
    assert "a_package_that_nobody_has" in done.stdout


def test_the_list_names_tests_that_exist() -> None:
    for name in ALLOWED:
        path, _, function = name.partition("::")
        assert f"def {function}(" in (ROOT / path).read_text(encoding="utf-8"), name
