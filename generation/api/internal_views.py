"""The endpoints through which other processes of this installation use this process's engine.

The client is `generation/engine/remote/client.py`. The endpoints answer 404 without ENGINE_KEY, and
in a process that itself uses another process's engine. Closing the connection cancels the request.
When the server stops, waiting clients get an error that tells them to send the request again.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from functools import wraps

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from generation.api.db_connection import close_idle_connection
from generation.engine.contract import (
    EngineError,
    GenerationRequest,
    ModelUnavailable,
    Priority,
)
from generation.engine.handle import Handle
from generation.engine.remote import protocol
from generation.engine.service.decoder import as_engine_error
from generation.engine.streaming import stream_pieces
from generation.openai.errors import as_api_error
from generation.serving.engine_provider import engine_health, engine_snapshot, submit
from generation.serving.runtime_info import own_runtime
from vocab.request_vocabulary import request_vocabulary
from vocab.revisions import WordlistNotFound, vocabulary_by_digest
from vocab.words.request_words import FirstWords, VocabularySource
from vocab.words.vocabulary import Vocabulary

logger = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 5.0
# Nobody reads a batch item while it is written, so its text is sent in larger pieces.
BATCH_PAUSE_SECONDS = 1.0
# Turns of the event loop until the bytes that were sent are in the kernel, which delivers them even
# if this process dies: in the first one, the loop learns that the connection is writable.
WRITE_TURNS = 2
# When the server stops:
GRACE_SECONDS = 1.0  # requests that are already on their way can still arrive
STOP_SECONDS = 4.0  # maximum time until all open responses have ended
FLUSH_SECONDS = 0.2  # the last lines can still leave
STOPPING = "The engine is being stopped."

View = Callable[[HttpRequest], HttpResponseBase]

_open: set[Handle] = set()
_none_open = asyncio.Event()
_none_open.set()
_stopping = _was_asked = False


def for_processes(view: View) -> View:
    """Require ENGINE_KEY as the bearer token: 404 if no engine is shared, 401 for a wrong key."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        if not settings.ENGINE_KEY or settings.ENGINE_URL:
            return HttpResponse(status=404)
        given = request.headers.get("Authorization", "")
        expected = f"Bearer {settings.ENGINE_KEY}"
        if not secrets.compare_digest(given.encode(), expected.encode()):
            return HttpResponse(status=401)
        return view(request)

    return csrf_exempt(guarded)


@for_processes
@require_POST
def generate(request: HttpRequest) -> HttpResponseBase:
    """Answer with lines (see `remote/protocol.py`).

    A request that cannot be read has its own HTTP status. Otherwise the response begins before the
    engine gets the request. If the process dies, a client without a response therefore knows that
    its request is not the cause.
    """
    global _was_asked
    _was_asked = True
    try:
        _check_not_stopping()
        # read(), because `body` has a size limit, which the other process has already applied.
        engine_request, model = protocol.decode_request(request.read(), _vocabulary)
        if model != settings.SERVED_MODEL_NAME:
            raise ModelUnavailable(
                f"The engine has the model {settings.SERVED_MODEL_NAME!r}, not {model!r}."
            )
        close_idle_connection()
    except Exception as error:
        return _refused(error)
    return StreamingHttpResponse(answer(engine_request), content_type="application/x-ndjson")


@for_processes
@require_GET
def engine(request: HttpRequest) -> HttpResponseBase:
    health = engine_health()
    return JsonResponse(
        {
            "health": {"state": health.state, "detail": health.detail},
            "counters": dataclasses.asdict(engine_snapshot()),
            "runtime": own_runtime(),
        }
    )


async def answer(request: GenerationRequest) -> AsyncGenerator[bytes, None]:
    """Yield a receipt, submit the request, and yield its lines."""
    yield protocol.KEEP_ALIVE
    for _ in range(WRITE_TURNS):
        await asyncio.sleep(0)
    try:
        _check_not_stopping()
        handle = await submit(request)
    except Exception as error:
        yield protocol.error_line(_as_engine_error(error))
        return
    pause = BATCH_PAUSE_SECONDS if request.priority == Priority.BATCH else 0.0
    async with aclosing(lines(handle, pause)) as following:
        async for line in following:
            yield line


async def lines(handle: Handle, pause: float) -> AsyncGenerator[bytes, None]:
    with _registered(handle):
        yield protocol.KEEP_ALIVE  # tells the client at once that the request is accepted
        try:
            _check_not_stopping()
            pieces = stream_pieces(handle, idle_after=KEEP_ALIVE_SECONDS, pause=pause)
            async with aclosing(pieces):
                told = False
                async for piece in pieces:
                    if handle.prompt_truncated and not told:
                        told = True
                        yield protocol.PROMPT_TRUNCATED
                    yield protocol.KEEP_ALIVE if piece is None else protocol.piece_line(piece)
        except EngineError as error:
            yield protocol.error_line(error)
        else:
            yield protocol.completion_line(handle.result(0))


async def stop() -> None:
    """Called before the server stops: fail all open requests and wait until that has been sent.

    Requests that arrive in the meantime fail too. A client has at most one request on its way, and
    sends no other once it has this error.
    """
    global _stopping
    _stopping = True
    if not _was_asked:
        return
    for handle in list(_open):
        handle.fail(ModelUnavailable(STOPPING))
        handle.cancel()
    # Also if nothing is open, because a request that has just arrived is not registered yet.
    await asyncio.sleep(GRACE_SECONDS)
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await _none_open.wait()
    await asyncio.sleep(FLUSH_SECONDS)


def _check_not_stopping() -> None:
    if _stopping:
        raise ModelUnavailable(STOPPING)


@contextmanager
def _registered(handle: Handle) -> Iterator[None]:
    _open.add(handle)
    _none_open.clear()
    try:
        yield
    finally:
        if not handle.done:
            handle.cancel()  # the client has left
        _open.discard(handle)
        if not _open:
            _none_open.set()


def _vocabulary(reference: protocol.VocabularyReference) -> Vocabulary:
    digest, n_words = reference.digest, reference.n_words
    if reference.words is None:
        return vocabulary_by_digest(digest, reference.language, n_words, reference.style)
    first = FirstWords(reference=digest, digest=digest, n_words=n_words)
    source = VocabularySource(first=first, words=reference.words)
    return request_vocabulary(source, reference.language, reference.style)


def _refused(error: Exception) -> HttpResponse:
    engine_error = _as_engine_error(error)
    return HttpResponse(
        protocol.error_line(engine_error),
        content_type="application/x-ndjson",
        status=as_api_error(engine_error).status_code,
    )


def _as_engine_error(error: Exception) -> EngineError:
    """Report a problem between the two processes as ModelUnavailable: not the request's fault."""
    match error:
        case protocol.NotUnderstood():
            return ModelUnavailable(f"The engine has another version; it does not know {error}.")
        case WordlistNotFound():
            return ModelUnavailable(f"{error}. Both processes must use the same database.")
        case DatabaseError():
            logger.error("database failed: %s", error)
            return ModelUnavailable("The engine cannot read its database.")
        case _:
            return as_engine_error(error)
