"""Finds the encoding of a text file and decodes it."""

from __future__ import annotations

import codecs
import re
import unicodedata

import charset_normalizer

from vocab.words.parse import WordlistError

# The first of these that fits is proposed, so the likelier encodings come first. gb18030 and big5
# decode nearly anything, so they come late unless the language asks for them.
ENCODINGS = (
    ("cp1252", ()),
    ("cp1250", ("cs", "hr", "hu", "pl", "ro", "sk", "sl")),
    ("cp1251", ("be", "bg", "mk", "ru", "sr", "uk")),
    ("koi8_r", ("ru",)),
    ("koi8_u", ("uk",)),
    ("cp1253", ("el",)),
    ("cp1254", ("tr",)),
    ("cp1255", ("he",)),
    ("cp1256", ("ar", "fa", "ur")),
    ("cp1257", ("et", "lt", "lv")),
    ("cp874", ("th",)),
    ("cp932", ("ja",)),
    ("euc_jp", ("ja",)),
    ("cp949", ("ko",)),
    ("gb18030", ("zh",)),
    ("big5", ("zh",)),
)
_CYRILLIC = frozenset({"cp1251", "koi8_r", "koi8_u"})
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE_BYTES = 16 * 1024
# UTF-8 with a few broken bytes is read as UTF-8: the broken rows are refused one by one.
VALID_PER_BROKEN = 10
MAX_SHARE_OF_CONTROLS = 0.01
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)


def find_encoding(data: bytes, language: str | None = None) -> str | None:
    """Return the name of the encoding, or None for a file that is not text."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return name
    sample = _sample(data)
    if b"\0" in sample:
        return _utf_16(sample)
    if len(_CONTROLS.findall(sample)) > MAX_SHARE_OF_CONTROLS * len(sample):
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "utf-8" if _nearly_utf_8(data) else _legacy(sample, language)
    return "utf-8"


def decode(data: bytes, encoding: str) -> str:
    """Decode the file. Bytes that are not in the encoding become U+FFFD.

    Raises WordlistError for an unknown encoding and for a file that is in another one.
    """
    try:
        text = data.decode(encoding, errors="replace")
    except (LookupError, UnicodeError) as error:
        raise WordlistError(f"{encoding!r} is not the name of a text encoding") from error
    if not isinstance(text, str):
        raise WordlistError(f"{encoding!r} is not the name of a text encoding")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _sample(data: bytes) -> bytes:
    """Return the beginning and a part from the middle, cut at line ends where there are some."""
    if len(data) <= 2 * SAMPLE_BYTES:
        return data
    middle = len(data) // 2 // 4 * 4
    head, tail = data[:SAMPLE_BYTES], data[middle : middle + SAMPLE_BYTES]
    if b"\0" in head:
        return head
    first, last = tail.find(b"\n"), tail.rfind(b"\n")
    return head[: head.rfind(b"\n") + 1 or None] + (tail[first + 1 : last] if first < last else b"")


def _utf_16(sample: bytes) -> str | None:
    """Return the byte order in which the zero bytes of Latin letters and line ends fit."""
    name = "utf-16-be" if sample[0::2].count(0) > sample[1::2].count(0) else "utf-16-le"
    decoder = codecs.getincrementaldecoder(name)()
    try:
        text = decoder.decode(sample)  # a character that is cut at the end is no error
    except UnicodeError:
        return None
    strange = sum(
        unicodedata.category(character) in ("Cc", "Cn", "Co") and character not in "\t\n\r\f"
        for character in text
    )
    return name if strange <= MAX_SHARE_OF_CONTROLS * len(text) else None


def _nearly_utf_8(data: bytes) -> bool:
    valid = _MULTIBYTE.findall(data)
    high = len(data) - len(data.translate(None, bytes(range(128, 256))))
    broken = high - sum(map(len, valid))
    return len(valid) >= VALID_PER_BROKEN * broken


def _legacy(sample: bytes, language: str | None) -> str:
    base = (language or "").split("-")[0].lower()
    # Digits and commas say nothing about the encoding and hide what the letters say.
    letters = b"\n".join(
        line for line in re.split(rb"[\s0-9]+", sample) if line and not line.isascii()
    )
    own = [name for name, languages in ENCODINGS if base in languages]
    fitting = [name for name in own if _fits(letters, name)]
    if not own and _fits(letters, "cp1252") and base:
        return "cp1252"
    if len(fitting) == 1:
        return fitting[0]
    if fitting and _CYRILLIC.issuperset(fitting):
        # The small letters of one are the capitals of the other.
        return max(fitting, key=lambda name: sum(map(str.islower, letters.decode(name))))
    candidates = fitting or [name for name, _ in ENCODINGS if _fits(letters, name)]
    best = charset_normalizer.from_bytes(letters, cp_isolation=candidates or None).best()
    if best is not None and _fits(letters, best.encoding):
        return best.encoding
    return candidates[0] if candidates else "latin-1"


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
