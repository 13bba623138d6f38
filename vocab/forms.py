"""The Django forms for uploading a wordlist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from vocab.models import Wordlist
from vocab.revisions import limits
from vocab.words.language_tag import UnknownLanguage, canonical_tag, languages_with_rules
from vocab.words.parse import ParsedWordlist, WordlistError, parse

if TYPE_CHECKING:
    WordlistModelForm = forms.ModelForm[Wordlist]
else:
    WordlistModelForm = forms.ModelForm

SLUG_TAKEN = "A wordlist with this slug already exists."
DETAILS = ("slug", "title", "language", "source", "licence")


class DetailsForm(WordlistModelForm):
    """The name, language and origin of a list. The report page shows it again."""

    class Meta:
        model = Wordlist
        fields = DETAILS
        error_messages = {"slug": {"unique": SLUG_TAKEN}}
        help_texts = {
            "language": (
                "A BCP-47 tag such as es or pt-BR, or a name such as Spanish. It decides casing and"
                f" punctuation. With rules of their own: {', '.join(languages_with_rules())}."
                " Other languages get general rules."
            )
        }
        widgets = {
            "title": forms.TextInput(attrs={"class": "vTextField"}),
            "source": forms.TextInput(attrs={"class": "vTextField"}),
            "licence": forms.TextInput(attrs={"class": "vTextField"}),
        }

    def clean_language(self) -> str:
        try:
            return canonical_tag(self.cleaned_data["language"])
        except UnknownLanguage as error:
            raise ValidationError(as_sentence(error), code="unknown_language") from error


class FileForm(forms.Form):
    """A file that parses. If it is valid, `content` has its bytes and `parsed` its entries."""

    content: bytes
    parsed: ParsedWordlist

    file = forms.FileField(
        max_length=255,
        help_text=(
            "A UTF-8 text file with one word on each line, the most important first. Lines that"
            " begin with # are comments. You see a report before anything is saved."
        ),
        widget=forms.FileInput(attrs={"accept": ".txt,text/plain"}),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        # DATA_UPLOAD_MAX_MEMORY_SIZE does not apply to files, so check the size before reading.
        size = file.size or 0
        if size > settings.WORDLIST_MAX_BYTES:
            raise ValidationError(
                f"The file has {filesizeformat(size)}; at most"
                f" {filesizeformat(settings.WORDLIST_MAX_BYTES)} are accepted.",
                code="too_large",
            )
        self.content = file.read()
        try:
            self.parsed = parse(self.content, limits())
        except WordlistError as error:
            raise ValidationError(as_sentence(error), code="unreadable") from error
        return file


class NewWordlistForm(DetailsForm, FileForm):
    """A new list: its details and its first file."""

    field_order = [*DETAILS, "file"]


class NewRevisionForm(FileForm):
    """Another file for a list that exists."""

    note = forms.CharField(
        max_length=500,
        required=False,
        help_text="What is different in this revision. The list of revisions shows it.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


def as_sentence(error: ValueError) -> str:
    text = str(error)
    text = f"{text[:1].upper()}{text[1:]}"
    return text if text.endswith(("?", ".")) else f"{text}."
