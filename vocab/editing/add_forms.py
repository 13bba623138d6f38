"""Plans which inflected forms a list gets behind its headwords."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from vocab.editing.operations import AddAfter


@dataclass(slots=True)
class FormsPlan:
    """forms: Headword -> the forms that the list gets behind it, in the order of the list.
    listed: How many forms the list has already. They stay where they are.
    """

    forms: dict[str, list[str]] = field(default_factory=dict)
    listed: int = 0

    @property
    def count(self) -> int:
        return sum(map(len, self.forms.values()))

    def operation(self) -> AddAfter:
        return AddAfter(self.forms)


def plan_forms(
    words: Sequence[str],
    forms_of: Mapping[str, Sequence[str]],
    *,
    most: int | None = None,
    without: Collection[str] = (),
) -> FormsPlan:
    """Return the forms that the list lacks. A form of two headwords goes to the first.

    most: Maximum number of forms of one headword, the commonest ones; None for all.
    without: Forms that are not added.
    """
    plan = FormsPlan()
    known = set(words)
    without = set(without)
    planned: set[str] = set()
    for word in words:
        new = []
        for form in forms_of.get(word, ())[:most]:
            if form in known:
                plan.listed += 1
            elif form not in planned and form not in without:
                new.append(form)
        if new:
            planned.update(new)
            plan.forms[word] = new
    return plan
