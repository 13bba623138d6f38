"""The response bodies of /v1/completions, for the OpenAPI description only."""

from __future__ import annotations

from rest_framework import serializers

from generation.openai.schema.report_bodies import VocabReportBody
from generation.openai.schema.response_schemas import Body, UsageBody, WordlistBody


class TextLogprobsBody(Body):
    tokens = serializers.ListField(
        child=serializers.CharField(),
        help_text="The tokens; `bytes:\\xe2` for a part of a character.",
    )
    token_logprobs = serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        help_text="Their log-probabilities; null for the first token of an echoed prompt.",
    )
    top_logprobs = serializers.ListField(
        child=serializers.DictField(child=serializers.FloatField(), allow_null=True),
        help_text="At each position, the likeliest tokens and the token itself; null for the first"
        " token of an echoed prompt.",
    )
    text_offset = serializers.ListField(
        child=serializers.IntegerField(min_value=0),
        help_text="Number of characters of the text before each token.",
    )


class TextChoiceBody(Body):
    index = serializers.IntegerField(
        min_value=0, help_text="Number of the reply, from 0. Those to the first prompt come first."
    )
    text = serializers.CharField(
        allow_blank=True,
        help_text="The reply, after the prompt if `echo` is true; with a list, the reply has only"
        " words of the list.",
    )
    logprobs = TextLogprobsBody(allow_null=True, help_text="If they were requested.")
    finish_reason = serializers.ChoiceField(
        ["stop", "length"], help_text="`length` if the reply reached max_tokens."
    )
    vocab_report = VocabReportBody(
        required=False, help_text="With `vocab_lang` and several replies: the report of this one."
    )


class TextCompletionBody(Body):
    id = serializers.CharField(help_text="`cmpl-...`")
    object = serializers.ChoiceField(["text_completion"], help_text="Always `text_completion`.")
    created = serializers.IntegerField(help_text="Seconds since 1970.")
    model = serializers.CharField(help_text="The model of the reply.")
    choices = serializers.ListField(child=TextChoiceBody(), help_text="The replies.")
    usage = UsageBody(help_text="Numbers of tokens.")
    prompt_truncated = serializers.BooleanField(
        help_text="Whether the start of a prompt was dropped because it was too long."
    )
    wordlist = WordlistBody(required=False, help_text="With `vocab_lang`: the list.")
    vocab_report = VocabReportBody(required=False, help_text="With `vocab_lang`: the report.")
