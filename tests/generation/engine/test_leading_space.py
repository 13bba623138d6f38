"""Replies whose tokens begin with a space that is not part of their text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from generation.constraint.tokenizer.inside_text import inside_text
from generation.constraint.tokenizer.token_bytes import TokenTable
from generation.engine.contract import (
    Completion,
    GenerationRequest,
    Message,
    Sampling,
    TokenLogprob,
)
from generation.engine.loading.model import LoadedModel, stop_tokens
from generation.engine.loading.tokenizer import load_tokenizer
from generation.engine.local import LocalDecoder
from generation.engine.processors.chat_template import ChatTemplate
from generation.engine.processors.leading_space import begins_answers
from tests.generation.constraint.real.test_dummy_prefix import llama2_folder
from tests.generation.engine import tiny
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Numbers, Punctuation, Style, orthography_for
from vocab.words.surroundings import BEFORE_START, START, Surroundings
from vocab.words.vocabulary import Vocabulary
from vocab.words.word_forms import FORM_CLASSES

LLAMA_2 = (
    "{% for message in messages %}"
    "{% if message.role == 'user' %}{{ '<s>[INST] ' + message.content.strip() + ' [/INST]' }}"
    "{% else %}{{ ' ' + message.content.strip() + ' </s>' }}{% endif %}{% endfor %}"
)
ZEPHYR = (
    "{% for message in messages %}<|{{ message.role }}|>\n{{ message.content }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
REFUSING = "{{ raise_exception('no') }}"
WORDS = ["hola", "la", "casa", "es", "una", "como", "grande", "perro", "niño", "y", "a"]
VOCABULARY = Vocabulary("test", Lexicon(WORDS, "es"), len(WORDS))
QUESTION = Message("user", "hola")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llama2_folder(tmp_path_factory.mktemp("llama2"), legacy=True)


@pytest.fixture(scope="module")
def loaded(folder: Path) -> LoadedModel:
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = LLAMA_2
    model = tiny.model(vocab_size=len(tokenizer), eos_token_id=tokenizer.eos_token_id)
    table = TokenTable(inside_text(tokenizer.backend_tokenizer).to_str())
    return LoadedModel(
        model=model,
        tokenizer=tokenizer,
        table=table,
        stop_ids=stop_tokens(model, tokenizer),
        context=512,
    )


def ask(loaded: LoadedModel, sampling: Sampling, **fields: Any) -> tuple[Completion, str]:
    """Return the completion and the streamed text."""
    deltas: list[str] = []

    def emit(text: str, logprobs: Sequence[TokenLogprob] = ()) -> None:
        deltas.append(text)

    request = GenerationRequest(**{"messages": (QUESTION,), "sampling": sampling, **fields})
    decoder = LocalDecoder(loaded, max_input_tokens=100, truncate=True)
    return decoder.decode(request, emit, lambda: False), "".join(deltas)


@pytest.mark.parametrize(
    ("template", "expected"), [(LLAMA_2, True), (ZEPHYR, False), (REFUSING, False), ("", False)]
)
def test_the_template_tells_whether_a_space_comes_before_an_answer(
    loaded: LoadedModel, template: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaded.tokenizer, "chat_template", template or None)
    assert begins_answers(ChatTemplate(loaded.tokenizer), loaded.table) is expected


@pytest.mark.parametrize("punctuation", Punctuation)
@pytest.mark.parametrize("language", ["es", "fr", "ar", "ja", "th"])
def test_after_the_space_the_text_begins_as_without_it(
    language: str, punctuation: Punctuation
) -> None:
    style = Style(punctuation=punctuation, numbers=Numbers.ALL)
    surroundings = Surroundings(orthography_for(language), style)
    ((space, spaced),) = surroundings.marks(BEFORE_START).items()
    assert space == " "
    assert surroundings.marks(spaced) == surroundings.marks(START)
    for form_class in FORM_CLASSES:
        assert surroundings.admits(spaced, form_class) == surroundings.admits(START, form_class)
        assert not surroundings.admits(BEFORE_START, form_class)


def test_other_tokenizers_and_templates_have_no_such_space() -> None:
    assert not begins_answers(ChatTemplate(tiny.tokenizer()), tiny.loaded().table)


@pytest.mark.parametrize(("beams", "paths"), [(1, "canonical"), (3, "canonical"), (1, "all")])
def test_the_space_before_an_answer_is_in_no_text(
    loaded: LoadedModel, beams: int, paths: str
) -> None:
    for seed in range(10):
        sampling = Sampling(max_tokens=12, temperature=1.5, top_k=0, num_beams=beams, seed=seed)
        completion, streamed = ask(loaded, sampling, vocabulary=VOCABULARY, token_paths=paths)
        assert streamed == completion.text
        assert completion.text[0] != " "
        assert VOCABULARY.checker.report(completion.text).out_of_list == ()


def test_the_space_before_an_answer_is_in_its_tokens_alone(loaded: LoadedModel) -> None:
    for seed in range(10):
        sampling = Sampling(max_tokens=12, temperature=1.5, top_k=0, seed=seed, logprobs=2)
        completion, _ = ask(loaded, sampling, vocabulary=VOCABULARY)
        assert tokens_text(loaded, completion) == " " + completion.text
        assert completion.logprobs is not None
        assert b"".join(each.data for each in completion.logprobs).decode() == completion.text
        first = completion.logprobs[0]
        for each in first.top:
            name = loaded.table.bytes_of.get(each.token_id, b"</s>")
            assert each.data == name.removeprefix(b" ")


def test_without_a_list_the_space_before_an_answer_is_dropped_too(loaded: LoadedModel) -> None:
    (word,) = loaded.encode([" casa"])[0]
    sampling = Sampling(max_tokens=3, temperature=0.0, logit_bias={word: 100.0})
    completion, _ = ask(loaded, sampling)
    assert completion.text == "casa casa casa"


def tokens_text(loaded: LoadedModel, completion: Completion) -> str:
    assert completion.logprobs is not None
    return loaded.table.text(each.token_id for each in completion.logprobs).decode()


def test_an_answer_has_the_tokens_of_the_conversation_with_it(loaded: LoadedModel) -> None:
    """A word has. Marks may have any tokens, so replies that begin with them are left out."""
    tokenizer, compared = loaded.tokenizer, 0
    for seed in range(20):
        sampling = Sampling(max_tokens=8, temperature=1.5, top_k=0, seed=seed, logprobs=0)
        completion, _ = ask(loaded, sampling, vocabulary=VOCABULARY, finish="word")
        assert completion.logprobs is not None
        if not completion.text[0].isalpha():
            continue
        turns = [
            {"role": "user", "content": QUESTION.content},
            {"role": "assistant", "content": completion.text},
        ]
        prompt, whole = (
            tokenizer.encode(
                tokenizer.apply_chat_template(part, tokenize=False), add_special_tokens=False
            )
            for part in (turns[:1], turns)
        )
        assert whole[: len(prompt)] == prompt
        assert whole[len(prompt)] == completion.logprobs[0].token_id, completion.text
        compared += 1
    assert compared > 5


@pytest.mark.parametrize(
    ("prompt", "expected"), [("", True), ("</s>", True), ("Hola, la", False), ("Hola.\n", False)]
)
def test_a_continued_text_has_a_space_only_where_the_tokenizer_puts_one(
    loaded: LoadedModel, prompt: str, expected: bool
) -> None:
    for seed in range(5):
        sampling = Sampling(max_tokens=6, temperature=1.5, top_k=0, seed=seed, logprobs=0)
        completion, _ = ask(loaded, sampling, vocabulary=VOCABULARY, messages=(), prompt=prompt)
        whole = tokens_text(loaded, completion)
        assert (whole == " " + completion.text) is expected
        assert whole.endswith(completion.text)


def test_a_tokenizer_s_file_gives_words_the_same_tokens(folder: Path, loaded: LoadedModel) -> None:
    """transformers makes another tokenizer of the file."""
    texts = ["casa", " casa", "\ncasa", "¿Casa", "niño ñandú"]
    assert load_tokenizer(str(folder)).encode_inside(texts) == loaded.encode(texts)
    assert load_tokenizer(str(folder)).encode(["casa"]) != loaded.encode(["casa"])
