"""The wheel in an empty environment: `wordgen setup` and `wordgen serve`, away from the clone."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import httpx2
import pytest

from tests.process.server import ROOT, free_port, started_command
from wordgen_site import __version__

BUILD_SECONDS = 300
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


def _run(command: list[str], folder: Path, env: dict[str, str] | None = None) -> str:
    ended = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=BUILD_SECONDS
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
