"""What other processes of ours ask of this one's engine. Their side of it is
`generation/engine/remote/client.py`.

There is no such address without ENGINE_KEY, nor where the engine is itself another process's. Who
closes the connection cancels the request. A server that is being stopped tells those who wait, so
that what they asked for can be asked again and is nobody's fault.
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
from generation.engine.contract import EngineError, ModelUnavailable, Priority
from generation.engine.handle import Handle
from generation.engine.remote import protocol
from generation.engine.service.decoder import as_engine_error
from generation.openai.errors import as_api_error
from generation.serving.engine_provider import engine_health, engine_snapshot, get_engine
from generation.serving.runtime_info import own_runtime
from vocab.revisions import WordlistNotFound, vocabulary_by_digest
from vocab.words.vocabulary import Vocabulary

logger = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 5.0
# Nobody reads along with a batch item: it is enough to see that it has begun and goes on.
BATCH_PAUSE_SECONDS = 1.0
# When the server stops: until what is on its way has come in, until all have been told, and until
# the last lines have left.
GRACE_SECONDS = 1.0
STOP_SECONDS = 4.0
FLUSH_SECONDS = 0.2
STOPPING = "The engine is being stopped."

View = Callable[[HttpRequest], HttpResponseBase]

_open: set[Handle] = set()
_none_open = asyncio.Event()
_none_open.set()
_stopping = _was_asked = False


def for_processes(view: View) -> View:
    """Only for who has the key."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        if not settings.ENGINE_KEY or settings.ENGINE_URL:
            return HttpResponse(status=404)
        given = request.headers.get("Authorization", "")
        wanted = f"Bearer {settings.ENGINE_KEY}"
        if not secrets.compare_digest(given.encode(), wanted.encode()):
            return HttpResponse(status=401)
        return view(request)

    return csrf_exempt(guarded)


@for_processes
@require_POST
def generate(request: HttpRequest) -> HttpResponseBase:
    """Answer with lines: see `wire`. An error before the first line has a status of its own."""
    global _was_asked
    _was_asked = True
    try:
        _check_not_stopping()
        # Not `body`: its limit is for strangers, and a request of ours has passed its own.
        asked, model = protocol.decode_request(request.read(), _vocabulary)
        if model != settings.SERVED_MODEL_NAME:
            raise ModelUnavailable(
                f"The engine has the model {settings.SERVED_MODEL_NAME!r}, not {model!r}."
            )
        close_idle_connection()
        handle = get_engine().submit(asked)
    except Exception as error:
        return _refused(error)
    request.on_disconnect.add(handle.cancel)  # type: ignore[attr-defined]
    pause = BATCH_PAUSE_SECONDS if asked.priority == Priority.BATCH else 0.0
    return StreamingHttpResponse(lines(handle, pause), content_type="application/x-ndjson")


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


async def lines(handle: Handle, pause: float) -> AsyncGenerator[bytes, None]:
    with _noted(handle):
        yield protocol.KEEP_ALIVE  # at once: it says that the request is accepted
        try:
            _check_not_stopping()
            pieces = handle.pieces(idle_after=KEEP_ALIVE_SECONDS, pause=pause)
            async with aclosing(pieces):
                async for piece in pieces:
                    yield protocol.KEEP_ALIVE if piece is None else protocol.piece_line(piece)
        except EngineError as error:
            yield protocol.error_line(error)
        else:
            yield protocol.completion_line(handle.result(0))


async def stop() -> None:
    """The server is about to end: tell those who wait for an answer, and see that it is sent.

    What is on its way here meanwhile is told as well: a sender has one request on its way at most,
    and sends no other once it has been told.
    """
    global _stopping
    _stopping = True
    if not _was_asked:
        return
    for handle in list(_open):
        handle.fail(ModelUnavailable(STOPPING))
        handle.cancel()
    # Also if nothing is open: what has just come in is not open yet.
    await asyncio.sleep(GRACE_SECONDS)
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await _none_open.wait()
    await asyncio.sleep(FLUSH_SECONDS)


def _check_not_stopping() -> None:
    if _stopping:
        raise ModelUnavailable(STOPPING)


@contextmanager
def _noted(handle: Handle) -> Iterator[None]:
    _open.add(handle)
    _none_open.clear()
    try:
        yield
    finally:
        _open.discard(handle)
        if not _open:
            _none_open.set()


def _vocabulary(reference: protocol.VocabularyReference) -> Vocabulary:
    return vocabulary_by_digest(
        reference.digest, reference.language, reference.n_words, reference.style
    )


def _refused(error: Exception) -> HttpResponse:
    said = _as_engine_error(error)
    return HttpResponse(
        protocol.error_line(said),
        content_type="application/x-ndjson",
        status=as_api_error(said).status_code,
    )


def _as_engine_error(error: Exception) -> EngineError:
    """What is wrong between the two processes is the operator's to mend, not the request's."""
    match error:
        case protocol.NotUnderstood():
            return ModelUnavailable(f"The engine is of another version; it does not know {error}.")
        case WordlistNotFound():
            return ModelUnavailable(f"{error}. Both processes must use the same database.")
        case DatabaseError():
            logger.error("database failed: %s", error)
            return ModelUnavailable("The engine cannot read its database.")
        case _:
            return as_engine_error(error)
