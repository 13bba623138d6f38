"""How a reply is written: the parameters that a chat request and a whole batch job share.

A batch job's come from its query string, so numbers may be written as text.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.fields import FiniteFloatField, StopField
from generation.openai.strict_serializer import Refusal, StrictSerializer
from vocab.models import STYLE_FIELDS
from vocab.words.orthography import Case, Hyphens, Numbers, Punctuation, Units

MAX_SEED = 2**63 - 1
NEED_A_LIST = ("vocab_n_words", *(f"vocab_{name}" for name in STYLE_FIELDS))

# The prototype could let unlisted words through at a price.
HARD_ONLY = Refusal(
    "unsupported_value",
    "Only 'hard' is supported: every word of a reply is one of the list's.",
    ("hard",),
)
NO_TIERS = Refusal(
    "unsupported_value",
    "It belongs to the soft mode, which is not supported: every word of a reply is one of the"
    " list's.",
)
REFUSED_MODES = {
    "vocab_constraint_mode": HARD_ONLY,
    "vocab_soft_tier2_max_rank_multiplier": NO_TIERS,
    "vocab_soft_tier2_penalty": NO_TIERS,
    "vocab_soft_tier3_penalty": NO_TIERS,
}


class ParametersSerializer(StrictSerializer):
    refused = REFUSED_MODES

    max_tokens = serializers.IntegerField(
        min_value=1,
        required=False,
        help_text="Most tokens of a reply; more than the largest of ALLOWED_MAX_NEW_TOKENS, or"
        " none given, means that one.",
    )
    min_tokens = serializers.IntegerField(
        min_value=0,
        default=0,
        help_text="No stop ends the reply before so many tokens, where the list lets it go on.",
    )
    temperature = FiniteFloatField(
        min_value=0, max_value=2, default=1.0, help_text="How freely to choose; 0 is greedy."
    )
    top_p = FiniteFloatField(
        min_value=0,
        max_value=1,
        default=1.0,
        help_text="Choose among the likeliest allowed tokens that together have this probability.",
    )
    top_k = serializers.IntegerField(
        min_value=-1,
        default=50,
        help_text="Choose among so many of the likeliest allowed tokens; 0 and -1 mean all.",
    )
    repetition_penalty = FiniteFloatField(
        min_value=0.01,
        max_value=10,
        default=1.0,
        help_text="Above 1 discourages the tokens of the prompt and of the reply so far.",
    )
    presence_penalty = FiniteFloatField(
        min_value=-2,
        max_value=2,
        default=0.0,
        help_text="Taken off the score of every token that the reply already has.",
    )
    frequency_penalty = FiniteFloatField(
        min_value=-2,
        max_value=2,
        default=0.0,
        help_text="Taken off the score of a token for each time that the reply already has it.",
    )
    num_beams = serializers.IntegerField(
        min_value=1,
        max_value=settings.MAX_NUM_BEAMS,
        default=1,
        help_text="Above 1 searches with so many beams; samples them if temperature is above 0.",
    )
    length_penalty = FiniteFloatField(
        min_value=-10,
        max_value=10,
        default=1.0,
        help_text="Above 0 lets a search with beams prefer longer replies, below 0 shorter ones.",
    )
    num_beam_groups = serializers.IntegerField(
        min_value=1,
        max_value=settings.MAX_NUM_BEAMS,
        default=1,
        help_text="Groups that the beams are divided into evenly and that are kept apart by"
        " diversity_penalty; needs temperature 0.",
    )
    diversity_penalty = FiniteFloatField(
        min_value=0,
        max_value=100,
        default=0.0,
        help_text="Taken off the score of a token for each beam of an earlier group that has it.",
    )
    stop = StopField(
        required=False,
        help_text="A string, or up to four, that ends the reply where it would first be written;"
        " the reply never contains it.",
    )
    seed = serializers.IntegerField(
        min_value=-MAX_SEED - 1,
        max_value=MAX_SEED,
        required=False,
        help_text="The same seed gives the same reply on the same machine; drawn if not given.",
    )
    vocab_lang = serializers.CharField(
        max_length=100,
        required=False,
        help_text="The list whose words may be written: its name, such as es, or one of its"
        " revisions, such as es@3; without it any word may be.",
    )
    vocab_n_words = serializers.IntegerField(
        min_value=1,
        required=False,
        help_text="Only the first so many words of the list; more than it has means all of them.",
    )
    vocab_numbers = serializers.ChoiceField(
        list(Numbers), required=False, help_text="Digits that may be written besides the words."
    )
    vocab_punctuation = serializers.ChoiceField(
        list(Punctuation), required=False, help_text="Marks that may stand between the words."
    )
    vocab_case = serializers.ChoiceField(
        list(Case), required=False, help_text="Where capitals may be written."
    )
    vocab_hyphens = serializers.ChoiceField(
        list(Hyphens), required=False, help_text="Where hyphens may be written."
    )
    vocab_units = serializers.ChoiceField(
        list(Units),
        required=False,
        help_text="Of Chinese, Japanese and Thai. characters: every character is one of the list's."
        " words: a segmenter finds listed words only; needs the extra 'segmenters'.",
    )
    vocab_token_paths = serializers.ChoiceField(
        ["canonical", "all"],
        default="canonical",
        help_text="Spell words in tokens only as the tokenizer does, or in all ways.",
    )
    vocab_finish = serializers.ChoiceField(
        ["sentence", "word"],
        default="sentence",
        help_text="What a reply that runs out of tokens ends with: a sentence if one is in"
        " reach, or any word.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in NEED_A_LIST:
            if name in attrs and "vocab_lang" not in attrs:
                raise wrong(name, "It needs vocab_lang, the list whose words are meant.")
        _check_beams(attrs)
        longest = longest_reply(attrs.get("max_tokens"))
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


def wrong(name: str, message: str, code: str = "invalid_value") -> serializers.ValidationError:
    return serializers.ValidationError({name: message}, code=code)


def longest_reply(max_tokens: int | None) -> int:
    """How many tokens a reply may have that asks for so many."""
    largest: int = max(settings.ALLOWED_MAX_NEW_TOKENS)
    return min(max_tokens or largest, largest)
