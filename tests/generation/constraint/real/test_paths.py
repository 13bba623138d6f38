"""The bytes and the stored word paths of real tokenizers."""

from __future__ import annotations

import numpy as np
import pytest

from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths, WordsKey
from generation.constraint.session import DeadEnd
from generation.constraint.tokenizer.encode_words import WordEncoder
from tests.generation.constraint.real.lists import (
    LISTS_AND_TOKENIZERS,
    UNSPACED,
    canonical,
    entries,
    first,
    lexicon,
)
from tests.generation.constraint.real_tokenizers import RealTokenizer
from tests.vocab.definition import spellings
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import orthography_for
from vocab.words.trie import NO_RANK
from vocab.words.word_forms import FORM_CLASSES

SENTENCES = [
    "यह एक अच्छा दिन है। क्या आप हिन्दी बोलते हैं? 🙂",
    "僕は駅で友達の顔を見た。「こんにちは」と言った！🎉",
    "هذا يومٌ جميل، أليس كذلك؟ نعم، شكرًا. 👍🏽",
    "¿Qué tal, niño? ¡Ñandú! — «sí», dijo… 👨‍👩‍👧‍👦 fin",
]
GEMMA3_ADDED_TOKENS = 6_415


# --- the byte table ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_table_spells_what_the_tokenizer_encodes(
    tokenizer: RealTokenizer, language: str
) -> None:
    texts = [*first(language, 2_000), *(" " + word for word in first(language, 2_000)), *SENTENCES]
    for text, ids in zip(texts, tokenizer.encode(texts), strict=True):
        assert tokenizer.table.text(ids) == text.encode()


def test_control_tokens_are_not_in_the_table(tokenizer: RealTokenizer) -> None:
    """The added tokens of Gemma 3 include line breaks and runs of spaces."""
    contents = tokenizer.backend.get_added_tokens_decoder()
    white = {
        token
        for token, added in contents.items()
        if not added.content.replace("\u2581", "").strip()
    }
    assert not (tokenizer.added - white) & tokenizer.table.bytes_of.keys()
    whole = set(tokenizer.backend.get_vocab().values())
    assert whole - tokenizer.added <= tokenizer.table.bytes_of.keys()
    if tokenizer.name == "gemma3":
        assert len(tokenizer.added) == GEMMA3_ADDED_TOKENS


# --- the merges ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "tokenizer"),
    [each for each in LISTS_AND_TOKENIZERS if each[0] not in UNSPACED],
    indirect=["tokenizer"],
)
def test_words_merged_together_are_what_the_tokenizer_encodes(
    tokenizer: RealTokenizer, language: str
) -> None:
    """Checks the first spellings of each class, and some others. Where the tokenizer's own path
    does not spell the word, another takes its place.
    """
    assert tokenizer.table.merges is not None
    compared = 0
    for form_class in FORM_CLASSES:
        forms = [*lexicon(language).forms(form_class).items()]
        some = dict(forms[:500] + forms[500::40])
        if not some:
            continue
        spellings = WordEncoder(some, tokenizer.encode, tokenizer.table)
        contexts = ["", " ", "(", "—"]
        for before, paths in zip(contexts, spellings.paths(contexts), strict=True):
            lengths, symbols = paths
            found = np.split(symbols, np.cumsum(lengths)[:-1])
            texts = [before + form for form in some]
            for text, path, its in zip(texts, found, tokenizer.encode(texts), strict=True):
                if tokenizer.table.text(its) == text.encode():
                    assert path.tolist() == its, text
                    compared += 1
    assert compared > 1_000


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_trie_holds_the_tokenizers_own_paths(tokenizer: RealTokenizer, language: str) -> None:
    """Without a prefix, after a space, and after every mark that the tokenizer joins to a word."""
    some = Lexicon(first(language, 2_000), language)
    found = WordPaths(some, tokenizer.table, tokenizer.encode)
    contexts = sorted({"", " ", *(mark for _, mark in found.joined_marks)})
    for form_class in FORM_CLASSES:
        forms = some.forms(form_class)
        for before in contexts if forms else []:
            words = found.of(WordsKey(before, form_class))
            assert words is not None
            texts = [before + form for form in forms]
            own = 0
            for text, path, rank in zip(
                texts, tokenizer.encode(texts), forms.values(), strict=True
            ):
                if tokenizer.table.text(path) != text.encode():
                    continue
                own += 1
                begun = words.begin(path[0], NO_RANK)
                assert begun is not None, text
                node = begun
                for token in path[1:]:
                    child = words.trie.child(node, token)
                    assert child is not None, text
                    node = child
                assert words.trie.rank[node] == rank, text
            if own == len(texts):
                assert np.count_nonzero(words.trie.rank < NO_RANK) == own


@pytest.mark.parametrize("tokenizer", ["qwen3"], indirect=True)
def test_the_first_steps_of_a_text_find_nothing_that_was_not_prepared(
    tokenizer: RealTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To find the words after a mark takes a third of a second with 50,000 words."""
    found = WordPaths(Lexicon(first("es", 500), "es"), tokenizer.table, tokenizer.encode)
    automaton = TokenAutomaton(found, 500, [tokenizer.stop])
    automaton.prepare()
    monkeypatch.setattr(WordPaths, "_find", None)
    state = automaton.start
    for token in tokenizer.encode(["Casa"])[0]:
        assert token in automaton.allowed(state)
        state = automaton.advance(state, token)
    bytes_of = tokenizer.table.bytes_of
    joined = [token for token in automaton.allowed(state) if b"/" in bytes_of.get(token, b"")]
    assert len(joined) > 10  # `/p` and its like


# --- prefixes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "it"])
def test_an_elided_word_is_spelt_as_the_tokenizer_spells_it(
    tokenizer: RealTokenizer, language: str
) -> None:
    """l'homme: the path of the prefix, the apostrophe and the word."""
    session = canonical(tokenizer, language, len(entries(language)))
    kinds = spellings(first(language, 3_000), orthography_for(language))
    elided = kinds["elided plain "]
    words = sorted(elided)[:: max(1, len(elided) // 500)]
    pairs = [f" {prefix}'{word}" for prefix in sorted(kinds["prefix plain "]) for word in words]
    (start,) = tokenizer.encode(["un"])
    before = session.start
    for token in start:
        before = session.advance(before, token)
    written = 0
    for path in tokenizer.encode(pairs):
        state = before
        try:
            for token in path:
                state = session.advance(state, token)
            written += tokenizer.stop in session.allowed(state)
        except DeadEnd:
            continue
    assert len(pairs) > 500
    assert written >= 0.995 * len(pairs)
