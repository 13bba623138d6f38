"""The wheel in an empty environment: `wordgen setup` and `wordgen serve`, away from the clone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.process.server import ROOT, free_port, started_command
from wordgen_site import __version__

BUILD_SECONDS = 300
PAUSE = threading.Event()  # never set
PROMPT = [{"role": "user", "content": "Write about a dog."}]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    _run([*pip, "--no-index", "-w", str(folder), str(ROOT)], folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wordgen(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the command `wordgen` of a new environment with the wheel.

    The environment sees the packages that are installed here, so that torch is not installed
    twice. It comes first on its own path, so `wordgen_site` is the one of the wheel.
    """
    folder = tmp_path_factory.mktemp("environment")
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], folder)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps"]
    _run([*pip, "--no-index", str(wheel)], folder)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    # A plain path: addsitedir would also read the .pth file of the clone's editable install.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "wordgen"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """No setting but the port and what a test must know: the rest is as for a new user."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PORT": str(free_port()),
        "MODELS_DIR": str(ROOT / "data" / "models"),
        "SECRET_TOKEN": "sesame-open-wordgen-for-tests",
        "HF_HUB_OFFLINE": "1",
    }


def test_the_wheel_has_the_files_that_are_no_code(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    clone = {
        *(f"wordgen_site/{path.relative_to(ROOT)}" for path in (ROOT / "templates").rglob("*.*")),
        *(f"vocab/{path.relative_to(ROOT)}" for path in (ROOT / "wordlists").glob("*.txt")),
        *(
            str(path.relative_to(ROOT))
            for app in ("batches", "generation", "vocab")
            for path in (ROOT / app / "static").rglob("*.*")
        ),
    }
    assert len(clone) > 60
    assert clone - names == set()
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "templates/"))]


@pytest.mark.model
@pytest.mark.process
def test_an_installed_wordgen_writes_a_chat_in_a_new_home(
    wordgen: Path, env: dict[str, str], tmp_path: Path
) -> None:
    assert _run([str(wordgen), "version"], tmp_path, env).strip() == __version__
    shown = _run([str(wordgen), "setup"], tmp_path, env)
    data = tmp_path / ".local" / "share" / "wordgen"
    assert "Admin user: admin   password: " in shown
    assert (data / "db.sqlite3").is_file()
    assert data.stat().st_mode & 0o777 == 0o700
    with started_command([str(wordgen), "serve"], env, data, tmp_path) as server:
        answer = httpx2.post(
            f"{server.url}/v1/chat/completions",
            headers={"Authorization": f"Bearer {env['SECRET_TOKEN']}"},
            json={
                "messages": PROMPT,
                "vocab_lang": "en",
                "vocab_n_words": 500,
                "max_tokens": 12,
            },
            timeout=120,
        )
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["vocab_report"]["words"] > 0
        assert body["vocab_report"]["out_of_list"] == []
        login = httpx2.get(f"{server.url}/login/", timeout=30)
        assert login.status_code == 200
        style = httpx2.get(f"{server.url}/static/generation/playground.css", timeout=30)
        assert style.status_code == 200, server.log
        assert "Starting another one" not in server.log


@pytest.mark.process
def test_the_script_of_the_image_serves_in_a_new_folder(
    wordgen: Path, env: dict[str, str], tmp_path: Path
) -> None:
    """deploy/start.sh, with what the Dockerfile sets, in place of a container."""
    data = tmp_path / "data"
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "en.txt").write_text("the\na\ndog\nsees\n")
    env = {
        **env,
        "PATH": f"{wordgen.parent}:{env['PATH']}",
        "DATA_DIR": str(data),
        "WORDLIST_DIR": str(lists),
        "ENGINE": "scripted",
        "ENGINE_KEY": "k" * 32,
        "ENGINE_PRELOAD": "false",
        "PYTHONUNBUFFERED": "1",
    }
    start = str(ROOT / "deploy" / "start.sh")
    web = subprocess.Popen([start, "web"], cwd=tmp_path, env=env)
    url = f"http://127.0.0.1:{env['PORT']}"
    worker_env = {**env, "ENGINE_URL": url}
    worker: subprocess.Popen[bytes] | None = None
    try:
        _wait_until(lambda: _is_ready(url), web)
        worker = subprocess.Popen([start, "worker"], cwd=tmp_path, env=worker_env)
        answer = httpx2.post(
            f"{url}/v1/batch/jobs?vocab_lang=en",
            headers={"Authorization": f"Bearer {env['SECRET_TOKEN']}"},
            files={"file": ("p.json", json.dumps([{"messages": PROMPT}]).encode())},
        )
        assert answer.status_code == 200, answer.text
        job = f"{url}/v1/batch/jobs/{answer.json()['job_id']}"
        _wait_until(lambda: _status(job, env["SECRET_TOKEN"]) == "completed", worker)
        # The health check of the worker's container.
        assert "workers  1 alive" in _run([start, "status"], tmp_path, worker_env)
        assert data.stat().st_mode & 0o777 == 0o700
    finally:
        for process in filter(None, (worker, web)):
            process.terminate()  # as `docker stop`: the signal goes to this process only
            assert process.wait(BUILD_SECONDS) in (0, -signal.SIGTERM)


def _is_ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/health/ready", timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


def _status(job: str, key: str) -> str:
    answer = httpx2.get(job, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    return str(answer.json()["status"])


def _wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + BUILD_SECONDS
    while not condition():
        assert process.poll() is None, "the process has ended"
        assert time.monotonic() < deadline
        PAUSE.wait(0.1)


def _run(command: list[str], folder: Path, env: dict[str, str] | None = None) -> str:
    ended = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=BUILD_SECONDS
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
