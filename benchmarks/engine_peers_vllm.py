"""vLLM on a CPU, for `engine_peers.py`. It reads requests and writes results as lines of JSON.

The Python of vLLM's own environment runs it, so it imports nothing of this project.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any


def main() -> None:
    from vllm import LLM, SamplingParams
    from vllm.sampling_params import StructuredOutputsParams

    model, backend = sys.argv[1:]
    # vLLM's processes write messages to standard output. Results go to a copy of it.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    engine = LLM(
        model=model,
        dtype="float32",
        max_model_len=1024,
        max_num_seqs=32,
        enforce_eager=True,
        structured_outputs_config={"backend": backend},
    )
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        regex = asked["constraint"]
        sampling = SamplingParams(
            temperature=0,
            max_tokens=asked["tokens"],
            min_tokens=asked["tokens"],
            structured_outputs=StructuredOutputsParams(regex=regex) if regex else None,
        )
        started = time.perf_counter()
        replies = engine.generate(asked["prompts"], sampling, use_tqdm=False)
        seconds = time.perf_counter() - started
        tokens = sum(len(reply.outputs[0].token_ids) for reply in replies)
        print(json.dumps({"tokens": tokens, "seconds": seconds}), file=answers, flush=True)


if __name__ == "__main__":
    main()
