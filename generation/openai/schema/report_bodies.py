"""The bodies of the report on a text, for the OpenAPI description only."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from vocab.words.checker.style_rules import Reason

Body = serializers.Serializer[Any]
START = "Offset of the first character in the text, in code points."
END = "Offset behind the last character, in code points."


class ReportedWordBody(Body):
    text = serializers.CharField(help_text="The word as it stands in the text.")
    start = serializers.IntegerField(min_value=0, help_text=START)
    end = serializers.IntegerField(min_value=0, help_text=END)
    listed = serializers.BooleanField(help_text="Whether it is on the list.")
    rank = serializers.IntegerField(
        min_value=1,
        allow_null=True,
        help_text="Its rank in the whole list. A word behind the first `vocab_n_words` has a rank"
        " and is not listed. null for a word that the list has not, for a joined word without an"
        " entry of its own, and for every word if the list is not in order of rank.",
    )


class ReportedNumberBody(Body):
    text = serializers.CharField(help_text="The number.")
    start = serializers.IntegerField(min_value=0, help_text=START)
    end = serializers.IntegerField(min_value=0, help_text=END)


class ReportedSentenceBody(Body):
    start = serializers.IntegerField(min_value=0, help_text=START)
    end = serializers.IntegerField(min_value=0, help_text=END)
    words = serializers.IntegerField(min_value=1, help_text="Number of its words.")


class RankBandBody(Body):
    first = serializers.IntegerField(min_value=1, help_text="The first rank of the band.")
    last = serializers.IntegerField(min_value=1, help_text="The last rank of the band.")
    words = serializers.IntegerField(min_value=0, help_text="Number of words with such a rank.")
    distinct_words = serializers.IntegerField(
        min_value=0, help_text="The same without repetitions, ignoring case."
    )
    share = serializers.FloatField(
        min_value=0, max_value=1, help_text="The share of all words of the text."
    )
    cumulative_share = serializers.FloatField(
        min_value=0, max_value=1, help_text="The share of this band and all before it."
    )


class ReportedLengthBody(Body):
    words = serializers.IntegerField(
        min_value=0, help_text="Number of words, counted as the limits count them."
    )
    sentence_words = serializers.ListField(
        child=serializers.IntegerField(min_value=1), help_text="Those of each sentence."
    )
    within = serializers.BooleanField(
        help_text="Whether the text and each sentence keep to the limits of the request. false for"
        " a reply that max_tokens or a stop string ended too early."
    )


class ReportDetailsBody(Body):
    words = ReportedWordBody(many=True, help_text="Each word, in the order of the text.")
    numbers = ReportedNumberBody(many=True, help_text="Each number in digits.")
    sentences = ReportedSentenceBody(many=True, help_text="Each sentence that has words.")
    longest_sentence = serializers.IntegerField(
        min_value=0, help_text="Number of words of the longest sentence."
    )
    coverage = serializers.FloatField(
        min_value=0,
        max_value=1,
        allow_null=True,
        help_text="The share of the words that are on the list; null for a text without words.",
    )
    bands = RankBandBody(
        many=True,
        allow_null=True,
        help_text="How many words have which ranks; null if the list is not in order of rank.",
    )
    mean_rank = serializers.FloatField(
        allow_null=True, help_text="Mean rank of the words; null without ranks."
    )
    highest_rank = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="Rank of the rarest word; null without ranks."
    )


class StyleFindingBody(Body):
    """A piece of a text that the list has and the style does not allow."""

    text = serializers.CharField(trim_whitespace=False, help_text="The piece.")
    reason = serializers.ChoiceField(
        list(Reason),
        help_text="`capital`: a capital first letter in this place. `capitals`: several capital"
        " letters. `number`: no numbers, or not such ones. `mark`: no such character outside of"
        " words.",
    )


class AddedWordsBody(Body):
    """By origin, those of the words that a request added to its lists which the text has."""

    allowed = serializers.ListField(child=serializers.CharField(), help_text="Of `vocab_allow`.")
    names = serializers.ListField(child=serializers.CharField(), help_text="Of `vocab_names`.")
    prompt = serializers.ListField(
        child=serializers.CharField(), help_text="Of the user's messages."
    )


class VocabReportBody(Body):
    """Computed from the finished text, independently of the code that constrained the model."""

    words = serializers.IntegerField(min_value=0, help_text="Number of words in the text.")
    distinct_words = serializers.IntegerField(min_value=0, help_text="Number of different words.")
    out_of_list = serializers.ListField(
        child=serializers.CharField(), help_text="Words that are not on the list. Always empty."
    )
    out_of_style = StyleFindingBody(
        many=True,
        help_text="What the style (`vocab_case` and so on) does not allow. Always empty.",
    )
    no_words = serializers.BooleanField(
        help_text="True if the text has no word, only numbers and marks, or nothing."
    )
    word_parts = serializers.IntegerField(
        min_value=0,
        help_text="Number of parts of words, such as (s) in dog(s). 0 unless `vocab_brackets` is"
        " `parts`.",
    )
    length = ReportedLengthBody(
        required=False, help_text="With `vocab_reply_words` or `vocab_sentence_words`."
    )
    details = ReportDetailsBody(required=False, help_text="With `vocab_report: words`.")
    banned = serializers.ListField(
        required=False,
        child=serializers.CharField(),
        help_text="For a request with words of its own: banned words and phrases in the text."
        " Always empty.",
    )
    added_words_used = AddedWordsBody(
        required=False, help_text="For a request with words of its own: those that the text has."
    )
