"""Files of prompts as people have them."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest

from batches.prompt_files.items import Choices, empty_rows, items_of
from batches.prompt_files.prompt_file import PromptFile, PromptFileError
from batches.prompt_files.read import read_prompt_file


def read(text: str | bytes, name: str = "prompts.txt") -> PromptFile:
    data = text.encode() if isinstance(text, str) else text
    return read_prompt_file(data, name, max_rows=5, max_bytes=100_000)


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def prompts(file: PromptFile, choices: Choices) -> list[str]:
    return [item["messages"][-1]["content"] for item in items_of(file, choices)]


def test_a_text_has_a_prompt_in_each_line_with_commas_and_in_any_encoding() -> None:
    file = read(
        "Write about a dog, a cat and a cow.\r\n\r\n  Escribe sobre el mar.  \n".encode("utf-16")
    )
    assert file.rows == (("Write about a dog, a cat and a cow.",), ("Escribe sobre el mar.",))
    assert not file.first_row_seems_a_heading


def test_cells_copied_from_a_spreadsheet_are_a_table() -> None:
    file = read("id\tprompt\n7\tA dog\n8\tA cat\n", "pasted prompts.txt")
    assert file.first_row_seems_a_heading
    assert file.names(header=True) == ("id", "prompt")
    assert file.suggested_prompt_column(header=True) == 1
    assert file.suggested_id_column(header=True) == 0
    choices = Choices(header=True, prompt_column=1, id_column=0, system="Be kind.")
    assert list(items_of(file, choices)) == [
        {
            "messages": [
                {"role": "system", "content": "Be kind."},
                {"role": "user", "content": prompt},
            ],
            "custom_id": custom_id,
        }
        for custom_id, prompt in (("7", "A dog"), ("8", "A cat"))
    ]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_csv_file_has_quoted_cells_of_several_lines(mark: str) -> None:
    file = read(f'A1{mark}"One{mark}\ntwo"\nB2{mark}Three\n', "x.csv")
    assert file.rows == (("A1", f"One{mark}\ntwo"), ("B2", "Three"))
    assert file.suggested_prompt_column(header=False) == 1


def test_a_csv_file_may_have_one_column() -> None:
    file = read('prompt\n"Hello, you"\nBye\n', "x.csv")
    assert prompts(file, Choices(header=True)) == ["Hello, you", "Bye"]


def test_a_workbook_and_rows_without_a_prompt() -> None:
    file = read(workbook(("nr", "prompt"), (1, "A dog"), (2, None), (3, "A cat")), "x.xlsx")
    choices = Choices(header=True, prompt_column=1, id_column=0)
    assert prompts(file, choices) == ["A dog", "A cat"]
    assert [item["custom_id"] for item in items_of(file, choices)] == ["1", "3"]
    assert empty_rows(file, choices) == 1


def test_json_has_texts_or_rows() -> None:
    assert read('["A dog", "A cat"]').rows == (("A dog",), ("A cat",))
    file = read('{"id": 1, "prompt": "A dog"}\n{"prompt": "A cat", "level": ["A1"]}\n')
    assert file.headings == ("id", "prompt", "level")
    assert file.rows == (("1", "A dog", ""), ("", "A cat", '["A1"]'))
    assert file.suggested_prompt_column(header=False) == 1


def test_requests_stay_whole_and_get_the_system_message_only_without_their_own() -> None:
    own = [{"role": "system", "content": "Mine."}, {"role": "user", "content": "A cow"}]
    lines = [
        {
            "custom_id": "a",
            "body": {"messages": [{"role": "user", "content": "A dog"}], "top_p": 1},
        },
        {"messages": own},
    ]
    file = read("\n".join(map(json.dumps, lines)), "x.jsonl")
    assert list(items_of(file, Choices(system="Be kind."))) == [
        {
            "messages": [
                {"role": "system", "content": "Be kind."},
                {"role": "user", "content": "A dog"},
            ],
            "top_p": 1,
            "custom_id": "a",
        },
        {"messages": own},
    ]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "a.txt", "There is no prompt in the file."),
        (b"\n \n", "a.txt", "There is no prompt in the file."),
        (b"[]", "a.json", "There is no prompt in the file."),
        (b"\x00\x01\x02\x03" * 9, "a.txt", "This is not a text file"),
        (b"PK\x03\x04broken", "a.xlsx", "The file is a damaged archive"),
        (b"a\nb\nc\nd\ne\nf\ng", "a.txt", "The file has more than 5 prompts, the maximum."),
        (b"x" * 100_001, "a.txt", "The file has 100,001 bytes; at most 100,000 are accepted."),
        (b'["a", 5]', "a.json", "Item 2 is neither a text nor an object."),
        (b'["a", {}]', "a.json", "Item 2 is not like those before"),
        (b'["a", ', "a.json", "The file is not valid JSON: "),
        (b'{"a": 1}\n{"a"\n', "a.jsonl", "Line 2 is not valid JSON."),
        (b'{"messages": []}\n{"a": 1}\n', "a.jsonl", "Line 1 has messages, and others have none."),
        (b'a,"b\n' + b"c" * 140_00 * 10, "a.csv", "The file has 140,005 bytes"),
    ],
)
def test_what_cannot_be_read_is_said(content: bytes, name: str, message: str) -> None:
    with pytest.raises(PromptFileError) as raised:
        read(content, name)
    assert str(raised.value).startswith(message)
