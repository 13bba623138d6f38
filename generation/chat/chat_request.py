"""Turn validated request fields into an engine request, with its wordlist pinned to a revision."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.conf import settings

from generation.chat.phases import Draft, PhasedRequest, Thought
from generation.chat.request_words import request_words, with_prompt_words
from generation.chat.tell_model import is_told, tell
from generation.engine.contract import (
    DRY_SEQUENCE_BREAKERS,
    GenerationRequest,
    Message,
    Priority,
    Role,
    Sampling,
    ToolCall,
)
from generation.openai.errors import ApiError
from generation.openai.fields.thinking_fields import thinks
from generation.openai.fields.vocab_fields import LENGTH_FIELDS
from generation.openai.fields.word_range_field import word_range
from generation.openai.message_serializers import RESULT_ROLES, call_id, call_names
from generation.openai.parameters import longest_reply
from vocab.models import STYLE_FIELDS
from vocab.pinned_wordlist import PinnedWordlist, ReportDetail
from vocab.request_vocabulary import NoWordsLeft
from vocab.revisions import WordlistNotFound, resolve
from vocab.words.orthography import Style, Units, orthography_for
from vocab.words.segmenting.segmenters import SegmenterMissing, segmenter_for
from vocab.words.text_limits import TextLimits, WordRange, can_count_words

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# `developer` is OpenAI's newer name of `system`, `function` its older name of `tool`.
ENGINE_ROLES: dict[str, Role] = {"developer": "system", "function": "tool"}


def pin_wordlist(parameters: Mapping[str, Any], user: User | None) -> PinnedWordlist | None:
    """Resolve `vocab_lang`, `vocab_n_words`, the style and the request's own words.

    None without `vocab_lang`. The words of messages are added by `with_prompt_words`.

    user: Who chose the list; None if an operator did, who may use all lists.
    Raises ApiError: 404 for a list that is unknown or that the user may not use, 400 for a list
    without words, for `vocab_n_words` with a list that is not ranked, for a style whose segmenter
    is not installed, and as `request_words`.
    """
    reference = parameters.get("vocab_lang")
    if reference is None:
        return None
    try:
        revision = resolve(reference, user)
    except WordlistNotFound as error:
        raise _not_found(error) from error
    n_words = parameters.get("vocab_n_words")
    if n_words is not None and not revision.ranked:
        raise _invalid(
            "vocab_n_words",
            f"The wordlist {revision.reference} is not in order of rank, so it has no first"
            f" {n_words:,} words. Leave vocab_n_words out to use the whole list.",
            "wordlist_not_ranked",
        )
    n_words = n_words or revision.word_count
    style = style_of(parameters, default=revision.wordlist.style)
    _check_segmenter(revision.wordlist.language, style)
    pinned = PinnedWordlist(
        revision,
        min(n_words, revision.word_count),
        style,
        report_detail=report_detail_of(parameters),
        limits=limits_of(parameters),
    ).with_words(request_words(parameters, revision, user))
    _check_lengths(pinned)
    try:
        _check_words(pinned, parameters)
    except WordlistNotFound as error:  # deleted since
        raise _not_found(error) from error
    return pinned


def _not_found(error: WordlistNotFound) -> ApiError:
    return ApiError(404, str(error), param="vocab_lang", code="wordlist_not_found")


def _check_words(wordlist: PinnedWordlist, parameters: Mapping[str, Any]) -> None:
    reference = wordlist.revision.reference
    try:
        first = wordlist.vocabulary.lexicon.first_rank
    except NoWordsLeft as error:
        name = "vocab_filter" if parameters.get("vocab_filter") else "vocab_ban"
        raise _invalid(name, f"It leaves no word of {reference}.") from error
    except ValueError as error:
        message = f"The wordlist {reference} has no words."
        raise _invalid("vocab_lang", message) from error
    if wordlist.source is None and wordlist.n_words < first:
        raise _invalid(
            "vocab_n_words",
            f"The first word of {reference} is its entry {first};"
            " the entries before it can only be attached to words.",
        )


def _check_lengths(wordlist: PinnedWordlist) -> None:
    """Raise ApiError (400) for numbers of words in a language where they are not defined."""
    language = wordlist.revision.wordlist.language
    if wordlist.limits is None or can_count_words(orthography_for(language)):
        return
    used = wordlist.limits.reply != WordRange()
    raise _invalid(
        "vocab_reply_words" if used else "vocab_sentence_words",
        f"The words of this list's language, {language}, cannot be counted: it has no spaces"
        " between words.",
        "unsupported_value",
    )


def _check_segmenter(language: str, style: Style) -> None:
    """Raise ApiError (400) if the style needs a segmenter that is not installed."""
    if style.units is Units.WORDS and not orthography_for(language).spaced:
        try:
            segmenter_for(language)
        except SegmenterMissing as error:
            raise _invalid("vocab_units", str(error), "segmenter_missing") from error


def _invalid(param: str, message: str, code: str = "invalid_value") -> ApiError:
    return ApiError(400, f"{param}: {message}", param=param, code=code)


def style_of(parameters: Mapping[str, Any], *, default: Style) -> Style:
    """Return `default` with the request's own style fields (`vocab_numbers` and so on)."""
    overrides = {
        name: value
        for name in STYLE_FIELDS
        if (value := parameters.get(f"vocab_{name}")) is not None
    }
    return replace(default, **overrides)


def report_detail_of(parameters: Mapping[str, Any]) -> ReportDetail:
    return ReportDetail(parameters.get("vocab_report", ReportDetail.SUMMARY))


def limits_of(parameters: Mapping[str, Any]) -> TextLimits | None:
    """Return the numbers of words that a request asks for; None if it asks for none."""
    reply, sentence = (parameters.get(name) for name in LENGTH_FIELDS)
    if reply is None and sentence is None:
        return None
    return TextLimits(word_range(reply), word_range(sentence))


def sampling_of(parameters: Mapping[str, Any]) -> Sampling:
    """Return the engine's sampling parameters.

    A stored batch job may be older than a field, so the fields added later have defaults here.
    """
    top_logprobs = parameters.get("top_logprobs") or 0
    return Sampling(
        max_tokens=longest_reply(parameters.get("max_tokens")),
        temperature=parameters["temperature"],
        top_p=parameters["top_p"],
        top_k=max(parameters["top_k"], 0),
        min_p=parameters.get("min_p", 0.0),
        repetition_penalty=parameters["repetition_penalty"],
        num_beams=parameters["num_beams"],
        length_penalty=parameters["length_penalty"],
        seed=parameters.get("seed"),
        stop=tuple(parameters.get("stop") or ()),
        presence_penalty=parameters.get("presence_penalty", 0.0),
        frequency_penalty=parameters.get("frequency_penalty", 0.0),
        min_tokens=parameters.get("min_tokens", 0),
        # A stored job went through JSON, so its keys are strings.
        logit_bias={int(id_): bias for id_, bias in (parameters.get("logit_bias") or {}).items()},
        logprobs=top_logprobs if parameters.get("logprobs") else None,
        num_beam_groups=parameters.get("num_beam_groups", 1),
        diversity_penalty=parameters.get("diversity_penalty", 0.0),
        prompt_logprobs=parameters.get("prompt_logprobs"),
        unit=parameters.get("vocab_sampling"),
        particles=parameters.get("vocab_particles", 1),
        dry_multiplier=parameters.get("dry_multiplier", 0.0),
        dry_base=parameters.get("dry_base", 1.75),
        dry_allowed_length=parameters.get("dry_allowed_length", 2),
        dry_penalty_last_n=parameters.get("dry_penalty_last_n", -1),
        dry_sequence_breakers=tuple(parameters.get("dry_sequence_breakers", DRY_SEQUENCE_BREAKERS)),
        repeat_sentences=parameters.get("vocab_repeat_sentences", False),
        weighs=best_of(parameters) > parameters.get("n", 1),
    )


def best_of(parameters: Mapping[str, Any]) -> int:
    """Return how many replies are written, of which the `n` best are returned."""
    return int(parameters.get("best_of") or parameters.get("n", 1))


def messages_of(messages: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    """Return the messages in their order; `developer` is OpenAI's newer name for `system`."""
    names: dict[str, str] = {}
    converted = []
    for position, item in enumerate(messages):
        names |= call_names(item)
        is_result = item["role"] in RESULT_ROLES
        answered = call_id(item) if is_result else ""
        converted.append(
            Message(
                ENGINE_ROLES.get(item["role"], item["role"]),
                item["content"],
                tool_calls=_tool_calls(item),
                tool_call_id=answered,
                tool_name=names[answered] if is_result else "",
                position=position,
            )
        )
    return tuple(converted)


def _tool_calls(item: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    calls = [(call["id"], call["function"]) for call in item.get("tool_calls", ())]
    if old := item.get("function_call"):
        calls.append((old["name"], old))
    return tuple(ToolCall(id_, call["name"], call["arguments"] or "{}") for id_, call in calls)


def _draft_of(parameters: Mapping[str, Any], wordlist: PinnedWordlist | None) -> Draft | None:
    chosen = parameters.get("vocab_draft")
    if not chosen or wordlist is None:
        return None
    budget = parameters.get("max_tokens") if chosen is True else chosen["max_tokens"]
    return Draft(longest_reply(budget), wordlist.rewrite)


def _thought_of(parameters: Mapping[str, Any]) -> Thought | None:
    if not thinks(parameters):
        return None
    largest = settings.MAX_THINKING_TOKENS
    budget = min(parameters.get("thinking_token_budget") or largest, largest)
    return Thought(budget, shown=parameters.get("include_reasoning", False))


def chat_request(
    parameters: Mapping[str, Any],
    wordlist: PinnedWordlist | None,
    messages: Sequence[Mapping[str, Any]],
    *,
    owner: int | None,
    priority: Priority = Priority.CHAT,
) -> GenerationRequest:
    """owner: Primary key of the user who sent the request."""
    request = GenerationRequest(
        messages=told_messages(wordlist, messages),
        sampling=sampling_of(parameters),
        vocabulary=wordlist.vocabulary if wordlist else None,
        token_paths=parameters.get("vocab_token_paths", "canonical"),
        finish=parameters.get("vocab_finish", "sentence"),
        limits=wordlist.limits if wordlist else None,
        priority=priority,
        owner="" if owner is None else str(owner),
        truncate=parameters.get("truncate"),
    )
    draft, thought = _draft_of(parameters, wordlist), _thought_of(parameters)
    if draft is None and thought is None:
        return request
    return PhasedRequest.of(request, draft=draft, thought=thought)


def pin_for_chat(fields: Mapping[str, Any], list_chosen_by: User | None) -> PinnedWordlist | None:
    """Like `pin_wordlist`; the wordlist also has the words of the messages, if the request allows
    them, and says whether the model is told of it.
    """
    wordlist = pin_wordlist(fields, list_chosen_by)
    if wordlist is None:
        return None
    messages = fields["messages"]
    return replace(with_prompt_words(wordlist, messages), told=is_told(fields, messages))


def told_messages(
    wordlist: PinnedWordlist | None, messages: Sequence[Mapping[str, Any]]
) -> tuple[Message, ...]:
    """Return the messages of the engine's request."""
    turns = messages_of(messages)
    return tell(turns, wordlist.rule) if wordlist is not None and wordlist.told else turns


def prepare_chat(
    fields: Mapping[str, Any], *, owner: int, list_chosen_by: User | None
) -> tuple[PinnedWordlist | None, GenerationRequest]:
    """Pin the wordlist of validated fields, and make the engine's request.

    owner: Primary key of the user who sent the request.
    list_chosen_by: As the user of `pin_wordlist`.
    Raises ApiError (404 and 400).
    """
    wordlist = pin_for_chat(fields, list_chosen_by)
    return wordlist, chat_request(fields, wordlist, fields["messages"], owner=owner)


def choices_of(request: GenerationRequest, n: int) -> list[GenerationRequest]:
    """Return the engine requests for `n` choices: `n` of them, or one if the choice is greedy.

    Greedy choices are all the same, and so are those without tokens: one request serves all of
    them. A beam search at temperature 0 has its best hypotheses as choices. The first choice is the
    one that the request would get with n = 1. Without a seed, each choice draws its own.
    """
    sampling = request.sampling
    searched = sampling.temperature == 0 and sampling.num_beams > 1
    if (sampling.temperature == 0 and not searched) or sampling.max_tokens == 0:
        return [request]
    if searched:
        return [
            replace(request, sampling=replace(sampling, hypothesis=index)) for index in range(n)
        ]
    return [
        replace(request, sampling=replace(sampling, seed=choice_seed(sampling.seed, index)))
        for index in range(n)
    ]


def choice_seed(seed: int | None, index: int) -> int | None:
    """Return the seed of one choice."""
    if seed is None or index == 0:
        return seed
    # A hash, because with seed + index, requests with neighbouring seeds would share choices.
    digest = hashlib.sha256(f"choice:{seed}:{index}".encode()).digest()
    return int.from_bytes(digest[:8]) >> 1
