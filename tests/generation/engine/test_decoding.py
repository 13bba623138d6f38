"""Requests in a batch give the tokens of transformers' `generate()`, on tiny models."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from generation.constraint.factory import ConstraintFactory
from generation.constraint.lmfe import LmfeConstraint, tokenizer_data
from generation.constraint.session import ConstraintSession
from generation.engine.contract import Sampling
from generation.engine.decoding.sampling import Penalties, choose, warped, without_marks
from generation.engine.model.gather_cpu import UnreachableToken
from generation.engine.model.logits import LogitsRequest, RowLogits
from generation.engine.model.runner import ModelRunner
from tests.generation.engine import tiny
from tests.vocab.styles import style_of
from vocab.words.lexicon import Lexicon
from vocab.words.parse import digest
from vocab.words.vocabulary import Vocabulary

WORDS = ["hola", "la", "casa", "es", "una", "come", "como", "a", "el", "perro", "grande"]
STOPS = frozenset(tiny.loaded().stop_ids)
GREEDY = Sampling(max_tokens=25, temperature=0.0)


@cache
def factory() -> ConstraintFactory:
    """Return the one that all tests share, as all requests of an engine do."""
    loaded = tiny.loaded()
    return ConstraintFactory(loaded.table, loaded.encode, loaded.stop_ids)


def session(words: list[str] = WORDS, **style: str) -> ConstraintSession:
    vocabulary = Vocabulary(digest(words), Lexicon(words, "es"), len(words), style_of(**style))
    return factory().session(vocabulary, token_paths="canonical", finish="word")


def prompt(text: str) -> list[int]:
    ids: list[int] = tiny.tokenizer().encode(text, add_special_tokens=False)
    return ids


def generate(
    model: Any,
    ids: list[int],
    constrained: ConstraintSession | None,
    stops: frozenset[int] = STOPS,
    reply: int = 0,
    **options: Any,
) -> list[int]:
    """Return the tokens of `generate()` with the mask as its prefix function.

    reply: Which of the returned sequences.
    """
    limit = options["max_new_tokens"]

    def allowed(batch: int, sequence: torch.Tensor) -> list[int]:
        assert constrained is not None
        state = constrained.start
        for token in sequence[len(ids) :].tolist():
            if token in stops:
                return sorted(stops)
            state = constrained.advance(state, token)
        left = limit - (len(sequence) - len(ids))
        found: list[int] = constrained.allowed(state, left).tolist()
        return found

    output = model.generate(
        torch.tensor([ids]),
        attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        prefix_allowed_tokens_fn=allowed if constrained else None,
        do_sample=False,
        eos_token_id=sorted(stops),
        **options,
    )
    tokens: list[int] = output[reply, len(ids) :].tolist()
    while tokens[-1] == tiny.tokenizer().pad_token_id:  # shorter than another sequence
        tokens.pop()
    return tokens


@pytest.mark.parametrize("architecture", tiny.ARCHITECTURES)
@pytest.mark.parametrize("constrained", [True, False])
@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_greedy_equals_generate(architecture: str, constrained: bool, penalty: float) -> None:
    for seed in range(3):
        ids = prompt("hola, la casa")
        sampling = Sampling(max_tokens=25, temperature=0.0, repetition_penalty=penalty)
        (ours,) = tiny.decode(
            tiny.rows(seed, architecture),
            tiny.group(ids, sampling, session() if constrained else None),
        )
        theirs = generate(
            tiny.model(seed, architecture),
            ids,
            session() if constrained else None,
            max_new_tokens=25,
            repetition_penalty=penalty,
        )
        assert ours == theirs


@pytest.mark.parametrize("architecture", tiny.ARCHITECTURES)
@pytest.mark.parametrize("constrained", [True, False])
@pytest.mark.parametrize("length_penalty", [1.0, 0.0, 2.0, -1.0])
def test_beam_search_equals_generate(
    architecture: str, constrained: bool, length_penalty: float
) -> None:
    for seed in range(3):
        ids = prompt("el perro come")
        sampling = Sampling(
            max_tokens=14, temperature=0.0, num_beams=3, length_penalty=length_penalty
        )
        (ours,) = tiny.decode(
            tiny.rows(seed, architecture, 0.2),
            tiny.group(ids, sampling, session() if constrained else None),
        )
        theirs = generate(
            tiny.model(seed, architecture, initializer_range=0.2),
            ids,
            session() if constrained else None,
            max_new_tokens=14,
            num_beams=3,
            length_penalty=length_penalty,
        )
        assert ours == theirs


@pytest.mark.parametrize("constrained", [True, False])
def test_the_hypotheses_of_a_search_are_those_of_generate(constrained: bool) -> None:
    ids, words = prompt("el perro come"), session() if constrained else None
    model = tiny.model(1, initializer_range=0.2)
    found = []
    for index in range(3):
        sampling = Sampling(max_tokens=14, temperature=0.0, num_beams=3, hypothesis=index)
        (ours,) = tiny.decode(tiny.rows(1, "llama", 0.2), tiny.group(ids, sampling, words))
        theirs = generate(
            model, ids, words, max_new_tokens=14, num_beams=3, num_return_sequences=3, reply=index
        )
        assert ours == theirs
        found.append(tuple(ours))
    assert len(set(found)) == 3


def mixture() -> list[tuple[list[int], Sampling, ConstraintSession | None]]:
    """Requests that differ in everything: prompt, list, length, penalties, beams, seed."""
    short, other = session(), session(["perro", "niño", "gran", "casa"])
    return [
        (prompt("hola"), GREEDY, short),
        (prompt("la casa es grande y el perro come"), GREEDY, None),
        (prompt("una"), Sampling(max_tokens=9, temperature=0.0, num_beams=3), other),
        (prompt("el perro come en la casa"), Sampling(max_tokens=30, temperature=0.0), other),
        (prompt("hola como estas"), Sampling(max_tokens=20, temperature=1.3, seed=5), short),
        (
            prompt("the dog sees the house"),
            Sampling(max_tokens=20, temperature=0.0, repetition_penalty=1.4, min_tokens=15),
            short,
        ),
        (
            prompt("the cat"),
            Sampling(max_tokens=12, temperature=1.0, num_beams=4, seed=2),
            None,
        ),
        (
            prompt("Hola, como esta?"),
            Sampling(max_tokens=24, temperature=0.0, frequency_penalty=1.0, logit_bias={300: 4.0}),
            None,
        ),
    ]


@pytest.mark.parametrize("architecture", tiny.ARCHITECTURES)
def test_a_text_does_not_depend_on_who_shares_the_batch(architecture: str) -> None:
    model = tiny.rows(1, architecture)
    alone = [tiny.decode(model, tiny.group(*each))[0] for each in mixture()]
    assert tiny.decode(model, *(tiny.group(*each) for each in mixture())) == alone
    assert tiny.decode(model, *(tiny.group(*each) for each in reversed(mixture()))) == alone[::-1]


def test_a_text_does_not_depend_on_when_the_others_come() -> None:
    model = tiny.rows(2)
    alone = [tiny.decode(model, tiny.group(*each))[0] for each in mixture()]
    together = tiny.batch(model)
    entries = [tiny.group(*each) for each in mixture()]
    for number, each in enumerate(entries):
        together.join(each)
        for _ in range(number + 1):
            together.step()
    while together.busy:
        together.step()
    assert [each.ids for each in entries] == alone


@pytest.mark.parametrize("architecture", tiny.ARCHITECTURES)
def test_the_restricted_head_is_exact(architecture: str) -> None:
    model, ids = tiny.rows(0, architecture), prompt("la casa es una")
    assert model.head is not None
    some = np.array([3, 8, 20, 21, 90, 200, 271], np.int64)
    others = np.array([1, 8, 33], np.int64)
    requests = [
        model.logits_request(some, full_vocabulary=False),
        model.logits_request(others, full_vocabulary=False),
    ]
    whole = model.forward(
        model.new_cache(), [ids, ids[:2]], [0, 0], [LogitsRequest(), LogitsRequest()]
    )
    parts = model.forward(model.new_cache(), [ids, ids[:2]], [0, 0], requests)
    assert parts[0].values.shape == (7,)
    assert parts[1].values.shape == (3,)
    torch.testing.assert_close(parts[0].gather(some), whole[0].gather(some))
    torch.testing.assert_close(parts[1].gather(others), whole[1].gather(others))
    with pytest.raises(UnreachableToken, match=r"\[4, 300\]"):
        parts[0].gather(np.array([8, 4, 300, 90], np.int64))  # which nobody computed
    expected = tiny.model(0, architecture)(torch.tensor([ids])).logits[0, -1]
    torch.testing.assert_close(whole[0].values, expected, rtol=1e-4, atol=1e-4)
    # One row that needs all tokens: everybody gets all.
    mixed = model.forward(model.new_cache(), [ids, ids[:2]], [0, 0], [requests[0], LogitsRequest()])
    assert [row.head_slice for row in mixed] == [None, None]


def test_a_list_is_decoded_with_the_restricted_head(monkeypatch: pytest.MonkeyPatch) -> None:
    widths: list[int] = []
    model = tiny.rows(0)
    forward = ModelRunner.forward

    def spy(self: ModelRunner, *args: Any, **options: Any) -> list[RowLogits]:
        found = forward(self, *args, **options)
        widths.extend(len(row.values) for row in found)
        return found

    monkeypatch.setattr(ModelRunner, "forward", spy)
    constrained = session()
    tiny.decode(model, tiny.group(prompt("la"), GREEDY, constrained))
    assert constrained.reachable is not None
    assert set(widths) == {len(constrained.reachable)}
    assert max(widths) < 200


def test_a_run_of_forced_tokens_is_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    fed: list[int] = []
    forward = ModelRunner.forward

    def spy(
        self: ModelRunner, cache: Any, tokens: list[list[int]], *args: Any, **options: Any
    ) -> list[RowLogits]:
        fed.append(max(map(len, tokens)))
        return forward(self, cache, tokens, *args, **options)

    monkeypatch.setattr(ModelRunner, "forward", spy)
    # Hardly anything but the word may come, or the model would rather write marks.
    long_word = session(["xkjqzw"], numbers="none", punctuation="minimal", case="lower")
    ids = prompt("la casa")
    (ours,) = tiny.decode(tiny.rows(0), tiny.group(ids, GREEDY, long_word))
    assert ours == generate(tiny.model(0), ids, long_word, max_new_tokens=25)
    assert max(fed[1:]) > 3
    assert len(fed) < len(ours)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_run_of_forced_tokens_may_end_before_there_is_a_choice(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.engine.decoding.single.MAX_FORCED", most)
    long_word = session(["xkjqzw"], numbers="none", punctuation="minimal", case="lower")
    ids = prompt("la casa")
    expected = generate(tiny.model(0), ids, long_word, max_new_tokens=25)
    for model in (tiny.rows(0), tiny.as_on_a_gpu(0)):
        assert tiny.decode(model, tiny.group(ids, GREEDY, long_word)) == [expected]


def test_what_prompts_begin_with_is_computed_once() -> None:
    ids = prompt("la casa es grande y el perro come en la casa de Maria" * 2)
    model = tiny.rows(0)
    first, second = ids + prompt(" hola"), ids + prompt(" una gran casa")
    alone = [tiny.decode(model, tiny.group(each, GREEDY))[0] for each in (first, second)]
    entries = [tiny.group(each, GREEDY) for each in (first, second)]
    assert tiny.decode(model, *entries) == alone
    assert [each.cached_tokens >= len(ids) for each in entries] == [False, True]


def test_a_chat_goes_on_from_its_earlier_turns() -> None:
    model = tiny.rows(0)
    together = tiny.batch(model)
    ids = prompt("la casa es grande y el perro come en la casa de Maria" * 2)
    turn = tiny.group(ids, GREEDY, keeps_prefix=True)
    together.join(turn)
    while together.busy:
        together.step()
    longer = [*ids, *turn.ids, *prompt(" hola como estas")]
    (alone,) = tiny.decode(model, tiny.group(longer, GREEDY))
    following = tiny.group(longer, GREEDY)
    together.join(following)
    while together.busy:
        together.step()
    assert following.ids == alone
    assert following.cached_tokens >= len(ids) + len(turn.ids) - 1


@pytest.mark.parametrize("beams", [1, 4])
def test_the_same_seed_gives_the_same_tokens(beams: int) -> None:
    def run(seed: int) -> list[int]:
        # Other draws from torch's global state must not matter.
        torch.rand(seed)
        sampling = Sampling(max_tokens=12, temperature=1.5, seed=seed, num_beams=beams)
        return tiny.decode(tiny.rows(0), tiny.group(prompt("la casa"), sampling, session()))[0]

    first = run(7)
    assert run(7) == first
    assert any(run(seed) != first for seed in range(8, 16))


def test_beam_sampling_works_where_one_token_only_is_allowed() -> None:
    """`generate()` fails here: it needs twice as many candidates as beams."""
    style = style_of(numbers="none", punctuation="minimal")
    vocabulary = Vocabulary("test", Lexicon(["hola"], "es"), 1, style)
    loaded = tiny.loaded()
    one_word = LmfeConstraint(tokenizer_data(loaded.table, loaded.stop_ids), vocabulary, 100)
    sampling = Sampling(max_tokens=10, temperature=1.0, num_beams=10, seed=1)
    (ids,) = tiny.decode(tiny.rows(0), tiny.group(prompt("x"), sampling, one_word.session()))
    text = loaded.table.text(ids).decode()
    assert text.lower().startswith("h")
    assert vocabulary.automaton.read(text) is not None


def test_groups_of_beams_are_kept_apart() -> None:
    def best(groups: int, penalty: float) -> list[int]:
        sampling = Sampling(
            max_tokens=10,
            temperature=0.0,
            num_beams=4,
            num_beam_groups=groups,
            diversity_penalty=penalty,
        )
        return tiny.decode(tiny.rows(0, "llama", 0.2), tiny.group(prompt("la"), sampling))[0]

    two = Sampling(max_tokens=10, temperature=0.0, num_beams=2)
    (pair,) = tiny.decode(tiny.rows(0, "llama", 0.2), tiny.group(prompt("la"), two))
    # Without a penalty each group is a search of its own, and all find the same.
    assert best(2, 0.0) == pair
    # The first group is never penalised, so a penalty can only add a better one.
    found = [tiny.group(prompt("la"), two)]
    tiny.decode(tiny.rows(0, "llama", 0.2), *found)
    assert best(2, 5.0) == pair or best(2, 5.0) != best(1, 0.0)


def test_a_diversity_penalty_makes_groups_choose_different_tokens() -> None:
    from generation.engine.decoding.beam_search import BeamSearchRun

    for penalty, differ in ((0.0, False), (100.0, True)):
        sampling = Sampling(
            max_tokens=5,
            temperature=0.0,
            num_beams=2,
            num_beam_groups=2,
            diversity_penalty=penalty,
        )
        each = tiny.group(prompt("la casa"), sampling)
        together = tiny.batch(tiny.rows(0))
        together.join(each)
        together.step()
        assert isinstance(each.run, BeamSearchRun)
        first, second = (row.feed[0] for row in each.run.rows)
        assert (first != second) is differ


def test_max_tokens_bounds_the_reply() -> None:
    for limit in (1, 2, 5):
        sampling = Sampling(max_tokens=limit, temperature=0.0, min_tokens=limit)
        (ids,) = tiny.decode(tiny.rows(0), tiny.group(prompt("la"), sampling))
        assert len(ids) == limit


def test_min_tokens_keeps_a_reply_from_ending() -> None:
    # With more marks, a greedy reply has something open for long, and may not end.
    constrained = session(numbers="none", punctuation="minimal")
    lengths = {}
    for least in (0, 12):
        sampling = Sampling(
            max_tokens=20,
            temperature=0.0,
            min_tokens=least,
            logit_bias=dict.fromkeys(STOPS, 100.0),
        )
        found = tiny.decode(
            tiny.rows(0),
            tiny.group(prompt("la"), sampling),
            tiny.group(prompt("la"), sampling, constrained),
        )
        lengths[least] = [len(ids) for ids in found]
    assert lengths[0][0] == 1
    assert lengths[12][0] == 13
    assert lengths[0][1] < 12 < lengths[12][1]


@pytest.mark.parametrize("min_p", [0.0, 0.02, 0.3, 1.0])
@pytest.mark.parametrize(("top_k", "top_p"), [(0, 1.0), (3, 1.0), (0, 0.5), (5, 0.9), (100, 0.01)])
@pytest.mark.parametrize("min_keep", [1, 2])
def test_warping_equals_transformers(top_k: int, top_p: float, min_p: float, min_keep: int) -> None:
    from transformers import (
        LogitsProcessorList,
        MinPLogitsWarper,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )

    torch.manual_seed(top_k)
    scores = torch.randn(50)
    theirs = LogitsProcessorList([TemperatureLogitsWarper(0.7)])
    if top_k:
        theirs.append(TopKLogitsWarper(top_k, min_tokens_to_keep=min_keep))
    if top_p < 1:
        theirs.append(TopPLogitsWarper(top_p, min_tokens_to_keep=min_keep))
    if min_p > 0:
        theirs.append(MinPLogitsWarper(min_p, min_tokens_to_keep=min_keep))
    expected = theirs(torch.zeros(1, 1, dtype=torch.long), scores[None])[0]
    sampling = Sampling(temperature=0.7, top_k=top_k, top_p=top_p, min_p=min_p)
    kept, index = warped(scores, sampling, min_keep)
    assert (index is not None) == (0 < top_k < len(scores))
    ours = torch.full_like(scores, -torch.inf)
    ours[torch.arange(len(scores)) if index is None else index] = kept
    assert torch.equal(ours.isinf(), expected.isinf())
    assert torch.allclose(ours.softmax(-1), expected.softmax(-1))
    if min_keep > 1:  # beams draw for themselves
        return
    possible = set((~expected.isinf()).nonzero().flatten().tolist())
    generator = torch.Generator().manual_seed(1)
    drawn = {choose(scores, sampling, generator) for _ in range(300)}
    assert drawn <= possible
    assert len(drawn) >= min(3, len(possible))


@pytest.mark.parametrize("constrained", [True, False])
def test_min_p_leaves_the_tokens_that_its_definition_leaves(constrained: bool) -> None:
    """By its definition, on the model's own logits, among the allowed tokens."""
    ids, words = prompt("hola, la casa"), session() if constrained else None
    with torch.inference_mode():
        logits = tiny.model(0)(torch.tensor([ids])).logits[0, -1].double()
    allowed = set(words.allowed(words.start, 1).tolist() if words else range(len(logits)))
    probabilities = {token: math.exp(logits[token] / 1.5) for token in allowed}
    best = max(probabilities.values())
    for min_p in (0.1, 0.6):
        possible = {token for token, each in probabilities.items() if each >= min_p * best}
        assert 0 < len(possible) < len(allowed)
        sampling = Sampling(max_tokens=1, temperature=1.5, top_k=0, min_p=min_p)
        groups = [tiny.group(ids, replace(sampling, seed=seed), words) for seed in range(200)]
        drawn = {ids[0] for ids in tiny.decode(tiny.rows(0), *groups)}
        assert drawn <= possible
        assert len(drawn) > len(possible) / 2


# --- penalties -----------------------------------------------------------------------------------


def penalised(sampling: Sampling, seen: list[int], marks: Any = None) -> list[float]:
    """Scores 1, -1, 1, -1 after a prompt of token 0 and a reply of `seen`."""
    row = RowLogits(torch.tensor([1.0, -1.0, 1.0, -1.0]), None)
    penalties = Penalties(sampling, [0], marks)
    for token in seen:
        penalties.count(token)
    penalties.apply_(row)
    values: list[float] = row.values.tolist()
    return values


def test_penalties_take_off_what_they_say() -> None:
    assert penalised(Sampling(repetition_penalty=2.0), [1]) == [0.5, -2.0, 1.0, -1.0]
    assert penalised(Sampling(presence_penalty=0.5), [1, 1]) == [1.0, -1.5, 1.0, -1.0]
    assert penalised(Sampling(frequency_penalty=0.5), [1, 1, 2]) == [1.0, -2.0, 0.5, -1.0]
    assert penalised(Sampling(logit_bias={3: 2.0, 99: 1.0}), []) == [1.0, -1.0, 1.0, 1.0]
    marks = np.array([True, True, False, False])
    assert penalised(Sampling(repetition_penalty=2.0), [1, 2], marks) == [1.0, -1.0, 0.5, -1.0]


def test_a_bias_never_unmasks() -> None:
    constrained = session()
    reachable = constrained.reachable
    assert reachable is not None
    outside = next(token for token in range(len(tiny.tokenizer())) if token not in reachable)
    sampling = Sampling(max_tokens=12, temperature=0.0, logit_bias={outside: 1000.0})
    for beams in (1, 3):
        from dataclasses import replace

        (ids,) = tiny.decode(
            tiny.rows(0),
            tiny.group(prompt("la"), replace(sampling, num_beams=beams), constrained),
        )
        assert outside not in ids


@pytest.mark.parametrize("beams", [1, 3])
def test_a_penalty_spares_marks(beams: int) -> None:
    """Otherwise a long reply could no longer write spaces and full stops."""
    marks = tiny.loaded().table.marks
    comma = prompt(",")
    assert len(comma) == 1
    assert marks[comma[0]]

    def run(seed: int, penalty: float, spared: Any) -> list[int]:
        sampling = Sampling(
            max_tokens=16, temperature=0.0, repetition_penalty=penalty, num_beams=beams
        )
        ids = prompt("la casa, es una casa, una")
        return tiny.decode(tiny.rows(seed), tiny.group(ids, sampling, session(), marks=spared))[0]

    everything = np.ones_like(marks)
    free = [run(seed, 1.0, None) for seed in range(6)]
    # With every token spared a penalty changes nothing; with marks alone spared it still does.
    assert [run(seed, 9.0, everything) for seed in range(6)] == free
    assert [run(seed, 9.0, marks) for seed in range(6)] != free
    assert [run(seed, 9.0, None) for seed in range(6)] != [run(s, 9.0, marks) for s in range(6)]


def test_without_marks_keeps_words_and_ids_beyond_the_table() -> None:
    marks = np.array([False, True, False])
    assert without_marks([0, 1, 2, 1, 7], marks) == [0, 2, 7]
    assert without_marks([0, 1], None) == [0, 1]


# --- log-probabilities ---------------------------------------------------------------------------


def test_logprobs_are_those_of_the_masked_distribution() -> None:
    constrained = session()
    ids = prompt("hola, la casa")
    sampling = Sampling(max_tokens=8, temperature=0.0, logprobs=3)
    each = tiny.group(ids, sampling, constrained)
    tiny.decode(tiny.rows(0), each)
    model, state = tiny.model(0), constrained.start
    for place, chosen in enumerate(each.tokens):
        so_far = ids + each.ids[:place]
        allowed = np.sort(constrained.allowed(state, 8 - place))
        with torch.inference_mode():
            scores = model(torch.tensor([so_far])).logits[0, -1]
        expected = scores[torch.from_numpy(allowed)].log_softmax(-1)
        assert chosen.logprob == pytest.approx(float(expected.max()), abs=1e-4)
        assert len(chosen.top) == min(3, len(allowed))
        best, logprob = chosen.top[0]
        assert best == chosen.token
        assert logprob == pytest.approx(chosen.logprob)
        assert all(token in allowed for token, _ in chosen.top)
        if chosen.token in STOPS:
            break
        state = constrained.advance(state, chosen.token)
