"""The shapes of the API's answers, for its description: nothing is validated with these."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

Body = serializers.Serializer[Any]


class ErrorDetailBody(Body):
    message = serializers.CharField(help_text="What is wrong, for people.")
    type = serializers.ChoiceField(
        ["invalid_request_error", "rate_limit_error", "server_error"],
        help_text="Whose fault it is.",
    )
    param = serializers.CharField(
        allow_null=True, help_text="The field that is wrong, by its path: `messages[2].role`."
    )
    code = serializers.CharField(
        allow_null=True, help_text="The same for programs: `missing_required_parameter`."
    )


class ErrorBody(Body):
    error = ErrorDetailBody(help_text="All four keys are always there.")


class ModelBody(Body):
    id = serializers.CharField(help_text="What requests call the model; it may have slashes.")
    object = serializers.ChoiceField(["model"], help_text="Always `model`.")
    created = serializers.IntegerField(help_text="A constant, in seconds since 1970.")
    owned_by = serializers.CharField(help_text="Always `wordgen`.")
    max_model_len = serializers.IntegerField(
        min_value=1,
        help_text="Most tokens of a prompt and its reply together: what the model can and the"
        " settings allow.",
    )
    decoding = serializers.ChoiceField(
        ["rows", "generate", "scripted"],
        allow_null=True,
        help_text="`rows`: many requests at a time; `generate`: one at a time, by transformers'"
        " own loop; null as long as this process has not loaded the model.",
    )


class ModelsBody(Body):
    object = serializers.ChoiceField(["list"], help_text="Always `list`.")
    data = serializers.ListField(  # type: ignore[assignment]
        child=ModelBody(), help_text="The one model that is served."
    )


class MessageBody(Body):
    role = serializers.ChoiceField(["assistant"], help_text="Always `assistant`.")
    content = serializers.CharField(
        allow_blank=True, help_text="The reply; with a list, words of it and nothing else."
    )
    refusal = serializers.CharField(allow_null=True, help_text="Always null.")


class VocabReportBody(Body):
    """Made from the finished text by code that shares nothing with what constrained it."""

    words = serializers.IntegerField(min_value=0, help_text="Words of the text.")
    distinct_words = serializers.IntegerField(min_value=0, help_text="Different ones.")
    out_of_list = serializers.ListField(
        child=serializers.CharField(), help_text="Those that the list does not have: none."
    )


class ChoiceBody(Body):
    index = serializers.IntegerField(min_value=0, help_text="Which of the replies.")
    message = MessageBody(help_text="The reply.")
    logprobs = serializers.DictField(
        allow_null=True, help_text="Of each token, if they were asked for."
    )
    finish_reason = serializers.ChoiceField(
        ["stop", "length"], help_text="`length` if max_tokens cut the reply."
    )
    vocab_report = VocabReportBody(
        required=False, help_text="With `vocab_lang` and several replies: the proof for this one."
    )


class UsageBody(Body):
    prompt_tokens = serializers.IntegerField(min_value=0, help_text="Of the messages.")
    completion_tokens = serializers.IntegerField(min_value=0, help_text="Of the replies.")
    total_tokens = serializers.IntegerField(min_value=0, help_text="Both together.")


class WordlistBody(Body):
    """The list as it was when the request came in."""

    slug = serializers.CharField(help_text="The list's name.")
    revision = serializers.IntegerField(min_value=1, help_text="Which state of it.")
    sha256 = serializers.CharField(help_text="Of its words.")
    n_words = serializers.IntegerField(min_value=1, help_text="How many of its first words.")
    style = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), help_text="The vocab_* choices of style, none left out."
    )


class ChatCompletionBody(Body):
    id = serializers.CharField(help_text="`chatcmpl-...`")
    object = serializers.ChoiceField(["chat.completion"], help_text="Always `chat.completion`.")
    created = serializers.IntegerField(help_text="In seconds since 1970.")
    model = serializers.CharField(help_text="The model that wrote it.")
    choices = serializers.ListField(child=ChoiceBody(), help_text="The replies.")
    usage = UsageBody(help_text="What it took.")
    wordlist = WordlistBody(required=False, help_text="With `vocab_lang`: the list that was used.")
    vocab_report = VocabReportBody(required=False, help_text="With `vocab_lang`: the proof.")


class TokenizeBody(Body):
    count = serializers.IntegerField(min_value=0, help_text="How many tokens.")
    max_model_len = serializers.IntegerField(
        min_value=1, help_text="Most tokens of a prompt and its reply together."
    )
    tokens = serializers.ListField(
        child=serializers.IntegerField(min_value=0), help_text="Their ids."
    )
    token_strs = serializers.ListField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="What the tokenizer calls them; null unless `return_token_strs`.",
    )


class DetokenizeBody(Body):
    prompt = serializers.CharField(
        allow_blank=True,
        help_text="The text. Bytes that are no whole character become U+FFFD.",
    )
