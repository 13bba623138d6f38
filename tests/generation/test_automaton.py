"""The token automata against the oracles, state by state."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from generation.constraint.automaton import TokenAutomaton, WordPaths
from generation.constraint.budget import Finish
from generation.constraint.contract import ConstraintSession, DeadEnd
from generation.constraint.spelling import ByteTrie, SpellingAutomaton
from tests.generation import tiny
from tests.generation.oracle import CanonicalOracle, Oracle
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

SPANISH = ["hola", "la", "casa", "es", "una", "niño", "sin embargo", "sin", "come", "como", "com"]
STOP = tiny.loaded().stop_ids[0]
TABLE = tiny.loaded().table


def vocabulary(n: int, words: list[str] = SPANISH) -> Vocabulary:
    return Vocabulary("test", Lexicon(words, "es"), n)


def canonical(n: int, words: list[str] = SPANISH, **options: object) -> TokenAutomaton:
    paths = WordPaths(vocabulary(n, words).lexicon, TABLE, tiny.loaded().encode)
    return TokenAutomaton(paths, n, [STOP], **options)  # type: ignore[arg-type]


def spelling(n: int, words: list[str] = SPANISH) -> SpellingAutomaton:
    return SpellingAutomaton(vocabulary(n, words).automaton, TABLE, ByteTrie(TABLE), [STOP])


def encode(text: str) -> list[int]:
    ids: list[int] = tiny.tokenizer().encode(text, add_special_tokens=False)
    return ids


def walk(
    session: ConstraintSession,
    expected: Callable[[list[int]], set[int]],
    may_end: Callable[[bytes], bool],
    walks: int,
    steps: int,
) -> int:
    """Compare allowed sets along random walks; returns how many states were compared."""
    choice = random.Random(walks)
    compared = 0
    for _ in range(walks):
        state, tokens = session.start, []
        for _ in range(steps):
            text = TABLE.text(tokens)
            found = set(session.allowed(state).tolist())
            assert found - {STOP} == expected(tokens), text
            assert (STOP in found) == may_end(text), text
            compared += 1
            open_ways = sorted(found - {STOP})
            token = choice.choice(open_ways)
            state = session.advance(state, token)
            tokens.append(token)
    return compared


@pytest.mark.parametrize("n", [1, 3, 10, len(SPANISH)])
def test_all_paths_equal_the_definition_in_every_state(n: int) -> None:
    oracle = Oracle(SPANISH[:n])
    compared = walk(
        spelling(n),
        lambda tokens: oracle.spells(TABLE.text(tokens), TABLE.bytes_of),
        oracle.may_end,
        walks=25,
        steps=12,
    )
    assert compared == 300


@pytest.mark.parametrize("n", [1, 3, 10, len(SPANISH)])
def test_canonical_paths_equal_the_definition_in_every_state(n: int) -> None:
    oracle = CanonicalOracle(SPANISH[:n], encode, TABLE.bytes_of)
    compared = walk(canonical(n), oracle.follows, oracle.may_end, walks=25, steps=12)
    assert compared == 300


def test_canonical_paths_keep_a_model_out_of_prefix_traps() -> None:
    """With all paths ` c` may begin `como`; canonically only the token for the whole word may."""
    whole = encode(" como")
    trap = encode(" c")
    assert len(whole) == 1
    automaton = canonical(10)
    state = automaton.advance(automaton.start, encode("la")[0])
    allowed = automaton.allowed(state)
    assert whole[0] in allowed
    assert trap[0] not in allowed
    free = spelling(10)
    assert trap[0] in free.allowed(free.advance(free.start, encode("la")[0]))


def test_one_build_serves_every_n() -> None:
    paths = WordPaths(vocabulary(3).lexicon, TABLE, tiny.loaded().encode)
    for n in (len(SPANISH), 3, 10, 1):
        view = TokenAutomaton(paths, n, [STOP])
        fresh = canonical(n)
        for text in ("", "hola", "la casa"):
            states = [automaton.start for automaton in (view, fresh)]
            rows = []
            for automaton, state in zip((view, fresh), states, strict=True):
                try:
                    for token in encode(text):
                        state = automaton.advance(state, token)
                    rows.append(automaton.allowed(state).tolist())
                except DeadEnd:
                    rows.append([])
            assert rows[0] == rows[1]


def test_a_token_that_is_not_allowed_is_a_dead_end() -> None:
    automaton = canonical(3)
    with pytest.raises(DeadEnd):
        automaton.advance(automaton.start, encode("perro")[0])


def test_what_follows_a_word_is_one_row_for_all_words() -> None:
    automaton = canonical(3)
    rows = []
    for word in ("hola", "casa"):
        state = automaton.start
        for token in encode(word):
            state = automaton.advance(state, token)
        rows.append(automaton.allowed(state))
    assert rows[0] is rows[1]


def test_rows_are_bounded() -> None:
    automaton = canonical(len(SPANISH), max_states=4)
    choice = random.Random(1)
    state = automaton.start
    for _ in range(60):
        ways = [token for token in automaton.allowed(state).tolist() if token != STOP]
        state = automaton.advance(state, choice.choice(ways))
    assert len(automaton._rows) <= 4
    assert automaton.state_count > 4


@pytest.mark.parametrize("words", [["词"], ["नमस्ते"], ["naïveté"]])
def test_words_in_pieces_of_characters_can_be_written(words: list[str]) -> None:
    """lm-format-enforcer can never write these with this tokenizer."""
    for automaton in (canonical(1, words), spelling(1, words)):
        state = automaton.start
        for token in encode(words[0]):
            assert token in automaton.allowed(state)
            state = automaton.advance(state, token)
        assert STOP in automaton.allowed(state)


@pytest.mark.parametrize("finish", list(Finish))
@pytest.mark.parametrize("limit", [4, 5, 6, 7, 8, 12, 20])
def test_a_reply_ends_well_wherever_its_limit_is(finish: Finish, limit: int) -> None:
    words = vocabulary(len(SPANISH))
    choice = random.Random(limit)
    for _ in range(60):
        automaton = canonical(len(SPANISH), finish=finish)
        state, tokens = automaton.start, []
        for produced in range(limit):
            token = choice.choice(automaton.allowed(state, limit - produced).tolist())
            if token == STOP:
                break
            state = automaton.advance(state, token)
            tokens.append(token)
        text = TABLE.text(tokens).decode()
        reached = words.automaton.read(text)
        assert reached is not None
        assert words.automaton.is_whole(reached), text
        if finish is Finish.SENTENCE and len(tokens) == limit:
            assert words.automaton.can_end(reached), text
            assert text.rstrip('"”»)')[-1] in ".!?…" or text[-1] in '"”»)', text


def test_far_from_the_limit_nothing_is_kept_back() -> None:
    automaton = canonical(len(SPANISH))
    assert automaton.allowed(automaton.start, 500) is automaton.allowed(automaton.start)


def test_a_sentence_is_not_begun_with_too_few_tokens_left() -> None:
    automaton = canonical(len(SPANISH))
    state = automaton.start
    for token in encode("Hola."):
        state = automaton.advance(state, token)
    assert automaton.allowed(state, 3).tolist() == [STOP]
    assert len(automaton.allowed(state, 50)) > 1
