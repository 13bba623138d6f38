"""The parameters of a reply, which a chat request and a batch job share.

A batch job has them in its query string, so numbers may be strings.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.fields.field_types import (
    FiniteFloatField,
    SequenceBreakersField,
    StopField,
    StrictIntegerField,
)
from generation.openai.fields.other_fields import ALIASES, NEUTRAL, WITHOUT_EFFECT
from generation.openai.fields.strict_serializer import wrong
from generation.openai.fields.vocab_fields import REFUSED_MODES, VocabSerializer

MAX_SEED = 2**63 - 1


class ParametersSerializer(VocabSerializer):
    tolerated = WITHOUT_EFFECT
    refused = {**REFUSED_MODES, **NEUTRAL}
    aliases = ALIASES

    model = serializers.CharField(
        required=False,
        max_length=500,
        help_text="The served model, or an alias of it that binds a wordlist; may be left out.",
    )
    max_tokens = StrictIntegerField(
        min_value=1,
        required=False,
        help_text="Maximum tokens of a reply. The largest of ALLOWED_MAX_NEW_TOKENS is the default"
        " and the limit: a larger value counts as that one.",
    )
    min_tokens = StrictIntegerField(
        min_value=0,
        default=0,
        help_text="Minimum tokens of a reply; fewer only if the list allows no other token.",
    )
    ignore_eos = serializers.BooleanField(
        default=False,
        help_text="Write on until max_tokens is reached: the same as a min_tokens of max_tokens.",
    )
    temperature = FiniteFloatField(
        min_value=0,
        max_value=2,
        default=1.0,
        help_text="Randomness of the reply; 0 is greedy.",
    )
    top_p = FiniteFloatField(
        min_value=0,
        max_value=1,
        default=1.0,
        help_text="Choose among the likeliest allowed tokens whose probabilities add up to this.",
    )
    top_k = StrictIntegerField(
        min_value=-1,
        default=50,
        help_text="Choose among this number of the likeliest allowed tokens; 0 and -1 mean all.",
    )
    min_p = FiniteFloatField(
        min_value=0,
        max_value=1,
        default=0.0,
        help_text="Choose among the allowed tokens that have at least this part of the probability"
        " of the likeliest one.",
    )
    repetition_penalty = FiniteFloatField(
        min_value=0.01,
        max_value=10,
        default=1.0,
        help_text="Above 1 makes tokens of the prompt and of the reply so far less likely.",
    )
    presence_penalty = FiniteFloatField(
        min_value=-2,
        max_value=2,
        default=0.0,
        help_text="Subtracted from the logit of every token that the reply already has.",
    )
    frequency_penalty = FiniteFloatField(
        min_value=-2,
        max_value=2,
        default=0.0,
        help_text="Subtracted from the logit of a token for each time that it is in the reply.",
    )
    dry_multiplier = FiniteFloatField(
        min_value=0,
        max_value=100,
        default=0.0,
        help_text="Above 0: a token that would go on with a repetition of the reply loses this much"
        " of its logit, times dry_base for each token by which the repetition is longer than"
        " dry_allowed_length (DRY).",
    )
    dry_base = FiniteFloatField(
        min_value=1,
        max_value=10,
        default=1.75,
        help_text="For dry_multiplier: how the penalty grows with the length of a repetition.",
    )
    dry_allowed_length = StrictIntegerField(
        min_value=1,
        default=2,
        help_text="For dry_multiplier: the shortest repetition that is penalised, in tokens.",
    )
    dry_penalty_last_n = StrictIntegerField(
        min_value=-1,
        default=-1,
        help_text="For dry_multiplier: the number of last tokens of the reply that count; -1 for"
        " all of them, 0 for none.",
    )
    dry_sequence_breakers = SequenceBreakersField(
        required=False,
        help_text="For dry_multiplier: up to 16 strings that a repetition does not go across.",
    )
    num_beams = StrictIntegerField(
        min_value=1,
        max_value=settings.MAX_NUM_BEAMS,
        default=1,
        help_text="Number of beams; above 1 means beam search, sampled if temperature is above 0.",
    )
    length_penalty = FiniteFloatField(
        min_value=-10,
        max_value=10,
        default=1.0,
        help_text="For beam search: above 0 prefers longer replies, below 0 shorter ones.",
    )
    num_beam_groups = StrictIntegerField(
        min_value=1,
        max_value=settings.MAX_NUM_BEAMS,
        default=1,
        help_text="Number of groups of equal size that the beams are divided into;"
        " diversity_penalty keeps them apart. Needs temperature 0.",
    )
    diversity_penalty = FiniteFloatField(
        min_value=0,
        max_value=100,
        default=0.0,
        help_text="Subtracted from the score of a token for each beam of an earlier group with it.",
    )
    stop = StopField(
        required=False,
        help_text="A string, or up to four, that ends the reply. The reply ends before it and never"
        " contains it.",
    )
    seed = StrictIntegerField(
        min_value=-MAX_SEED - 1,
        max_value=MAX_SEED,
        required=False,
        help_text="The same seed gives the same reply on the same machine. Random if left out.",
    )
    truncate = serializers.BooleanField(
        required=False,
        help_text="Whether a prompt that is too long loses its earliest turns; `prompt_truncated`"
        " tells it then. false: it is refused with `context_length_exceeded`. By default the"
        " server's TRUNCATE_INPUT.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        _check_beams(attrs)
        longest = longest_reply(attrs.get("max_tokens"))
        if attrs.pop("ignore_eos"):
            attrs["min_tokens"] = longest
        if attrs["min_tokens"] > longest:
            raise wrong("min_tokens", f"This reply has at most {longest} tokens.")
        return attrs


def _check_beams(attrs: dict[str, Any]) -> None:
    groups, beams = attrs["num_beam_groups"], attrs["num_beams"]
    if beams % groups:
        raise wrong("num_beam_groups", f"{beams} beams cannot be divided into {groups} groups.")
    if groups > 1 and attrs["temperature"] > 0:
        raise wrong("num_beam_groups", "Groups of beams are searched with temperature 0 only.")
    if groups == 1 and attrs["diversity_penalty"]:
        raise wrong("diversity_penalty", "It needs num_beam_groups above 1.")


def longest_reply(max_tokens: int | None) -> int:
    """Return the maximum tokens of a reply for a request's `max_tokens`."""
    largest: int = max(settings.ALLOWED_MAX_NEW_TOKENS)
    return largest if max_tokens is None else min(max_tokens, largest)
