"""The secret key: made once, private, and the same for all processes."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

from wordgen_site.config.secret_key import FILE_NAME, read_or_create_secret_key

THREADS = 8


def test_the_key_is_made_once(tmp_path: Path) -> None:
    data = tmp_path / "new" / "folder"
    key = read_or_create_secret_key(data)
    assert len(key) > 50
    assert read_or_create_secret_key(data) == key
    assert (data / FILE_NAME).read_text("ascii") == f"{key}\n"


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    read_or_create_secret_key(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    assert read_or_create_secret_key(tmp_path / "a") != read_or_create_secret_key(tmp_path / "b")


def test_a_key_that_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("given by hand\n", "ascii")
    assert read_or_create_secret_key(tmp_path) == "given by hand"
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_threads_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    barrier = Barrier(THREADS)

    def ask(folder: Path) -> str:
        barrier.wait()
        return read_or_create_secret_key(folder)

    with ThreadPoolExecutor(THREADS) as pool:
        for number in range(50):
            folder = tmp_path / str(number)
            keys = set(pool.map(ask, [folder] * THREADS))
            assert len(keys) == 1
            assert len(keys.pop()) > 50
            assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from wordgen_site.config.secret_key import read_or_create_secret_key;"
        "sys.stdin.read();"
        "print(read_or_create_secret_key(Path(sys.argv[1])))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=django_settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()  # tells the process to start
        process.stdin = None
    keys = {process.communicate()[0].strip() for process in processes}
    assert len(keys) == 1
    assert (tmp_path / FILE_NAME).read_text("ascii").strip() in keys


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    with pytest.raises(ImproperlyConfigured, match=r"data folder .*file"):
        read_or_create_secret_key(file)
