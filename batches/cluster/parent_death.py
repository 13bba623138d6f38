"""End a process when its parent ends, even if the parent was killed. Linux only.

A batch worker whose parent is gone would go on: with the key of a web server that no longer runs,
it would take jobs and put them back. The kernel sends the signal, so the parent needs to do
nothing. It sends it when the *thread* that started the process ends.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

# Loaded here and not in `end_with`, which runs between fork and exec.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def end_with(parent: int) -> None:
    """Let the kernel send SIGTERM to this process when its parent ends.

    parent: PID of the process that started this one. If it has ended already, so does this one.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def let_forks_end_with_their_parent() -> None:
    """Call `end_with` in every process that this one forks from now on, and in theirs."""
    parent = os.getpid()

    def in_child() -> None:
        nonlocal parent
        end_with(parent)
        parent = os.getpid()

    os.register_at_fork(after_in_child=in_child)
