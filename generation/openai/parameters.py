"""The parameters of a reply, which a chat request and a batch job share.

A batch job has them in its query string, so numbers may be strings.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.fields.draft_field import DraftField
from generation.openai.fields.field_types import FiniteFloatField, StopField, StrictIntegerField
from generation.openai.fields.other_fields import ALIASES, NEUTRAL, WITHOUT_EFFECT
from generation.openai.fields.strict_serializer import Refusal, StrictSerializer
from vocab.models import STYLE_FIELDS
from vocab.words.orthography import Brackets, Case, Hyphens, Numbers, Punctuation, Units

MAX_SEED = 2**63 - 1
NEED_A_LIST = ("vocab_n_words", *(f"vocab_{name}" for name in STYLE_FIELDS))

# The prototype also had a soft mode, which allowed unlisted words with a penalty.
HARD_ONLY = Refusal(
    "unsupported_value",
    "Only 'hard' is supported: every word of a reply is on the list.",
    ("hard",),
)
NO_TIERS = Refusal(
    "unsupported_value",
    "It belongs to the soft mode, which is not supported: every word of a reply is on the list.",
)
REFUSED_MODES = {
    "vocab_constraint_mode": HARD_ONLY,
    "vocab_soft_tier2_max_rank_multiplier": NO_TIERS,
    "vocab_soft_tier2_penalty": NO_TIERS,
    "vocab_soft_tier3_penalty": NO_TIERS,
}


class ParametersSerializer(StrictSerializer):
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
    vocab_lang = serializers.CharField(
        max_length=100,
        required=False,
        help_text="The wordlist that limits the reply: its name, such as es, or one of its"
        " revisions, such as es@3. Without it, any word is allowed.",
    )
    vocab_n_words = StrictIntegerField(
        min_value=1,
        required=False,
        help_text="Allow only this number of the list's first words; by default all of them.",
    )
    vocab_numbers = serializers.ChoiceField(
        list(Numbers),
        required=False,
        help_text="Numbers in digits that are allowed.",
    )
    vocab_punctuation = serializers.ChoiceField(
        list(Punctuation), required=False, help_text="Punctuation marks that are allowed."
    )
    vocab_case = serializers.ChoiceField(
        list(Case), required=False, help_text="Where capital letters are allowed."
    )
    vocab_hyphens = serializers.ChoiceField(
        list(Hyphens), required=False, help_text="Where hyphens are allowed."
    )
    vocab_brackets = serializers.ChoiceField(
        list(Brackets),
        required=False,
        help_text="What brackets may hold: words: whole words. parts: also parts of words, such as"
        " dog(s).",
    )
    vocab_units = serializers.ChoiceField(
        list(Units),
        required=False,
        help_text="For Chinese, Japanese and Thai. characters: every character occurs in the list."
        " words: a segmenter finds only listed words; needs the extra 'segmenters'.",
    )
    vocab_token_paths = serializers.ChoiceField(
        ["canonical", "all"],
        default="canonical",
        help_text="canonical: the tokens that the tokenizer gives a word. all: any that spell it.",
    )
    vocab_sampling = serializers.ChoiceField(
        ["tokens", "words"],
        required=False,
        help_text="tokens: each token is drawn among the allowed ones. words: each word is drawn"
        " with the probability that the model gives it among the listed words. For a temperature"
        " above 0 without beams, and languages with spaces. By default words where they can be"
        " drawn, and tokens elsewhere.",
    )
    vocab_particles = StrictIntegerField(
        min_value=1,
        max_value=settings.MAX_NUM_BEAMS,
        default=1,
        help_text="Number of replies that are written at once; those live on that the list suits,"
        " and one of them is returned. For a list, a temperature above 0, and no beams.",
    )
    vocab_finish = serializers.ChoiceField(
        ["sentence", "word"],
        default="sentence",
        help_text="The end of a reply that reaches max_tokens: after a sentence if one can be"
        " completed, or after any word.",
    )

    vocab_tell_model = serializers.BooleanField(
        default=None,
        help_text="Whether the system message tells the model which words to use, in the list's"
        " language. By default it does if the messages have no system message of their own. true:"
        " it is added to the system message.",
    )

    vocab_draft = DraftField(
        default=False,
        help_text="true: first a draft with any words, which is not returned; then the reply says"
        " the same with the words of the list. Both are counted in completion_tokens. The draft"
        " has at most as many tokens as the reply, or the max_tokens of an object.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("vocab_tell_model", "vocab_draft"):
            if attrs.get(name) and "vocab_lang" not in attrs:
                raise wrong(name, "It needs vocab_lang.")
        for name in NEED_A_LIST:
            if name in attrs and "vocab_lang" not in attrs:
                raise wrong(name, "It needs vocab_lang.")
        _check_beams(attrs)
        if attrs.get("vocab_sampling") == "words":
            _check_words(attrs)
        if attrs["vocab_particles"] > 1:
            _check_particles(attrs)
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


def _check_words(attrs: dict[str, Any]) -> None:
    if "vocab_lang" not in attrs:
        raise wrong("vocab_sampling", "It needs vocab_lang.")
    if attrs["num_beams"] > 1:
        raise wrong("vocab_sampling", "Beams are not drawn as words. Leave out num_beams.")


def _check_particles(attrs: dict[str, Any]) -> None:
    if "vocab_lang" not in attrs:
        raise wrong("vocab_particles", "It needs vocab_lang.")
    if attrs["temperature"] == 0:
        raise wrong("vocab_particles", "It needs a temperature above 0.")
    if attrs["num_beams"] > 1:
        raise wrong("vocab_particles", "Beams are no particles. Leave out num_beams.")
    if attrs.get("vocab_sampling") == "words":
        raise wrong("vocab_particles", "Particles draw tokens. Leave out vocab_sampling.")


def wrong(name: str, message: str, code: str = "invalid_value") -> serializers.ValidationError:
    return serializers.ValidationError({name: message}, code=code)


def longest_reply(max_tokens: int | None) -> int:
    """Return the maximum tokens of a reply for a request's `max_tokens`."""
    largest: int = max(settings.ALLOWED_MAX_NEW_TOKENS)
    return largest if max_tokens is None else min(max_tokens, largest)
