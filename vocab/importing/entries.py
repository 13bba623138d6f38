"""Turns one row into entries, by the columns and the cleaning of a proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from vocab.importing.cleaning.cells import Cell, clean_cell
from vocab.importing.cleaning.contractions import REASON_FOR_T, is_lone_t
from vocab.importing.cleaning.damage import MAX_WORDS, is_number, is_sentence, why_damaged
from vocab.importing.cleaning.splitting import comma_parts
from vocab.importing.proposal import Clean, Proposal, Role, Row, Take
from vocab.words.parse import Limits, normalized, why_rejected

# A cell over this is not cleaned.
MAX_CELL_CHARS = 20_000
SHOWN_CHARS = 80

# What a person typed instead of a cell: line -> cell, as reports show it -> text. Commas stand
# between entries. An empty text leaves the cell out.
Edits = Mapping[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Change:
    """A cell whose entries are not the cell itself."""

    line: int
    before: str
    after: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Entries:
    """The result for one row.

    headword: What the families are grouped by.
    refused: Pairs of a text and the reason in plain words.
    edited: Cells that a person replaced, with the entries that were typed.
    """

    headword: str = ""
    words: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    edited: list[Change] = field(default_factory=list)


def typed_entries(typed: str, limits: Limits, language: str | None) -> tuple[list[str], list[str]]:
    """Return the entries that a person typed, and why others of them are refused.

    language: The BCP-47 tag of the list; None if it is not known.
    """
    words, reasons = [], []
    for part in filter(None, comma_parts(" ".join(typed.split()))):
        if len(part) > limits.max_line_chars:
            reason: str | None = f"it has {len(part):,} characters; that is no word"
        else:
            part = normalized(part)
            reason = why_rejected(part, limits, language or "und")
        if reason is None:
            words.append(part)
        else:
            reasons.append(f"you typed “{part[:SHOWN_CHARS]}”: {reason}")
    return words, reasons


@dataclass(frozen=True)
class EntryReader:
    """Reads rows as the proposal says."""

    proposal: Proposal
    limits: Limits
    edits: Edits = field(default_factory=dict)

    @cached_property
    def _language(self) -> str:
        return (self.proposal.language or "").replace("_", "-").split("-")[0].lower()

    @cached_property
    def _columns(self) -> tuple[int, int | None, list[int]]:
        word = self.proposal.column_of(Role.WORD)
        return word or 0, self.proposal.column_of(Role.LEMMA), self.proposal.columns_of(Role.FORMS)

    def read(self, row: Row) -> Entries:
        found = Entries()
        word, lemma, form_columns = self._columns
        cells = row.cells
        if row.problem:
            shown = cells[word][:SHOWN_CHARS]
            edited = self._edited(row.line, shown, found)
            if edited is None:
                found.refused.append((shown, row.problem))
            found.headword, found.words = shown, edited or []
            return found
        if row.left_out:
            found.refused.append((cells[word][:SHOWN_CHARS], row.left_out))
        head = cells[word].strip() if word < len(cells) else ""
        forms = [cells[index].strip() for index in form_columns if index < len(cells)]
        if lemma is not None and lemma < len(cells) and (own := cells[lemma].strip()):
            head, forms = own, [head, *forms]
        take = self.proposal.take
        forms = [form for form in forms if form]
        headwords, after_commas = self._cell(
            row, head, found, report=take is not Take.FORMS or not forms
        )
        members = list(after_commas)
        if take is not Take.HEADWORDS:
            for form in forms:
                for part in self._cell(row, form, found, report=True):
                    members.extend(part)
        if take is Take.FORMS and members:
            found.words = members
        elif take is Take.ALL:
            found.words = headwords + members
        else:
            found.words = headwords
        found.headword = headwords[0] if headwords else head
        return found

    def _cell(
        self, row: Row, cell: str, found: Entries, *, report: bool
    ) -> tuple[list[str], list[str]]:
        """Return the entries of a cell, and those after commas. Report what was refused."""
        refused: list[tuple[str, str]] = []
        shown = cell if len(cell) <= SHOWN_CHARS else cell[:SHOWN_CHARS] + "…"
        if self.edits and (typed := self._edited(row.line, shown, found)) is not None:
            return typed, []
        if not cell:
            refused.append(("", "the cell with the word is empty"))
            cleaned = Cell()
        elif len(cell) > MAX_CELL_CHARS:
            lines = cell.count("\n") + 1
            reason = f"it has {len(cell):,} characters in {lines:,} lines"
            refused.append((shown, f"{reason}; is a quotation mark not closed?"))
            cleaned = Cell()
        elif reason_ := why_damaged(cell):
            refused.append((shown, reason_))
            cleaned = Cell()
        else:
            cleaned = clean_cell(cell, self.proposal.cleaning, self._language)
            if not cleaned.words:
                refused.append((shown, "no word is left in it"))
        words = self._accepted(cleaned.words, refused, shown)
        forms = self._accepted(cleaned.forms, refused, shown)
        if self.edits:
            words += self._mended_parts(row.line, refused, found)
        if self.proposal.take is Take.HEADWORDS and forms:
            cleaned.reasons.append(f"forms left out: {', '.join(forms)}")
            forms = []
        if report:
            found.refused.extend(refused)
            after = [*words, *forms]
            if after and after != [cell]:
                reasons = tuple(cleaned.reasons) or ("Unicode NFC, one space, no tatweel",)
                found.changes.append(Change(row.line, shown, tuple(after), reasons))
        return words, forms

    def _mended_parts(self, line: int, refused: list[tuple[str, str]], found: Entries) -> list[str]:
        """Return what was typed for parts of a cell, and take these parts from `refused`."""
        words: list[str] = []
        for pair in list(refused):
            typed = self._edited(line, pair[0], found)
            if typed is not None:
                refused.remove(pair)
                words += typed
        return words

    def _edited(self, line: int, shown: str, found: Entries) -> list[str] | None:
        """Return what a person typed instead of a text of this row; None if nothing was.

        The entries are taken as they are, without cleaning.
        """
        typed = self.edits.get(line, {}).get(shown)
        if typed is None:
            return None
        words, reasons = typed_entries(typed, self.limits, self.proposal.language)
        found.refused.extend((shown, reason) for reason in reasons)
        found.edited.append(Change(line, shown, tuple(words), ()))
        return words

    def _accepted(self, words: list[str], refused: list[tuple[str, str]], cell: str) -> list[str]:
        accepted = []
        for word in words:
            entry = word
            reason: str | None = None
            if len(word) > self.limits.max_line_chars:
                shown = word[:SHOWN_CHARS] + "…"
                refused.append((shown, f"it has {len(word):,} characters; that is no word"))
                continue
            if not word.isascii() or " " in word:
                entry = normalized(word)
            reason = self._why_not_a_word(entry) or why_rejected(
                entry, self.limits, self.proposal.language or "und"
            )
            if reason is None:
                accepted.append(entry)
            else:
                refused.append((cell if len(words) == 1 else word, reason))
        return accepted

    def _why_not_a_word(self, entry: str) -> str | None:
        steps = self.proposal.cleaning
        if entry.isalpha() and entry != "t":
            return None
        if Clean.CONTRACTIONS in steps and is_lone_t(entry):
            return REASON_FOR_T
        if Clean.NUMBERS in steps and is_number(entry):
            has_digit = any(map(str.isdigit, entry))
            return "it is a number, not a word" if has_digit else "it has no letter"
        if Clean.SENTENCES in steps and is_sentence(entry):
            count = entry.count(" ") + 1
            return f"it has {count} words, which looks like a sentence; at most {MAX_WORDS}"
        return None
