"""The site's web server, whose engine other processes of a test use.

Run as `python -m tests.process.engine PORT`. TEST_ENGINE selects the decoder: "slow" (see `worker`)
or "tiny" (a random model with real rows, a real constraint and a real cache).
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from generation.serving import engine_provider
from tests.process.worker import SlowDecoder

if TYPE_CHECKING:
    from generation.engine.local import LocalDecoder


def tiny_decoder() -> LocalDecoder:
    """Build a decoder; every process builds the same model."""
    from generation.engine.local import Limits, LocalDecoder
    from tests.generation.engine import tiny

    limits = Limits(max_rows=8, cache_tokens=4096, prefill_chunk=64, prefix_tokens=0)
    return LocalDecoder(tiny.loaded(), limits=limits, max_input_tokens=200, truncate=False)


if __name__ == "__main__":
    from daphne.cli import CommandLineInterface

    made = {"slow": SlowDecoder, "tiny": tiny_decoder}[os.environ["TEST_ENGINE"]]
    engine_provider.load_scripted = made  # type: ignore[assignment]
    address = ["-v", "0", "-b", "127.0.0.1", "-p", sys.argv[1]]
    CommandLineInterface().run([*address, "wordgen_site.asgi:application"])
