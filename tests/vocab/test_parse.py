from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu_seconds import at_most
from vocab.words.parse import Limits, ParsedWordlist, WordlistError, digest, parse


def parse_text(text: str, limits: Limits | None = None) -> ParsedWordlist:
    return parse(text.encode(), limits)


def reasons(parsed: ParsedWordlist) -> list[tuple[int, str, str]]:
    return [(issue.line, issue.text, issue.reason) for issue in parsed.rejected]


def test_entries_keep_their_order_and_the_digest_names_them() -> None:
    parsed = parse_text("la\nel\nde\n")
    assert parsed.words == ["la", "el", "de"]
    assert parsed.digest == digest(["la", "el", "de"])
    assert parsed.digest == hashlib.sha256(b"la\nel\nde").hexdigest()
    assert (parsed.rejected, parsed.duplicates, parsed.changed) == ([], [], [])
    assert (parsed.comments, parsed.blanks) == (0, 0)


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_newline_at_the_end_is_not_a_blank_line(end: str) -> None:
    assert parse_text("uno\ndos" + end).blanks == 0


def test_comments_and_blank_lines_are_counted_and_hold_their_line_numbers() -> None:
    parsed = parse_text("# title: x\n\nuno\n   \n  # indented\nuno\n\n")
    assert parsed.words == ["uno"]
    assert (parsed.comments, parsed.blanks) == (2, 3)
    assert [(issue.line, issue.text) for issue in parsed.duplicates] == [(6, "uno")]


def test_windows_line_ends_are_line_ends() -> None:
    parsed = parse(b"uno\r\ndos\r\n\r\n")
    assert parsed.words == ["uno", "dos"]
    assert parsed.blanks == 1
    assert parsed.changed == []


def test_a_byte_order_mark_is_no_part_of_the_first_entry() -> None:
    assert parse(b"\xef\xbb\xbfhola\n").words == ["hola"]


def test_a_bad_byte_is_named_with_its_position() -> None:
    with pytest.raises(WordlistError) as caught:
        parse(b"uno\ndos\nni\xf1o\n")
    assert str(caught.value) == (
        "the file is not UTF-8: byte 10 (line 3) is 0xf1; save it as UTF-8 and try again"
    )


def test_the_position_of_a_bad_byte_counts_the_byte_order_mark() -> None:
    with pytest.raises(WordlistError, match=r"byte 3 \(line 1\) is 0xff"):
        parse(b"\xef\xbb\xbf\xff")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_recognised(encoding: str) -> None:
    mark = {"utf-16": "", "utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}[encoding]
    with pytest.raises(WordlistError, match=r"it looks like UTF-16.*byte 0 \(line 1\)"):
        parse((mark + "hola\nadiós\n").encode(encoding))


def test_entries_become_nfc_and_the_change_is_reported() -> None:
    decomposed = unicodedata.normalize("NFD", "café")
    parsed = parse_text(f"{decomposed}\n")
    assert parsed.words == ["café"]
    [change] = parsed.changed
    assert (change.line, change.text) == (1, decomposed)
    assert change.reason == "kept as 'café' (Unicode NFC, one space, no tatweel)"


def test_a_decomposed_duplicate_is_a_duplicate() -> None:
    parsed = parse_text("café\n" + unicodedata.normalize("NFD", "café"))
    assert parsed.words == ["café"]
    assert len(parsed.duplicates) == 1
    assert parsed.changed == []


def test_trimming_an_entry_is_not_reported() -> None:
    parsed = parse_text("  uno \n\tdos\t\n\u00a0tres\u00a0\n")
    assert parsed.words == ["uno", "dos", "tres"]
    assert parsed.changed == []


def test_inner_spaces_become_one() -> None:
    parsed = parse_text("buenos    días\nNew York\n")
    assert parsed.words == ["buenos días", "New York"]
    assert [issue.line for issue in parsed.changed] == [1]


def test_a_duplicate_keeps_its_best_rank() -> None:
    parsed = parse_text("uno\ndos\nuno\ntres\ndos\n")
    assert parsed.words == ["uno", "dos", "tres"]
    assert [str(issue) for issue in parsed.duplicates] == [
        "line 3: 'uno': already on line 1, which keeps the better rank",
        "line 5: 'dos': already on line 2, which keeps the better rank",
    ]


def test_case_tells_entries_apart() -> None:
    assert parse_text("may\nMay\nMAY\n").words == ["may", "May", "MAY"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("uno\tdos", "it has a tab; put one entry on a line and nothing else"),
        ("uno\rdos", "it has a control character, which nobody sees (U+000D)"),
        ("ho\x00la", "it has a control character, which nobody sees (U+0000)"),
        ("ho\x07la", "it has a control character, which nobody sees (U+0007)"),
        ("ho\ue000la", "it has a control character, which nobody sees (U+E000)"),
        ("x" * 65, "it has 65 characters; at most 64 are accepted"),
        ("...", "it can never be written: it has no letter and no digit"),
        ("🙂", "it can never be written: it has no letter and no digit"),
        ("50%", "a word cannot end with “%” (percent sign, U+0025)"),
        ("(nota)", "a word cannot begin with “(” (left parenthesis, U+0028)"),
        ("uno, dos", "a word cannot contain “,” (comma, U+002C)"),
        ("uno\u00a0dos", "a word cannot contain the character no-break space (U+00A0)"),
        ("ho\u00adla", "a word cannot contain the character soft hyphen (U+00AD)"),
        ("ho\u200bla", "a word cannot contain the character zero width space (U+200B)"),
        ("-mente", "a word cannot begin with “-” (hyphen-minus, U+002D)"),
        ("\u0301a", "a word cannot begin with the character combining acute accent (U+0301)"),
    ],
)
def test_an_unusable_line_is_rejected_alone(line: str, reason: str) -> None:
    parsed = parse_text(f"antes\n{line}\ndespués\n")
    assert parsed.words == ["antes", "después"]
    [(number, text, said)] = reasons(parsed)
    assert number == 2
    assert text == line[:64]
    assert said.endswith(reason)


@pytest.mark.parametrize(
    "entry",
    [
        *("don't", "'tis", "l’eau", "Sr.", "C++", "C#", "AT&T", "and/or", "col·legi", "ice-cream"),
        *("2º", "3D", "می‌خواهم", "हिन्दी", "日本", "İstanbul", "buenos días"),
    ],
)
def test_a_writable_entry_is_kept_as_it_is(entry: str) -> None:
    parsed = parse_text(entry)
    assert parsed.words == [entry]
    assert parsed.changed == []


def test_a_file_at_its_limits_is_accepted_and_one_over_is_refused() -> None:
    data = b"uno\ndos\n"
    assert len(parse(data, Limits(max_bytes=8, max_entries=2, max_entry_chars=3)).words) == 2
    with pytest.raises(WordlistError, match="the file has 8 bytes; at most 7 are accepted"):
        parse(data, Limits(max_bytes=7))
    with pytest.raises(WordlistError, match="the file has 2 entries; at most 1 are accepted"):
        parse(data, Limits(max_entries=1))
    with pytest.raises(WordlistError, match=r"no usable entry.*line 1.*it has 3 characters"):
        parse(data, Limits(max_entry_chars=2))


def test_duplicates_do_not_count_towards_the_limit() -> None:
    assert parse_text("uno\nuno\n", Limits(max_entries=1)).words == ["uno"]


@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf", b"# only a comment\n\n  \n"])
def test_a_file_without_entries_is_refused(data: bytes) -> None:
    with pytest.raises(WordlistError, match=r"^the file has no entry$"):
        parse(data)


def test_a_file_of_rejected_lines_says_what_is_wrong_with_the_first() -> None:
    with pytest.raises(WordlistError) as caught:
        parse(b"%\n&\n")
    assert str(caught.value) == (
        "the file has no usable entry; the first problem is line 1: '%':"
        " it can never be written: it has no letter and no digit"
    )


@pytest.mark.parametrize(
    "line",
    ["a" + "\u0301\u0316" * 82_000, "a" + "\u0640" * 164_000 + "b", "a" + " " * 328_000 + "b"],
    ids=["marks", "tatweel", "spaces"],
)
def test_a_line_of_any_length_is_rejected_in_a_moment(line: str) -> None:
    with at_most():
        parsed = parse_text(f"uno\n{line}\ndos")
    assert parsed.words == ["uno", "dos"]
    reason = f"it has {len(line)} characters; at most 64 are accepted"
    assert reasons(parsed) == [(2, line[:64], reason)]


def test_a_long_entry_may_be_decomposed() -> None:
    entry = "\u1f87" * 64  # a letter with three marks
    assert parse_text(unicodedata.normalize("NFD", entry)).words == [entry]


@pytest.mark.parametrize("line", ["%", "", "a", "#"])
def test_a_file_of_millions_of_lines_is_refused_in_a_moment(line: str) -> None:
    data = f"{line}\n".encode() * (5 * 1024 * 1024 // (len(line) + 1))
    lines = data.count(b"\n") + 1
    with at_most(), pytest.raises(WordlistError) as caught:
        parse(data)
    assert str(caught.value) == f"the file has {lines:,} lines; at most 401,000 are accepted"


_PIECES = st.sampled_from(
    [
        *("a", "ñ", "n\u0303", "hola", " ", "  ", "\t", "#", "'", "-", "%", "\x00", "\u200c"),
        *(
            "\n",
            "\n",
            "\r\n",
            "\r",
            "\ufeff",
            "\u2028",
            "\u00a0",
            "İ",
            "\u1100",
            "\u1161",
            "x" * 40,
        ),
    ]
)
_FILES = (
    st.binary() | st.text().map(str.encode) | st.lists(_PIECES).map(lambda p: "".join(p).encode())
)


@given(data=_FILES)
def test_every_line_of_any_file_is_accounted_for(data: bytes) -> None:
    try:
        parsed = parse(data)
    except WordlistError:
        return
    lines = data.decode("utf-8-sig").removesuffix("\n").split("\n")
    issues = len(parsed.rejected) + len(parsed.duplicates)
    assert len(parsed.words) + issues + parsed.comments + parsed.blanks == len(lines)
    assert len(set(parsed.words)) == len(parsed.words)
    for issue in (*parsed.rejected, *parsed.duplicates, *parsed.changed):
        assert 1 <= issue.line <= len(lines)
        assert issue.reason


@given(data=_FILES)
def test_what_parse_keeps_it_keeps_again(data: bytes) -> None:
    try:
        words = parse(data).words
    except WordlistError:
        return
    again = parse("\n".join(words).encode())
    assert again.words == words
    assert (again.rejected, again.duplicates, again.changed) == ([], [], [])
    assert (again.comments, again.blanks) == (0, 0)
