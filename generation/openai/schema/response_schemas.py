"""The response bodies, for the OpenAPI description only. Nothing is validated with them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from generation.openai.schema.report_bodies import VocabReportBody

Body = serializers.Serializer[Any]


class ErrorDetailBody(Body):
    message = serializers.CharField(help_text="A sentence for people.")
    type = serializers.ChoiceField(
        ["invalid_request_error", "rate_limit_error", "server_error"],
        help_text="The kind of error: a wrong request, a limit, or an error of the server.",
    )
    param = serializers.CharField(
        allow_null=True, help_text="Path of the wrong field, such as `messages[2].role`."
    )
    code = serializers.CharField(
        allow_null=True, help_text="A code for programs, such as `missing_required_parameter`."
    )


class ErrorBody(Body):
    error = ErrorDetailBody(help_text="Always has all four keys.")


class BoundWordlistBody(Body):
    """The list that limits the replies of a model."""

    slug = serializers.CharField(help_text="Name of the list.")
    revision = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="A fixed revision; null for the current one."
    )
    n_words = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="Number of allowed words; null for all."
    )
    allow_override = serializers.BooleanField(
        help_text="Whether requests may replace the `vocab_*` fields."
    )


class ModelBody(Body):
    id = serializers.CharField(help_text="The model's name in requests. It may contain slashes.")
    object = serializers.ChoiceField(["model"], help_text="Always `model`.")
    created = serializers.IntegerField(help_text="Seconds since 1970; a constant.")
    owned_by = serializers.CharField(help_text="Always `wordgen`.")
    root = serializers.CharField(help_text="The served model.")  # type: ignore[assignment]
    parent = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="The served model; null if this is the served model."
    )
    max_model_len = serializers.IntegerField(
        min_value=1,
        help_text="Maximum tokens of a prompt and its reply together, from the model and the"
        " settings.",
    )
    decoding = serializers.ChoiceField(
        ["rows", "generate", "scripted"],
        allow_null=True,
        help_text="`rows`: many requests at a time. `generate`: one request at a time, with"
        " transformers' `generate()`. null until this process has loaded the model.",
    )
    notes = serializers.ListField(
        child=serializers.CharField(),
        help_text="What to know of this model's prompts, in sentences: for example that it has no"
        " chat template. Empty until this process has loaded the model.",
    )
    wordlist = BoundWordlistBody(
        required=False, help_text="For an alias or a bound API key: the list of all replies."
    )
    default_parameters = serializers.DictField(
        required=False,
        help_text="With `wordlist`: request fields for requests that do not have them.",
    )


class ModelsBody(Body):
    object = serializers.ChoiceField(["list"], help_text="Always `list`.")
    data = serializers.ListField(  # type: ignore[assignment]
        child=ModelBody(), help_text="The models that the key may use."
    )


class MessageBody(Body):
    role = serializers.ChoiceField(["assistant"], help_text="Always `assistant`.")
    content = serializers.CharField(
        allow_blank=True, help_text="The reply; with a list, only words of the list."
    )
    refusal = serializers.CharField(allow_null=True, help_text="Always null.")
    reasoning_content = serializers.CharField(
        required=False, allow_blank=True, help_text="With `include_reasoning`: the thought."
    )


class ChoiceBody(Body):
    index = serializers.IntegerField(min_value=0, help_text="Number of the reply, from 0.")
    message = MessageBody(help_text="The reply.")
    logprobs = serializers.DictField(
        allow_null=True, help_text="The log-probabilities of each token, if requested."
    )
    finish_reason = serializers.ChoiceField(
        ["stop", "length"], help_text="`length` if the reply reached max_tokens."
    )
    vocab_report = VocabReportBody(
        required=False, help_text="With `vocab_lang` and n > 1: the report of this reply."
    )


class CompletionTokensBody(Body):
    reasoning_tokens = serializers.IntegerField(min_value=0, help_text="Tokens of the thoughts.")
    draft_tokens = serializers.IntegerField(
        min_value=0, help_text="Tokens of the drafts (`vocab_draft`)."
    )


class UsageBody(Body):
    prompt_tokens = serializers.IntegerField(min_value=0, help_text="Tokens of the messages.")
    completion_tokens = serializers.IntegerField(min_value=0, help_text="Tokens of the replies.")
    total_tokens = serializers.IntegerField(min_value=0, help_text="The sum of both.")
    completion_tokens_details = CompletionTokensBody(
        required=False, help_text="What is not in the replies, if anything was written before them."
    )


class NamedListBody(Body):
    name = serializers.CharField(help_text="The revision, such as es@3.")
    n_words = serializers.IntegerField(min_value=1, help_text="Number of its first words.")


class RequestWordsBody(Body):
    """What the request adds to its list, and what it takes away."""

    sha256 = serializers.CharField(help_text="SHA-256 of all parts that make the list.")
    lists = NamedListBody(many=True, help_text="Of `vocab_lists`.")
    words = serializers.IntegerField(min_value=0, help_text="Number of `vocab_words`.")
    allowed = serializers.IntegerField(min_value=0, help_text="Number of `vocab_allow`.")
    names = serializers.IntegerField(min_value=0, help_text="Number of `vocab_names`.")
    banned = serializers.IntegerField(min_value=0, help_text="Number of `vocab_ban`.")
    prompt = serializers.ListField(
        child=serializers.CharField(), help_text="The words that the user's messages added."
    )


class WordlistBody(Body):
    """The revision of the list that was current when the request arrived."""

    slug = serializers.CharField(help_text="Name of the list.")
    revision = serializers.IntegerField(min_value=1, help_text="Number of the revision.")
    sha256 = serializers.CharField(help_text="SHA-256 of the revision's words.")
    n_words = serializers.IntegerField(min_value=1, help_text="Number of allowed words.")
    style = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), help_text="The complete style: all vocab_* choices."
    )
    told_model = serializers.BooleanField(
        required=False,
        help_text="Whether the prompt told the model which words to use (`vocab_tell_model`).",
    )
    request_words = RequestWordsBody(
        required=False, help_text="For a request with words of its own: a summary of them."
    )


class ChatCompletionBody(Body):
    id = serializers.CharField(help_text="`chatcmpl-...`")
    object = serializers.ChoiceField(["chat.completion"], help_text="Always `chat.completion`.")
    created = serializers.IntegerField(help_text="Seconds since 1970.")
    model = serializers.CharField(help_text="The model of the reply.")
    choices = serializers.ListField(child=ChoiceBody(), help_text="The replies.")
    usage = UsageBody(help_text="Numbers of tokens.")
    prompt_truncated = serializers.BooleanField(
        help_text="Whether the start of the prompt was dropped because it was too long."
    )
    wordlist = WordlistBody(required=False, help_text="With `vocab_lang`: the list.")
    vocab_report = VocabReportBody(required=False, help_text="With `vocab_lang`: the report.")


class TokenizeBody(Body):
    count = serializers.IntegerField(min_value=0, help_text="Number of tokens.")
    max_model_len = serializers.IntegerField(
        min_value=1, help_text="Maximum tokens of a prompt and its reply together."
    )
    tokens = serializers.ListField(
        child=serializers.IntegerField(min_value=0), help_text="The token ids."
    )
    token_strs = serializers.ListField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="The tokenizer's names of the tokens; null unless `return_token_strs`.",
    )


class DetokenizeBody(Body):
    prompt = serializers.CharField(
        allow_blank=True,
        help_text="The text. Incomplete UTF-8 sequences become U+FFFD.",
    )
