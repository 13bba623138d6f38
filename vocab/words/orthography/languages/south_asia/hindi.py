"""The orthography pack of Hindi: the danda, and the many abbreviations with a dot or with ॰."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DANDAS,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    RAYAS,
    SINGLE,
    STRAIGHT,
    in_brackets,
)
from vocab.words.orthography.pack import ASCII_DIGITS, words

# These introduce a list.
_COLON_DASHES = frozenset({":-", ":–", ":—"})
_CONSONANTS = "कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह"

HINDI = replace(
    DEFAULT,
    language="hi",
    label_letters="कखगघङचabcdABCD",
    sentence_ends=DEFAULT.sentence_ends | DANDAS,
    pauses=DEFAULT.pauses | _COLON_DASHES,
    pairs=CURLY | SINGLE | STRAIGHT | BRACKETS,
    # The space before a colon distinguishes it from a visarga: नाम : राम, नाम :- राम.
    spaced_dashes=DEFAULT.spaced_dashes | {":"} | _COLON_DASHES,
    # About half of the dashes touch the word before them: राम- मेरा दोस्त.
    raya=RAYAS | {"-"},
    dialogue_dashes=LINE_DASHES,
    respelt={"ः": ":"},
    # किताब(ें), करता(ती), and endings that repeat the last letter: उम्मीदवार(रों).
    endings=in_brackets("ओं ों यों ियों एँ एं ें याँ यां ियाँ ियां ये ए े ी ा ई यी")
    | in_brackets(" ".join(map("".join, product(_CONSONANTS, ("ों", "ें", "े", "ी", "ा"))))),
    digits=ASCII_DIGITS + "०१२३४५६७८९",
    ordinals=words("वाँ वां वा वीं वी वें वे ला ली ले रा री रे था थी थे ठा ठी ठे /- /– +") | ORDINALS,
    signs=DEFAULT.signs | words("₹ रु. रु॰ Rs. $ US$ € £"),
    abbreviations=words(
        "डॉ श्री श्रीमती सुश्री कु प्रो पं मो मु मि मे ले सं पृ क्र रु पै ई ई.पू ई॰पू वि.सं वि॰सं जि ता"
        " कि.मी कि॰मी से.मी से॰मी मि.मी मि॰मी मी कि.ग्रा कि॰ग्रा ग्रा ली मि.ली मि॰ली से"
        " बी.ए एम.ए बी॰ए एम॰ए बी.एड एम.एड बी.एससी एम.एससी बी.कॉम एम.कॉम पी.एच.डी पीएच.डी एल.एल.बी"
        " उ.प्र म.प्र उ॰प्र म॰प्र प्रा लि भा.प्र.से स.अ रा.प्र उदा अनु सम्पा संपा आई.ए.एस आई.पी.एस"
    ),
    abbreviation_signs=frozenset(".॰०"),  # डॉ. and डॉ॰; many people type a zero for ॰
)
