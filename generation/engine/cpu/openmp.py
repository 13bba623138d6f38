"""How many threads the model computes with, and how they wait. To be called before torch is
imported. A pass of few tokens may get fewer: see `pass_threads`.
"""

from __future__ import annotations

import os


def use_threads(number: int) -> None:
    """number: 0 leaves it to torch, which takes one for each core.

    Threads that wait for one another must not spin: where another process wants the same cores
    (the server's own worker, say), the thread that is waited for gets its turn only when the
    spinning one has used up its own, and each of the hundreds of small steps of a pass takes
    milliseconds instead of microseconds. Said in the environment, which the runtime reads once,
    when torch loads it.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if number:
        import torch

        torch.set_num_threads(number)
