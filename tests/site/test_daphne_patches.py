"""The patches of daphne are only applied to a version that they were tested with."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from twisted.web.http import HTTPChannel

from wordgen_site.http import body_intake, daphne_patches, request_heads
from wordgen_site.http.socket_limits import dropping_late_messages

PATCHED = [
    (WebSocketProtocol, "connectionMade"),
    (WebSocketProtocol, "onFrameBegin"),
    (WebSocketProtocol, "onMessage"),
    (WebSocketProtocol, "serverSend"),
    (HTTPFactory, "buildProtocol"),
    (HTTPChannel, "lineLengthExceeded"),
    (HTTPChannel, "_respondToBadRequestAndDisconnect"),
    (HTTPChannel, "rawDataReceived"),
    (Server, "kill_all_applications"),
    (WebRequest, "gotLength"),
    (WebRequest, "handleContentChunk"),
    (WebRequest, "requestReceived"),
    (WebRequest, "connectionLost"),
    (Server, "create_application"),
    (Server, "handle_reply"),
    (WebRequest, "handle_exception"),
    (WebRequest, "basic_error"),
    (WebRequest, "_parsePOSTFormSubmission"),
]
# Replaced and not wrapped: the same after a second call.
OWN = [
    daphne_patches.basic_error,
    body_intake.got_length,
    body_intake.handle_content_chunk,
    request_heads.refuse_long_line,
]


@pytest.fixture
def unpatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore the classes after the test."""
    for owner, name in PATCHED:
        monkeypatch.setattr(owner, name, getattr(owner, name, None), raising=False)


@pytest.mark.usefixtures("unpatched")
def test_another_version_stops_the_start_with_both_versions_and_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = [getattr(owner, name) for owner, name in PATCHED]
    monkeypatch.setattr(metadata, "version", lambda name: {"daphne": "4.3.0"}[name])
    with pytest.raises(ImproperlyConfigured) as error:
        daphne_patches.apply()
    for part in ("daphne 4.3.0", "daphne 4.2.3", "wordgen_site/http/daphne_patches.py"):
        assert part in str(error.value)
    assert [getattr(owner, name) for owner, name in PATCHED] == before


@pytest.mark.usefixtures("unpatched")
def test_the_installed_version_is_patched_everywhere() -> None:
    before = [getattr(owner, name) for owner, name in PATCHED]
    daphne_patches.apply()
    for (owner, name), old in zip(PATCHED, before, strict=True):
        new = getattr(owner, name)
        # The server's application may have applied them before in this process.
        assert new is not old or new in OWN, name
    assert WebRequest.basic_error is daphne_patches.basic_error


def test_pyproject_allows_the_tested_versions_only() -> None:
    text = (Path(django_settings.BASE_DIR) / "pyproject.toml").read_text("utf-8")
    dependencies = tomllib.loads(text)["project"]["dependencies"]
    (daphne,) = [each for each in dependencies if re.match(r"daphne\b", each)]
    assert [daphne] == [f"daphne=={version}" for version in daphne_patches.TESTED_VERSIONS]


@pytest.mark.parametrize(
    ("state", "sent"),
    [("STATE_OPEN", ["late"]), ("STATE_CLOSING", []), ("STATE_CLOSED", [])],
)
def test_an_answer_on_a_socket_that_was_just_closed_is_dropped(state: str, sent: list[str]) -> None:
    received: list[str] = []
    send = dropping_late_messages(lambda self, content, binary: received.append(content))
    protocol = WebSocketProtocol()
    protocol.state = getattr(protocol, state)
    send(protocol, "late")
    assert received == sent
