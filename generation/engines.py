"""The engine of this process: chosen by the settings, made on first use.

Nothing heavy is imported before the engine's own thread loads the model, so views and commands
that never generate never pay for torch.
"""

from __future__ import annotations

import os
from threading import Lock

from django.conf import settings

from generation.engine.contract import Engine, Serving
from generation.engine.counters import Snapshot
from generation.engine.queue import BatchDecoder, Decoder, Health, QueuedEngine

_engine: Engine | None = None
_lock = Lock()


def get_engine() -> Engine:
    global _engine
    with _lock:
        if _engine is None:
            load = load_scripted if settings.ENGINE == "scripted" else load_local
            _engine = QueuedEngine(load, settings.ENGINE_MAX_QUEUE)
        return _engine


def set_engine(engine: Engine | None) -> None:
    """Replace the engine (tests); None makes a new one on the next use."""
    global _engine
    with _lock:
        _engine = engine


def engine_health() -> Health:
    """Of this process's engine, which is not made for the question."""
    engine = _engine
    return engine.health() if isinstance(engine, QueuedEngine) else Health("idle")


def engine_serving() -> Serving | None:
    """How this process serves the model; None as long as it has not loaded it."""
    engine = _engine
    return engine.serving if isinstance(engine, QueuedEngine) else None


def own_engine() -> QueuedEngine | None:
    """The engine that works in this process; None if it was never used, or works elsewhere."""
    engine = _engine
    return engine if isinstance(engine, QueuedEngine) else None


def engine_snapshot() -> Snapshot:
    """What this process's engine has counted; nothing if it was never used."""
    engine = _engine
    return engine.snapshot() if isinstance(engine, QueuedEngine) else Snapshot()


def load_scripted() -> Decoder:
    from generation.engine.scripted import ScriptedDecoder

    return ScriptedDecoder()


def load_local() -> Decoder | BatchDecoder:
    """Load the configured model. Raises ModelUnavailable."""
    from generation.embedded import model_source
    from generation.engine.threads import use_threads

    use_threads(settings.ENGINE_THREADS)  # before torch is imported
    from generation.engine.loading import ModelOptions, load_model
    from generation.engine.local import Limits, make_decoder
    from generation.prebuild import prebuild

    options = ModelOptions(
        source=model_source(),
        dtype=settings.DTYPE,
        device_map=settings.DEVICE_MAP,
        attn_implementation=settings.ATTN_IMPLEMENTATION,
        trust_remote_code=settings.TRUST_REMOTE_CODE,
        token=settings.HF_TOKEN,
        measurements=settings.DATA_DIR / "engine" / "dtype.json",
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
    prebuild(decoder.warm)
    return decoder


def _forget_after_fork() -> None:
    """A forked worker has none of its parent's threads, and must not share its CUDA context."""
    global _engine, _lock
    _engine, _lock = None, Lock()


os.register_at_fork(after_in_child=_forget_after_fork)
