"""A lack of memory is recognized in every form, and reported as such by every decoder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch

from generation.engine.contract import (
    EngineError,
    EngineOutOfMemory,
    GenerationRequest,
    Message,
    Sampling,
)
from generation.engine.handle import Handle
from generation.engine.local import LocalDecoder
from generation.engine.model.out_of_memory import is_out_of_memory
from generation.engine.service.decoder import Decoder, as_engine_error
from generation.engine.stats.counters import Counters
from generation.engine.transformers_fallback import TransformersDecoder
from tests.generation.engine import tiny

# As torch words it, with the file and the line in front.
CPU_FAILURE = (
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory"
)


def allocation_failure(*given: Any, **named: Any) -> Any:
    """Fail as torch does when the CPU has no memory left."""
    return torch.empty(2**50)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), True),
        (RuntimeError(CPU_FAILURE), True),
        (RuntimeError("CUDA error: out of memory"), True),
        (MemoryError(), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_which_errors_mean_a_lack_of_memory(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected
    told = as_engine_error(error)
    assert isinstance(told, EngineOutOfMemory if expected else EngineError)
    assert isinstance(told, EngineOutOfMemory) is expected


def test_the_message_of_this_torch_is_known() -> None:
    with pytest.raises(RuntimeError) as error:
        allocation_failure()
    assert is_out_of_memory(error.value)


@pytest.mark.parametrize("kind", [LocalDecoder, TransformersDecoder])
def test_every_decoder_reports_a_failed_allocation(
    kind: Callable[..., Decoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder = kind(tiny.loaded(), max_input_tokens=50, truncate=True)
    decoder.use(Counters())
    monkeypatch.setattr(tiny.loaded().model, "forward", allocation_failure)
    handle = Handle()
    request = GenerationRequest(
        messages=(Message("user", "hola"),), sampling=Sampling(max_tokens=3)
    )
    assert decoder.admit(decoder.prepare(request, handle))
    while decoder.busy:
        decoder.step()
    with pytest.raises(EngineOutOfMemory):
        handle.result()


def test_it_is_recognized_without_torch() -> None:
    command = "import sys, generation.engine.service.decoder; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", command], check=True)
