"""The engine of this process, its own or another process's: chosen by the settings, made on first
use.

Nothing heavy is imported before the engine's own thread loads the model, so views and commands
that never generate never pay for torch.
"""

from __future__ import annotations

import asyncio
import gc
import os
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.conf import settings

from generation.engine.contract import Engine, GenerationRequest, Serving
from generation.engine.handle import Handle
from generation.engine.service.decoder import Decoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.engine.service.health import Health
from generation.engine.stats.counters import Snapshot
from generation.serving.runtime_info import own_runtime

if TYPE_CHECKING:
    from generation.engine.remote.client import RemoteEngine

_engine: Engine | None = None
_lock = Lock()


def get_engine() -> Engine:
    global _engine
    with _lock:
        if _engine is None:
            _engine = _make_remote() if settings.ENGINE_URL else _make_own()
        return _engine


async def submit(request: GenerationRequest) -> Handle:
    """Hand the request to the engine from an event loop, which must not wait for another process.

    A cancellation in between cancels the request as well.
    """
    submitting = asyncio.ensure_future(asyncio.to_thread(get_engine().submit, request))
    try:
        return await asyncio.shield(submitting)
    except asyncio.CancelledError:
        submitting.add_done_callback(_cancel_handle)
        raise


def set_engine(engine: Engine | None) -> None:
    """Replace the engine (tests); None makes a new one on the next use."""
    global _engine
    with _lock:
        _engine = engine


def engine_health() -> Health:
    """Of the engine that this process uses. Its own is not made for the question."""
    engine = _watched()
    return Health("idle") if engine is None else engine.health()


def engine_serving() -> Serving | None:
    """How this process serves the model; None as long as it has not loaded it."""
    engine = _engine
    return engine.serving if isinstance(engine, ThreadedEngine) else None


def own_engine() -> ThreadedEngine | None:
    """The engine that works in this process; None if it was never used, or works elsewhere."""
    engine = _engine
    return engine if isinstance(engine, ThreadedEngine) else None


def engine_snapshot() -> Snapshot:
    """What that engine has counted; nothing if it was never used."""
    engine = _watched()
    return Snapshot() if engine is None else engine.snapshot()


def engine_runtime() -> dict[str, Any]:
    """What this process's requests are answered with. Raises ModelUnavailable."""
    remote = _remote()
    return own_runtime() if remote is None else remote.runtime()


def _watched() -> ThreadedEngine | RemoteEngine | None:
    return _remote() or (_engine if isinstance(_engine, ThreadedEngine) else None)


def _remote() -> RemoteEngine | None:
    if not settings.ENGINE_URL:
        return None
    from generation.engine.remote.client import RemoteEngine

    engine = get_engine()
    return engine if isinstance(engine, RemoteEngine) else None


def _make_remote() -> Engine:
    from generation.engine.remote.client import RemoteEngine

    return RemoteEngine(settings.ENGINE_URL, settings.ENGINE_KEY, settings.SERVED_MODEL_NAME)


def _make_own() -> Engine:
    load = load_scripted if settings.ENGINE == "scripted" else load_local
    return ThreadedEngine(load, settings.ENGINE_MAX_QUEUE)


def _cancel_handle(submitting: asyncio.Future[Handle]) -> None:
    if not submitting.cancelled() and submitting.exception() is None:
        submitting.result().cancel()


def load_scripted() -> Decoder:
    from generation.engine.scripted import ScriptedDecoder

    return ScriptedDecoder()


def load_local() -> Decoder:
    """Load the configured model. Raises ModelUnavailable."""
    from generation.engine.cpu.openmp import use_threads
    from generation.serving.embedded_model import model_source

    gc.unfreeze()  # of a model before this one
    use_threads(settings.ENGINE_THREADS)  # before torch is imported
    from generation.engine.loading.model import ModelOptions, load_model
    from generation.engine.local import Limits, LocalDecoder, make_decoder
    from generation.serving.prebuild import prebuild

    measured = settings.DATA_DIR / "engine"
    options = ModelOptions(
        source=model_source(),
        dtype=settings.DTYPE,
        device_map=settings.DEVICE_MAP,
        attn_implementation=settings.ATTN_IMPLEMENTATION,
        trust_remote_code=settings.TRUST_REMOTE_CODE,
        token=settings.HF_TOKEN,
        measurements=measured / "dtype.json",
    )
    decoder = make_decoder(
        load_model(options),
        limits=Limits(
            max_rows=settings.ENGINE_MAX_ROWS,
            cache_tokens=settings.ENGINE_CACHE_TOKENS,
            prefill_chunk=settings.ENGINE_PREFILL_CHUNK,
            prefix_tokens=settings.ENGINE_PREFIX_TOKENS,
        ),
        max_input_tokens=settings.MAX_INPUT_TOKENS,
        truncate=settings.TRUNCATE_INPUT,
        enable_thinking=settings.ENABLE_THINKING,
        constraint_engine=settings.CONSTRAINT_ENGINE,
        max_cached_states=settings.CONSTRAINT_CACHE_STATES,
    )
    if not settings.ENGINE_THREADS and isinstance(decoder, LocalDecoder):
        decoder.choose_threads(measured / "threads.json")
    prebuild(decoder.warm)
    # What has been loaded stays. A full collection that looked through it would take 0.2 seconds,
    # in which no thread of this process gets on.
    gc.collect()
    gc.freeze()
    return decoder


def _forget_after_fork() -> None:
    """A forked worker has none of its parent's threads, and must share neither its CUDA context
    nor its connections.
    """
    global _engine, _lock
    if forget := getattr(_engine, "forget", None):
        forget()
    _engine, _lock = None, Lock()


os.register_at_fork(after_in_child=_forget_after_fork)
