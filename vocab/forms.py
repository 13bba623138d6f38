"""The Django forms for uploading a wordlist."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.text import slugify

from vocab.exchange import read_header
from vocab.importing.proposal import Options
from vocab.importing.sniff import sniff
from vocab.models import Visibility, Wordlist
from vocab.revisions import NOTE_CHARS, limits
from vocab.words.language_tag import UnknownLanguage, canonical_tag, languages_with_rules
from vocab.words.parse import WordlistError
from vocab.words.segmenting.segmenters import default_units

if TYPE_CHECKING:
    WordlistModelForm = forms.ModelForm[Wordlist]
else:
    WordlistModelForm = forms.ModelForm

SLUG_TAKEN = "A wordlist with this slug already exists."
DETAILS = ("title", "slug", "language", "visibility", "source", "licence")
# A person makes a list for nobody or for all. Starter lists come with the server.
VISIBILITIES = (Visibility.PRIVATE, Visibility.SHARED)
SLUG_CHARS = 50
PASTED = "pasted words.txt"


LANGUAGE_HELP = (
    "A name such as Spanish, or a BCP-47 tag such as es or pt-BR. It decides how the words are read"
    f" and written. The field suggests the {len(languages_with_rules())} languages with rules of"
    " their own. Other languages get general rules."
)


class LanguageMixin(forms.BaseForm):
    """A form with the field `language`, which takes names and becomes a tag."""

    def clean_language(self) -> str:
        given = self.cleaned_data["language"]
        try:
            return canonical_tag(given)
        except UnknownLanguage as error:
            raise ValidationError(as_sentence(error)) from error


class DetailsForm(LanguageMixin, WordlistModelForm):
    """The name, language and origin of a list. The report page has it."""

    class Meta:
        model = Wordlist
        fields = DETAILS
        error_messages = {"slug": {"unique": SLUG_TAKEN}}
        labels = {"slug": "Short name"}
        help_texts = {"language": "Such as Spanish, es or pt-BR."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["visibility"] = forms.ChoiceField(
            label="Who may use it", choices=[(each.value, each.label) for each in VISIBILITIES]
        )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance._state.adding and "language" in self.cleaned_data:
            self.instance.units = default_units(self.cleaned_data["language"])
        return cleaned


class UploadForm(forms.Form):
    """A file or a pasted text that can be read. If it is valid, `content` has its bytes."""

    language_tag: str | None = None
    content: bytes = b""
    affixes_content: bytes | None = None
    filename = ""

    file = forms.FileField(
        max_length=255,
        required=False,
        help_text=(
            "A text file, a table (.csv, .tsv, .xlsx, .ods), an Anki deck (.apkg), a dictionary"
            " (.dic), JSON or YAML. You see what is in it before anything is saved."
        ),
        error_messages={"empty": "The file is empty."},
    )
    text = forms.CharField(
        label="Or paste words here",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )
    affixes = forms.FileField(
        label="Affix file of a dictionary",
        max_length=255,
        required=False,
        help_text="The .aff file that belongs to a .dic file: it makes the forms of the words.",
        widget=forms.FileInput(attrs={"accept": ".aff"}),
    )

    def clean_file(self) -> UploadedFile[bytes] | None:
        return self._of_allowed_size("file")

    def clean_affixes(self) -> UploadedFile[bytes] | None:
        return self._of_allowed_size("affixes")

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        file, text, affixes = cleaned.get("file"), cleaned.get("text") or "", cleaned.get("affixes")
        if "file" in self.errors:
            return cleaned
        if file and text.strip():
            self.add_error("text", "Choose a file or paste words, not both.")
        elif file:
            self.content, self.filename = file.read(), file.name or "file"
        elif text.strip():
            self.content, self.filename = text.encode(errors="replace"), PASTED
        else:
            self.add_error("file", "Choose a file, or paste words below.")
        if affixes:
            self.affixes_content = affixes.read()
        if not self.errors:
            self._check_readable("file" if file else "text")
        return cleaned

    def _of_allowed_size(self, name: str) -> UploadedFile[bytes] | None:
        file: UploadedFile[bytes] | None = self.cleaned_data[name]
        # DATA_UPLOAD_MAX_MEMORY_SIZE does not apply to files, so check the size before reading.
        size = (file.size or 0) if file else 0
        if size > settings.WORDLIST_MAX_BYTES:
            raise ValidationError(
                f"The file has {filesizeformat(size)}; at most"
                f" {filesizeformat(settings.WORDLIST_MAX_BYTES)} are accepted.",
                code="too_large",
            )
        return file

    def _check_readable(self, name: str) -> None:
        options = Options(language=self._language(), affixes=self.affixes_content)
        try:
            sniff(self.content, self.filename, options, limits())
        except WordlistError as error:
            self.add_error(name, as_sentence(error))

    def _language(self) -> str | None:
        return self.language_tag


class NewWordlistForm(LanguageMixin, UploadForm):
    """A new list: its language and its first file. The report page asks for its name."""

    language = forms.CharField(
        max_length=100,
        help_text=LANGUAGE_HELP,
        widget=forms.TextInput(attrs={"list": "languages", "autocomplete": "off"}),
    )
    title = forms.CharField(
        max_length=200, required=False, help_text="Empty: the name of the file."
    )
    field_order = ["language", "file", "text", "title", "affixes"]

    def _language(self) -> str | None:
        return str(self.cleaned_data["language"])

    def details(self, visibility: Visibility) -> dict[str, str]:
        """Return the details of the list, as far as they are known: values of DetailsForm."""
        header = read_header(self.content)
        title = self.cleaned_data["title"] or header.get("title") or PurePath(self.filename).stem
        language = self.cleaned_data["language"]
        return {
            "title": title[:200],
            "slug": _free_slug(title, language),
            "language": language,
            "visibility": visibility.value,
            "source": header.get("source", "")[:500],
            "licence": header.get("licence", "")[:200],
        }


class NewRevisionForm(UploadForm):
    """Another file for a list that exists."""

    note = forms.CharField(
        max_length=NOTE_CHARS,
        required=False,
        help_text="What is different in this revision. The list of revisions shows it.",
    )
    field_order = ["file", "text", "note", "affixes"]


def _free_slug(title: str, language: str) -> str:
    """Return a slug that no list has now."""
    base = slugify(title)[:SLUG_CHARS].strip("-_") or language
    taken = set(Wordlist.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    slug = base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def as_sentence(error: WordlistError | UnknownLanguage | str) -> str:
    text = str(error)
    end = "" if text.endswith((".", "?")) else "."
    return f"{text[:1].upper()}{text[1:]}{end}"
