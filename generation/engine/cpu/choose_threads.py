"""The number of threads that compute a pass.

A pass consists of hundreds of small products, one after the other. Idle threads do not spin (see
`openmp`), so each product has to wake the second thread. In a small model, and for the few tokens
of a decoding step, this takes longer than half of the product. `python -m benchmarks.decoding
--threads` measures it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

SMALL_PASS_TOKENS = 32
SMALL_HIDDEN_SIZE = 1024
# Two virtual CPUs are usually one core. With more threads, all of them are used for every pass.
MAX_THREADS = 2


def one_thread_tokens(hidden_size: int) -> int:
    """Return up to how many tokens a pass is computed with one thread; 0 for all threads always."""
    small = hidden_size <= SMALL_HIDDEN_SIZE and torch.get_num_threads() <= MAX_THREADS
    return SMALL_PASS_TOKENS if small else 0


@contextmanager
def one_thread(enabled: bool) -> Iterator[None]:
    """Compute with one thread if `enabled`, and restore the number of threads afterwards.

    Only one Python thread may use this at a time, because torch has one number for the process.
    """
    before = torch.get_num_threads()
    if not enabled or before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
