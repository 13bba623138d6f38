"""Checks a list for all kinds, and fixes some."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from vocab.lint.finding import CannotCheck, Finding
from vocab.lint.kinds import (
    casing,
    contractions,
    inflections,
    letters,
    ligatures,
    misspellings,
    names,
    numbers,
    order,
    profanity,
    script,
    spelling,
)
from vocab.lint.subject import Subject

Check = Callable[[Subject], Finding | None]
# In the order of the fixes: the letters first, then the words, then what is added, then the order.
CHECKS: dict[str, Check] = {
    module.KIND: module.find
    for module in (
        ligatures,
        script,
        numbers,
        contractions,
        letters,
        casing,
        misspellings,
        spelling,
        profanity,
        names,
        inflections,
        order,
    )
}


class CannotFix(ValueError):
    """A fix has nothing to do, cannot be made, or would leave no entry. The message says which."""


@dataclass(frozen=True, slots=True)
class LintReport:
    """findings: In the order of `CHECKS`.
    unchecked: Kind -> why it was not checked.
    """

    entries: int
    findings: tuple[Finding, ...]
    unchecked: dict[str, str]


@dataclass(frozen=True, slots=True)
class Fixed:
    """words: The entries after the fixes.
    ranked: Whether their order is a rank.
    findings: What was fixed.
    """

    words: list[str]
    ranked: bool
    findings: tuple[Finding, ...]

    @property
    def note(self) -> str:
        """What was done, for the note of a revision."""
        done = [f"{finding.title.lower()} ({finding.count:,})" for finding in self.findings]
        return f"Fixed: {', '.join(done)}"


def lint(words: Sequence[str], language: str, *, ranked: bool = True) -> LintReport:
    """Check a list for all kinds.

    language: A BCP-47 tag.
    ranked: True if the list says that its order is the rank.
    """
    subject = Subject(words, language, ranked)
    findings = []
    unchecked = {}
    for kind, find in CHECKS.items():
        try:
            finding = find(subject)
        except CannotCheck as error:
            unchecked[kind] = str(error)
        else:
            if finding is not None:
                findings.append(finding)
    return LintReport(len(words), tuple(findings), unchecked)


def fix(words: Sequence[str], language: str, kinds: Iterable[str], *, ranked: bool = True) -> Fixed:
    """Fix the given kinds, one after the other in the order of `CHECKS`.

    Each kind is checked again after the fixes before it. Raises CannotFix.
    """
    wanted = set(kinds)
    unknown = sorted(wanted - CHECKS.keys())
    if unknown:
        raise CannotFix(f"there is no kind {unknown[0]!r}; the kinds are {', '.join(CHECKS)}")
    found = {finding.kind for finding in lint(words, language, ranked=ranked).findings}
    absent = sorted(wanted - found)
    if absent:
        raise CannotFix(f"the list has nothing to fix of the kind {absent[0]!r}")
    done = []
    fixed = list(words)
    for kind, find in CHECKS.items():
        if kind not in wanted:
            continue
        finding = find(Subject(fixed, language, ranked))
        if finding is None:
            continue  # an earlier fix was enough
        fixed = finding.fixed(fixed)
        ranked = ranked if finding.ranked is None else finding.ranked
        done.append(finding)
        if not fixed:
            raise CannotFix(f"nothing would be left of the list after the fix of {kind!r}")
    return Fixed(fixed, ranked, tuple(done))
