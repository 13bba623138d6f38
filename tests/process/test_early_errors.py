"""The error responses that daphne sends when the application cannot."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.process.server import ROOT, environment

WAIT = 90.0
ORIGIN = "https://class.example.org"
DAPHNE = [sys.executable, "-m", "daphne", "-v", "0"]


@pytest.mark.process
def test_an_application_that_breaks_is_a_json_error_with_an_id(tmp_path: Path) -> None:
    # The socket listens already, so a request waits until daphne has started.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        handle = listening.fileno()
        process = subprocess.Popen(
            [*DAPHNE, "--fd", str(handle), "tests.process.broken:application"],
            cwd=ROOT,
            env=environment(
                tmp_path,
                port,
                DJANGO_SETTINGS_MODULE="wordgen_site.settings",
                CORS_ALLOWED_ORIGINS=ORIGIN,
            ),
            pass_fds=[handle],
            stderr=subprocess.DEVNULL,
        )
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=WAIT)
            connection.request("GET", "/v1/models", headers={"Origin": ORIGIN})
            response = connection.getresponse()
            body = response.read().decode()
            connection.close()
        finally:
            process.terminate()
            process.wait(WAIT)
    assert response.status == 500
    assert response.headers["Content-Type"] == "application/json"
    assert re.fullmatch(r"[0-9a-f]{32}", response.headers["x-request-id"])
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert json.loads(body) == {
        "error": {
            "message": "Exception inside application.",
            "type": "server_error",
            "param": None,
            "code": None,
        }
    }
