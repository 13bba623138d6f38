"""The MCP endpoint of a running server, with the `mcp` package's own client."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.process import server as servers
from tests.process.server import KEY, Server

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("site")
    with servers.running(folder, "es", ENGINE="scripted") as running:
        yield running


@asynccontextmanager
async def connect(server: Server, mode: Any = "auto") -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
        transport = streamable_http_client(f"{server.url}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


async def call(client: Client, tool: str, **arguments: Any) -> tuple[bool, Any]:
    """Return whether the tool failed, and its result or its message."""
    result = await client.call_tool(tool, arguments)
    if result.is_error:
        return True, result.content[0].text  # type: ignore[union-attr]
    found: Any = result.structured_content
    return False, found.get("result", found)


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_tools_are_listed_and_described(server: Server, mode: str) -> None:
    async with connect(server, mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"list_wordlists", "check_text", "write"}
    assert all(tool.description for tool in tools.values())
    assert tools["check_text"].input_schema["required"] == ["text"]
    assert set(tools["write"].input_schema["properties"]) == {
        "prompt",
        "wordlist",
        "n_words",
        "max_tokens",
    }


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_model_finds_a_list_checks_a_text_and_writes_one(server: Server, mode: str) -> None:
    async with connect(server, mode) as client:
        failed, lists = await call(client, "list_wordlists", language="es")
        assert not failed
        assert [each["slug"] for each in lists] == ["es"]
        assert lists[0]["word_count"] == 20_000

        failed, report = await call(
            client, "check_text", text="El mundo. La nutria nada.", wordlist="es", n_words=1000
        )
        assert not failed
        assert report["out_of_list"] == [{"text": "nutria", "start": 13, "end": 19, "rank": None}]
        assert report["sentence_lengths"] == [2, 3]
        assert report["words"] == 5
        assert report["bands"][-1]["last"] == 1000

        failed, written = await call(client, "write", prompt="Hola", wordlist="es", max_tokens=20)
        assert not failed
        assert written["text"]
        assert written["wordlist"]["slug"] == "es"
        assert written["vocab_report"]["out_of_list"] == []


@pytest.mark.asyncio
async def test_an_error_of_the_api_is_the_result_of_the_tool(server: Server) -> None:
    async with connect(server) as client:
        for tool, text in (("check_text", "text"), ("write", "prompt")):
            failed, message = await call(client, tool, **{text: "Hola"}, wordlist="xx")
            assert failed
            assert "xx" in message
        failed, message = await call(client, "check_text", text="x" * 50_001, wordlist="es")
        assert failed
        assert "At most 50,000 characters" in message
        failed, message = await call(client, "check_text", text="hola")
        assert failed
        assert "vocab_lang" in message


def post(server: Server, body: bytes, *, method: str = "POST", key: str | None = KEY) -> Any:
    """Return the status and the JSON body of a plain request."""
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(f"{server.url}/mcp", body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def test_a_key_is_needed_and_other_methods_are_refused(server: Server) -> None:
    ping = json.dumps(PING).encode()
    assert post(server, ping) == (200, {"jsonrpc": "2.0", "id": 1, "result": {}})
    for key in (None, "wg_wrong"):
        status, body = post(server, ping, key=key)
        assert (status, body["error"]["type"]) == (401, "invalid_request_error")
    for method in ("GET", "DELETE"):
        status, body = post(server, b"", method=method)
        assert (status, "error" in body) == (405, True)


def test_a_body_is_limited_as_everywhere(server: Server) -> None:
    status, body = post(server, b" " * (10 * 1024 * 1024 + 1))
    assert (status, body["error"]["code"]) == (413, "request_too_large")
    status, body = post(server, b"{")
    assert (status, body["error"]["code"]) == (400, -32700)
