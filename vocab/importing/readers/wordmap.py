"""JSON and YAML: lists of words or of records, and maps of words, families and levels."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from vocab.importing.columns.headings import role_of
from vocab.importing.columns.levels import position
from vocab.importing.proposal import Ranking, Role, Row, Table
from vocab.importing.source import MAX_COLUMNS, Source
from vocab.words.parse import WordlistError

# The reader is slow: this takes two seconds.
MAX_YAML_BYTES = 1024 * 1024
MAX_FIELDS = 60
MAX_DEPTH = 20


def matches_json(source: Source) -> bool:
    if not source.is_text:
        return False
    text = source.text.lstrip()
    if source.ends_with(".json"):
        return text.startswith(("{", "["))
    return (text.startswith(("{", '["', "[{", "[\n")) and text.rstrip().endswith(("}", "]"))) and (
        _loads_or_none(text) is not None
    )


def read_json(source: Source) -> Table:
    """Raises WordlistError for what is not JSON, or has no words in a form that is known."""
    try:
        # `parse_int` keeps long numbers from taking minutes.
        content = json.loads(source.text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise WordlistError(f"the file is not JSON: {error}") from error
    return _table(content, "JSON", source)


def _loads_or_none(text: str) -> Any:
    try:
        return json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None


def matches_yaml(source: Source) -> bool:
    return source.is_text and source.ends_with(".yml", ".yaml")


def read_yaml(source: Source) -> Table:
    """Raises WordlistError like `read_json`."""
    if len(source.data) > MAX_YAML_BYTES:
        raise WordlistError(
            f"a YAML file may have at most {MAX_YAML_BYTES:,} bytes; save it as JSON or CSV"
        )
    try:
        _check_events(source.text)
        # It reads each scalar as the text that it is: `no` is a word and no logical value.
        content = yaml.load(source.text, Loader=yaml.CBaseLoader)  # noqa: S506 only strings
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise WordlistError(f"the file is not YAML: {' '.join(str(error).split())}") from error
    return _table(content, "YAML", source)


def _check_events(text: str) -> None:
    """Refuse what makes a small file grow."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError("its lists and maps are nested too deeply")
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("it has aliases (*name), which no list of words needs")


def _table(content: Any, kind: str, source: Source) -> Table:
    while isinstance(content, dict) and len(content) == 1:
        ((key, only),) = content.items()
        if not isinstance(only, list | dict) or (_is_words(only) and not _is_title(key)):
            break
        content = only
    if isinstance(content, list | dict):
        source.check_rows(len(content))
    if isinstance(content, list) and content:
        if all(isinstance(item, dict) for item in content):
            return _records(content, kind)
        return _lists(content, kind)
    if isinstance(content, dict) and content:
        values = list(content.values())
        if all(isinstance(value, dict) for value in values):
            if all(_is_families(value) for value in values):
                return _bands(content, kind)
            return _records([{"word": word, **value} for word, value in content.items()], kind)
        return _map(content, kind)
    raise WordlistError(f"this {kind} file has no list and no map of words")


def _is_title(key: str) -> bool:
    return role_of(key) is Role.WORD or key.lower() in ("data", "items", "list")


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_families(value: Mapping[str, Any]) -> bool:
    """Return True for headword -> forms. A record has values of several kinds."""
    return bool(value) and all(isinstance(each, list) or each is None for each in value.values())


def _lists(content: list[Any], kind: str) -> Table:
    rows = (
        Row(number, tuple(_text(cell) for cell in item[:MAX_COLUMNS]))
        if isinstance(item, list)
        else Row(number, (_text(item),))
        for number, item in enumerate(content, start=1)
    )
    return Table(rows, f"a {kind} list")


def _bands(content: Mapping[str, Any], kind: str) -> Table:
    """band -> headword -> forms."""

    def rows() -> Iterator[Row]:
        number = 0
        for band, families in content.items():
            for head, forms in families.items():
                number += 1
                yield Row(number, (band, head, *map(_text, forms or ())))

    longest = max(len(forms or ()) for value in content.values() for forms in value.values())
    return Table(
        rows(),
        f"a {kind} map: band, headword, forms",
        names=("band", "headword", *(f"form {number}" for number in range(1, longest + 1))),
        roles={0: Role.LEVEL, 1: Role.WORD} | dict.fromkeys(range(2, longest + 2), Role.FORMS),
        ranking=Ranking.ORDER,
    )


def _map(content: Mapping[str, Any], kind: str) -> Table:
    """word -> forms, number or explanation; or level -> words."""
    values = list(content.values())
    if all(isinstance(value, list) for value in values):
        if sum(map(len, values)) >= 20 * len(values) or _are_levels(content):
            pairs = ((key, word) for key, words in content.items() for word in words)
            rows = (Row(n, (key, _text(word))) for n, (key, word) in enumerate(pairs, start=1))
            return Table(
                rows,
                f"a {kind} map: level, words",
                names=("level", "word"),
                roles={0: Role.LEVEL, 1: Role.WORD},
            )
        longest = max(map(len, values))
        return Table(
            (
                Row(number, (key, *map(_text, forms)))
                for number, (key, forms) in enumerate(content.items(), start=1)
            ),
            f"a {kind} map: headword, forms",
            names=("headword", *(f"form {number}" for number in range(1, longest + 1))),
            roles={0: Role.WORD} | dict.fromkeys(range(1, longest + 1), Role.FORMS),
        )
    rows = (Row(n, (key, _text(value))) for n, (key, value) in enumerate(content.items(), start=1))
    return Table(rows, f"a {kind} map", names=None, roles={0: Role.WORD})


def _are_levels(content: Mapping[str, Any]) -> bool:
    return all(position(key) is not None for key in content)


def _records(content: list[dict[str, Any]], kind: str) -> Table:
    names: dict[str, None] = {}
    for record in content[:2000]:
        names.update(dict.fromkeys(_flat(record)))
    columns = list(names)[:MAX_FIELDS]

    def rows() -> Iterator[Row]:
        for number, record in enumerate(content, start=1):
            cells = _flat(record)
            yield Row(number, tuple(cells.get(name, "") for name in columns))

    return Table(rows(), f"{kind} records", names=tuple(columns))


def _flat(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the scalars of a record: {"s": "爱", "f": [{"t": "愛"}]} has s and f.t."""
    cells: dict[str, list[str]] = {}
    for key, value in record.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                for inner, scalar in item.items():
                    if not isinstance(scalar, list | dict):
                        cells.setdefault(f"{key}.{inner}", []).append(_text(scalar))
            elif not isinstance(item, list):
                cells.setdefault(str(key), []).append(_text(item))
    return {key: "|".join(dict.fromkeys(values)) for key, values in cells.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()  # as in a spreadsheet, and refused like there
    return "" if value is None or isinstance(value, list | dict) else str(value)
