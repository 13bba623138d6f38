"""The playground's WebSocket: one generation at a time, streamed, cancellable.

The consumer only starts and cancels an asyncio task. Channels gives a consumer one message at a
time, so if `receive_json` awaited the generation, a `cancel` or a disconnect would have to wait for
its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings

from generation.aliases.resolver import models_of, resolve_request
from generation.chat.chat_request import prepare_chat
from generation.chat.per_key_limit import hold_places
from generation.chat.phased_handle import submit
from generation.engine.contract import FinishReason, GenerationCancelled, GenerationRequest
from generation.engine.handle import Handle
from generation.engine.streaming import stream_text
from generation.openai.bounded_json import loads
from generation.openai.completions import usage_of, vocabulary_fields
from generation.openai.errors import ApiError, as_api_error
from generation.openai.fields.strict_serializer import NUMBERS_AS_TEXT
from generation.openai.serializers import ChatSerializer
from generation.serving.engine_provider import engine_health, handle_of
from vocab.pinned_wordlist import PinnedWordlist

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NOT_LOGGED_IN = 4401  # close code
WAITING_SECONDS = 2.0
MAX_ID_CHARS = 100
# A body that was copied from an API call may have these. The playground always streams.
IGNORED_FIELDS = frozenset({"stream", "stream_options"})

# Not in the single thread that Channels' own queries share: building the automaton of a large list
# takes a second, and a `cancel` must not wait for it.
in_thread = partial(database_sync_to_async, thread_sensitive=False)

ClientId = str | int


class Started(TypedDict):
    type: Literal["started"]
    id: ClientId
    wordlist: dict[str, object] | None


class Waiting(TypedDict):
    """No text yet: the model is busy, or it uses beam search, or `loading` is true."""

    type: Literal["waiting"]
    id: ClientId
    loading: bool


class Delta(TypedDict):
    type: Literal["delta"]
    id: ClientId
    text: str


class Done(TypedDict):
    """seed: A string, because numbers above 2**53 lose digits in a browser."""

    type: Literal["done"]
    id: ClientId
    text: str
    finish_reason: FinishReason
    usage: dict[str, Any]
    seconds: float
    wordlist: dict[str, object] | None
    vocab_report: dict[str, object] | None
    prompt_truncated: bool
    seed: str


class Error(TypedDict):
    """id: None if the message that caused the error has no id."""

    type: Literal["error"]
    id: ClientId | None
    message: str
    param: str | None
    code: str | None


class Cancelled(TypedDict):
    type: Literal["cancelled"]
    id: ClientId


MessageOut = Started | Waiting | Delta | Done | Error | Cancelled


class PlaygroundConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """Accepts {"type": "generate", "id", "request": a chat body} and {"type": "cancel"}.

    Sends for each `generate`: `started`, any number of `waiting` and `delta`, and exactly one of
    `done`, `error` and `cancelled`. `started` is missing if it ended before it reached the engine.
    """

    _task: asyncio.Task[None] | None = None
    _task_id: ClientId = ""
    _handle: Handle | None = None

    async def connect(self) -> None:
        # Accept first: a browser sees a refused handshake as a failed connection without a code,
        # the same as if the server were down.
        await self.accept()
        if not self.scope["user"].is_authenticated:
            await self.close(code=NOT_LOGGED_IN)

    async def disconnect(self, code: int) -> None:
        await self._stop()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        try:
            content = loads(text_data or "")
        except (ValueError, RecursionError):
            await self._send_error(None, ApiError(400, "The message is not JSON."))
            return
        await self.receive_json(content)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        match content:
            case {"type": "cancel"}:
                await self._cancel()
            case _ if (user := await self._user_now()) is None:
                await self._stop()
                await self.close(code=NOT_LOGGED_IN)
            case {"type": "generate", "id": str() | int() as client_id, "request": body} if (
                not isinstance(client_id, bool) and len(str(client_id)) <= MAX_ID_CHARS
            ):
                await self._cancel()
                self._task_id = client_id
                self._task = asyncio.create_task(self._generate(client_id, body, user))
            case _:
                await self._send_error(
                    None,
                    ApiError(
                        400,
                        "Unknown message. Send 'generate' with an id and a request, or 'cancel'.",
                    ),
                )

    async def _user_now(self) -> User | None:
        """Read the user again: since the handshake, the user may have logged out or been
        deactivated, and permissions may have changed.
        """
        session_key = self.scope["session"].session_key
        session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
        user = await get_user({"session": session})
        return user if user.is_authenticated and user.is_active else None

    async def _cancel(self) -> None:
        if await self._stop():
            await self._send(Cancelled(type="cancelled", id=self._task_id))

    async def _stop(self) -> bool:
        """Stop the running generation, if any. True if it was stopped before it answered."""
        task, self._task = self._task, None
        if task is None or task.done():
            return False
        if self._handle is not None:
            self._handle.cancel()
        task.cancel()
        await asyncio.wait({task})
        return task.cancelled()

    async def _generate(self, client_id: ClientId, body: object, user: User) -> None:
        try:
            wordlist, request = await in_thread(prepare)(body, user)
            release = hold_places(1, user=user.pk)
            # The places are free before the page is told of an end without an answer.
            try:
                self._handle = handle = await handle_of(partial(submit, request))
                try:
                    await self._stream(client_id, wordlist, handle)
                finally:
                    handle.cancel()  # no effect if it has ended
            finally:
                release()
                self._handle = None
        except GenerationCancelled:
            await self._send(Cancelled(type="cancelled", id=client_id))
        except Exception as error:
            await self._send_error(client_id, error)

    async def _stream(
        self, client_id: ClientId, wordlist: PinnedWordlist | None, handle: Handle
    ) -> None:
        pinned = wordlist.as_dict() if wordlist else None
        await self._send(Started(type="started", id=client_id, wordlist=pinned))
        has_text = False
        async for text in stream_text(handle, idle_after=WAITING_SECONDS):
            if text is not None:
                has_text = True
                await self._send(Delta(type="delta", id=client_id, text=text))
            elif not has_text:
                health = await asyncio.to_thread(engine_health)
                loading = health.state == "loading"
                await self._send(Waiting(type="waiting", id=client_id, loading=loading))
        completion = handle.result()
        report = await in_thread(vocabulary_fields)(wordlist, completion.text)
        await self._send(
            Done(
                type="done",
                id=client_id,
                text=completion.text,
                finish_reason=completion.finish_reason,
                usage=usage_of(completion),
                seconds=completion.seconds,
                wordlist=pinned,
                vocab_report=report.get("vocab_report"),
                prompt_truncated=completion.prompt_truncated,
                seed=str(completion.seed),
            )
        )

    async def _send_error(self, client_id: ClientId | None, error: Exception) -> None:
        api_error = as_api_error(error)
        await self._send(
            Error(
                type="error",
                id=client_id,
                message=api_error.message,
                param=api_error.param,
                code=api_error.code,
            )
        )

    async def _send(self, message: MessageOut) -> None:
        await self.send_json(message)


def prepare(body: object, user: User) -> tuple[PinnedWordlist | None, GenerationRequest]:
    """Validate a chat body and pin its wordlist. Raises ValidationError and ApiError."""
    if isinstance(body, Mapping):
        body = {name: value for name, value in body.items() if name not in IGNORED_FIELDS}
    # A browser cannot hold a large seed as a number.
    serializer = ChatSerializer(context=NUMBERS_AS_TEXT)
    resolved = resolve_request(serializer, body, models_of(None))
    fields = resolved.fields
    for name in ("n", "best_of"):
        if fields.get(name, 1) > 1:
            raise ApiError(
                400,
                f"{name}: The playground writes one reply.",
                param=name,
                code="unsupported_value",
            )
    if fields["include_reasoning"]:
        raise ApiError(
            400,
            "include_reasoning: The playground shows the reply alone.",
            param="include_reasoning",
            code="unsupported_value",
        )
    return prepare_chat(fields, owner=user.pk, list_chosen_by=resolved.list_chosen_by(user))
