"""Llama 2's tokenizer, which puts a space before every text that it encodes.

The oracle is the tokenizer itself, as transformers loads it: it encodes a whole conversation, and
the tokens after the prompt are those that the reply should have.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import AutoTokenizer

from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.tokenizer.encode_words import WordEncoder
from generation.constraint.tokenizer.inside_text import inside_text
from generation.constraint.tokenizer.token_bytes import TokenTable
from tests.generation.constraint.real.lists import first
from tests.generation.constraint.real.test_texts import misspelt, random_text
from tests.generation.constraint.real_tokenizers import RealTokenizer, tokenizer_file
from tests.vocab.definition import Definition
from vocab.words.lexicon import Lexicon
from vocab.words.surroundings import BEFORE_START, START
from vocab.words.word_forms import FORM_CLASSES

PROMPT = "[INST] Hola [/INST]"
LANGUAGES = ["en", "fr", "hi"]
N = 1_000
REENCODED_WORDS = 2_000


@dataclass(frozen=True)
class InChat(RealTokenizer):
    """Llama 2's, whose `encode` is the oracle: the tokens of a text after PROMPT."""

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        (prompt,) = self.whole([PROMPT])
        found = self.whole([PROMPT + text for text in texts])
        assert all(ids[: len(prompt)] == prompt for ids in found)
        return [ids[len(prompt) :] for ids in found]

    def whole(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self.backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def encode_inside(self, texts: Sequence[str]) -> list[list[int]]:
        """What the constraint is built with."""
        encodings = inside_text(self.backend).encode_batch_fast(
            list(texts), add_special_tokens=False
        )
        return [encoding.ids for encoding in encodings]


@pytest.fixture(scope="module", params=["legacy", "not legacy"])
def llama2(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> InChat:
    return in_chat(tmp_path_factory.mktemp("llama2"), legacy=request.param == "legacy")


def in_chat(folder: Path, *, legacy: bool) -> InChat:
    tokenizer: Any = AutoTokenizer.from_pretrained(llama2_folder(folder, legacy=legacy))
    backend = tokenizer.backend_tokenizer
    added = frozenset(backend.get_added_tokens_decoder())
    return InChat("llama2", backend, TokenTable(inside_text(backend).to_str()), added)


def llama2_folder(folder: Path, *, legacy: bool) -> Path:
    (folder / "tokenizer.json").symlink_to(tokenizer_file("llama2"))
    config = {
        "tokenizer_class": "LlamaTokenizer",
        "legacy": legacy,
        "bos_token": "<s>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


def automaton(tokenizer: InChat, language: str) -> TokenAutomaton:
    lexicon = Lexicon(first(language, N), language)
    paths = WordPaths(lexicon, tokenizer.table, tokenizer.encode_inside)
    return TokenAutomaton(paths, N, [tokenizer.stop])


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_have_the_tokens_that_they_have_inside_a_text(llama2: InChat, language: str) -> None:
    assert llama2.table.merges is not None
    lexicon = Lexicon(first(language, N), language)
    compared = 0
    for form_class in FORM_CLASSES:
        forms = dict([*lexicon.forms(form_class).items()])
        if not forms:
            continue
        prefixes = ["", " ", "("]
        found = WordEncoder(forms, llama2.encode_inside, llama2.table).paths(prefixes)
        for prefix, (lengths, symbols) in zip(prefixes, found, strict=True):
            paths = np.split(symbols, np.cumsum(lengths)[:-1])
            expected = llama2.encode([f"\n{prefix}{form}" for form in forms])
            (line_break,) = llama2.encode(["\n"])
            for path, its in zip(paths, expected, strict=True):
                assert [*line_break, *path.tolist()] == its
            compared += len(forms)
    assert compared > N


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_word_has_the_tokens_after_a_space(llama2: InChat, language: str) -> None:
    """And the first marks: the allowed tokens are those with which some reply begins."""
    session = automaton(llama2, language)
    allowed = set(session.allowed(session.start_at(BEFORE_START)).tolist())
    definition = Definition(first(language, N), language)
    start = definition.start
    begun = {
        " " + form for kind in definition.words_at(start) for form in definition.spellings[kind]
    }
    for mark in definition.marks(start):
        after = definition.after_mark(start, mark)
        begun |= {
            f" {mark}{form}"
            for kind in definition.words_at(after)
            for form in definition.spellings[kind]
        }
    expected = {path[0] for path in llama2.encode(sorted(begun))}
    assert expected <= allowed
    letters = {token for token in allowed if _has_letter(llama2.table.bytes_of[token])}
    assert letters <= expected
    assert all(llama2.table.bytes_of[token].startswith(b" ") for token in allowed)


def _has_letter(encoded: bytes) -> bool:
    return any(character.isalpha() for character in encoded.decode(errors="ignore"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reply_has_the_tokens_of_the_conversation_with_it(llama2: InChat, language: str) -> None:
    session = automaton(llama2, language)
    begin = session.start_at(BEFORE_START)
    random_numbers = np.random.default_rng(7)
    words, causes = 0, Counter[str]()
    while words < REENCODED_WORDS:
        tokens = random_text(session, llama2, 300, random_numbers, 0.2, state=begin)
        more, found = misspelt(llama2, tokens)
        words += more
        causes += found
    share = 1 - causes.total() / words
    report = [f"{language}: {share:.3%} of {words} words come back the same"]
    report += [f"  {count} {cause}" for cause, count in causes.most_common()]
    sys.stdout.write("\n".join(report) + "\n")  # pytest -rP shows it
    assert share >= 0.995


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_words_and_words_after_a_line_break_can_be_written(
    llama2: InChat, language: str
) -> None:
    session = automaton(llama2, language)
    words = [word for word in first(language, N) if word.isalpha()]
    lines = [f" {word}\n{word}\n\n{word}" for word in words]
    for line, path in zip(lines, llama2.encode(lines), strict=True):
        state = session.start_at(BEFORE_START)
        for token in path:
            assert token in session.allowed(state), line
            state = session.advance(state, token)
        assert llama2.stop in session.allowed(state), line


def test_without_the_space_of_the_template_the_first_word_has_other_tokens(llama2: InChat) -> None:
    session = automaton(llama2, "es")
    (first_word,) = llama2.encode_inside(["Casa"])
    assert first_word[0] in session.allowed(session.start)
    assert first_word[0] not in session.allowed(session.start_at(BEFORE_START))
    assert session.start_at(START) == session.start
