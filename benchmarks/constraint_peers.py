"""The engines that `constraint.py` compares, with one small interface.

All write the same simple language, words with a space, or a mark and a space, between them, so that
every engine can follow the same texts. Our engine also allows the rest of its orthography.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from tokenizers import Tokenizer
from transformers.generation.logits_process import PrefixConstrainedLogitsProcessor

from benchmarks.constraint_bitmasks import LlGuidance, XGrammar
from benchmarks.constraint_language import text_regex, trie_regex
from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.lmfe import LmfeConstraint, tokenizer_data
from generation.constraint.session import State
from generation.constraint.tokenizer.token_bytes import TokenTable
from generation.engine.model.gpu_logit_mask import LogitMask
from generation.engine.model.logits import split_rows
from generation.engine.model.output_head import HeadSlice
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary


class Peer(Protocol):
    """One engine with one list. A row is one text."""

    def start(self, rows: int) -> None: ...
    def mask_(self, logits: torch.Tensor) -> None:
        """Mask the logits of all rows.

        The scores of other tokens become -inf, in place or in a copy named `masked`. Our engine
        keeps the `scores` of the allowed tokens instead.
        """

    def advance(self, tokens: Sequence[int]) -> None: ...


class Setting:
    """A tokenizer, and the set-up of each engine that all its lists share."""

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


class Automaton:
    """The token automaton with canonical paths, and the state of each row."""

    def __init__(self, setting: Setting, words: Sequence[str]) -> None:
        paths = WordPaths(Lexicon(words, "es"), setting.table, setting.encode)
        self.automaton = TokenAutomaton(paths, len(words), [setting.stop_id])
        self.automaton.parts(self.automaton.start)

    @staticmethod
    def set_up(setting: Setting) -> None:
        """Make the tables of the tokenizer, which all lists share."""
        table = setting.table
        _ = table.sizes, table.marks, table.ids_of, table.merges, table.letterless_of(b".")
        table.may_join("(", "a")

    def start(self, rows: int) -> None:
        self.states = [self.automaton.start] * rows

    def advance(self, tokens: Sequence[int]) -> None:
        pairs = zip(self.states, tokens, strict=True)
        self.states = [self.automaton.advance(state, token) for state, token in pairs]


class Ours(Automaton):
    """As our engine does on a CPU: it gathers the allowed scores of each row in `scores`, and all
    later steps use only these.
    """

    head_slice: HeadSlice | None = None

    def mask_(self, logits: torch.Tensor) -> None:
        self.allowed = [self.automaton.allowed(state) for state in self.states]
        rows = zip(split_rows(logits, [self.head_slice] * len(logits)), self.allowed, strict=True)
        self.scores = [row.gather(allowed) for row, allowed in rows]

    def keeps(self, logits: torch.Tensor, tokens: Sequence[int]) -> bool:
        """Return whether each row has the score of its token. logits: [rows, vocabulary]."""
        kept = zip(logits, self.allowed, self.scores, tokens, strict=True)
        return all(
            scores[ids == token].tolist() == [row[token]] for row, ids, scores, token in kept
        )


class Restricted(Ours):
    """The same with an output head that computes only the scores of reachable tokens."""

    def __init__(self, setting: Setting, words: Sequence[str]) -> None:
        super().__init__(setting, words)
        self.reachable = self.automaton.reachable
        self.head_slice = HeadSlice(self.reachable, torch.nn.Linear(1, setting.size, bias=False))

    def restrict(self, logits: torch.Tensor) -> torch.Tensor:
        """Return what the restricted head would have computed."""
        return logits[:, torch.from_numpy(self.reachable)]


class Masked(Automaton):
    """As our engine does on a GPU: all other scores become -inf, in place."""

    def __init__(self, setting: Setting, words: Sequence[str]) -> None:
        super().__init__(setting, words)
        self.mask = LogitMask()

    def mask_(self, logits: torch.Tensor) -> None:
        self.mask.apply_(logits, [self.automaton.parts(state) for state in self.states])


class PrefixFunction:
    """A `prefix_allowed_tokens_fn` as `generate()` applies it: transformers' own processor."""

    def __init__(self) -> None:
        self._processor = PrefixConstrainedLogitsProcessor(self.allowed, num_beams=1)

    def allowed(self, row: int, ids: torch.Tensor) -> Any:
        """Return the ids that may follow the tokens of a row: a list, or a tensor."""
        raise NotImplementedError

    def start(self, rows: int) -> None:
        self._ids = torch.empty(rows, 0, dtype=torch.int64)

    def mask_(self, logits: torch.Tensor) -> None:
        # The processor does not work in place: the next step of `generate()` reads its result.
        self.masked = self._processor(self._ids, logits)

    def advance(self, tokens: Sequence[int]) -> None:
        self._ids = torch.cat([self._ids, torch.tensor(tokens)[:, None]], dim=1)


class Lmfe(PrefixFunction):
    """lm-format-enforcer with our text automaton as its character parser."""

    def __init__(self, setting: Setting, words: Sequence[str]) -> None:
        super().__init__()
        self.set_up(setting)
        vocabulary = Vocabulary("benchmark", Lexicon(words, "es"), len(words))
        self._constraint = LmfeConstraint(setting.shared["lmfe"], vocabulary, 20_000)
        self.start(1)
        self._session.allowed(self._session.start)

    @staticmethod
    def set_up(setting: Setting) -> None:
        setting.once("lmfe", lambda: tokenizer_data(setting.table, [setting.stop_id]))

    def start(self, rows: int) -> None:
        super().start(rows)
        self._session = self._constraint.session()
        self._states: list[State] = [self._session.start] * rows

    def allowed(self, row: int, ids: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(self._session.allowed(self._states[row]))

    def advance(self, tokens: Sequence[int]) -> None:
        super().advance(tokens)
        pairs = zip(self._states, tokens, strict=True)
        self._states = [self._session.advance(state, token) for state, token in pairs]


class Prototype(PrefixFunction):
    """The prototype: trie -> regular expression -> lm-format-enforcer's RegexParser.

    It writes lower case only. With the three casings that the others write, its build takes several
    times as long.
    """

    def __init__(self, setting: Setting, words: Sequence[str]) -> None:
        from lmformatenforcer import RegexParser, TokenEnforcer

        super().__init__()
        self.set_up(setting)
        parser = RegexParser(text_regex(trie_regex(words)))
        self._enforcer = TokenEnforcer(setting.shared["lmfe"], parser)
        self._enforcer.get_allowed_tokens([])

    set_up = staticmethod(Lmfe.set_up)

    def prefix_function(self) -> Callable[[int, torch.Tensor], list[int]]:
        """Return a function for one `generate()`. The ids of its first call are the prompt."""
        prompt: list[int] = []

        def allowed(row: int, ids: torch.Tensor) -> list[int]:
            prompt[:] = prompt or [len(ids)]
            return self.allowed(row, ids[prompt[0] :])

        return allowed

    def allowed(self, row: int, ids: torch.Tensor) -> list[int]:
        found: list[int] = self._enforcer.get_allowed_tokens(ids.tolist()).allowed_tokens
        return found


PEERS: dict[str, Any] = {
    "ours": Ours,
    "ours, restricted head": Restricted,
    "ours, masked in place": Masked,
    "prototype": Prototype,
    "lm-format-enforcer": Lmfe,
    "llguidance": LlGuidance,
    "xgrammar": XGrammar,
}
