"""Turn the fields of a request that name words (`vocab_allow` and so on) into `RequestWords`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.conf import settings

from generation.openai.errors import ApiError
from generation.openai.fields.vocab_fields import REQUEST_WORDS
from vocab.models import WordlistRevision
from vocab.pinned_wordlist import PinnedWordlist
from vocab.revisions import WordlistNotFound, limits, resolve
from vocab.words.casing import primary_language
from vocab.words.checker.word_checker import WordChecker
from vocab.words.orthography import orthography_for
from vocab.words.parse import normalized, why_rejected
from vocab.words.prompt_words import prompt_words
from vocab.words.request_words import FirstWords, RequestWords, without_banned
from vocab.words.word_filter import WordFilter

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PROMPT_FIELDS = ("vocab_allow_prompt_names", "vocab_allow_prompt_words")


def request_words(
    parameters: Mapping[str, Any], revision: WordlistRevision, user: User | None
) -> RequestWords | None:
    """Return what a request adds to its list and takes away; None if it does neither.

    parameters: Validated fields, or those that a job has stored.
    revision: Of the request's list. user: Who chose the lists, as for `pin_wordlist`.
    Raises ApiError: 404 for a list that is unknown or that the user may not use, 400 for a word
    that no list of the language can have, for lists of two languages, and for a word that is both
    added and banned.
    """
    if not any(parameters.get(name) for name in REQUEST_WORDS):
        return None
    language = revision.wordlist.language
    chosen = dict(parameters.get("vocab_filter") or {})
    word_filter = WordFilter(**{**chosen, "graphemes": tuple(chosen.get("graphemes", ()))})
    lists = tuple(
        _first_words(each, place, language, user, needs_ranks=word_filter.is_ranked)
        for place, each in enumerate(parameters.get("vocab_lists") or ())
    )
    words = RequestWords(
        lists=lists,
        words=_entries(parameters, "vocab_words", language),
        word_filter=word_filter,
        allowed=_entries(parameters, "vocab_allow", language),
        names=_entries(parameters, "vocab_names", language),
        prompt_names=bool(parameters.get("vocab_allow_prompt_names")),
        prompt_words=bool(parameters.get("vocab_allow_prompt_words")),
        banned=tuple(map(normalized, parameters.get("vocab_ban") or ())),
    )
    if word_filter.is_ranked and not words.words and not revision.ranked:
        raise _not_ranked("vocab_filter", revision)
    _check_banned(words, language)
    for name in ("vocab_ban", *PROMPT_FIELDS):
        if parameters.get(name) and not orthography_for(language).spaced:
            message = "It is not for a language that is written without spaces."
            raise _invalid(name, message, "unsupported_value")
    return words


def _entries(parameters: Mapping[str, Any], name: str, language: str) -> tuple[str, ...]:
    entries: dict[str, None] = {}
    for place, word in enumerate(parameters.get(name) or ()):
        entry = normalized(word)
        reason = why_rejected(entry, limits(), language)
        if reason:
            raise _invalid(f"{name}[{place}]", f"{word!r}: {reason}.")
        entries[entry] = None
    return tuple(entries)


def _first_words(
    chosen: Mapping[str, Any], place: int, language: str, user: User | None, *, needs_ranks: bool
) -> FirstWords:
    if "sha256" in chosen:  # of a stored job, which has found the revision already
        return FirstWords(
            reference=chosen["name"], digest=chosen["sha256"], n_words=chosen["n_words"]
        )
    param = f"vocab_lists[{place}]"
    try:
        revision = resolve(chosen["name"], user)
    except WordlistNotFound as error:
        raise ApiError(404, f"{param}: {error}", param=param, code="wordlist_not_found") from error
    own = revision.wordlist.language
    if primary_language(own) != primary_language(language):
        message = f"The wordlist {revision.reference} has the language {own}, and not {language}."
        raise _invalid(param, message)
    if not revision.ranked and (needs_ranks or "n_words" in chosen):
        raise _not_ranked("vocab_filter" if needs_ranks else f"{param}.n_words", revision)
    n_words = min(chosen.get("n_words", revision.word_count), revision.word_count)
    return FirstWords(reference=revision.reference, digest=revision.sha256, n_words=n_words)


def _check_banned(words: RequestWords, language: str) -> None:
    for name, entries in (("vocab_allow", words.allowed), ("vocab_names", words.names)):
        left = set(without_banned(entries, words.banned, language))
        for entry in entries:
            if entry not in left:
                raise _invalid(name, f"vocab_ban has {entry!r} too.")


def _not_ranked(param: str, revision: WordlistRevision) -> ApiError:
    message = f"The wordlist {revision.reference} is not in order of rank."
    return _invalid(param, message, "wordlist_not_ranked")


def _invalid(param: str, message: str, code: str = "invalid_value") -> ApiError:
    return ApiError(400, f"{param}: {message}", param=param, code=code)


def with_prompt_words(
    wordlist: PinnedWordlist, messages: Sequence[Mapping[str, Any]]
) -> PinnedWordlist:
    """Add the words of the user's messages, if the request asks for it.

    messages: Validated ones. Raises ApiError (400) for too many new words.
    """
    source = wordlist.source
    if source is None or not (source.words.prompt_names or source.words.prompt_words):
        return wordlist
    vocabulary = wordlist.vocabulary
    checker = vocabulary.checker
    assert isinstance(checker, WordChecker)  # noqa: S101 - `request_words` refuses other languages
    found = prompt_words(
        [each["content"] for each in messages if each["role"] == "user"],
        checker,
        set(vocabulary.words),
        orthography_for(wordlist.language),
        names=source.words.prompt_names,
        words=source.words.prompt_words,
    )
    entries: dict[str, None] = {}
    for word in found:
        entry = normalized(word)
        if why_rejected(entry, limits(), wordlist.language) is None:  # no list could have it
            entries[entry] = None
        if len(entries) > settings.MAX_ADDED_WORDS:
            name = PROMPT_FIELDS[source.words.prompt_words]
            limit = f"{settings.MAX_ADDED_WORDS:,}"
            raise _invalid(name, f"The messages have more than {limit} words to add.")
    return wordlist.with_words(replace(source.words, prompt=tuple(entries)))
