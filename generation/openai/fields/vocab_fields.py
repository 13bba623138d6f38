"""The `vocab_` fields of a request: which words a reply may have, and how they are found."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from generation.openai.fields.draft_field import DraftField
from generation.openai.fields.field_types import StrictIntegerField
from generation.openai.fields.strict_serializer import Refusal, StrictSerializer, wrong
from generation.openai.fields.word_fields import FilterField, ListsField, WordsField
from generation.openai.fields.word_range_field import WordRangeField, word_range
from vocab.models import STYLE_FIELDS
from vocab.pinned_wordlist import ReportDetail
from vocab.words.orthography import Brackets, Case, Hyphens, Numbers, Punctuation, Units

# Fields that allow words which the list does not have.
WIDENING = (
    "vocab_words",
    "vocab_lists",
    "vocab_allow",
    "vocab_names",
    "vocab_allow_prompt_names",
    "vocab_allow_prompt_words",
)
# The words of one request: what it adds to its list, and what it takes away.
REQUEST_WORDS = (*WIDENING, "vocab_ban", "vocab_filter")
LENGTH_FIELDS = ("vocab_reply_words", "vocab_sentence_words")
# Their values decide which words a reply may have, and what the report says of them.
NEED_A_LIST = (
    "vocab_n_words",
    "vocab_report",
    *(f"vocab_{name}" for name in STYLE_FIELDS),
    *REQUEST_WORDS,
    *LENGTH_FIELDS,
)

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


class VocabSerializer(StrictSerializer):
    """The base of the parameters of a reply, whose `temperature` and `num_beams` it reads."""

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
    vocab_words = WordsField(
        max_words=settings.MAX_REQUEST_WORDS,
        required=False,
        help_text="A list of words, the most frequent first, instead of the words of vocab_lang,"
        " which then only gives the language and the style.",
    )
    vocab_lists = ListsField(
        required=False,
        help_text="More wordlists of the same language, whose words are allowed too: names, or"
        " objects with name and n_words.",
    )
    vocab_allow = WordsField(
        max_words=settings.MAX_ADDED_WORDS,
        required=False,
        help_text="Words and phrases that are allowed besides those of the list.",
    )
    vocab_names = WordsField(
        max_words=settings.MAX_ADDED_WORDS,
        required=False,
        help_text="Names that are allowed besides the words of the list, with their capitals and"
        " the endings that the language gives to names.",
    )
    vocab_allow_prompt_names = serializers.BooleanField(
        required=False,
        help_text="Whether names in the user's messages are allowed: unlisted words with a capital"
        " inside a sentence.",
    )
    vocab_allow_prompt_words = serializers.BooleanField(
        required=False,
        help_text="Whether all words of the user's messages are allowed.",
    )
    vocab_ban = WordsField(
        max_words=settings.MAX_ADDED_WORDS,
        required=False,
        help_text="Words and phrases that the reply does not have, in no case, even if a list or"
        " another field allows them.",
    )
    vocab_filter = FilterField(
        required=False,
        help_text="Which words of the lists are allowed: letters, graphemes, min_length,"
        " max_length, rank_from, rank_to.",
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
    vocab_repeat_sentences = serializers.BooleanField(
        default=False,
        help_text="Whether a reply under a list may say a sentence of three words or more twice.",
    )
    vocab_finish = serializers.ChoiceField(
        ["sentence", "word"],
        default="sentence",
        help_text="The end of a reply that reaches max_tokens: after a sentence if one can be"
        " completed, or after any word.",
    )
    vocab_reply_words = WordRangeField(
        required=False,
        help_text="Fewest and most words of a reply: 60-80, 60- for at least 60, or -80 for at most"
        " 80. It ends after a sentence. In Chinese and Japanese a word is a character.",
    )
    vocab_sentence_words = WordRangeField(
        required=False,
        help_text="Fewest and most words of each sentence, in the same form.",
    )
    vocab_tell_model = serializers.BooleanField(
        default=None,
        help_text="Whether the system message tells the model which words to use, in the list's"
        " language. By default it does if the messages have no system message of their own. true:"
        " it is added to the system message.",
    )
    vocab_report = serializers.ChoiceField(
        list(ReportDetail),
        required=False,
        help_text="The report on the reply. off: none. summary, the default: counts, and the words"
        " off the list. words: also `details`: each word with its place and rank, the sentences,"
        " the numbers and the ranks.",
    )
    vocab_draft = DraftField(
        default=False,
        help_text="true: first a draft with any words, which is not returned; then the reply says"
        " the same with the words of the list. Both are counted in completion_tokens. The draft"
        " has at most as many tokens as the reply, or the max_tokens of an object.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("vocab_tell_model", "vocab_draft", "vocab_repeat_sentences"):
            if attrs.get(name) and "vocab_lang" not in attrs:
                raise wrong(name, "It needs vocab_lang.")
        for name in NEED_A_LIST:
            if attrs.get(name) not in (None, False) and "vocab_lang" not in attrs:
                raise wrong(name, "It needs vocab_lang.")
        _check_lengths(attrs)
        if attrs.get("vocab_sampling") == "words":
            _check_words(attrs)
        if attrs["vocab_particles"] > 1:
            _check_particles(attrs)
        return attrs


def _check_lengths(attrs: dict[str, Any]) -> None:
    reply, sentence = (word_range(attrs.get(name)) for name in LENGTH_FIELDS)
    if reply.most is not None and sentence.least > reply.most:
        message = f"A sentence of {sentence.least} words has no place in {reply.most} words."
        raise wrong("vocab_sentence_words", message)


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
