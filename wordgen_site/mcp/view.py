"""POST /mcp: MCP's streamable HTTP transport, with one JSON response for each request.

No session is kept, so any process can answer any request. Limits on bodies, the access log and
disconnects are those of all paths, because Django calls this view.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated

from generation.auth.authentication import bearer_token, key_of_token
from generation.openai.error_responses import error_response
from generation.openai.errors import ApiError, as_api_error
from wordgen_site.mcp.in_process import InProcessApi, Message

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

NOT_INSTALLED = ApiError(
    404, "This server has no MCP endpoint, because the extra 'mcp' is not installed."
)


@csrf_exempt  # a key, and no cookie, says who asks
async def mcp(request: ASGIRequest) -> HttpResponse:
    try:
        if request.method != "POST":
            raise MethodNotAllowed(request.method or "")
        token = _token(request)
        await sync_to_async(key_of_token)(token)
        server = _server()
    except Exception as error:
        return error_response(as_api_error(error))
    return await _answer(server, request, InProcessApi(request.scope, token))


def _token(request: ASGIRequest) -> str:
    token = bearer_token(request.headers.get("Authorization", ""))
    if token is None and settings.API_KEY_IN_QUERY:
        token = request.GET.get("token")
    if token is None:
        raise NotAuthenticated
    return token


def _server() -> MCPServer:
    """Return the server with its tools. Imported at the first use, because it takes a second.

    Raises ApiError (404).
    """
    try:
        from wordgen_site.mcp.tools import server
    except ModuleNotFoundError as error:
        raise NOT_INSTALLED from error
    return server


async def _answer(server: MCPServer, request: ASGIRequest, api: InProcessApi) -> HttpResponse:
    from mcp.server.transport_security import TransportSecuritySettings

    from wordgen_site.mcp.tools import API

    messages: asyncio.Queue[Message] = asyncio.Queue()
    messages.put_nowait({"type": "http.request", "body": request.body, "more_body": False})
    response = HttpResponse()
    del response.headers["Content-Type"]

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            response.status_code = message["status"]
            for name, value in message.get("headers", ()):
                response.headers[name.decode("latin1")] = value.decode("latin1")
        else:
            response.write(message.get("body", b""))

    scope: dict[str, Any] = {**request.scope, API: api}
    # Its tasks are those of this request alone, so it ends with it.
    application = server.streamable_http_app(
        json_response=True,
        stateless_http=True,
        max_request_body_size=settings.MAX_REQUEST_BYTES,
        # Django has checked the host, and no page of a browser has the key.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    async with application.router.lifespan_context(application):
        await application(scope, messages.get, send)
    return response
