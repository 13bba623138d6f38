"""The inflected forms of headwords: go -> goes, went, gone.

simplemma knows the headword of a form, but not the forms of a headword. So every word of our own
list of common words is looked up, and the result is turned round. Forms that the list does not
have are too rare to be worth a place in a list. simplemma is imported on first use, because every
`manage.py` command imports the admin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from vocab.words.casing import primary_language
from vocab.words.orthography import Orthography, orthography_for
from vocab.words.starter_lists import languages, starter_list

# simplemma's headword of a verb is its stem; dictionaries for people have the infinitive.
_INFINITIVES = {"tr": ("mak", "mek")}
# Dutch writes the plural of many nouns with the ending that is a word of its own elsewhere: foto's.
_APOSTROPHE_IN_PLURALS = {"nl"}


class NoWordFamilies(ValueError):
    """No inflected forms are known for the language. The message says which languages have some."""


def languages_with_families() -> list[str]:
    """Return the codes of the languages that have a list of common words and a dictionary."""
    from simplemma.strategies.dictionaries.dictionary_factory import SUPPORTED_LANGUAGES

    return [code for code in languages() if code in SUPPORTED_LANGUAGES]


@lru_cache(maxsize=4)
def forms_of(language: str) -> Mapping[str, tuple[str, ...]]:
    """Return headword -> its inflected forms, the commonest first, without the headword.

    language: A BCP-47 tag.
    Raises NoWordFamilies.
    """
    primary = primary_language(language)
    known = languages_with_families()
    if primary not in known:
        raise NoWordFamilies(
            f"no inflected forms are known for the language {language!r};"
            f" there are some for {', '.join(known)}"
        )
    return families(starter_list(primary).entries, primary)


def families(words: Iterable[str], language: str) -> dict[str, tuple[str, ...]]:
    """Return headword -> those of `words` that are its inflected forms, in the order of `words`.

    language: The code of a language that simplemma has.
    """
    from simplemma.strategies import DictionaryLookupStrategy
    from simplemma.strategies.dictionaries import LOW_MEMORY_DICTIONARY_FACTORY

    dictionary = DictionaryLookupStrategy(LOW_MEMORY_DICTIONARY_FACTORY)
    orthography = orthography_for(language)
    infinitives = _INFINITIVES.get(language, ())
    forms: dict[str, list[str]] = {}
    verbs: dict[str, str] = {}
    for word in words:
        headword = dictionary.exact_lemma(word, language)
        if headword is None or headword.lower() == word.lower():
            continue
        if language in _APOSTROPHE_IN_PLURALS or not _is_contraction(word, orthography):
            forms.setdefault(headword, []).append(word)
        if infinitives and word.endswith(infinitives):
            verbs[word] = headword
    found = {headword: tuple(words) for headword, words in forms.items()}
    for infinitive, stem in verbs.items():
        # A few infinitives are also headwords of their own; then they keep their own forms.
        own = tuple(form for form in (stem, *found.get(stem, ())) if form != infinitive)
        found.setdefault(infinitive, own)
    return found


def _is_contraction(word: str, orthography: Orthography) -> bool:
    """Return True for two words in one, and for what attaches to others: don't, it's, 's. A list
    writes them from their parts.
    """
    if word in orthography.contractions:
        return True
    _, apostrophe, ending = word.rpartition("'")
    return bool(ending) and apostrophe + ending in orthography.suffixes
