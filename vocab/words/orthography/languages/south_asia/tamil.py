"""The orthography pack of Tamil: initials before names, and endings of numbers such as 5-ம்."""

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

# The names of Latin letters, and Tamil letters: எம். எஸ். சுப்புலட்சுமி, மு. கருணாநிதி.
_INITIALS = words(
    "ஏ பி சி டி இ எஃப் ஜி எச் ஐ ஜே கே எல் எம் என் ஓ ஆர் எஸ் யு வி ஒய்"
    " அ ஆ ஈ உ க கா கி கு கோ ச சி சு சே த தா தி து ந நா நெ ப பா பு பெ ம மா மு மே ர ரா ல லா வ வை"
)

TAMIL = replace(
    DEFAULT,
    language="ta",
    pairs=CURLY | SINGLE | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    particles=words("இல் ல் ஐ இன் ன் க்கு யில் யை யின் வில் வை வின் ஆக ஆல் உடன் இலிருந்து"),
    ordinals=words("-ஆம் -ம் -வது -ஆவது -ல் -இல் -ஐ -க்கு ஆம் ம் வது ஆவது /- +") | ORDINALS,
    signs=DEFAULT.signs | words("ரூ. ₹ Rs. $ US$ € £"),
    abbreviations=_INITIALS
    | words(
        "திரு திருமதி செல்வி டாக்டர் பேரா முனைவர் கி.மு கி.பி மு.ப பி.ப கி.மீ செ.மீ மி.மீ மீ கி.கி கி லி"
        " மி.லி ரூ எண் பக் எ.கா தி.மு.க அ.தி.மு.க பா.ஜ.க ம.தி.மு.க தே.மு.தி.க எம்.ஜி.ஆர் எம்.ஏ பி.ஏ"
        " பி.எச்.டி எம்.பி எம்.எல்.ஏ ஐ.ஏ.எஸ் ஐ.பி.எஸ் ஐ.நா உ.வே.சா"
    ),
)
