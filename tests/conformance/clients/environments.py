"""Run clients that other people wrote, each with packages of its own.

Those of Python are in the environments of `make clients`; npm installs those of JavaScript.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.conformance.server import KEYS, Server
from tests.npm import installed

HERE = Path(__file__).parent
TIMEOUT_SECONDS = 120


def program(environment: str, name: str) -> Path:
    """A program of the environment with the packages of `ENVIRONMENT.txt`."""
    path = Path(settings.BASE_DIR) / ".venv-clients" / environment / "bin" / name
    if not path.exists():
        pytest.skip(f"there is no {path}: run `make clients`")
    return path


def run(command: Sequence[str | Path], **environment: str) -> str:
    """Returns what the command prints."""
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_script(environment: str, script: str, request: dict[str, Any]) -> dict[str, Any]:
    """Give a request to a script of this folder; returns the JSON that it prints."""
    output = run([program(environment, "python"), HERE / script, json.dumps(request)])
    found: dict[str, Any] = json.loads(output)
    return found


def run_node(script: str, packages: Sequence[str], server: Server) -> dict[str, Any]:
    """Run a script of this folder with npm packages (`name@version`).

    Returns the JSON that it prints.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    versions = "-".join(package.rpartition("@")[2] for package in packages)
    folder = Path(settings.BASE_DIR) / "data" / "npm" / f"{Path(script).stem}-{versions}"
    modules = folder / "node_modules"
    if reason := installed(packages, modules):
        pytest.skip(reason)
    found: dict[str, Any] = json.loads(
        run([node, HERE / script, modules, f"{server.url}/v1", KEYS[0]])
    )
    return found
