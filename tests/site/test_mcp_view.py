"""The MCP endpoint in this process: who may call it, and clients that leave."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.test import AsyncClient

from generation.auth.api_key import ApiKey
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.serving.engine_provider import set_engine
from tests.conftest import MakeWordlist
from tests.generation.api.test_playground import TIMEOUT, SteppedDecoder
from wordgen_site.http.early_errors import ApiHandler

pytestmark = pytest.mark.django_db(transaction=True)

MAX_TOKENS = 500
ACCEPT = {"Accept": "application/json, text/event-stream"}


def tool(name: str, **arguments: Any) -> dict[str, Any]:
    params = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}


async def post(headers: dict[str, str], message: dict[str, Any], query: str = "") -> Any:
    return await AsyncClient().post(
        f"/mcp{query}", json.dumps(message), content_type="application/json", headers=headers
    )


@pytest.mark.asyncio
async def test_a_tool_needs_the_scope_of_its_endpoint(
    bearer: dict[str, str], make_wordlist: MakeWordlist, scripted: ScriptedDecoder
) -> None:
    await sync_to_async(make_wordlist)("es", ["hola"], "es")
    await sync_to_async(ApiKey.objects.update)(scopes=[])
    headers = {**bearer, **ACCEPT}
    for name, arguments, scope in (
        ("list_wordlists", {}, "lists:read"),
        ("check_text", {"text": "hola"}, "lists:read"),
        ("write", {"prompt": "x", "wordlist": "es"}, "chat"),
    ):
        result = (await post(headers, tool(name, **arguments))).json()["result"]
        assert result["isError"]
        assert f"'{scope}'" in result["content"][0]["text"]
    await sync_to_async(ApiKey.objects.update)(scopes=["chat"])
    scripted.enqueue(["Hola"])
    result = (await post(headers, tool("write", prompt="x", wordlist="es"))).json()["result"]
    assert not result.get("isError")
    assert result["structuredContent"]["text"] == "Hola"


@pytest.mark.asyncio
async def test_the_key_may_be_in_the_query(
    api_key: str, make_wordlist: MakeWordlist, settings: Any
) -> None:
    await sync_to_async(make_wordlist)("es", ["hola"], "es")
    message = tool("check_text", text="Hola tú", wordlist="es")
    response = await post(ACCEPT, message, f"?token={api_key}")
    assert response.status_code == 200
    found = response.json()["result"]["structuredContent"]
    assert found["out_of_list"] == [{"text": "tú", "start": 5, "end": 7, "rank": None}]
    settings.API_KEY_IN_QUERY = False
    assert (await post(ACCEPT, message, f"?token={api_key}")).status_code == 401


@pytest.mark.asyncio
async def test_without_the_extra_the_error_says_so(
    bearer: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wordgen_site.mcp.tools", None)
    response = await post({**bearer, **ACCEPT}, tool("list_wordlists"))
    assert response.status_code == 404
    assert "extra 'mcp'" in response.json()["error"]["message"]


@pytest.mark.asyncio
async def test_a_client_that_leaves_ends_its_reply(bearer: dict[str, str]) -> None:
    decoder = SteppedDecoder()
    set_engine(ThreadedEngine(lambda: decoder, 8))
    try:
        body = json.dumps(tool("write", prompt="x")).encode()
        headers = {**bearer, **ACCEPT, "Content-Type": "application/json", "Host": "testserver"}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "path": "/mcp",
            "query_string": b"",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        }
        client = ApplicationCommunicator(ApiHandler(), scope)
        await client.send_input({"type": "http.request", "body": body})
        assert await asyncio.to_thread(decoder.started.wait, TIMEOUT)
        await client.send_input({"type": "http.disconnect"})
        for _ in range(MAX_TOKENS):  # between two tokens it looks whether it is cancelled
            decoder.release(1)
            if await asyncio.to_thread(decoder.ended.wait, 0.01):
                break
        await client.wait(TIMEOUT)
        assert decoder.cancelled
    finally:
        set_engine(None)
