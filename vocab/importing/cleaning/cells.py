"""Turns one cell into entries: `der Hund, -e` -> Hund, and says what was removed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from vocab.importing.cleaning.articles import is_article, without_article
from vocab.importing.cleaning.contractions import joined
from vocab.importing.cleaning.splitting import comma_parts, variants
from vocab.importing.proposal import Clean

_BREAK = re.compile(r"<(?:br|/?div|/?p|/?li|/?tr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[/!]?[a-zA-Z][^<>]*>|<!--[^<>]*-->")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31}\d{0,2});")
_MEDIA = re.compile(r"\[(?:sound|anki:[a-z]+):[^\[\]]*\]")
_CLOZE = re.compile(r"\{\{c\d+::([^{}]*)\}\}")
_FURIGANA = re.compile(r" ?([\u3400-\u9fff\uf900-\ufaff々〆ヶ〇]{1,20}[^\[\]\s]{0,4})\[[^\[\]]*\]")
_NUMBERING = re.compile(r"(?:\(?\d{1,5}[.)]|[-*•–—])\s+|\d{1,5}[.)](?=[^\W\d_])")
# Also keeps the patterns below linear: they begin with any number of spaces.
_SPACES = re.compile(r"[^\S\n]+")
_ARROW = re.compile(r"\s*(?:→|=>|->).*", re.DOTALL)
_BRACKET = re.compile(r"\([^()]*\)|（[^（）]*）|【[^【】]*】|〔[^〔〕]*〕|\[[^\[\]]*\]|\{[^{}]*\}")
# Brackets that touch a letter can be part of a spelling: colo(u)r, amigo(s).
_OPTIONAL = re.compile(r"\([^\W\d_]{1,3}\)")
_IPA = re.compile(r"\s+/[^/]+/(?=\s|$)")
_POS_NAMES = (
    r"n|v|vb|vt|vi|adj|adv|prep|conj|pron|det|num|interj|int|exclam|aux|art|pl|sg|sing|abbr|phr|m|f"
    r"|nf|nm|mf|phr v|modal v|auxiliary v|n pl|indefinite article|Adj|Adv|Präp|Konj|Pron|Subst"
)
_POS = re.compile(rf"\s+(?:{_POS_NAMES})\.(?:\s*[,/&]\s*(?:{_POS_NAMES})\.)*(?:\s.*)?$", re.DOTALL)
_ENDING = re.compile(
    r"\s*[,;]?\s+[¨⸚\"]?\s*[-–~‐][\w¨()/]*(?:\s*[,(/].*)?$|\s*,\s*[¨⸚]\s*\w*(?:\s*,.*)?$", re.DOTALL
)
_READING = re.compile(r"^([\u3040-\u30ff\u3400-\u9fff々〇]+)[\s:：]+[A-Za-zÀ-ɏ'’0-9ǐǎǒǔǚ ·-]+$")
_OUTER_LEFT = ' \t"“”„«»‹›「」『』¿¡!?…,;:。，、！？*_=~–—'
_OUTER_RIGHT = _OUTER_LEFT + "¹²³⁴⁵⁶⁷⁸⁹⁰"
# 'Muy bien, gracias.', but not 'z. B.' and not 'Sr.'
_FULL_STOP = re.compile(r"^[^.]* [^.]*\w{4}\.$")
# A longer line is no word; it is refused as it is.
MAX_LINE_CHARS = 500
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


@dataclass(slots=True)
class Cell:
    """words: The first spelling first. forms: What followed it after commas."""

    words: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def clean_cell(cell: str, steps: frozenset[Clean], language: str) -> Cell:
    """Return the entries in a cell.

    language: The first part of a tag, such as 'de'; empty if it is not known.
    """
    result = Cell()
    text = cell if cell.isalpha() else _whole(cell, steps, result.reasons)
    for line in text.split("\n") if "\n" in text else (text,):
        _line(line.strip(), steps, language, result)
    if "\n" in text and len(result.words) > 1:
        result.reasons.append("one entry for each line")
    if len(result.reasons) > 1:
        result.reasons = list(dict.fromkeys(result.reasons))
    return result


def _whole(text: str, steps: frozenset[Clean], reasons: list[str]) -> str:
    """The steps that see the line breaks of a cell."""

    def step(kind: Clean, mark: str, reason: str, change: Callable[[str], str]) -> None:
        nonlocal text
        if kind in steps and mark in text:
            changed = change(text)
            if changed != text:
                reasons.append(reason)
                text = changed

    step(Clean.HTML, "<", "HTML removed", lambda t: _TAG.sub("", _BREAK.sub("\n", t)))
    step(Clean.HTML, "&", "HTML removed", lambda t: _ENTITY.sub(lambda m: html.unescape(m[0]), t))
    text = _SPACES.sub(" ", text.replace("\u200b", "").replace("\u00ad", ""))
    step(Clean.MEDIA, "[", "sound removed", lambda t: _MEDIA.sub("", t))
    step(Clean.CLOZE, "{{c", "only the gap of the cloze", _gaps)
    step(Clean.FURIGANA, "[", "furigana removed", _without_furigana)
    return text.strip()


def _gaps(text: str) -> str:
    return "\n".join(match[1].split("::")[0] for match in _CLOZE.finditer(text)) or text


def _without_furigana(text: str) -> str:
    return _FURIGANA.sub(r"\1", text)


def _line(text: str, steps: frozenset[Clean], language: str, result: Cell) -> None:
    if text.isalpha() or len(text) > MAX_LINE_CHARS:
        _add(text, steps, language, result, result.words)
        return
    reasons = result.reasons

    def step(
        kind: Clean,
        pattern: re.Pattern[str],
        reason: str,
        by: str | Callable[[re.Match[str]], str] = "",
    ) -> None:
        nonlocal text
        if kind in steps:
            changed = pattern.sub(by, text)
            if changed != text:
                reasons.append(reason)
                text = changed.strip()

    if Clean.NUMBERING in steps and (match := _NUMBERING.match(text)):
        reasons.append("numbering removed")
        text = text[match.end() :].strip()
    step(Clean.BRACKETS, _ARROW, "remark removed")
    if "/" in text:
        step(Clean.READINGS, _IPA, "pronunciation removed")
    if any(mark in text for mark in "([{（【〔"):
        step(Clean.BRACKETS, _BRACKET, "brackets removed", _bracket)
    if "." in text:
        step(Clean.PART_OF_SPEECH, _POS, "part of speech removed")
    step(Clean.ENDINGS, _ENDING, "ending removed")
    step(Clean.READINGS, _READING, "reading removed", r"\1")
    if Clean.MARKS in steps:
        text = _strip(text, reasons)
    if Clean.VARIANTS not in steps:
        _add(text, steps, language, result, result.words)
        return
    for index, part in enumerate(comma_parts(text)):
        if index and is_article(part, language):
            reasons.append("article removed")
            continue
        bare = _bare(part, steps, language, reasons)
        found = variants(bare, language)
        if len(found) > 1:
            reasons.append("one entry for each spelling")
        for word in found:
            _add(word, steps, language, result, result.forms if index else result.words)


def _bracket(match: re.Match[str]) -> str:
    """Return what replaces a bracket: itself if it may be part of a spelling."""
    text, start, end = match.string, match.start(), match.end()
    before, after = text[start - 1 : start], text[end : end + 1]
    if _OPTIONAL.fullmatch(match[0]) and (before.isalpha() or after.isalpha()):
        return "" if _CJK.match(before) else match[0]
    return " "


def _strip(text: str, reasons: list[str]) -> str:
    stripped = text.lstrip(_OUTER_LEFT).rstrip(_OUTER_RIGHT)
    if stripped.endswith("..."):
        stripped = stripped.rstrip(".")
    if stripped.startswith("..."):
        stripped = stripped.lstrip(".")
    if _FULL_STOP.search(stripped):
        stripped = stripped[:-1]
    if stripped != text.strip():
        reasons.append("punctuation removed")
    return stripped.strip()


def _bare(text: str, steps: frozenset[Clean], language: str, reasons: list[str]) -> str:
    if Clean.ARTICLES not in steps or text.isalpha():
        return text
    bare = without_article(text, language)
    if bare != text:
        reasons.append("article removed")
    return bare


def _add(word: str, steps: frozenset[Clean], language: str, result: Cell, into: list[str]) -> None:
    if not word:
        return
    word = _bare(word, steps, language, result.reasons)
    if Clean.MARKS in steps and not word.isalnum():
        word = _strip(word, result.reasons)
    if Clean.CAPITALS in steps and word.isupper():
        word = "I" if language == "en" and word == "I" else word.lower()
        result.reasons.append("capitals made small")
    if Clean.CONTRACTIONS in steps and (whole := joined(word)) != word:
        result.reasons.append("joined to its apostrophe")
        word = whole
    if word and word not in into:
        into.append(word)
