"""deploy/nginx/wordgen.conf in a real nginx."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
SECRET = "wg_00000000_00000000000000000000000000000000"
WAIT = threading.Event()  # never set

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def configuration(tmp_path: Path) -> tuple[Path, int]:
    """The file as it is, but for the places of its files and its ports."""
    block = (ROOT / "deploy" / "nginx" / "wordgen.conf").read_text("utf-8")
    port, nobody = free_port(), free_port()
    make_certificate(tmp_path)
    for original, replaced in {
        "/etc/letsencrypt/live/words.example.org/fullchain.pem": f"{tmp_path}/cert.pem",
        "/etc/letsencrypt/live/words.example.org/privkey.pem": f"{tmp_path}/key.pem",
        "/var/log/nginx/": f"{tmp_path}/",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "127.0.0.1:8010": f"127.0.0.1:{nobody}",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
    }.items():
        assert original in block, original
        block = block.replace(original, replaced)
    paths = "".join(
        f"{name}_temp_path {tmp_path}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = tmp_path / "nginx.conf"
    file.write_text(
        f"pid {tmp_path}/pid; daemon off; error_log {tmp_path}/main-error.log;"
        f" events {{}}\nhttp {{ {paths}\n{block}\n}}\n"
    )
    return file, port


def make_certificate(folder: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem"]
    subject = ["-x509", "-out", "cert.pem", "-days", "2", "-subj", "/CN=words.example.org"]
    subprocess.run(
        [openssl, "req", *key, *subject], cwd=folder, check=True, capture_output=True, timeout=60
    )


@contextmanager
def running_nginx(file: Path) -> Iterator[None]:
    process = subprocess.Popen([str(NGINX), "-c", str(file)], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def get(port: int, path: str) -> int:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for _ in range(200):
        connection = HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except ConnectionRefusedError:  # it is starting
            WAIT.wait(0.05)
        finally:
            connection.close()
    raise AssertionError("nginx does not answer")


def test_the_file_passes_nginx_t(configuration: tuple[Path, int]) -> None:
    ended = subprocess.run(
        [str(NGINX), "-t", "-c", str(configuration[0])], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    assert "successful" in ended.stderr
    assert "warn" not in ended.stderr


def test_no_log_has_a_key_also_when_the_server_is_away(
    configuration: tuple[Path, int], tmp_path: Path
) -> None:
    file, port = configuration
    with running_nginx(file):
        assert get(port, f"/v1/models?token={SECRET}") == 502
        assert get(port, f"/internal/engine?token={SECRET}") == 404
    logs = {path.name: path.read_text() for path in tmp_path.glob("*.log")}
    assert '"GET /v1/models" 502' in logs["wordgen.log"]
    for name, text in logs.items():
        assert SECRET not in text, name
