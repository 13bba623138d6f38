"""From the validated fields of a request to entries, with a report on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework.request import Request

from generation.openai.errors import ApiError
from generation.openai.fields.strict_serializer import NUMBERS_AS_TEXT, StrictSerializer
from generation.openai.parsing import single_values
from generation.wordlist_api.fields.content_fields import options_of
from generation.wordlist_api.report import report_body
from vocab.editing.apply import apply
from vocab.editing.operations import Add, EditError
from vocab.importing.convert import Conversion, convert
from vocab.importing.doubts import doubts_about
from vocab.importing.proposal import Options, Proposal
from vocab.importing.sniff import sniff
from vocab.models import WordlistRevision
from vocab.revisions import limits
from vocab.words.orthography import orthography_for
from vocab.words.parse import Issue, WordlistError

FILES = ("file", "affixes")
DICTIONARY = "hunspell"  # the format that has affixes
LISTS = ("filters", "keep")  # fields that a form may have several times
BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Content:
    """Entries that may become a revision.

    proposal: How a text or a file was read; None for a list of words.
    doubts: Why a person should look before these entries are saved.
    """

    conversion: Conversion
    proposal: Proposal | None
    doubts: list[str]

    @property
    def report(self) -> dict[str, Any]:
        return report_body(self.conversion, self.proposal, self.doubts)

    def check(self) -> None:
        """Raise ApiError (400), with the report, if there are doubts."""
        if self.doubts:
            raise ApiError(
                400,
                "Nothing was saved, because this may not be the list that you want:"
                f" {'; '.join(self.doubts)}. Look at the report. Choose how to read it, such as"
                " another column, or save it as it is with force.",
                code="import_doubtful",
                details={"report": self.report},
            )


def is_form(request: Request) -> bool:
    return isinstance(request.data, QueryDict)


def validated(
    request: Request, body: type[StrictSerializer], form: type[StrictSerializer]
) -> dict[str, Any]:
    """Return the validated fields of a JSON body or of a form, without the form's files."""
    if is_form(request):
        serializer = form(data=_form_fields(request), context=NUMBERS_AS_TEXT)
    else:
        serializer = body(data=request.data)
    serializer.is_valid(raise_exception=True)
    fields: dict[str, Any] = serializer.validated_data
    return fields


def _form_fields(request: Request) -> dict[str, Any]:
    data = cast(QueryDict, request.data)
    names = set(data) - {*FILES, *LISTS}
    fields: dict[str, Any] = {
        # A number or true in a form is a text.
        name: BOOLEANS.get(value, value) if isinstance(value, str) else value
        for name, value in single_values(data, names).items()
    }
    return fields | {name: data.getlist(name) for name in LISTS if name in data}


def read_content(
    request: Request, fields: dict[str, Any], *, language: str, current: WordlistRevision | None
) -> Content:
    """Read the words, the text or the file of a request.

    current: The revision that the new one will follow, if there is one.
    Raises ApiError: 413 for a text or a file that is too large, and 400.
    """
    if "words" in fields:
        proposal = None
        ranked = fields.get("ranked", current is None or current.ranked)
        conversion = _read_words(fields["words"], language, ranked=ranked)
    else:
        name, data, param = _file_of(request, fields)
        options = options_of(fields, language, _affixes(request))
        proposal, conversion = _read_file(name, data, options, param)
    doubts = conversion.doubts_against(None if current is None else current.words)
    return Content(conversion, proposal, doubts)


def _read_words(words: list[str], language: str, *, ranked: bool) -> Conversion:
    """Return the words as if they were the rows of a file."""
    try:
        edited = apply([], [Add(words)], limits(), language)
    except EditError as error:
        raise edit_error(error, "words") from error
    duplicates = [Issue((each.place or 0) + 1, each.word, each.reason) for each in edited.skipped]
    spaced = orthography_for(language).spaced
    return Conversion(
        edited.words,
        ranked=ranked,
        rows=len(words),
        duplicates=duplicates,
        doubts=doubts_about(edited.words, len(words), 0, language, spaced=spaced),
    )


def _read_file(name: str, data: bytes, options: Options, param: str) -> tuple[Proposal, Conversion]:
    try:
        proposal = sniff(data, name, options, limits())
        if options.affixes is not None and proposal.format != DICTIONARY:
            raise ApiError(
                400,
                f"affixes: It has no effect, because the file looks like {proposal.sentence}. Send"
                f" it only with a dictionary, or set format to {DICTIONARY}.",
                param="affixes",
                code="unsupported_parameter",
            )
        return proposal, convert(data, proposal, limits(), filename=name)
    except WordlistError as error:
        text = str(error).rstrip(".")
        message = f"{param}: {text[:1].upper()}{text[1:]}."
        raise ApiError(400, message, param=param, code="unusable_wordlist") from error


def _file_of(request: Request, fields: dict[str, Any]) -> tuple[str, bytes, str]:
    """Return the name and the bytes of what the request sends, and the field that has it."""
    if not is_form(request):
        data = fields["text"].encode()
        _check_size(len(data), "text")
        return "", data, "text"
    upload = _upload(request, "file")
    if upload is None:
        raise ApiError(
            400,
            "Send the file as a multipart field named 'file', with a file name.",
            param="file",
            code="missing_required_parameter",
        )
    return upload.name or "", upload.read(), "file"


def _affixes(request: Request) -> bytes | None:
    upload = _upload(request, "affixes") if is_form(request) else None
    return None if upload is None else upload.read()


def _upload(request: Request, name: str) -> UploadedFile[bytes] | None:
    uploads: list[UploadedFile[bytes]] = request.FILES.getlist(name)
    if len(uploads) > 1:
        message = f"{name}: It is given more than once."
        raise ApiError(400, message, param=name, code="invalid_value")
    if not uploads:
        return None
    _check_size(uploads[0].size or 0, name)
    return uploads[0]


def _check_size(size: int, param: str) -> None:
    if size > settings.WORDLIST_MAX_BYTES:
        raise ApiError(
            413,
            f"{param}: It has {size:,} bytes; at most {settings.WORDLIST_MAX_BYTES:,} are"
            " accepted.",
            param=param,
            code="request_too_large",
        )


def edit_error(error: EditError, param: str) -> ApiError:
    """Return the error of an operation. param: The field with the operation's words."""
    if error.place is not None:
        param = f"{param}[{error.place}]"
    return ApiError(400, f"{param}: {error}.", param=param, code="invalid_value")
