"""The purposes of an instruction."""

from __future__ import annotations

from django.db import models


class Purpose(models.TextChoices):
    RANKED = "ranked", "the rule for the first words of a list in order of rank"
    UNRANKED = "unranked", "the rule for a list that is in no order"
    REWRITE = "rewrite", "the request to say a draft again with the words of the list"
