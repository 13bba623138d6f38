"""The token automata on made-up lists and made-up tokenizers, against the oracles."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from generation.constraint.any_tokens.spelling_automaton import SpellingAutomaton, TokenByteTrie
from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths, sample_of
from generation.constraint.finish import Finish
from generation.constraint.session import ConstraintSession
from generation.constraint.tokenizer.token_bytes import TokenTable
from tests.generation.constraint.oracle import CanonicalOracle, SpellingOracle, TokenTree
from tests.generation.constraint.real_tokenizers import RealTokenizer
from tests.generation.constraint.test_token_automaton import STYLES
from tests.vocab.definition import Definition, word_forms
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style
from vocab.words.vocabulary import Vocabulary

WALK = 14
LANGUAGES = ["es", "fr", "en", "de", "tr", "el", "hi"]
STOP_TEXT = "<|end|>"
BYTE_CHARACTERS = sorted(pre_tokenizers.ByteLevel.alphabet())
# What stands around words, so that merges of marks come up as well as merges of letters.
AROUND = [" ", ", ", ". ", "...\n\n", "\n— ", " (", '("', "?» ", "!”\n", "—", " – ", "“¿"]

letters = st.text("abnñáé", min_size=1, max_size=4)
words = st.one_of(
    letters,
    st.sampled_from(["a", "o", "un", "una", "unas", "sin", "sin embargo", "d'un", "d'una", "l'a"]),
    # What attaches, and what it attaches to.
    st.sampled_from(["l'", "d", "l", "homme", "'s", "il", "en", "n't", "do", "'da", "etc", "z.b"]),
    st.sampled_from(["ışık", "istanbul", "straße", "λόγοσ", "άνθρωπος"]),
    st.builds("{}'{}".format, letters, letters),
    st.builds("{}-{}".format, letters, letters),
    st.builds("{} {}".format, letters, letters),
    # Letters with marks that no single character has: combining acute, a Devanagari vowel sign.
    st.builds("{}\u0301q\u0301{}".format, letters, letters),
    st.sampled_from(["है", "की", "कि", "नमस्ते"]),
    st.text("词语僕駅", min_size=1, max_size=2),
)
wordlists = st.lists(
    words.map(lambda word: unicodedata.normalize("NFC", word)), min_size=1, max_size=8, unique=True
)
languages_and_styles = st.tuples(st.sampled_from(LANGUAGES), st.sampled_from(STYLES))


def has_word(entries: Sequence[str], language: str) -> bool:
    """A list of nothing but what attaches to words is no list."""
    return any(word_forms(entry, language) for entry in entries)


@st.composite
def tokenizers(draw: st.DrawFn, entries: Sequence[str]) -> RealTokenizer:
    """A byte-level BPE with merges of what stands side by side in texts of the list.

    Sometimes it takes a text as one piece, as Gemma's does, so that marks and letters can merge.
    """
    forms = sorted(
        form for entry in entries for form in {entry, entry.capitalize(), entry.replace("'", "’")}
    )
    around = draw(st.lists(st.sampled_from(AROUND), min_size=4, max_size=4))
    text = "".join(around[i % 4] + form for i, form in enumerate(forms)) + "".join(AROUND)
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    pieces = list(level.pre_tokenize_str(text)[0][0])
    vocabulary = {character: index for index, character in enumerate(BYTE_CHARACTERS)}
    merges: list[tuple[str, str]] = []
    for place in draw(st.lists(st.integers(0, 2**16), max_size=60)):
        if len(pieces) < 2:
            break
        at = place % (len(pieces) - 1)
        pair = (pieces[at], pieces[at + 1])
        if pair[0] + pair[1] in vocabulary:
            continue
        vocabulary[pair[0] + pair[1]] = len(vocabulary)
        merges.append(pair)
        merged: list[str] = []
        for piece in pieces:
            if merged and (merged[-1], piece) == pair:
                merged[-1] += piece
            else:
                merged.append(piece)
        pieces = merged
    backend = Tokenizer(models.BPE(vocabulary, merges))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=draw(st.booleans())
    )
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([STOP_TEXT])
    stop = backend.token_to_id(STOP_TEXT)
    assert stop is not None
    added = frozenset({stop})
    return RealTokenizer("made up", backend, TokenTable(backend.to_str()), added)


lists_and_tokenizers = wordlists.flatmap(
    lambda entries: st.tuples(st.just(entries), tokenizers(entries))
)


def chosen(choice: random.Random, tokenizer: RealTokenizer, ways: set[int]) -> int:
    """Choose a token; half of the time one without a letter."""
    marks = {
        token
        for token in ways
        if not any(c.isalnum() for c in tokenizer.table.bytes_of[token].decode(errors="replace"))
    }
    return choice.choice(sorted(marks if marks and choice.random() < 0.5 else ways))


@settings(deadline=None, derandomize=True, max_examples=50)
@given(lists_and_tokenizers, languages_and_styles, st.data())
def test_all_paths_equal_the_definition_and_are_never_stuck(
    made_up: tuple[list[str], RealTokenizer], pack: tuple[str, Style], data: st.DataObject
) -> None:
    (entries, tokenizer), (language, style) = made_up, pack
    n, choice = data.draw(st.integers(1, len(entries))), random.Random(data.draw(st.integers()))
    assume(has_word(entries[:n], language))
    oracle = SpellingOracle(
        Definition(entries[:n], language, style), TokenTree(tokenizer.table.bytes_of)
    )
    automaton = Vocabulary("test", Lexicon(entries, language), n, style).automaton
    table = tokenizer.table
    session = SpellingAutomaton(automaton, table, TokenByteTrie(table), [tokenizer.stop])
    state, part = session.start, oracle.start
    tokens: list[int] = []
    for _ in range(WALK):
        text = table.text(tokens)
        found = set(session.allowed(state).tolist())
        assert found - {tokenizer.stop} == oracle.follows(part), text
        assert (tokenizer.stop in found) == oracle.may_end(part), text
        tokens.append(chosen(choice, tokenizer, found - {tokenizer.stop}))
        state, part = session.advance(state, tokens[-1]), oracle.advance(part, tokens[-1])


@settings(deadline=None, derandomize=True, max_examples=60)
@given(lists_and_tokenizers, languages_and_styles, st.data())
def test_canonical_paths_equal_the_definition_and_are_never_stuck(
    made_up: tuple[list[str], RealTokenizer], pack: tuple[str, Style], data: st.DataObject
) -> None:
    (entries, tokenizer), (language, style) = made_up, pack
    n, choice = data.draw(st.integers(1, len(entries))), random.Random(data.draw(st.integers()))
    assume(has_word(entries[:n], language))
    lexicon = Lexicon(entries, language)
    # Which marks join words is a property of the tokenizer, told from the list as a whole.
    sample = sample_of(lexicon.forms)
    oracle = CanonicalOracle(
        Definition(entries[:n], language, style), tokenizer.table.bytes_of, tokenizer.encode, sample
    )
    paths = WordPaths(lexicon, tokenizer.table, tokenizer.encode)
    session = TokenAutomaton(paths, n, [tokenizer.stop], style=style)
    state, expected = session.start, oracle.start
    tokens: list[int] = []
    for _ in range(WALK):
        text = tokenizer.table.text(tokens)
        found = set(session.allowed(state).tolist())
        assert found - {tokenizer.stop} == oracle.follows(expected), text
        assert (tokenizer.stop in found) == oracle.may_end(expected), text
        tokens.append(chosen(choice, tokenizer, found - {tokenizer.stop}))
        state = session.advance(state, tokens[-1])
        expected = oracle.advance(expected, tokens[-1])


@settings(deadline=None, derandomize=True, max_examples=50)
@given(lists_and_tokenizers, languages_and_styles, st.integers(1, 40), st.data())
def test_no_walk_is_stuck_with_any_number_of_tokens_left(
    made_up: tuple[list[str], RealTokenizer],
    pack: tuple[str, Style],
    limit: int,
    data: st.DataObject,
) -> None:
    """`allowed` raises DeadEnd if no token may come."""
    (entries, tokenizer), (language, style) = made_up, pack
    choice, stop = random.Random(data.draw(st.integers())), tokenizer.stop
    assume(has_word(entries, language))
    lexicon = Lexicon(entries, language)
    automaton = Vocabulary("test", lexicon, len(entries), style).automaton
    table = tokenizer.table
    finish = data.draw(st.sampled_from(Finish))
    paths = WordPaths(lexicon, table, tokenizer.encode)
    sessions: list[ConstraintSession] = [
        TokenAutomaton(paths, len(entries), [stop], style=style, finish=finish),
        SpellingAutomaton(automaton, table, TokenByteTrie(table), [stop], finish=finish),
    ]
    for session in sessions:
        state = session.start
        for left in range(limit, 0, -1):
            ways = set(session.allowed(state, left).tolist())
            assert ways <= set(session.allowed(state).tolist())
            if ways == {stop}:
                break
            state = session.advance(state, chosen(choice, tokenizer, ways - {stop}))
