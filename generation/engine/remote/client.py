"""The engine of another server process, over HTTP: one copy of the model serves all processes.

One daemon thread runs an event loop for all requests. Each request has its own connection: closing
it cancels the request. A response without a final line was lost with its engine. The server sends
blank lines while it has no text, so silence means that it has died.

The server answers before its engine gets the request: first with the head of the response and a
blank line, the receipt, and then with another blank line when the engine has accepted the request.
A request without a receipt cannot be the cause of a failure.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

import httpx2

from generation.constraint.stats import ConstraintStats
from generation.engine.contract import (
    Completion,
    EngineError,
    EngineRefused,
    EngineStopped,
    GenerationCancelled,
    GenerationRequest,
    ModelUnavailable,
    Piece,
    Serving,
)
from generation.engine.handle import Handle
from generation.engine.remote.protocol import (
    NotUnderstood,
    PromptTruncated,
    encode_request,
    read_line,
)
from generation.engine.service.engine_thread import one_token_request
from generation.engine.service.health import Health
from generation.engine.stats.counters import Counters, Snapshot

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
# Six times the interval of the server's keep-alive lines.
SILENCE_SECONDS = 30.0
STATUS_SECONDS = 3.0

T = TypeVar("T")


class RemoteEngine:
    """url: Address of the server process with the model.

    key: Its ENGINE_KEY. model: The model's name in both processes.
    """

    # Statistics of this process, which has no model; `snapshot` reads those of the other one.
    serving: Serving | None = None
    cache_usage = 0.0
    constraints: ConstraintStats | None = None

    def __init__(self, url: str, key: str, model: str) -> None:
        self.counters = Counters()
        self._url = url
        self._model = model
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._sockets: set[int] = set()
        self._client = httpx2.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"},
            timeout=httpx2.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
            # No connection is used twice. A failure to connect then means that the request was
            # never sent, and a restart of the server leaves no dead connections in a pool.
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
            trust_env=False,  # requests to the engine do not go through a web proxy
        )

    def submit(self, request: GenerationRequest) -> Handle:
        """Raises ModelUnavailable if the server cannot be reached, and the EngineError (such as
        EngineBusy) with which it refuses the request.

        Waits until the server accepts the request: milliseconds, at most SILENCE_SECONDS.
        """
        (handle,) = self.submit_all([request])
        return handle

    def submit_all(self, requests: Sequence[GenerationRequest]) -> list[Handle]:
        """Open a connection for each. If one is refused, cancel the others and raise its error."""
        sent = [self._send(request) for request in requests]
        try:
            for _, accepted in sent:
                accepted.result()
        except BaseException:
            for handle, _ in sent:
                handle.cancel()
            raise
        return [handle for handle, _ in sent]

    def _send(self, request: GenerationRequest) -> tuple[Handle, Future[None]]:
        body = encode_request(request, self._model)
        handle = Handle()
        accepted: Future[None] = Future()
        answering = self._start(self._answer(body, handle, accepted))
        handle.on_cancel(answering.cancel)
        return handle, accepted

    def warm_up(self) -> None:
        self.submit(one_token_request()).result()

    def health(self) -> Health:
        """The health of the server's engine; "unreachable" if it cannot be read."""
        try:
            health = self.status()["health"]
            return Health(health["state"], health["detail"])
        except (EngineError, KeyError) as error:
            return Health("unreachable", str(error))

    def snapshot(self) -> Snapshot:
        """The totals of the server's engine; all zero if they cannot be read."""
        try:
            return Snapshot(**self.status()["counters"])
        except (EngineError, KeyError, TypeError):
            return Snapshot()

    def status(self) -> dict[str, Any]:
        """Health, counters and runtime of the server process. Raises ModelUnavailable."""
        return self._start(self._ask_status()).result()

    def runtime(self) -> dict[str, Any]:
        """See `generation.serving.runtime_info`. Raises ModelUnavailable."""
        try:
            return dict(self.status()["runtime"])
        except (KeyError, TypeError) as error:
            raise self._not_understood(error) from error

    def close(self) -> None:
        """Cancel the running requests and end the thread."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None:
            asyncio.run_coroutine_threadsafe(self._end(), loop).result()
            loop.call_soon_threadsafe(loop.stop)

    def close_after_fork(self) -> None:
        """Close the parent's connections in a forked child.

        Only their descriptors: the event loop and its poll set are shared with the parent.
        """
        for descriptor in self._sockets:
            with suppress(OSError):
                os.close(descriptor)

    # --- the loop's thread -----------------------------------------------------------------------

    def _start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=_run, args=(self._loop,), name="remote-engine", daemon=True
                ).start()
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.aclose()

    async def _answer(self, body: bytes, handle: Handle, accepted: Future[None]) -> None:
        """Send one request and read its answer.

        Errors before `accepted` are raised in the submitting thread; later ones fail the handle.
        """
        has_receipt = False
        try:
            async with self._client.stream("POST", "/internal/generate", content=body) as response:
                if response.status_code != httpx2.codes.OK:
                    raise await self._refusal(response)
                has_receipt = True
                with _Descriptor(response, self._sockets):
                    await self._read(response, handle, accepted)
        except asyncio.CancelledError:
            _fail(handle, accepted, GenerationCancelled())
            raise
        except httpx2.TransportError as error:
            if not has_receipt:  # the engine never got the request
                accepted.set_exception(self._not_there(error))
                return
            # The request may have caused it, so it counts as accepted: as a request that was begun.
            logger.warning("connection to the engine lost url=%s error=%r", self._url, error)
            if not accepted.done():
                accepted.set_result(None)
            handle.fail(_lost(error))
        except EngineError as error:
            _fail(handle, accepted, error)
        except Exception as error:
            logger.exception("the engine's answer cannot be read url=%s", self._url)
            _fail(handle, accepted, self._not_understood(error))

    async def _read(
        self, response: httpx2.Response, handle: Handle, accepted: Future[None]
    ) -> None:
        written = 0
        is_receipt = True
        async for line in response.aiter_lines():
            found = read_line(line.encode())
            if not is_receipt and not accepted.done() and not isinstance(found, EngineError):
                accepted.set_result(None)
            is_receipt = False
            match found:
                case Piece() as piece:
                    written += len(piece.text)
                    if piece.prompt_logprobs:
                        handle.emit_prompt(piece.prompt_logprobs)
                    handle.emit(piece.text, piece.logprobs)
                case PromptTruncated():
                    handle.prompt_truncated = True
                case Completion() as completion:
                    handle.finish(completion)
                    return
                case EngineError() as error:
                    raise error
                case None:
                    pass
        raise httpx2.RemoteProtocolError(f"the answer breaks off after {written} characters")

    async def _refusal(self, response: httpx2.Response) -> EngineError:
        body = await response.aread()
        with suppress(NotUnderstood):
            error = read_line(body)
            if isinstance(error, EngineError):
                return error
        refusals = {
            401: f"The engine at {self._url} refuses the key: ENGINE_KEY must be the same.",
            404: f"{self._url} shares no engine: set ENGINE_KEY in its environment.",
        }
        if refusal := refusals.get(response.status_code):
            return EngineRefused(refusal)
        return ModelUnavailable(
            f"The engine at {self._url} answered with status {response.status_code}."
        )

    async def _ask_status(self) -> dict[str, Any]:
        try:
            response = await self._client.get("/internal/engine", timeout=STATUS_SECONDS)
            if response.status_code != httpx2.codes.OK:
                raise await self._refusal(response)
            found = json.loads(response.content)
        except httpx2.TransportError as error:
            raise self._not_there(error) from error
        except ValueError as error:
            raise self._not_understood(error) from error
        if not isinstance(found, dict):
            raise self._not_understood(found)
        return found

    def _not_there(self, error: Exception) -> ModelUnavailable:
        return ModelUnavailable(
            f"The engine at {self._url} cannot be reached: {str(error) or type(error).__name__}."
        )

    def _not_understood(self, detail: object) -> ModelUnavailable:
        return ModelUnavailable(f"The engine at {self._url} has another version: {detail}.")


class _Descriptor:
    """Keeps the descriptor of a response's connection in a set while the response is read."""

    def __init__(self, response: httpx2.Response, descriptors: set[int]) -> None:
        connection = response.extensions["network_stream"].get_extra_info("socket")
        self._number: int = connection.fileno()
        self._descriptors = descriptors

    def __enter__(self) -> None:
        self._descriptors.add(self._number)

    def __exit__(self, *error: object) -> None:
        self._descriptors.discard(self._number)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


def _fail(handle: Handle, accepted: Future[None], error: EngineError) -> None:
    if accepted.done():
        handle.fail(error)
    else:
        accepted.set_exception(error)


def _lost(error: httpx2.TransportError) -> EngineStopped:
    silent = isinstance(error, httpx2.TimeoutException)
    how = "fell silent" if silent else "was lost"
    return EngineStopped(f"The connection to the engine {how}; please send the request again.")
