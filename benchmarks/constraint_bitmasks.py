"""llguidance and xgrammar: grammars compiled to matchers that fill bitmasks."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import torch

from benchmarks.constraint_language import cased_forms, escape, text_regex

if TYPE_CHECKING:
    from benchmarks.constraint_peers import Setting


class LlGuidance:
    def __init__(self, setting: Setting, words: Sequence[str]) -> None:
        from llguidance import LLExecutor, LLMatcher, LLParserLimits

        self.set_up(setting)
        self._tokenizer = setting.shared["llguidance"]
        grammar = LLMatcher.grammar_from_regex(
            text_regex("|".join(map(escape, cased_forms(words))))
        )
        # Its default limits refuse 50,000 words.
        limits = LLParserLimits(initial_lexer_fuel=100_000_000, step_lexer_fuel=100_000_000)
        self._first = LLMatcher(self._tokenizer, grammar, limits=limits)
        if self._first.is_error():
            raise RuntimeError(self._first.get_error())
        self._size = setting.size
        self._executor = LLExecutor()  # has one thread per core
        self.start(1)
        self._fill()

    @staticmethod
    def set_up(setting: Setting) -> None:
        def make() -> Any:
            from llguidance.hf import from_tokenizer
            from transformers import PreTrainedTokenizerFast

            fast = PreTrainedTokenizerFast(tokenizer_object=setting.tokenizer)
            return from_tokenizer(fast, setting.size, setting.stop_id)

        setting.once("llguidance", make)

    def start(self, rows: int) -> None:
        from llguidance.torch import allocate_token_bitmask

        self._matchers = [self._first.deep_copy() for _ in range(rows)]
        self._bits = allocate_token_bitmask(rows, self._size)

    def _fill(self) -> None:
        from llguidance.torch import fill_next_token_bitmask_par

        rows = [(matcher, row) for row, matcher in enumerate(self._matchers)]
        fill_next_token_bitmask_par(self._executor, rows, self._bits)

    def mask_(self, logits: torch.Tensor) -> None:
        self._fill()
        _apply_bits(logits, self._bits)

    def advance(self, tokens: Sequence[int]) -> None:
        for matcher, token in zip(self._matchers, tokens, strict=True):
            if not matcher.consume_token(token):
                raise RuntimeError(matcher.get_error())


class XGrammar:
    def __init__(self, setting: Setting, words: Sequence[str]) -> None:
        import xgrammar

        self.set_up(setting)
        compiler = xgrammar.GrammarCompiler(setting.shared["xgrammar"], cache_enabled=False)
        pattern = text_regex("|".join(map(escape, cased_forms(words))))
        self._compiled = compiler.compile_regex(pattern)
        self._batch = xgrammar.BatchGrammarMatcher()  # has one thread per core
        self._size = setting.size
        self.start(1)
        self._matchers[0].fill_next_token_bitmask(self._bits, 0)

    @staticmethod
    def set_up(setting: Setting) -> None:
        def make() -> Any:
            import xgrammar

            encoded = [setting.table.bytes_of.get(i, b"") for i in range(setting.size)]
            return xgrammar.TokenizerInfo(
                encoded, vocab_size=setting.size, stop_token_ids=setting.stop_id
            )

        setting.once("xgrammar", make)

    def start(self, rows: int) -> None:
        import xgrammar

        self._matchers = [xgrammar.GrammarMatcher(self._compiled) for _ in range(rows)]
        self._bits = xgrammar.allocate_token_bitmask(rows, self._size)

    def mask_(self, logits: torch.Tensor) -> None:
        self._batch.batch_fill_next_token_bitmask(self._matchers, self._bits)
        _apply_bits(logits, self._bits)

    def advance(self, tokens: Sequence[int]) -> None:
        for matcher, token in zip(self._matchers, tokens, strict=True):
            if not matcher.accept_token(token):
                raise RuntimeError(f"xgrammar refuses token {token}")


def _apply_bits(logits: torch.Tensor, bits: torch.Tensor) -> None:
    """Apply bitmasks on a CPU. The kernel of xgrammar is the fastest."""
    if find_spec("xgrammar") is not None:
        import xgrammar

        xgrammar.apply_token_bitmask_inplace(logits, bits, backend="cpu")
    else:
        import llguidance.torch

        llguidance.torch.apply_token_bitmask_inplace(logits, bits)
