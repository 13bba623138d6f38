"""The rules of a hunspell .aff file: which prefixes and suffixes a flag adds to a word.

chunspell checks words and cannot list them, so the rules are applied here. Compound words and the
rare options (circumfixes, complex prefixes) are left out.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from vocab.importing.decode import decode
from vocab.words.parse import WordlistError

# Of one word. Agglutinative languages have thousands, which no list can hold.
MAX_FORMS = 500
MAX_RULES = 100_000
_SET = re.compile(rb"^\s*SET[ \t]+(\S+)", re.MULTILINE)
_CONDITION = re.compile(r"\[\^?[^\[\]]*\]|.")


@dataclass(frozen=True, slots=True)
class Rule:
    """strip: What is cut from the word. flags: Rules that go on from the form."""

    strip: str
    add: str
    condition: re.Pattern[str] | None
    flags: frozenset[str]

    def suffixed(self, word: str) -> str | None:
        if self.strip and not word.endswith(self.strip):
            return None
        if self.condition is not None and not self.condition.search(word):
            return None
        return word[: len(word) - len(self.strip)] + self.add

    def prefixed(self, word: str) -> str | None:
        if self.strip and not word.startswith(self.strip):
            return None
        if self.condition is not None and not self.condition.match(word):
            return None
        return self.add + word[len(self.strip) :]


@dataclass(slots=True)
class Affixes:
    """crossing: Flags whose prefixes and suffixes may be on one word.
    output: What is written otherwise in a word than in the dictionary (Dutch ĳ as ij).
    """

    encoding: str = "latin-1"
    kind: str = "char"
    suffixes: dict[str, list[Rule]] = field(default_factory=dict)
    prefixes: dict[str, list[Rule]] = field(default_factory=dict)
    crossing: set[str] = field(default_factory=set)
    aliases: list[str] = field(default_factory=list)
    needs_affix: str = ""
    output: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def flags_of(self, text: str) -> list[str]:
        if self.aliases and text.isdecimal():
            index = int(text) - 1
            text = self.aliases[index] if 0 <= index < len(self.aliases) else ""
        if self.kind == "long":
            return [text[at : at + 2] for at in range(0, len(text), 2)]
        return text.split(",") if self.kind == "num" else list(text)

    def hides(self, text: str) -> bool:
        """Return True for a word that is wrong or only a part of compounds."""
        return not self.hidden.isdisjoint(self.flags_of(text))

    def words_of(self, word: str, text: str) -> list[str]:
        """Return the word, unless it needs an affix, and its forms, as they are written; at most
        MAX_FORMS + 1.
        """
        flags = self.flags_of(text)
        found: dict[str, None] = (
            {} if self.needs_affix and self.needs_affix in flags else {word: None}
        )
        for form in self._forms(word, flags):
            found[form] = None
            if len(found) > MAX_FORMS:
                break
        return list(map(self.written, found))

    def written(self, word: str) -> str:
        """Return the word of the dictionary as people write it."""
        for inside, outside in self.output.items():
            word = word.replace(inside, outside)
        return word

    def _forms(self, word: str, flags: list[str]) -> Iterator[str]:
        prefixes = [(flag, rule) for flag in flags for rule in self.prefixes.get(flag, ())]
        for flag in flags:
            for form, rule in self._suffixed(word, flag):
                if not self.hidden.isdisjoint(rule.flags):
                    continue
                if self.needs_affix not in rule.flags:
                    yield form
                # A suffix may name a second one: singer -> singers.
                for following in rule.flags:
                    for longer, last in self._suffixed(form, following):
                        if self.hidden.isdisjoint(last.flags):
                            yield longer
                if flag in self.crossing:
                    for other, prefix in prefixes:
                        allowed = other in self.crossing and self.hidden.isdisjoint(prefix.flags)
                        if allowed and (crossed := prefix.prefixed(form)):
                            yield crossed
        for _, prefix in prefixes:
            if self.hidden.isdisjoint(prefix.flags) and (form_ := prefix.prefixed(word)):
                yield form_

    def _suffixed(self, word: str, flag: str) -> Iterator[tuple[str, Rule]]:
        for rule in self.suffixes.get(flag, ()):
            if form := rule.suffixed(word):
                yield form, rule


def read_affixes(data: bytes) -> Affixes:
    """Raises WordlistError for an unknown encoding and for far too many rules."""
    affixes = Affixes()
    data = data.removeprefix(codecs.BOM_UTF8)
    if match := _SET.search(data):
        affixes.encoding = match[1].decode("ascii", errors="replace").replace("microsoft-", "")
        if affixes.encoding.upper().startswith("ISO8859"):
            affixes.encoding = "iso8859" + affixes.encoding[7:]
    rules = 0
    for line in decode(data, affixes.encoding).split("\n"):
        parts = line.split()
        if len(parts) < 2 or parts[0].startswith("#"):
            continue
        name = parts[0]
        if name == "FLAG":
            affixes.kind = parts[1].lower()
        elif name == "AF" and not (
            parts[1].isdecimal() and not affixes.aliases and len(parts) == 2
        ):
            affixes.aliases.append(parts[1])
        elif name in ("NEEDAFFIX", "PSEUDOROOT"):
            affixes.needs_affix = parts[1]
        elif name in ("FORBIDDENWORD", "ONLYINCOMPOUND"):
            affixes.hidden.add(parts[1])
        elif name == "OCONV" and len(parts) > 2:
            affixes.output[parts[1]] = parts[2]
        elif name in ("SFX", "PFX"):
            rules += 1
            if rules > MAX_RULES:
                raise WordlistError(f"the .aff file has more than {MAX_RULES:,} rules")
            _add_rule(affixes, name, parts)
    return affixes


def _add_rule(affixes: Affixes, name: str, parts: list[str]) -> None:
    flag = parts[1]
    if len(parts) == 4 and parts[2] in ("Y", "N") and parts[3].isdecimal():
        if parts[2] == "Y":
            affixes.crossing.add(flag)
        return
    if len(parts) < 4:
        return
    add, _, following = parts[3].partition("/")
    condition = parts[4] if len(parts) > 4 else "."
    rule = Rule(
        strip="" if parts[2] == "0" else parts[2],
        add="" if add == "0" else add,
        condition=_condition(condition, suffix=name == "SFX"),
        flags=frozenset(affixes.flags_of(following)) if following else frozenset(),
    )
    (affixes.suffixes if name == "SFX" else affixes.prefixes).setdefault(flag, []).append(rule)


def _condition(text: str, *, suffix: bool) -> re.Pattern[str] | None:
    """Translate `[^ey]` and the like. Only sets and single characters can occur."""
    if text == ".":
        return None
    parts = []
    for part in _CONDITION.findall(text):
        if part == ".":
            parts.append(".")
        elif len(part) > 1 and part[0] == "[":
            inner = part[1:-1]
            sign = "^" if inner.startswith("^") else ""
            inner = inner.removeprefix("^")
            if inner:
                parts.append(f"[{sign}{re.escape(inner)}]")
        else:
            parts.append(re.escape(part))
    pattern = "".join(parts)
    return re.compile(f"(?:{pattern})$" if suffix else pattern)
