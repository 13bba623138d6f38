"""The choices of a person about a draft: as a form sends them, as a draft stores them, and as
options of the importer.

A stored choice is text, or a list of texts. A choice that is missing is left to the importer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from vocab.importing.convert import FILTERED_BY
from vocab.importing.proposal import Clean, Filter, Options, Ranking, Role, Take
from vocab.importing.readers import NAMES

# Choices with one value. Those after `format` depend on it, and those after `sheet` on that.
SINGLE = ("format", "encoding", "delimiter", "header", "sheet", "column", "ranking", "take")
# A new choice of one of these makes the later ones meaningless.
_RESETS = {
    "format": ("delimiter", "header", "sheet", "column", "ranking", "take", "filters"),
    "delimiter": ("header", "column", "ranking", "take", "filters"),
    "header": ("column",),
    "sheet": ("header", "column", "ranking", "take", "filters"),
}
MAX_CHOICE_CHARS = 200
MAX_FILTER_VALUES = 100
INTERVAL = "interval"
_FIXED: Mapping[str, frozenset[str]] = {
    "format": frozenset(NAMES),
    "header": frozenset({"yes", "no"}),
    "ranking": frozenset(each.value for each in Ranking),
    "take": frozenset(each.value for each in Take),
}


def options_of(stored: Mapping[str, Any], language: str | None, affixes: bytes | None) -> Options:
    """Return the options of the importer for the stored choices of a draft."""
    ranking, take, header = (stored.get(name) for name in ("ranking", "take", "header"))
    return Options(
        format=stored.get("format"),
        encoding=stored.get("encoding"),
        delimiter=stored.get("delimiter"),
        header=None if header is None else header == "yes",
        column=stored.get("column"),
        sheet=stored.get("sheet"),
        language=language,
        ranking=None if ranking is None else Ranking(ranking),
        take=None if take is None else Take(take),
        filters=tuple(
            Filter(column, tuple(values)) for column, values in stored.get("filters", {}).items()
        ),
        skip=frozenset(map(Clean, stored.get("skip", ()))),
        affixes=affixes,
    )


def posted_choices(post: QueryDict, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the choices that a form sent, to be stored.

    A form that does not send a field leaves it as it was stored. A value that no form offers is
    ignored: the report shows what is in use.
    """
    choices = {**stored}
    changed = []
    for name in SINGLE:
        if name not in post:
            continue
        value = post[name][:MAX_CHOICE_CHARS]
        if name in _FIXED and value not in _FIXED[name]:
            value = ""
        if value != stored.get(name, ""):
            changed.append(name)
        choices.pop(name, None)
        if value:
            choices[name] = value
    if "cleaning-shown" in post:
        done = set(post.getlist("clean"))
        shown = {each.value for each in Clean} & set(post.getlist("cleaning-shown"))
        choices.pop("skip", None)
        # A step that the importer turned off itself is not shown, and is no choice.
        if skip := sorted((shown - done) | (set(stored.get("skip", ())) - shown)):
            choices["skip"] = skip
    filters = _posted_filters(post, stored.get("filters", {}))
    choices.pop("filters", None)
    if filters:
        choices["filters"] = filters
    for name in changed:
        for other in _RESETS.get(name, ()):
            if other not in changed:
                choices.pop(other, None)
    return choices


def _posted_filters(post: QueryDict, stored: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    filters = {column: list(values) for column, values in stored.items()}
    for role in FILTERED_BY:
        shown = post.get(f"only-{role.value}-shown")
        if shown is None:
            continue
        ticked = [value[:MAX_CHOICE_CHARS] for value in post.getlist(f"only-{role.value}")]
        ticked = ticked[:MAX_FILTER_VALUES]
        # With nothing ticked, or with everything, all rows are taken. That is stored only if it
        # was not so before, because it also stops the importer from guessing a filter.
        if str(len(ticked)) == shown:
            ticked = []
        was = post.getlist(f"only-{role.value}-was")
        if ticked != was or role.value in filters:
            filters[role.value] = ticked
    if INTERVAL in post:
        days = post.get(INTERVAL, "").strip()
        filters.pop(INTERVAL, None)
        if days.isdecimal() and int(days[:6]) > 0:
            filters[Role.INTERVAL.value] = [f">={int(days[:6])}"]
    return filters
