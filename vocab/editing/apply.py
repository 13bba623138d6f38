"""Applies operations to the entries of a list: all operations of a call in order, or none."""

from __future__ import annotations

from collections.abc import Sequence

from vocab.editing.operations import (
    Add,
    AddAfter,
    Edited,
    EditError,
    Move,
    Operation,
    Remove,
    Rename,
    Rerank,
    Skipped,
)
from vocab.words.parse import Limits, normalized, why_rejected


def apply(
    words: Sequence[str],
    operations: Sequence[Operation],
    limits: Limits | None = None,
    language: str = "und",
) -> Edited:
    """Return the entries after all operations. `words` is not changed.

    Adding a listed word and removing an unlisted one is reported as skipped, so that a call can be
    repeated. Raises EditError for a word that no list can have, a word to move or rename that is
    not listed, a new spelling that is listed already, a rank out of range, a list that would be
    empty, and a list over the limit.
    """
    limits = limits or Limits()
    edited = Edited(list(words))
    for index, operation in enumerate(operations):
        match operation:
            case Add():
                _add(edited, operation, index, limits, language)
            case AddAfter():
                _add_after(edited, operation, index, limits, language)
            case Remove():
                _remove(edited, operation, index, limits, language)
            case Move():
                _move(edited, operation, index, limits)
            case Rerank():
                _rerank(edited, operation, index, limits)
            case Rename():
                _rename(edited, operation, index, limits, language)
    last = len(operations) - 1
    if not edited.words:
        raise EditError(last, "a wordlist needs at least one word")
    if len(edited.words) > limits.max_entries:
        raise EditError(
            last,
            f"the list would have {len(edited.words):,} entries;"
            f" at most {limits.max_entries:,} are accepted",
        )
    return edited


def _entry(word: str, index: int, limits: Limits, language: str, place: int | None = None) -> str:
    """Return the word as a list has it. Raises EditError if no list can have it."""
    word = word.strip()
    if not word:
        raise EditError(index, "a word is empty", place)
    if len(word) > limits.max_line_chars:
        shown = word[: limits.max_entry_chars]
        message = f"{shown!r}…: it has {len(word):,} characters; that is no word"
        raise EditError(index, message, place)
    entry = normalized(word)
    if reason := why_rejected(entry, limits, language):
        raise EditError(index, f"{word!r}: {reason}", place)
    return entry


def _check_rank(rank: int, highest: int, index: int) -> None:
    if not 1 <= rank <= highest:
        raise EditError(index, _out_of_range(rank, highest))


def _out_of_range(rank: int, highest: int) -> str:
    return f"rank {rank:,} is not between 1 and {highest:,}"


def _add(edited: Edited, operation: Add, index: int, limits: Limits, language: str) -> None:
    known = set(edited.words)
    new: list[str] = []
    for place, word in enumerate(operation.words):
        entry = _entry(word, index, limits, language, place)
        if entry in known:
            edited.skipped.append(Skipped(entry, "it is listed already", place))
        else:
            known.add(entry)
            new.append(entry)
    at = len(edited.words) + 1 if operation.at is None else operation.at
    _check_rank(at, len(edited.words) + 1, index)
    edited.words[at - 1 : at - 1] = new
    edited.added.extend(new)


def _add_after(
    edited: Edited, operation: AddAfter, index: int, limits: Limits, language: str
) -> None:
    known = set(edited.words)
    for head in operation.followers:
        if head not in known:
            raise EditError(index, f"{head[: limits.max_entry_chars]!r} is not in the list")
    words: list[str] = []
    for word in edited.words:
        words.append(word)
        for follower in operation.followers.get(word, ()):
            entry = _entry(follower, index, limits, language)
            if entry in known:
                edited.skipped.append(Skipped(entry, "it is listed already"))
            else:
                known.add(entry)
                words.append(entry)
                edited.added.append(entry)
    edited.words = words


def _remove(edited: Edited, operation: Remove, index: int, limits: Limits, language: str) -> None:
    known = set(edited.words)
    gone: dict[str, None] = {}
    for place, word in enumerate(operation.words):
        # What a list cannot have is not in it either, so the word itself is looked up first.
        entry = word if word in known else _entry(word, index, limits, language, place)
        if entry in known:
            gone[entry] = None
        else:
            edited.skipped.append(Skipped(entry, "it is not listed", place))
    edited.words = [word for word in edited.words if word not in gone]
    edited.removed.extend(gone)


def _place(edited: Edited, word: str, index: int, limits: Limits) -> int:
    spellings = [word]
    if len(word) <= limits.max_line_chars:
        spellings.append(normalized(word.strip()))
    for spelling in spellings:
        if spelling in edited.words:
            return edited.words.index(spelling)
    raise EditError(index, f"{word[: limits.max_entry_chars]!r} is not in the list")


def _move(edited: Edited, operation: Move, index: int, limits: Limits) -> None:
    place = _place(edited, operation.word, index, limits)
    _check_rank(operation.to, len(edited.words), index)
    if operation.to == place + 1:
        edited.skipped.append(Skipped(edited.words[place], "it has this rank already"))
        return
    word = edited.words.pop(place)
    edited.words.insert(operation.to - 1, word)
    edited.moved.append(word)


def _rerank(edited: Edited, operation: Rerank, index: int, limits: Limits) -> None:
    by_rank: dict[int, str] = {}
    before = {word: rank for rank, word in enumerate(edited.words, 1)}
    for name, rank in operation.ranks.items():
        word = edited.words[_place(edited, name, index, limits)]
        if not 1 <= rank <= len(edited.words):
            raise EditError(index, f"{word!r}: {_out_of_range(rank, len(edited.words))}")
        if rank in by_rank:
            raise EditError(index, f"{by_rank[rank]!r} and {word!r} cannot both have rank {rank:,}")
        by_rank[rank] = word
    moving = set(by_rank.values())
    edited.words = [word for word in edited.words if word not in moving]
    for rank, word in sorted(by_rank.items()):
        edited.words.insert(rank - 1, word)
        if before[word] == rank:
            edited.skipped.append(Skipped(word, "it has this rank already"))
        else:
            edited.moved.append(word)


def _rename(edited: Edited, operation: Rename, index: int, limits: Limits, language: str) -> None:
    place = _place(edited, operation.word, index, limits)
    before = edited.words[place]
    after = _entry(operation.to, index, limits, language)
    if after == before:
        edited.skipped.append(Skipped(before, "it has this spelling already"))
        return
    if after in edited.words:
        raise EditError(
            index, f"{after!r} is listed already, at rank {edited.words.index(after) + 1:,}"
        )
    edited.words[place] = after
    edited.renamed.append((before, after))
