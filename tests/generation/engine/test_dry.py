"""DRY: a penalty for tokens that go on with a repetition."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
import torch

from generation.engine.contract import GenerationRequest, Message, Sampling
from generation.engine.decoding.dry import MAX_LENGTH, RepetitionPenalty
from generation.engine.decoding.sampling import Penalties
from generation.engine.local import LocalDecoder
from generation.engine.model.logits import RowLogits
from generation.engine.transformers_fallback import TransformersDecoder
from tests.generation.engine import tiny
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

TEXTS = {0: b" a", 1: b" b", 2: b"\n", 3: b" c:", 4: b" d", 5: b"\xc3", 6: b"\xa9"}


def sampling(**options: Any) -> Sampling:
    return Sampling(**{"dry_multiplier": 0.8, **options})


def penalties(reply: list[int], **options: Any) -> dict[int, float]:
    found = RepetitionPenalty(sampling(**options), TEXTS)
    for token in reply:
        found.count(token)
    return found.penalties()


def brute_force(
    reply: list[int], *, allowed: int, window: int, breakers: set[int]
) -> dict[int, float]:
    """The definition: the longest end of the reply that stands in it before this token too."""
    seen = reply if window < 0 else reply[len(reply) - min(window, len(reply)) :]
    found = {}
    for token in set(TEXTS) - breakers:
        for length in range(len(seen) - 1, allowed - 1, -1):
            end = seen[len(seen) - length :]
            places = range(len(seen) - length)
            if breakers.isdisjoint(end) and any(
                seen[at : at + length + 1] == [*end, token] for at in places
            ):
                found[token] = 0.8 * 1.75 ** (min(length, MAX_LENGTH) - allowed)
                break
    return found


def test_the_penalty_is_that_of_the_definition() -> None:
    choose = random.Random(5)
    penalised = 0
    for _ in range(1_500):
        reply = [choose.choice([0, 1, 2, 3, 4]) for _ in range(choose.randrange(24))]
        allowed, window = choose.choice([1, 2, 3]), choose.choice([-1, -1, 5, 12])
        expected = brute_force(reply, allowed=allowed, window=window, breakers={2, 3})
        options = {"dry_allowed_length": allowed, "dry_penalty_last_n": window}
        assert penalties(reply, **options) == pytest.approx(expected)
        penalised += len(expected)
    assert penalised > 200


def test_a_breaker_may_be_in_several_tokens() -> None:
    """The repetition begins after it."""
    reply = [4, 5, 6, 0, 1, 4, 5, 6, 0]
    assert penalties(reply, dry_sequence_breakers=()) == pytest.approx({1: 0.8 * 1.75**2})
    assert penalties(reply, dry_sequence_breakers=("é",)) == {}
    allowed = {"dry_sequence_breakers": ("é",), "dry_allowed_length": 1}
    assert penalties(reply, **allowed) == pytest.approx({1: 0.8})


def test_a_long_repetition_has_a_finite_penalty() -> None:
    found = penalties([0] * 400, dry_base=10.0, dry_multiplier=1e-30)
    assert found == pytest.approx({0: 1e-30 * 10.0 ** (MAX_LENGTH - 2)})


def test_it_is_taken_off_the_scores_and_spares_marks() -> None:
    dry = sampling()
    marks = torch.tensor([False, False, False, False, True]).numpy()
    for spared, expected in ((None, [1.0, 1.0, 1.0, 1.0, 0.2]), (marks, [1.0] * 5)):
        made = Penalties(dry, [], spared, dry=RepetitionPenalty(dry, TEXTS))
        for token in (0, 1, 4, 0, 1):
            made.count(token)
        fork = made.copy()
        fork.count(0)
        row = RowLogits(torch.ones(5), None)
        made.apply_(row)
        assert row.values.tolist() == pytest.approx(expected)


WORDS = ["hola", "la", "casa", "es", "una", "como", "grande", "perro"]
SPANISH = Vocabulary("test", Lexicon(WORDS, "es"), len(WORDS))


@pytest.mark.parametrize("kind", ["rows", "generate"])
@pytest.mark.parametrize("beams", [1, 2])
@pytest.mark.parametrize("words", [None, SPANISH], ids=["free", "list"])
def test_a_greedy_reply_repeats_itself_less(
    kind: str, beams: int, words: Vocabulary | None
) -> None:
    cls = LocalDecoder if kind == "rows" else TransformersDecoder
    # With a small spread, the random model repeats itself.
    loaded = replace(tiny.loaded(), model=tiny.model(1, initializer_range=0.05))
    by = cls(loaded, max_input_tokens=200, truncate=True)

    def distinct(multiplier: float) -> float:
        """The share of pieces of nine characters that stand in the text once."""
        fixed = sampling(
            max_tokens=80, temperature=0.0, num_beams=beams, dry_multiplier=multiplier,
            min_tokens=80,
        )  # fmt: skip
        asked = GenerationRequest(
            messages=(Message("user", "hola"),), sampling=fixed, vocabulary=words
        )
        text = by.decode(asked, lambda *_: None, lambda: False).text
        pieces = [text[at : at + 9] for at in range(len(text) - 8)]
        return len(set(pieces)) / len(pieces)

    assert distinct(0.0) < 0.6
    assert distinct(4.0) > 0.9
