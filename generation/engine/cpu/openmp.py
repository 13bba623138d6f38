"""The threads of torch: how many, and how they wait. Must be called before torch is imported.

A small pass may use fewer threads: see `choose_threads`.
"""

from __future__ import annotations

import os


def use_threads(number: int) -> None:
    """Set the number of threads; 0 leaves it to torch, which uses one thread per core.

    Idle threads must not spin. If another process (for example the server's own worker) needs the
    same cores, a spinning thread keeps its core until its time slice ends, and each of the hundreds
    of small operations of a pass takes milliseconds instead of microseconds. The OpenMP runtime
    reads this environment variable once, when torch loads it.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if number:
        import torch

        torch.set_num_threads(number)
