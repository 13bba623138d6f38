"""The orthography pack of Telugu: initials before names, and endings of numbers such as 5వ."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    SINGLE,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

# The names of Latin letters, which stand before family names: ఎన్. టి. రామారావు.
_INITIALS = words("ఎ బి సి డి ఇ ఎఫ్ జి హెచ్ ఐ జె కె ఎల్ ఎం ఎన్ ఒ పి క్యూ ఆర్ ఎస్ టి యు వి డబ్ల్యు వై")

TELUGU = replace(
    DEFAULT,
    language="te",
    pairs=CURLY | SINGLE | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    particles=words(
        "లో లోని లోనూ లోకి లోనే కి కు కీ కూ కే ను ని న తో తోనూ నుంచి నుండి వరకు గా పై కోసం లకు లను లు లలో ల"
    ),
    ordinals=words("వ వది వా న /- +") | ORDINALS,
    signs=DEFAULT.signs | words("రూ. ₹ Rs. $ US$ € £"),
    abbreviations=_INITIALS
    | words(
        "డా శ్రీ శ్రీమతి కు చి సౌ ప్రొ రూ కి.మీ సెం.మీ మి.మీ మీ కి.గ్రా గ్రా లీ మి.లీ గం ని సె క్రీ.శ క్రీ.పూ"
        " ఉదా పే నెం సం పి.హెచ్.డి ఎం.ఏ బి.ఏ ఎం.ఎల్.ఏ ఎం.పి ఐ.ఏ.ఎస్ ఐ.పి.ఎస్ ఎన్.టి.ఆర్ ఎ.పి"
    ),
)
