"""Other ways to hold a model to a wordlist, behind one small interface, for `constraint.py`.

All write the same simple language, words of the list with a space, or a mark and a space, between
them, so that every engine can walk the same texts. Ours walks its whole orthography.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, Protocol

import torch
from tokenizers import Tokenizer

from generation.constraint.automaton import TokenAutomaton, WordPaths
from generation.constraint.lmfe import LmfeConstraint, tokenizer_data
from generation.constraint.masking import BatchMask
from generation.constraint.tokens import TokenTable
from vocab.words.forms import FormClass, FormTable, LetterCase, Role
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import orthography_for
from vocab.words.vocabulary import Vocabulary


class Peer(Protocol):
    """One engine with one list loaded. A row is one text being written."""

    def start(self, rows: int) -> None: ...
    def mask_(self, logits: torch.Tensor) -> None:
        """Set what may not come next to -inf, all rows."""

    def advance(self, tokens: Sequence[int]) -> None: ...


class Setting:
    """A tokenizer as every engine needs it; set-up that is shared by all lists of an engine."""

    def __init__(self, path: str, stop_id: int) -> None:
        self.path = path
        self.tokenizer = Tokenizer.from_file(path)
        self.stop_id = stop_id
        self.size = self.tokenizer.get_vocab_size()
        self.shared: dict[str, Any] = {}

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        found = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in found]

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self.shared:
            self.shared[name] = make()
        return self.shared[name]

    @property
    def table(self) -> TokenTable:
        table: TokenTable = self.once("table", lambda: TokenTable(self.tokenizer.to_str()))
        return table


class Ours:
    """The token automaton, canonical paths."""

    def __init__(self, setting: Setting, words: Sequence[str]) -> None:
        paths = WordPaths(Lexicon(words, "es"), setting.table, setting.encode)
        self.automaton = TokenAutomaton(paths, len(words), [setting.stop_id])
        self.mask = BatchMask()
        self.automaton.parts(self.automaton.start)

    @staticmethod
    def set_up(setting: Setting) -> None:
        _ = setting.table.sizes, setting.table.marks

    def start(self, rows: int) -> None:
        self.states = [self.automaton.start] * rows

    def mask_(self, logits: torch.Tensor) -> None:
        self.mask.apply_(logits, [self.automaton.parts(state) for state in self.states])

    def advance(self, tokens: Sequence[int]) -> None:
        pairs = zip(self.states, tokens, strict=True)
        self.states = [self.automaton.advance(state, token) for state, token in pairs]


class PrefixFunction:
    """A `prefix_allowed_tokens_fn` as transformers' PrefixConstrainedLogitsProcessor applies it."""

    def __init__(self, sessions: Callable[[], Any]) -> None:
        self._sessions = sessions

    def start(self, rows: int) -> None:
        session = self._sessions()
        self._session = session
        self._states = [session.start] * rows
        session.allowed(session.start)

    def mask_(self, logits: torch.Tensor) -> None:
        mask = torch.full_like(logits, -torch.inf)
        for row, state in enumerate(self._states):
            mask[row, torch.from_numpy(self._session.allowed(state))] = 0
        logits += mask

    def advance(self, tokens: Sequence[int]) -> None:
        pairs = zip(self._states, tokens, strict=True)
        self._states = [self._session.advance(state, token) for state, token in pairs]


class Lmfe(PrefixFunction):
    """lm-format-enforcer with our text automaton as its character parser."""

    def __init__(self, setting: Setting, words: Sequence[str]) -> None:
        self.set_up(setting)
        vocabulary = Vocabulary("benchmark", Lexicon(words, "es"), len(words))
        constraint = LmfeConstraint(setting.shared["lmfe"], vocabulary, 20_000)
        super().__init__(constraint.session)
        self.start(1)

    @staticmethod
    def set_up(setting: Setting) -> None:
        setting.once("lmfe", lambda: tokenizer_data(setting.table, [setting.stop_id]))


class Prototype:
    """The prototype's way: trie -> regular expression -> lm-format-enforcer's RegexParser, through
    a prefix function that returns a list, as transformers' PrefixConstrainedLogitsProcessor asks.

    Lower case only, as it was: with the three casings that the others write its build takes
    several times as long.
    """

    def __init__(self, setting: Setting, words: Sequence[str]) -> None:
        from lmformatenforcer import RegexParser, TokenEnforcer

        self.set_up(setting)
        parser = RegexParser(_text_regex(_trie_regex(words)))
        self._enforcer = TokenEnforcer(setting.shared["lmfe"], parser)
        self.start(1)
        self._enforcer.get_allowed_tokens([])

    set_up = staticmethod(Lmfe.set_up)

    def prefix_function(self) -> Callable[[int, torch.Tensor], list[int]]:
        """For one `generate()`: what was there at its first call is the prompt."""
        prompt: list[int] = []

        def allowed(row: int, ids: torch.Tensor) -> list[int]:
            prompt[:] = prompt or [len(ids)]
            found: list[int] = self._enforcer.get_allowed_tokens(
                ids[prompt[0] :].tolist()
            ).allowed_tokens
            return found

        return allowed

    def start(self, rows: int) -> None:
        self._sequences: list[list[int]] = [[] for _ in range(rows)]

    def mask_(self, logits: torch.Tensor) -> None:
        mask = torch.full_like(logits, -torch.inf)
        for row, sequence in enumerate(self._sequences):
            mask[row, self._enforcer.get_allowed_tokens(sequence).allowed_tokens] = 0
        logits += mask

    def advance(self, tokens: Sequence[int]) -> None:
        for sequence, token in zip(self._sequences, tokens, strict=True):
            sequence.append(token)


class LlGuidance:
    def __init__(self, setting: Setting, words: Sequence[str]) -> None:
        from llguidance import LLExecutor, LLMatcher

        self.set_up(setting)
        self._tokenizer = setting.shared["llguidance"]
        grammar = LLMatcher.grammar_from_regex(_text_regex("|".join(map(_escape, _forms(words)))))
        self._first = LLMatcher(self._tokenizer, grammar)
        if self._first.is_error():
            raise RuntimeError(self._first.get_error())
        self._size = setting.size
        self._executor = LLExecutor()  # its own threads, one a core
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
        pattern = _text_regex("|".join(map(_escape, _forms(words))))
        self._compiled = compiler.compile_regex(pattern)
        self._batch = xgrammar.BatchGrammarMatcher()  # its own threads, one a core
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
    """The quickest way found for these bitmasks on a CPU: xgrammar's own kernel."""
    if find_spec("xgrammar") is not None:
        import xgrammar

        xgrammar.apply_token_bitmask_inplace(logits, bits, backend="cpu")
    else:
        import llguidance.torch

        llguidance.torch.apply_token_bitmask_inplace(logits, bits)


PEERS: dict[str, Any] = {
    "ours": Ours,
    "prototype": Prototype,
    "lm-format-enforcer": Lmfe,
    "llguidance": LlGuidance,
    "xgrammar": XGrammar,
}


def _forms(words: Sequence[str]) -> list[str]:
    """Every word as it stands and with a capital, as ours may write it."""
    table = FormTable(words, orthography_for("es"))
    cases = (LetterCase.PLAIN, LetterCase.TITLE)
    forms = [form for case in cases for form in table.forms(FormClass(Role.WORD, case, ""))]
    return list(dict.fromkeys(forms))


def _text_regex(word: str) -> str:
    return f"(?:{word})(?:[,.;:!?]? (?:{word}))*[.!?]?"


def _escape(text: str) -> str:
    return "".join(f"\\{c}" if c in r"\.^$*+?()[]{}|/-" else c for c in text)


def _trie_regex(words: Sequence[str]) -> str:
    """Fold the words into a trie and write it as nested alternatives: `(?:a(?:b|c)?)`."""
    trie: dict[str, Any] = {}
    for word in words:
        node = trie
        for character in word:
            node = node.setdefault(character, {})
        node[""] = {}

    def write(node: dict[str, Any]) -> str:
        ways = [_escape(key) + write(child) for key, child in node.items() if key]
        if not ways:
            return ""
        group = f"(?:{'|'.join(ways)})"
        return group + "?" if "" in node else group

    return write(trie)
