"""Recognize that an exception means a lack of memory. Imports no torch."""

from __future__ import annotations

# torch's CPU allocator raises a plain RuntimeError with the first text, CUDA libraries such as
# cuBLAS and cuDNN raise one with the second.
MESSAGES = ("allocate memory", "out of memory")


def is_out_of_memory(error: BaseException) -> bool:
    """True for a MemoryError, torch's OutOfMemoryError and its allocators' RuntimeErrors."""
    if isinstance(error, MemoryError):
        return True
    # torch.OutOfMemoryError and torch.cuda.OutOfMemoryError are the same class.
    if any(base.__name__ == "OutOfMemoryError" for base in type(error).__mro__):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in MESSAGES)
