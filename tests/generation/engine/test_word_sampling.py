"""Words that are drawn as words: `unit="words"`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from generation.constraint.any_tokens.spelling_automaton import SpellingAutomaton, TokenByteTrie
from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from generation.engine.contract import GenerationRequest, InvalidRequest, Message, Sampling
from generation.engine.decoding.escapes import Escapes, escapes_of
from generation.engine.decoding.run import DecodingInput, SampledToken
from generation.engine.decoding.word_offers import Offer, read_position
from generation.engine.decoding.word_sampling import WordSamplingRun
from generation.engine.handle import Handle
from generation.engine.local import LocalDecoder
from generation.engine.model.logits import MassRequest, RowLogits
from generation.engine.model.runner import ModelRunner
from generation.engine.transformers_fallback import TransformersDecoder
from tests.generation.engine import tiny
from vocab.words.checker.word_checker import WordChecker
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style, orthography_for
from vocab.words.text_automaton import TextAutomaton
from vocab.words.vocabulary import Vocabulary

WORDS = ["casa", "cama", "come", "como", "perro", "la", "las", "lado", "gran", "grande", "es"]
DRAWS = 20_000


def encode(texts: Sequence[str]) -> list[list[int]]:
    found: list[list[int]] = tiny.tokenizer()(list(texts), add_special_tokens=False)["input_ids"]
    return found


@cache
def automaton() -> TokenAutomaton:
    paths = WordPaths(Lexicon(WORDS, "es"), tiny.loaded().table, encode)
    return TokenAutomaton(paths, len(WORDS), tiny.loaded().stop_ids)


@cache
def logits(reply: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """A language model: random scores for each text, with more for the tokens of listed words."""
    random = np.random.default_rng([7, *reply])
    scores = random.normal(0, 2, len(tiny.tokenizer())).astype(np.float32)
    listed = {token for word in WORDS for token in encode([word])[0]}
    scores[list(listed)] += 4
    return scores


@cache
def all_paths() -> SpellingAutomaton:
    text = TextAutomaton(Lexicon(WORDS, "es"), Style(), len(WORDS))
    table = tiny.loaded().table
    return SpellingAutomaton(text, table, TokenByteTrie(table), tiny.loaded().stop_ids)


def run_of(
    seed: int,
    *,
    session: TokenAutomaton | SpellingAutomaton | None = None,
    escapes: Escapes | None = None,
    **limits: float,
) -> WordSamplingRun:
    session = session or automaton()
    sampling = Sampling(temperature=0.8, top_k=0, seed=seed, max_tokens=60, unit="words")
    given = DecodingInput(
        [1], sampling, session, frozenset(tiny.loaded().stop_ids),
        continuing=tiny.loaded().table.continuing, escapes=escapes,
    )  # fmt: skip
    return WordSamplingRun(given, session, **limits)  # type: ignore[arg-type]


def first_unit(seed: int, **options: Any) -> tuple[int, ...]:
    run = run_of(seed, **options, max_tries=1_000, little=0.0)
    while True:
        released = run.step([RowLogits(logits(tuple(run.ids)), None)])
        if released:
            return tuple(each.token for each in released)


def probability(path: list[int]) -> float:
    """The model's own probability that the first word is this one: its tokens, and then an end."""
    result = 1.0
    text: tuple[int, ...] = ()
    for token in path:
        result *= float(torch.tensor(logits(text) / 0.8).double().softmax(-1)[token])
        text = (*text, token)
    after = torch.tensor(logits(text) / 0.8).double().softmax(-1)
    ends = [
        token
        for token in range(len(after))
        if not (tiny.tokenizer().decode([token])[:1].isalnum() or token in bytes_of_letters())
    ]
    return result * float(after[ends].sum())


@cache
def bytes_of_letters() -> frozenset[int]:
    """Tokens that are a part of a character; those of the tiny tokenizer are parts of letters."""
    return frozenset(
        token
        for token in range(len(tiny.tokenizer()))
        if "\ufffd" in tiny.tokenizer().decode([token])
    )


def test_a_word_is_drawn_with_its_probability_among_the_listed_words() -> None:
    drawn = Counter(first_unit(seed) for seed in range(DRAWS))
    paths = [encode([word])[0] for word in WORDS]
    assert any(len(path) > 1 for path in paths)
    counts = np.array([drawn[tuple(path)] for path in paths])
    weights = np.array([probability(path) for path in paths])
    expected = weights / weights.sum() * counts.sum()
    assert counts.sum() > DRAWS / 3  # the others begin with a capital or a mark
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    # The 0.999 quantile of chi-square with ten degrees of freedom.
    assert chi_square < 29.6, (counts, expected)


def test_a_word_with_several_token_paths_has_the_probability_of_all_of_them() -> None:
    draws = DRAWS // 4
    units = [first_unit(seed, session=all_paths()) for seed in range(draws)]
    drawn = Counter(tiny.tokenizer().decode(unit) for unit in units)
    assert len(set(units)) > 2 * len(WORDS)
    counts = np.array([drawn[word] for word in WORDS])
    weights = np.array([sum(map(probability, spellings(word))) for word in WORDS])
    expected = weights / weights.sum() * counts.sum()
    assert counts.sum() > draws / 4
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    assert chi_square < 29.6, (counts, expected)


def spellings(text: str) -> list[list[int]]:
    """Return all sequences of tokens that have these letters, which are ASCII."""
    if not text:
        return [[]]
    found = []
    for token in range(len(tiny.tokenizer())):
        piece = tiny.tokenizer().decode([token])
        if piece and text.startswith(piece):
            found += [[token, *rest] for rest in spellings(text[len(piece) :])]
    return found


def test_marks_instead_of_words_have_the_models_own_probability() -> None:
    escapes = escapes_of(tiny.loaded().table)
    draws = DRAWS // 4
    drawn = Counter(first_unit(seed, escapes=escapes)[0] for seed in range(draws))
    probabilities = torch.tensor(logits(()) / 0.8).double().softmax(-1)
    expected = {
        token: draws * float(probabilities[token])
        for token in automaton().allowed(automaton().start).tolist()
        if is_mark_instead_of_word(tiny.tokenizer().decode([token]))
    }
    assert len(expected) > 10
    often = {token: count for token, count in expected.items() if count >= 5}
    often[-1] = sum(expected.values()) - sum(often.values())
    often[-2] = draws - sum(expected.values())
    counts = {token: drawn[token] for token in often}
    counts[-1] = sum(drawn[token] for token in expected) - sum(counts.values())
    counts[-2] = draws - sum(drawn[token] for token in expected)
    chi_square = sum((counts[each] - count) ** 2 / count for each, count in often.items())
    # The 0.999 quantile of chi-square, by the approximation of Wilson and Hilferty.
    degrees = len(often) - 1
    limit = degrees * (1 - 2 / (9 * degrees) + 3.09 * (2 / (9 * degrees)) ** 0.5) ** 3
    assert chi_square < limit, (counts, often)


def is_mark_instead_of_word(text: str) -> bool:
    return text == " " or any(each.isdigit() or each in "()[]{}…" for each in text) or ".." in text


@pytest.mark.parametrize(
    ("last", "text", "is_escape"),
    [
        (" la", "\n", True), (",", "\n", True), (".", "\n", False), (":", "\n", False),
        ("\n", "\n", False), (None, "\n", False), (" la", ".", False), (" la", ",", False),
        (" la", "(", True), (None, "7", True), (" la", " ", True), (".", "casa", False),
    ],
)  # fmt: skip
def test_a_line_break_inside_a_sentence_is_a_mark_instead_of_a_word(
    last: str | None, text: str, is_escape: bool
) -> None:
    escapes = escapes_of(tiny.loaded().table)
    before = None if last is None else encode([last])[0][-1]
    assert escapes.among(np.array(encode([text])[0][:1]), before).tolist() == [is_escape]


def test_marks_stay_as_they_are_where_nothing_else_can_follow() -> None:
    offer = Offer(
        np.array([1, 2]), np.array([0.5, 1.5], np.float32), np.array([0.1, 0.2]),
        np.array([True, True]),
    )  # fmt: skip
    assert offer.with_own_escapes(1.0, 0.7).scores.tolist() == [0.5, 1.5]
    assert offer.without_escapes({}).ids.tolist() == [1, 2]


def sampling(unit: str, seed: int) -> Sampling:
    return Sampling(temperature=1.0, top_k=0, seed=seed, max_tokens=40, unit=unit)  # type: ignore[arg-type]


@pytest.mark.parametrize("runner", [tiny.rows, tiny.as_on_a_gpu], ids=["cpu", "gpu"])
def test_rows_that_go_back_do_not_disturb_others(runner: Callable[[], ModelRunner]) -> None:
    prompts = [[5, 6, 7], [9, 8], [11, 12, 13, 14]]
    units = ["words", "tokens", "words"]

    def groups() -> list[tiny.RecordingGroup]:
        return [
            tiny.group(prompt, sampling(unit, seed), automaton())
            for seed, (prompt, unit) in enumerate(zip(prompts, units, strict=True))
        ]

    alone = [tiny.decode(runner(), each)[0] for each in groups()]
    together = groups()
    assert tiny.decode(runner(), *together) == alone
    runs = [each.run for each in together]
    assert sum(run.total_backtracks for run in runs if isinstance(run, WordSamplingRun)) > 0
    written = 0
    for ids in alone:
        text = tiny.tokenizer().decode(ids, skip_special_tokens=True)
        report = WordChecker(WORDS, orthography_for("es"), Style()).report(text)
        written += report.words
        assert report.out_of_list == ()
    assert written > 1


def test_a_reply_of_words_ends_within_its_limit() -> None:
    for seed in range(4):
        (ids,) = tiny.decode(tiny.rows(), tiny.group([5, 6], sampling("words", seed), automaton()))
        assert 0 < len(ids) <= 40
        assert automaton_ends(ids)


@pytest.mark.parametrize("penalty", [0.0, 0.5], ids=["plain", "penalty"])
def test_a_gpu_sums_the_probabilities_of_all_tokens_itself(penalty: float) -> None:
    """It writes the same reply as a CPU, which has all scores, and copies those of the list."""
    asked_for = replace(sampling("words", 3), presence_penalty=penalty, temperature=0.7)
    widths = []

    def reply(runner: ModelRunner) -> list[int]:
        group = tiny.group([5, 6, 7], asked_for, automaton())
        step = group.run.step

        def recording(scores: Sequence[RowLogits]) -> list[SampledToken]:
            widths.append(len(scores[0].scores))
            return step(scores)

        group.run.step = recording  # type: ignore[method-assign]
        return tiny.decode(runner, group)[0]

    on_cpu = reply(tiny.rows())
    assert set(widths) == {len(tiny.tokenizer())}
    widths.clear()
    assert reply(tiny.as_on_a_gpu()) == on_cpu
    expected = len(tiny.tokenizer()) if penalty else len(automaton().reachable)
    assert set(widths) == {expected}


def automaton_ends(ids: Sequence[int]) -> bool:
    """True if the reply stopped, or its text ends a sentence."""
    text = tiny.tokenizer().decode(ids, skip_special_tokens=True)
    return ids[-1] in tiny.loaded().stop_ids or text.rstrip('"»”)')[-1] in ".!?…"


SPANISH = Vocabulary("es", Lexicon(WORDS, "es"), len(WORDS))
CHINESE = Vocabulary("zh", Lexicon(["你", "好"], "zh"), 2)
CHAT = GenerationRequest(messages=(Message("user", "hola"),), vocabulary=SPANISH)


def asked(sampling: Sampling, **fields: object) -> GenerationRequest:
    return replace(CHAT, sampling=replace(sampling, max_tokens=8), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "draws_words"),
    [
        (asked(Sampling()), True),
        (asked(Sampling(unit="tokens")), False),
        (asked(Sampling(temperature=0)), False),
        (asked(Sampling(num_beams=2)), False),
        (asked(Sampling(), token_paths="all"), True),
        (asked(Sampling(), vocabulary=CHINESE), False),
        (asked(Sampling(), vocabulary=None), False),
    ],
    ids=["default", "tokens", "greedy", "beams", "all paths", "Chinese", "no list"],
)
def test_words_are_the_default_where_they_can_be_drawn(
    request_: GenerationRequest, draws_words: bool
) -> None:
    decoder = LocalDecoder(tiny.loaded(), max_input_tokens=100, truncate=True)
    assert isinstance(decoder.prepare(request_, Handle()).run, WordSamplingRun) == draws_words


def test_the_decoder_that_uses_generate_draws_tokens_unless_words_are_asked_for() -> None:
    decoder = TransformersDecoder(tiny.loaded(), max_input_tokens=100, truncate=True)
    reply = decoder.decode(asked(Sampling(seed=1)), lambda *_: None, lambda: False)
    assert WordChecker(WORDS, orthography_for("es"), Style()).report(reply.text).out_of_list == ()
    with pytest.raises(InvalidRequest, match="vocab_sampling"):
        decoder.decode(asked(Sampling(unit="words")), lambda *_: None, lambda: False)


@pytest.mark.parametrize("left", range(1, 60))
def test_a_position_is_free_where_the_limit_takes_no_token_away(left: int) -> None:
    """Whatever the constraint has met before, or a seed gives another reply the next time."""
    paths = WordPaths(Lexicon([*WORDS, "desafortunadamente"], "es"), tiny.loaded().table, encode)
    session = TokenAutomaton(paths, len(WORDS), tiny.loaded().stop_ids)
    sampling = Sampling(temperature=0.8, max_tokens=60, unit="words")
    given = DecodingInput(
        [1], sampling, session, frozenset(tiny.loaded().stop_ids),
        continuing=tiny.loaded().table.continuing,
    )  # fmt: skip
    assert given.continuing is not None
    row = RowLogits(logits(()), None)
    request = MassRequest(0.8, given.continuing)
    state = session.start
    for token in encode(["Casa la gran perro."])[0]:
        here = read_position(given, session, state, 60 - left, row, request, None, None)
        kept = set(session.allowed(state, left).tolist())
        assert here.free == (kept == set(session.allowed(state).tolist()))
        state = session.advance(state, token)
