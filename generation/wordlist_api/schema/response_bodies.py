"""The response bodies, for the OpenAPI description only. Nothing is validated with them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from generation.openai.schema.response_schemas import Body
from generation.wordlist_api.fields.list_fields import DetailsSerializer
from vocab.importing.proposal import Ranking, Role, Take
from vocab.models import STYLE_FIELDS, Visibility


def number(text: str, minimum: int = 0) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=minimum, help_text=text)


def always(value: str) -> serializers.ChoiceField:
    return serializers.ChoiceField([value], help_text=f"Always `{value}`.")


def texts(text: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(), help_text=text)


def page(body: type[Body] | serializers.Field[Any, Any, Any, Any], text: str) -> Any:
    child = body() if isinstance(body, type) else body
    return serializers.ListField(child=child, help_text=text)


class ChangedRowBody(Body):
    line = number("The line or row, from 1.", 1)
    before = serializers.CharField(allow_blank=True, help_text="The cell.")
    after = texts("Its entries; empty if the row has none.")
    reasons = texts("What was changed and why.")


class LeftOutBody(Body):
    line = number("The line or row, from 1.", 1)
    text = serializers.CharField(allow_blank=True, help_text="What was left out.")
    reason = serializers.CharField(help_text="Why.")


class ColumnBody(Body):
    name = serializers.CharField(allow_blank=True, help_text="Its heading.")
    role = serializers.ChoiceField([each.value for each in Role], help_text="What it has.")


class ProposalBody(Body):
    """How the text or the file was read. The fields of the request replace what was guessed."""

    sentence = serializers.CharField(help_text="What it seems to be, for people.")
    format = serializers.CharField(help_text="The format.")
    encoding = serializers.CharField(allow_null=True, help_text="Null if it is not text.")
    delimiter = serializers.CharField(allow_null=True, help_text="Null without columns.")
    header = serializers.BooleanField(help_text="Whether the first row names the columns.")
    columns = page(ColumnBody, "The columns.")
    ranking = serializers.ChoiceField([e.value for e in Ranking], help_text="What orders them.")
    take = serializers.ChoiceField([e.value for e in Take], help_text="Which words of a family.")
    filters = texts("Rows without these values are left out.")
    preview = page(ChangedRowBody, "The first rows.")


class ChangedRowsBody(Body):
    total = number("How many there are.")
    data = page(ChangedRowBody, "The first ones.")


class LeftOutRowsBody(Body):
    total = number("How many there are.")
    data = page(LeftOutBody, "The first ones.")


class ReportBody(Body):
    object = always("wordlist.report")
    proposal = ProposalBody(allow_null=True, help_text="Null for `words`.")
    word_count = number("Number of entries.")
    ranked = serializers.BooleanField(help_text="Whether the order says how common they are.")
    row_count = number("Number of rows, or of `words`, without those that a filter left out.")
    refused_row_count = number("Number of rows with something that was refused.")
    filtered_row_count = number("Number of rows that a filter left out.")
    doubts = texts("Why these may not be the words that you want. Saving then needs `force`.")
    changed = ChangedRowsBody(help_text="Cells whose entries are not the cell itself.")
    refused = LeftOutRowsBody(help_text="What cannot be an entry.")
    duplicates = LeftOutRowsBody(help_text="Rows whose entry is there already.")


class WordlistObjectBody(Body):
    id = serializers.CharField(help_text="The slug.")
    object = always("wordlist")
    slug = serializers.CharField(help_text="What requests call the list (`vocab_lang`).")
    title = serializers.CharField(help_text="The title.")
    language = serializers.CharField(help_text="The BCP-47 tag of the language.")
    source = serializers.CharField(  # type: ignore[assignment]
        allow_blank=True, help_text="Where the words come from."
    )
    licence = serializers.CharField(allow_blank=True, help_text="The licence of the words.")
    visibility = serializers.ChoiceField(Visibility.values, help_text="Who may use the list.")
    owned_by = serializers.ChoiceField(
        ["you", "other", "server"], help_text="Whose list it is. No other user is named."
    )
    may_change = serializers.BooleanField(help_text="Whether you may change the list.")
    archived = serializers.BooleanField(help_text="Whether it is in no menu.")
    created_at = number("When the list was made, in seconds since 1970.")
    revision = number("The number of the current revision.", 1)
    word_count = number("Its number of entries.", 1)
    ranked = serializers.BooleanField(help_text="Whether their order says how common they are.")
    sha256 = serializers.CharField(help_text="The SHA-256 of the entries.")

    def get_fields(self) -> dict[str, Any]:
        fields = DetailsSerializer().fields
        style = {
            name: serializers.ChoiceField(
                list(fields[name].choices),  # type: ignore[attr-defined]
                help_text=fields[name].help_text,
            )
            for name in STYLE_FIELDS
        }
        return {**super().get_fields(), **style}


class NewWordlistBody(WordlistObjectBody):
    report = ReportBody(help_text="What was read.")


class WordlistPageBody(Body):
    object = always("list")
    data = page(WordlistObjectBody, "The lists of this page, the newest first.")
    has_more = serializers.BooleanField(help_text="Whether there are older lists.")
    first_id = serializers.CharField(allow_null=True, help_text="Null if the page is empty.")
    last_id = serializers.CharField(
        allow_null=True, help_text="The `after` of the next page. Null if the page is empty."
    )


class DeletedWordlistBody(Body):
    id = serializers.CharField(help_text="The slug.")
    object = always("wordlist")
    deleted = serializers.ChoiceField([True], help_text="Always true.")


class RevisionBody(Body):
    id = serializers.CharField(help_text="The name of the revision in requests, such as `es@3`.")
    object = always("wordlist.revision")
    slug = serializers.CharField(help_text="The slug of the list.")
    revision = number("The number of the revision.", 1)
    is_current = serializers.BooleanField(help_text="Whether the slug alone means it.")
    word_count = number("Number of entries.", 1)
    ranked = serializers.BooleanField(help_text="Whether their order says how common they are.")
    sha256 = serializers.CharField(help_text="The SHA-256 of the entries.")
    note = serializers.CharField(allow_blank=True, help_text="What is different in it.")
    created_at = number("When it was made, in seconds since 1970.")


class NewRevisionBody(RevisionBody):
    created = serializers.BooleanField(
        help_text="False if an earlier revision has the same entries and is current again."
    )
    report = ReportBody(help_text="What was read.")


class RevisionPageBody(Body):
    object = always("list")
    data = page(RevisionBody, "The revisions of this page, the newest first.")
    has_more = serializers.BooleanField(help_text="Whether there are older revisions.")
    first_id = serializers.IntegerField(allow_null=True, help_text="Null if the page is empty.")
    last_id = serializers.IntegerField(
        allow_null=True, help_text="The `after` of the next page. Null if the page is empty."
    )


class RankedWordBody(Body):
    object = always("wordlist.word")
    rank = number("The rank, from 1.", 1)
    word = serializers.CharField(help_text="The entry.")


class WordPageBody(Body):
    object = always("list")
    data = page(RankedWordBody, "The words of this page, in order.")
    has_more = serializers.BooleanField(help_text="Whether there are further words.")
    first_id = serializers.IntegerField(allow_null=True, help_text="Null if the page is empty.")
    last_id = serializers.IntegerField(
        allow_null=True, help_text="The `after` of the next page. Null if the page is empty."
    )
    revision = number("The number of the revision.", 1)
    total = number("The number of all words, or of those that were found.")


class FromToBody(Body):
    to = serializers.CharField(help_text="The later spelling.")

    def get_fields(self) -> dict[str, Any]:
        return {
            "from": serializers.CharField(help_text="The earlier spelling."),
            **super().get_fields(),
        }


class MovedBody(Body):
    word = serializers.CharField(help_text="The word.")
    to = number("Its later rank.", 1)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": number("Its earlier rank.", 1)}


class SkippedBody(Body):
    word = serializers.CharField(help_text="The word.")
    reason = serializers.CharField(help_text="Why nothing had to be done.")


class ChangesBody(Body):
    added = texts("Words that were added.")
    removed = texts("Words that were removed.")
    moved = texts("Words that got another rank.")
    renamed = page(FromToBody, "Words that got another spelling.")
    skipped = page(SkippedBody, "Words with which nothing was done.")


class ChangedRevisionBody(RevisionBody):
    changes = ChangesBody(help_text="What was done.")


class SomeWordsBody(Body):
    total = number("How many there are.")
    data = texts("The first ones.")  # type: ignore[assignment]


class SomeFromToBody(Body):
    total = number("How many there are.")
    data = page(FromToBody, "The first ones.")


class SomeMovedBody(Body):
    total = number("How many there are.")
    data = page(MovedBody, "The first ones.")


class ShareBody(Body):
    n_words = number("A number of words.", 1)
    share = serializers.FloatField(help_text="The share that the first `n_words` words cover.")


class NeededBody(Body):
    share = serializers.FloatField(help_text="A share of the running words: 0.95 and 0.98.")
    n_words = serializers.IntegerField(
        min_value=0,
        allow_null=True,
        help_text="How many first words of the list cover it; null if the whole list does not.",
    )


class MissingWordBody(Body):
    word = serializers.CharField(help_text="The word, as an entry.")
    count = number("How often the text has it.", 1)
    why_not = serializers.CharField(
        allow_null=True, help_text="Why no list can have it; null if it can be added."
    )


class MissingWordsBody(Body):
    total = number("How many there are.")
    data = page(MissingWordBody, "The most frequent ones.")


class CoverageBody(Body):
    object = always("wordlist.coverage")
    slug = serializers.CharField(help_text="The slug of the list.")
    revision = number("The number of the revision.", 1)
    word_count = number("Number of running words of the text.")
    listed_count = number("How many of them the list has.")
    share = serializers.FloatField(help_text="From 0 to 1; 0 for a text without words.")
    of_first = page(ShareBody, "Shares of the first words; empty for an unranked list.")
    needed = page(NeededBody, "The first words that are needed; empty for an unranked list.")
    missing = MissingWordsBody(help_text="The words that the list lacks.")


class HeadwordBody(Body):
    word = serializers.CharField(help_text="The headword.")
    forms = texts("The forms that would be added behind it.")


class HeadwordsBody(Body):
    total = number("How many there are.")
    data = page(HeadwordBody, "The first ones.")


class PlannedFormsBody(Body):
    object = always("wordlist.forms")
    slug = serializers.CharField(help_text="The slug of the list.")
    revision = number("The number of the current revision.", 1)
    form_count = number("How many forms would be added.")
    listed_count = number("How many forms the list has already.")
    headwords = HeadwordsBody(help_text="The headwords that would get forms.")


class ComparisonBody(Body):
    object = always("wordlist.comparison")
    slug = serializers.CharField(help_text="The slug of the list.")
    to = number("The number of the later revision.", 1)
    added = SomeWordsBody(help_text="Words that only the second revision has.")
    removed = SomeWordsBody(help_text="Words that only the first revision has.")
    recased = SomeFromToBody(help_text="Words that differ only in capital letters.")
    moved = SomeMovedBody(help_text="The smallest set of words that changed places.")

    def get_fields(self) -> dict[str, Any]:
        first = number("The number of the earlier revision.", 1)
        return {**super().get_fields(), "from": first}
