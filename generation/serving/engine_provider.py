"""The engine that this process uses: its own or, with ENGINE_URL, another process's.

The engine is made on first use. torch is only imported when the engine's thread loads the model,
so views and commands that do not generate start quickly.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Any

from django.conf import settings

from generation.engine.contract import GenerationRequest, Serving
from generation.engine.engine_protocol import Engine
from generation.engine.handle import Handle
from generation.engine.load_progress import load_progress
from generation.engine.service.decoder import Decoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.engine.service.health import Health
from generation.engine.stats.counters import Snapshot
from generation.serving.runtime_info import own_runtime

logger = logging.getLogger(__name__)

_engine: Engine | None = None
_lock = Lock()


def get_engine() -> Engine:
    global _engine
    with _lock:
        if _engine is None:
            _engine = _make_remote() if settings.ENGINE_URL else _make_own()
        return _engine


def start_loading() -> None:
    """Load the model of this process, if it has one, before the first request comes."""
    if not settings.ENGINE_PRELOAD:
        return
    engine = get_engine()
    if isinstance(engine, ThreadedEngine):
        engine.start_loading()


async def submit(request: GenerationRequest) -> Handle:
    """Submit a request from an event loop, without blocking it. See `handle_of`."""
    return await handle_of(partial(get_engine().submit, request))


async def handle_of(submit: Callable[[], Handle]) -> Handle:
    """Call `submit` in a thread.

    Cancelling the caller while it waits here cancels the request too.
    """
    submitting = asyncio.ensure_future(asyncio.to_thread(submit))
    try:
        return await asyncio.shield(submitting)
    except asyncio.CancelledError:
        submitting.add_done_callback(_cancel_handle)
        raise


def set_engine(engine: Engine | None) -> None:
    """Replace the engine, for tests. With None, the next use makes a new one."""
    global _engine
    with _lock:
        _engine = engine


def own_engine() -> Engine | None:
    """The engine that runs in this process; None if it was not used yet or runs in another one."""
    return None if settings.ENGINE_URL else _engine


def engine_health() -> Health:
    """The state of the engine that this process uses. Asking does not load the model."""
    engine = _engine_in_use()
    return Health("idle") if engine is None else engine.health()


def engine_snapshot() -> Snapshot:
    """The totals of the engine that this process uses; all zero if it was not used yet."""
    engine = _engine_in_use()
    return Snapshot() if engine is None else engine.snapshot()


def engine_serving() -> Serving | None:
    """How this process serves the model; None until it has loaded the model."""
    return None if _engine is None else _engine.serving


def engine_runtime() -> dict[str, Any]:
    """The model and the versions that answer this process's requests. Raises ModelUnavailable."""
    if not settings.ENGINE_URL:
        return own_runtime()
    from generation.engine.remote.client import RemoteEngine

    engine = get_engine()
    return engine.runtime() if isinstance(engine, RemoteEngine) else own_runtime()


def _engine_in_use() -> Engine | None:
    """An engine of this process is not made for a question about it; a remote one costs nothing."""
    return get_engine() if settings.ENGINE_URL else _engine


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

    gc.unfreeze()  # objects of an earlier model
    use_threads(settings.ENGINE_THREADS)  # before torch is imported
    load_progress.report("importing torch")
    from generation.engine.loading.model import ModelOptions, load_model
    from generation.engine.local import Limits, LocalDecoder, make_decoder
    from generation.serving.prebuild import prebuild

    options = ModelOptions(
        source=model_source(),
        dtype=settings.DTYPE,
        device_map=settings.DEVICE_MAP,
        attn_implementation=settings.ATTN_IMPLEMENTATION,
        trust_remote_code=settings.TRUST_REMOTE_CODE,
        token=settings.HF_TOKEN,
    )
    load_progress.report("reading the weights")
    loaded = load_model(options)
    load_progress.report("checking the model")
    decoder = make_decoder(
        loaded,
        limits=Limits(
            max_rows=settings.ENGINE_MAX_ROWS,
            cache_tokens=settings.ENGINE_CACHE_TOKENS,
            prefill_chunk=settings.ENGINE_PREFILL_CHUNK,
            prefix_tokens=settings.ENGINE_PREFIX_TOKENS,
            prefix_bytes=settings.ENGINE_PREFIX_MB * 1024 * 1024,
        ),
        max_input_tokens=settings.MAX_INPUT_TOKENS,
        truncate=settings.TRUNCATE_INPUT,
        enable_thinking=settings.ENABLE_THINKING,
        constraint_engine=settings.CONSTRAINT_ENGINE,
        max_cached_states=settings.CONSTRAINT_CACHE_STATES,
    )
    for note in decoder.serving.notes if decoder.serving else ():
        logger.warning("model=%s %s", settings.SERVED_MODEL_NAME, note)
    if not settings.ENGINE_THREADS and isinstance(decoder, LocalDecoder):
        decoder.choose_threads()
    if settings.PREBUILD_LANGS:
        load_progress.report("building wordlists")
    prebuild(decoder.warm)
    # The loaded objects stay, so keep them out of full collections: scanning them takes 0.2
    # seconds, in which no thread of this process runs.
    gc.collect()
    gc.freeze()
    return decoder


def _reset_after_fork() -> None:
    """A forked child has no threads of its parent. It must not share the parent's CUDA context and
    connections, so it starts without an engine.
    """
    global _engine, _lock
    if _engine is not None:
        _engine.close_after_fork()
    _engine, _lock = None, Lock()


os.register_at_fork(after_in_child=_reset_after_fork)
