"""The mask of banned phrases, with a real tokenizer. The oracle is a regular expression."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from generation.constraint.factory import ConstraintFactory
from generation.constraint.session import ConstraintSession, State
from tests.generation.constraint.real_tokenizers import RealTokenizer, real_tokenizer
from vocab.words.checker.banned_text import banned_in
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Case, Punctuation, Style
from vocab.words.request_words import (
    FirstWords,
    RequestWords,
    VocabularySource,
    listed_words,
)
from vocab.words.vocabulary import Vocabulary

ENTRIES = ("sin", "embargo", "embargoes", "de", "le")
STYLE = Style(punctuation=Punctuation.MINIMAL, case=Case.LOWER)
FIRST = FirstWords(reference="es@1", digest="", n_words=len(ENTRIES))
PHRASES = [("sin embargo",), ("le de",), ("sin embargo", "de le", "le le")]


@pytest.fixture(scope="module")
def smollm2() -> RealTokenizer:
    return real_tokenizer("smollm2")


def vocabulary(
    *banned: str,
    style: Style = STYLE,
    entries: tuple[str, ...] = ENTRIES,
    language: str = "fr",
) -> Vocabulary:
    source = VocabularySource(first=FIRST, words=RequestWords(banned=banned))
    lexicon = Lexicon(listed_words([entries], source.words, language), language)
    return Vocabulary(source.digest, lexicon, len(lexicon), style, source)


def session_of(tokenizer: RealTokenizer, words: Vocabulary, paths: str) -> ConstraintSession:
    factory = ConstraintFactory(tokenizer.table, tokenizer.encode, [tokenizer.stop])
    return factory.session(words, token_paths=paths, finish="sentence")  # type: ignore[arg-type]


def finished(
    session: ConstraintSession, tokenizer: RealTokenizer, depth: int
) -> Iterator[tuple[int, ...]]:
    """Yield the tokens of all texts of at most `depth` tokens that may end."""
    open_: list[tuple[tuple[int, ...], State]] = [((), session.start)]
    while open_:
        path, state = open_.pop()
        for token in session.allowed(state).tolist():
            if token == tokenizer.stop:
                yield path
            elif len(path) < depth:
                open_.append(((*path, token), session.advance(state, token)))


def has(text: str, banned: tuple[str, ...]) -> bool:
    patterns = (each.replace(" ", r"[\s-]+") for each in banned)
    return any(re.search(rf"(?<!\w){each}(?!\w)", text, re.IGNORECASE) for each in patterns)


@pytest.mark.parametrize("banned", PHRASES)
@pytest.mark.parametrize("paths", ["canonical", "all"])
def test_exactly_the_texts_without_the_phrases_can_be_written(
    smollm2: RealTokenizer, banned: tuple[str, ...], paths: str
) -> None:
    depth = 4 if paths == "canonical" else 3
    free = set(finished(session_of(smollm2, vocabulary(), paths), smollm2, depth))
    bound = set(finished(session_of(smollm2, vocabulary(*banned), paths), smollm2, depth))
    texts = {path: smollm2.table.text(path).decode(errors="replace") for path in free | bound}
    expected = {path for path in free if not has(texts[path], banned)}
    assert expected != free
    assert {texts[path] for path in bound ^ expected} == set()


@pytest.mark.parametrize("banned", PHRASES)
def test_long_texts_in_every_case_never_have_a_phrase_and_never_stop_short(
    smollm2: RealTokenizer, banned: tuple[str, ...]
) -> None:
    """Random texts to the limit of tokens; the last ones are chosen with few tokens left."""
    words = vocabulary(*banned, style=Style(case=Case.FREE, punctuation=Punctuation.MARKDOWN))
    session = session_of(smollm2, words, "canonical")
    random = np.random.default_rng(5)
    for _ in range(30):
        state, path = session.start, []
        for remaining in range(60, 0, -1):
            allowed = session.allowed(state, remaining)
            words_first = [each for each in allowed.tolist() if each != smollm2.stop]
            if not words_first:
                break
            path.append(int(random.choice(words_first)))
            state = session.advance(state, path[-1])
        text = smollm2.table.text(path).decode()
        assert not has(text.replace("*", " "), banned), text
        assert list(banned_in(text, banned, str.lower, str.upper)) == []


def test_a_longer_word_may_begin_like_the_phrase(smollm2: RealTokenizer) -> None:
    session = session_of(smollm2, vocabulary("sin embargo"), "canonical")
    for text, possible in (("sin embargoes", True), ("sin embargo", False), ("de embargo", True)):
        state, ends = session.start, True
        for token in smollm2.encode([text])[0]:
            if token not in session.allowed(state):
                ends = False
                break
            state = session.advance(state, token)
        assert (ends and smollm2.stop in session.allowed(state)) == possible, text


def test_a_word_that_the_language_makes_of_others(smollm2: RealTokenizer) -> None:
    entries = ("can", "n't", "see")
    free = vocabulary(entries=entries, language="en")
    bound = vocabulary("Can't", entries=entries, language="en")
    assert bound.banned_phrases == (("can't",),)
    found = set(finished(session_of(smollm2, free, "canonical"), smollm2, 3))
    left = set(finished(session_of(smollm2, bound, "canonical"), smollm2, 3))
    texts = {path: smollm2.table.text(path).decode(errors="replace") for path in found | left}
    expected = {path for path in found if not re.search(r"can['’]t", texts[path])}
    assert expected != found
    assert {texts[path] for path in left ^ expected} == set()


def test_words_that_the_list_no_longer_has_need_no_look_back() -> None:
    assert vocabulary("le").banned_phrases == ()
    assert vocabulary("Sin Embargo").banned_phrases == (("sin", "embargo"),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sin embargo, SIN  EMBARGO.", ["Sin embargo", "SIN  EMBARGO"]),
        ("sin, embargo. sin embargoes sin embargo's", []),
        ("casi-sin-embargo", ["sin-embargo"]),
        ("sin **embargo**", ["sin **embargo"]),
        ("sin\nembargo", ["sin\nembargo"]),
        ("", []),
    ],
)
def test_the_report_finds_phrases(text: str, expected: list[str]) -> None:
    assert list(banned_in(text, ["sin embargo"], str.lower, str.upper)) == expected
