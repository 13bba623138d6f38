"""The orthography pack of Hausa: ɓ ɗ ƙ, and words such as 'yan that begin with an apostrophe."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

HAUSA = replace(
    DEFAULT,
    language="ha",
    # Not the mark ', with which words begin.
    pairs=CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    capitals=words(
        "Litinin Talata Laraba Alhamis Jumma'a Juma'a Asabar Lahadi"
        " Janairu Fabrairu Maris Afrilu Mayu Yuni Yuli Agusta Satumba Oktoba Nuwamba Disamba"
        " Hausa Turanci Larabci Allah"
    ),
    signs=DEFAULT.signs | {"₦"},
    abbreviations=words(
        "alh mal haj hj dr farf prof inj hon sen barr rev st d.s d.s.s no kyaft jan"
    ),
)
