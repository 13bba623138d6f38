"""The functions of `manage.py serve`. tests/process runs the command itself."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from django.core.management import CommandError, call_command

from wordgen_site.config.addresses import browsable
from wordgen_site.management.commands.serve import (
    answers,
    check_port,
    environments_for,
    first_ended,
)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which another socket listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_in_one_line(taken: int) -> None:
    with pytest.raises(CommandError) as caught:
        check_port("127.0.0.1", taken)
    message = str(caught.value)
    me = psutil.Process()
    assert message.startswith(
        f"Port {taken} on 127.0.0.1 is in use by process {me.pid} ({me.name()});"
    )
    assert "PORT=" in message
    assert "\n" not in message


def test_a_port_taken_on_one_address_is_taken_for_all(taken: int) -> None:
    with pytest.raises(CommandError, match=f"Port {taken} on 0.0.0.0 is in use"):
        check_port("0.0.0.0", taken)


def test_a_free_port_may_be_used_and_stays_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_an_error_of_one_line() -> None:
    with pytest.raises(CommandError) as caught:
        check_port("192.0.2.7", 8010)
    message = str(caught.value)
    assert message.startswith("Cannot listen on 192.0.2.7:8010: ")
    assert "\n" not in message


def test_serve_starts_nothing_when_its_port_is_taken(taken: int) -> None:
    with pytest.raises(CommandError, match=f"Port {taken}"):
        call_command("serve", "--port", str(taken))


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_an_impossible_port_is_an_error_of_one_line(port: str) -> None:
    with pytest.raises(CommandError, match=port):
        call_command("serve", f"--port={port}")


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("0.0.0.0", "127.0.0.1"),
        ("::", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("words.example.org", "words.example.org"),
        ("::1", "[::1]"),
    ],
)
def test_the_address_shown_can_be_opened_in_a_browser(host: str, shown: str) -> None:
    assert browsable(host) == shown


def engines_of(settings: Any, **given: Any) -> list[tuple[str, str]]:
    """ENGINE_URL and ENGINE_KEY of the web server and of the worker."""
    for name, value in given.items():
        setattr(settings, name, value)
    children = environments_for("0.0.0.0", 8010)
    return [
        (children[name].get("ENGINE_URL", ""), children[name].get("ENGINE_KEY", ""))
        for name in ("web server", "worker")
    ]


def test_the_worker_uses_the_web_servers_engine_with_a_key_made_for_it(settings: Any) -> None:
    [(no_url, key), (url, same)] = engines_of(settings)
    assert (no_url, url, same) == ("", "http://127.0.0.1:8010", key)
    assert len(key) >= 32
    assert engines_of(settings)[0] != (no_url, key), "another one each time"


def test_a_key_that_is_set_is_used(settings: Any) -> None:
    key = "k" * 40
    assert engines_of(settings, ENGINE_KEY=key) == [("", key), ("http://127.0.0.1:8010", key)]


@pytest.mark.parametrize(
    "given", [{"ENGINE_SHARED": False}, {"ENGINE_URL": "http://192.0.2.7", "ENGINE_KEY": "k" * 40}]
)
def test_without_sharing_the_environment_is_not_changed(
    settings: Any, given: dict[str, Any]
) -> None:
    assert engines_of(settings, **given) == [("", ""), ("", "")]


def test_the_first_ended_child_is_named() -> None:
    with (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running,
        subprocess.Popen([sys.executable, "-c", ""]) as ended,
    ):
        ended.wait()
        assert first_ended({"web server": running, "worker": ended}) == "worker"
        assert first_ended({"web server": running}) == ""


def test_a_closed_port_does_not_answer() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert answers(f"http://127.0.0.1:{port}/health/live") is False
