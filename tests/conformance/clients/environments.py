"""Run a script with a client that has an environment of its own (see `make clients`)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

HERE = Path(__file__).parent
TIMEOUT_SECONDS = 120


def program(environment: str, name: str = "python") -> Path:
    """A program of the environment that `ENVIRONMENT.txt` describes."""
    path = Path(settings.BASE_DIR) / ".venv-clients" / environment / "bin" / name
    if not path.exists():
        pytest.skip(f"there is no {path}: run `make clients`")
    return path


def run(environment: str, script: str, request: dict[str, Any]) -> dict[str, Any]:
    """Give a request to a script of this folder; returns the JSON that it prints."""
    done = subprocess.run(
        [program(environment), HERE / script, json.dumps(request)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
