"""What needs a wordlist, so that it cannot be deleted."""

from __future__ import annotations

from django.db.models import PROTECT, Model, QuerySet

from vocab.models import Wordlist, WordlistRevision


def uses_of(wordlist: Wordlist) -> dict[str, int]:
    """Return how many rows of other tables need the list, by what they are: {"batch jobs": 2}.

    The database's own relations decide, so this package need not know the others.
    """
    lists: QuerySet[Wordlist] = Wordlist.objects.filter(pk=wordlist.pk)
    found: dict[str, int] = {}
    for rows in (lists, WordlistRevision.objects.filter(wordlist=wordlist)):
        for relation in rows.model._meta.related_objects:
            if relation.on_delete is not PROTECT:
                continue
            model: type[Model] = relation.related_model
            count = model._default_manager.filter(**{f"{relation.field.name}__in": rows}).count()
            if count:
                name = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
                found[str(name)] = found.get(str(name), 0) + count
    return found
