"""The mask against a definition of the language that shares no code with it."""

from __future__ import annotations

import random

import pytest

from generation.constraint.lmfe import LmfeConstraint, tokenizer_data
from generation.constraint.session import DeadEnd
from generation.constraint.tokenizer.token_bytes import TokenTable
from tests.generation.engine import tiny
from tests.vocab.definition import Definition
from tests.vocab.styles import style_of
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style
from vocab.words.vocabulary import Vocabulary

SPANISH = ["hola", "la", "casa", "es", "una", "niño", "sin embargo", "come", "como", "com", "a"]
STOP = tiny.loaded().stop_ids[0]


def constraint(
    n: int, words: list[str] = SPANISH, max_states: int = 1000, case: str = "sentence"
) -> LmfeConstraint:
    loaded = tiny.loaded()
    vocabulary = Vocabulary("test", Lexicon(words, "es"), n, style_of(case=case))
    data = tokenizer_data(loaded.table, loaded.stop_ids)
    return LmfeConstraint(data, vocabulary, max_states)


@pytest.mark.parametrize("n", [3, 9, len(SPANISH)])
def test_the_mask_equals_brute_force_on_random_walks(n: int) -> None:
    """Every token of the vocabulary is tried against the definition, at every step of 40 walks.

    The differences allowed are lm-format-enforcer's own: tokens that hold part of a character,
    and what can only be written with those.
    """
    table = tiny.loaded().table
    whole = {b.decode() for b in table.bytes_of.values() if _decodes(b) and len(b.decode()) == 1}
    assert "Ñ" not in whole, "the case that this engine must get around"
    definition = Definition(SPANISH[:n], "es", Style(), alphabet=whole)
    walk = random.Random(n)
    compared = 0
    for _ in range(40):
        session = constraint(n).session()
        state, text = session.start, ""
        for _ in range(12):
            expected = set()
            for token, encoded in table.bytes_of.items():
                try:
                    candidate = text + encoded.decode()
                except UnicodeDecodeError:
                    continue
                if encoded and definition.is_start(candidate):
                    expected.add(token)
            found = set(session.allowed(state).tolist())
            assert found - {STOP} == expected, repr(text)
            assert (STOP in found) == definition.is_text(text), repr(text)
            compared += 1
            token = walk.choice(sorted(found))
            if token == STOP:
                break
            state = session.advance(state, token)
            text += table.bytes_of[token].decode()
    assert compared > 100


def allowed_after(session_text: str, n: int, case: str = "sentence") -> set[str]:
    """The texts that one more token may lead to; "" stands for the end."""
    table = tiny.loaded().table
    session = constraint(n, case=case).session()
    state = session.start
    for character in session_text:  # one token a character, so that every prefix is reachable
        token = next(i for i, b in table.bytes_of.items() if b == character.encode())
        state = session.advance(state, token)
        session.allowed(state)
    return {
        "" if token == STOP else session_text + table.bytes_of[token].decode()
        for token in session.allowed(state).tolist()
    }


def test_a_prefix_of_a_listed_word_does_not_end_there() -> None:
    """`com` has rank 10: at N = 9 it is only the beginning of `como`."""
    assert "" not in allowed_after("com", 9)
    assert "com " not in allowed_after("com", 9)
    assert {"", "com "} <= allowed_after("com", 10)


def test_the_end_is_not_allowed_in_the_middle_of_a_word() -> None:
    for text in ("h", "ho", "hol"):
        assert "" not in allowed_after(text, 3)
    assert "" in allowed_after("hola", 3)


def test_capitals_can_be_written() -> None:
    assert {"H", "h"} <= allowed_after("", 1)
    assert "Ho" in allowed_after("H", 1)
    assert "HO" not in allowed_after("H", 1)
    assert "Hol" in allowed_after("Ho", 1)
    assert "HO" in allowed_after("H", 1, "free")
    assert "HoL" not in allowed_after("Ho", 1, "free")


def test_visited_states_are_shared_and_bounded() -> None:
    shared = constraint(9, max_states=3)
    for _ in range(2):
        session = shared.session()
        state = session.start
        for _ in range(6):
            token = int(session.allowed(state)[0])
            state = session.advance(state, token)
    assert len(shared._allowed) == 3


def test_a_list_that_the_tokens_cannot_write_is_a_dead_end() -> None:
    """Chinese characters exist in this tokenizer only as parts of characters."""
    with pytest.raises(DeadEnd):
        constraint(1, ["词"])


def test_a_word_with_an_unwritable_character_does_not_trap_the_text() -> None:
    """`Ñ` has no token: after NI the text could only die, so NIÑO is never begun."""
    assert "NI" not in allowed_after("N", 6, "free")  # N begins NZ$ too
    assert "SI" in allowed_after("S", 7, "free")


def test_an_error_in_the_parser_is_not_taken_for_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """lm-format-enforcer turns unknown exceptions into "only the end is allowed"."""
    from lmformatenforcer.exceptions import LMFormatEnforcerException

    shared = constraint(3)
    automaton = shared._automaton
    monkeypatch.setattr(automaton, "next_characters", lambda state: {"☃", "y", "z"})
    session = shared.session()
    with pytest.raises(LMFormatEnforcerException):
        session.allowed(session.start)


def test_tokens_that_hold_part_of_a_character_are_left_out() -> None:
    table = TokenTable(tiny.tokenizer().backend_tokenizer.to_str())
    data = tokenizer_data(table, [STOP])
    partial = {i for i, b in table.bytes_of.items() if b and not _decodes(b)}
    assert partial
    assert not partial & {token for token, _, _ in data.regular_tokens}


def _decodes(encoded: bytes) -> bool:
    try:
        encoded.decode()
    except UnicodeDecodeError:
        return False
    return True
